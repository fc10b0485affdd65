"""Further orders of a prompt, said to its readers: "thank everyone" is "Thank you, everyone"."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

WHO = (
    r"(?:them|people|everyone|everybody|folks|all|(?:the\s+|any\s+)?(?:owner|finder|public|audience|reader|customer)|any(?:one|body)(?:\s+(?:who|with)\s+[^,.;]+?)?|(?:(?:our|the|my|all|all\s+our|all\s+the|local|other)\s+)?(?:[\w-]+\s+){0,2}?(?:customers?|parents|team|staff|neighbou?rs|"
    r"tenants|guests|members|followers|readers|residents|clients|volunteers|students|players|visitors|subscribers|colleagues|employees|pupils|"
    r"patients|families|friends|fans|supporters|owners|drivers|passengers|teachers|swimmers|users|participants|holders|donors|helpers|"
    r"sponsors|shoppers|diners|walkers|cyclists|voters|locals|kids|children|runners|riders))"
)
ANY_READERS = rf"(?:{WHO}|(?:(?:our|the|all|my)\s+)?(?:[\w'-]+\s+){{0,3}}?(?!this\b|us\b|its\b|his\b)[\w-]+s(?:\s+(?:of|at|in|on|from)\s+(?:(?:the|our)\s+)?[\w' -]{{2,30}}?)?)"
"""Any readers: "couriers", "owners of small dogs"."""
RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), said)
    for pattern, said in (
        (r"thank\s+(?:them|people|everyone|everybody|all)$", "Thank you, everyone."),
        (r"thank\s+(?:them|everyone|everybody|people|all)\s+for\s+(.+)$", r"Thank you for \1."),
        (r"thank\s+(?:everyone|everybody|people|all)\s+(who\s+.+)$", r"Thank you to everyone \1."),
        (
            r"(?:thank|credit)\s+(?!you\b|god\b|goodness\b)((?:our|the|all|both|[A-Z])\S*\b.*)$",
            r"Thank you to \1.",
        ),
        (r"congratulate\s+(?:them|everyone)$", "Congratulations!"),
        (r"congratulate\s+(?!yourself)(.+)$", r"Congratulations to \1!"),
        (
            rf"invite\s+{WHO}\s+(to|for)\s+((?:an?|the|our|my|this|come\s+to)\b.+)$",
            r"You are invited \1 \2.",
        ),
        (
            rf"(?:ask|tell|urge|encourage|remind|warn|get|advise|instruct|beg)\s+{ANY_READERS}\s+not\s+to\s+(.+)$",
            r"Please do not \1.",
        ),
        (
            rf"(?:ask|tell|urge|encourage|remind|warn|invite|advise|get|instruct|beg|direct)\s+{ANY_READERS}\s+to\s+(.+)$",
            r"Please \1.",
        ),
        (
            rf"(?:tell|remind|warn|inform|let|advise|assure|notify)\s+{ANY_READERS}(?:\s+know)?\s+(?:that\s+)?they\s+(.+)$",
            r"You \1.",
        ),
        (
            rf"(?:tell|remind|warn|inform|let|advise|assure|reassure|notify|alert)\s+{ANY_READERS}(?:\s+know)?\s+that\s+(.+)$",
            r"\1.",
        ),
        (
            rf"(?:tell|remind|warn|inform|let|advise)\s+{WHO}(?:\s+know)?:?\s+((?:we|our|the|it|there|they|all|this|every\w*|no|from|i|boxes|tickets)\b.+)$",
            r"\1.",
        ),
        (
            r"(?:tell|remind|warn|inform|let|advise)\s+(?:them|people|everyone|everybody|folks|customers)(?:\s+know)?\s+(?!(?:to|about|of|not|off|how|why|what|that)\b)(?=.*\b(?:is|are|was|will|can|has|have|starts?|opens?|closes?|begins?|runs?|costs?|goes|comes?|needs?|takes?|ends?)\b)(.+)$",
            r"\1.",
        ),
        (rf"invite\s+{WHO}\s+(to|for)\s+(.+)$", r"You are invited \1 \2."),
        (rf"wish\s+({WHO})\s+(.+)$", r"We wish \1 \2."),
        (
            rf"(?:apologi[sz]e|say\s+(?:that\s+)?(?:we're\s+|we\s+are\s+)?sorry)\s+(?:to\s+{WHO}\s+)?for\s+(.+)$",
            r"We are sorry for \1.",
        ),
        (rf"(?:say\s+sorry|apologi[sz]e)(?:\s+to\s+{WHO})?$", "We are sorry."),
        (r"(?:say\s+thanks|say\s+thank\s+you)\s+to\s+(.+)$", r"Thank you to \1."),
        (
            r"ask\s+(?:them\s+|people\s+|everyone\s+)?for\s+(?:their\s+)?((?:[\w-]+\s+){0,2}?(?:ideas|suggestions|photos|pictures|stories|memories|tips|recipes|questions|feedback|opinions|names|reviews|votes))$",
            r"Send us your \1.",
        ),
        (
            r"ask\s+for\s+(volunteers|donations|help|patience|understanding)(.*)$",
            r"We are asking for \1\2.",
        ),
    )
)
AND_THAT = re.compile(
    r",?\s+and\s+that\s+(?=(?:an?|the|our|we|it|there|they|all|you|no|every\w*)\b)(\w)"
)
"""A second statement of the prompt."""
THEIRS = (
    (r"\btheir\b", "your"),
    (r"\bthey're\b", "you're"),
    (r"\bthey\b", "you"),
    (r"\bthemselves\b", "yourselves"),
)


ABROAD: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    language: tuple((re.compile(pattern, re.IGNORECASE), said) for pattern, said in rules)
    for language, rules in {
        "es": (
            (
                r"(?:pide|pídeles|pedid|solicita)\s+(?:a\s+.{3,40}?\s+)?que\s+(.+)$",
                r"Por favor, \1.",
            ),
            (
                r"(?:escrib\w*|haz|crea|redact\w*)\s+(?:un|una)\s+[\w ]{3,20}?\s+agradeciendo\s+(al?\s+.+?)\s+y\s+ofreciendo\s+(.+)$",
                r"Gracias \1. Ofrecemos \2.",
            ),
            (
                r"(?:escrib\w*|haz|crea|redact\w*)\s+(?:un|una)\s+[\w ]{3,20}?\s+agradeciendo\s+(al?\s+.+)$",
                r"Gracias \1.",
            ),
            (
                r"(?:escrib\w*|haz|crea|redact\w*)\s+(?:un|una)\s+[\w ]{3,20}?\s+invitando\s+(?:a\s+(?:todos|la\s+gente|los\s+\w+)\s+)?(al?\s+.+)$",
                r"Estáis invitados \1.",
            ),
            (r"(?:agradec\w+|da(?:le|les|d)?\s+(?:las\s+)?gracias)\s+(al?\s+.+)$", r"Gracias \1."),
            (
                r"(?:pide|pedid|pida)\s+(?:disculpas|perdón)(\s+(?:por|a)\s+.+)?$",
                r"Pedimos disculpas\1.",
            ),
            (
                r"(?:recuerda|diles|di|avisa|informa|recuérdales)\s+(?:a\s+.{3,40}?\s+)?(?:de\s+)?que\s+(.+)$",
                r"\1.",
            ),
            (
                r"invita\s+a\s+(?:todos|todas|la\s+gente|los\s+\w+)\s+(a\s+.+|al\s+.+)$",
                r"Estáis invitados \1.",
            ),
        ),
        "fr": (
            (r"remercie[rz]?\s+(?:les\s+(?=\w))(.+)$", r"Merci aux \1."),
            (r"remercie[rz]?\s+(.+)$", r"Merci à \1."),
            (
                r"(?:excuse-toi|excusez-vous|présente[rz]?\s+(?:nos|des|tes|vos)\s+excuses|demande[rz]?\s+pardon)(\s+pour\s+.+)?$",
                r"Nous vous prions de nous excuser\1.",
            ),
            (
                r"(?:rappelle|dis|préviens|informe)[rz]?(?:-leur)?\s+(?:à\s+.{3,40}?\s+|aux\s+\w+\s+)?qu(?:e\s+|['\u2019])(.+)$",
                r"\1.",
            ),
            (
                r"invite[rz]?\s+(?:tout\s+le\s+monde|les\s+\w+|nos\s+\w+)\s+((?:à|au|aux)\s+.+)$",
                r"Vous êtes invités \1.",
            ),
        ),
        "de": (
            (
                r"dank\w*\s+(?:ihnen|ihm|ihr|allen|(?:den|unseren)\s+[\w-]+)\s+(für\s+.+)$",
                r"Vielen Dank \1.",
            ),
            (
                r"danke?\s+(für\s+.+?)(?:\s+(?:am|zum)\s+(?:schluss|ende))?$",
                r"Vielen Dank \1.",
            ),
            (
                r"(?:bedank\w*\s+(?:dich|euch|sie\s+sich|uns)\s+bei|danke?)\s+((?:den|dem|der|allen|unser\w+)\b.+)$",
                r"Unser Dank gilt \1.",
            ),
            (
                r"(?:entschuldig\w*\s+(?:dich|euch|sie\s+sich|uns)|bitte?\s+um\s+entschuldigung)(\s+für\s+.+)?$",
                r"Wir bitten um Entschuldigung\1.",
            ),
        ),
        "it": (
            (r"chiedi\s+(?:(?:a|ai|agli|alle|al)\s+.{3,40}?\s+)?di\s+(.+)$", r"Si prega di \1."),
            (r"ringrazia\w*\s+i\s+(.+)$", r"Grazie ai \1."),
            (r"ringrazia\w*\s+gli\s+(.+)$", r"Grazie agli \1."),
            (r"ringrazia\w*\s+le\s+(.+)$", r"Grazie alle \1."),
            (r"ringrazia\w*\s+(.+)$", r"Grazie a \1."),
            (r"(?:scusati|scusatevi|chiedi\s+scusa)(\s+per\s+.+)?$", r"Ci scusiamo\1."),
            (
                r"(?:ricorda|di['\u2019]?|avvisa|informa)\s+(?:(?:a|ai|agli|alle|i|gli|le)\s+.{3,40}?\s+)?che\s+(.+)$",
                r"\1.",
            ),
            (
                r"invita\s+(?:tutti|i\s+\w+|gli\s+\w+|le\s+\w+)\s+((?:a|al|alla|ai|alle)\s+.+)$",
                r"Siete invitati \1.",
            ),
        ),
        "pt": (
            (
                r"(?:pede|peça|peçam)\s+(?:(?:a|ao|aos|à|às)\s+.{3,40}?\s+)?(?:para\s+)?que\s+(.+)$",
                r"Por favor, \1.",
            ),
            (r"agrade\w+\s+((?:a|ao|aos|à|às)\s+.+)$", r"Obrigado \1."),
            (
                r"(?:pede|peça|peçam)\s+desculpas?(\s+(?:por|pel[oa]s?)\s+.+)?$",
                r"Pedimos desculpa\1.",
            ),
            (
                r"(?:lembra|lembre|diz|diga|avisa|avise|informa|informe)\s+(?:(?:a|ao|aos|à|às|os|as)\s+.{3,40}?\s+)?(?:de\s+)?que\s+(.+)$",
                r"\1.",
            ),
            (
                r"convid[ae]\s+(?:toda\s+a\s+gente|todos|os\s+\w+|as\s+\w+)\s+((?:para|a|ao|à)\s+.+)$",
                r"Estão todos convidados \1.",
            ),
        ),
    }.items()
}
"""The same in other languages."""


def addressed(clause: str, language: str) -> str:
    """A further order as a sentence to the readers; empty if it is none.

    "Tell your friends" is for the readers themselves.
    """
    if language in ABROAD:
        clause = clause.strip(" ,;:.!")
        tried = ((rule.match(clause), said) for rule, said in ABROAD[language])
        text = next((match.expand(said) for match, said in tried if match), "")
        return text[:1].upper() + text[1:]
    bare = re.sub(r"^(?:(?:and|also|then|please|to)\s+)+", "", clause.strip(), flags=re.IGNORECASE)
    bare = bare.strip(" ,;:.!")
    if re.search(r"^\w+\s+(?:your|a\s+friend|us\b|me\b|at\b)", bare, re.IGNORECASE):
        return ""
    for pattern, said in RULES:
        if found := pattern.match(bare):
            text = found.expand(said)
            text = AND_THAT.sub(lambda that: f". {that[1].upper()}", text)
            text = re.sub(r"^(Please\s.*?\band)\s+to\s+", r"\1 ", text)
            if said.startswith(("Please", "Thank you for", "You ")):
                for theirs, yours in THEIRS:
                    text = re.sub(theirs, yours, text, flags=re.IGNORECASE)
            return text[:1].upper() + text[1:]
    return ""
