"""What a prompt asks of the form of a post or of the picture: none of it stands on a poster."""

# ruff: noqa: E501, RUF001 - the dashes are those that prompts have; a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re
from functools import cache

from service.generators.illustrator.poster.facts import announces, facts_in
from service.generators.illustrator.reading.prompt import read
from service.generators.prompt import understand
from service.generators.prompt.form.briefing import without_briefing
from service.generators.prompt.form.constraints import constraints
from service.generators.prompt.form.wrapping import TONE
from service.generators.prompt.subject.negation import NEGATORS

FLAGS = re.IGNORECASE
START = (
    r"(?:[\s,;(]|\s[–—-]){1,4}(?:and\s+|but\s+|please\s+|y\s+|et\s+|und\s+|e\s+|aber\s+|bitte\s+)?"
)
"""What joins an instruction to the words before it."""
END = r"(?=\s*(?:[.,;:!?)]|$|\band\b|\bund\b|\by\b|\bet\b))"
NUMBER = r"(?:\d{1,4}|an?|no|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|dos|tres|cuatro|cinco|deux|trois|quatre|cinq|zwei|drei|vier|fünf|due|tre|quattro|cinque|dois|duas|três|quatro)"
UNIT = r"(?:words?|sentences?|characters?|lines?|paragraphs?|hashtags?|emojis?|bullet\s+points?|palabras|frases|caracteres|líneas|mots|phrases|caractères|lignes|Wörtern?|Worten|Sätzen?|Zeichen|Zeilen|parole|frasi|caratteri|righe|palavras|linhas)"
LANGUAGES = r"(?:english|german|french|spanish|italian|portuguese|inglés|alemán|francés|español|anglais|allemand|français|espagnol|Englisch|Deutsch|Französisch|Spanisch|inglese|tedesco|francese|spagnolo|inglês|alemão|francês|espanhol)"
STYLES = r"(?:minimalist(?:ic)?|minimal|vintage|retro|modern|clean|elegant|colou?rful|playful|friendly|formal|funny|warm|bright|bold|simple|cheerful|flat|cartoon|watercolou?r)"
FORMS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, FLAGS)
    for pattern in (
        rf"{START}(?:(?:at\s+(?:most|least)|no\s+more\s+than|exactly|about|around|under|up\s+to|in|with|using|use|add|within|max(?:imum|imal|imo)?\.?|en|con|avec|mit|höchstens|genau|em|com|usa|utilise|nutze)\s+){{1,3}}{NUMBER}\s+(?:\w+\s+)?{UNIT}\b(?:\s*(?:,|and|und|y|et|e)\s+{NUMBER}\s+{UNIT}\b)*",
        rf"{START}(?:no|without(?:\s+any)?|with|sin|sans|ohne|senza|sem|keine)\s+(?:hashtags?|emojis?)\b",
        rf"{START}(?:(?:write|answer|all|everything|text|caption|it)\s+)*(?:in|auf|en|em)\s+{LANGUAGES}{END}",
        rf"{START}(?:in|with|on|auf|mit|sobre|con|sur|avec|su|com)\s+(?:an?\s+|the\s+|un\w*\s+|eine[mr]?\s+|um\s+)?(?:\w+\s+){{0,2}}(?:background|backdrop|Hintergrund|fondo|fond(?:\s+\w+)?|sfondo(?:\s+\w+)?|fundo(?:\s+\w+)?){END}",
        rf"{START}(?:in|with)\s+(?:an?\s+)?(?:{STYLES}[\s,]+(?:and\s+)?)+(?:style|tone|look|design|layout|voice|colou?rs|type)\b",
        rf"{START}(?:{STYLES}|square|portrait|landscape|vertical)\s+(?:style|design|layout|format)\b",
        rf"{START}(?:close-up|view(?:ed)?\s+from\s+above|seen\s+from\s+above|top\s+view){END}",
        r"(?:^|(?<=[.!?]))\s*(?:please\s+)?(?:do\s+not|don't|no|never)\s+(?:mention|show|draw|include|(?:use|add|write)\s+(?:any\s+)?(?:text|words?|letters?|lettering|people|logos?|colou?rs?))\b[^.!?]*[.!?]*",
        r"[,;(]\s*(?:(?:but|and|please)\s+)*(?:do\s+not|don't)\s+(?:mention|show|draw|include|(?:use|add|write)\s+(?:any\s+)?(?:text|words?|letters?|lettering|people|logos?|colou?rs?|emojis?|hashtags?))\b[^.,;!?)]*\)?",
        rf"{START}(?:short\s+and\s+(?:friendly|sweet|simple)|nothing\s+else){END}",
    )
)  # fmt: skip
UNWRITTEN = re.compile(
    r"^\s*(?:please\s+)?(?:explain\s+(?:to\s+[\w' ]{2,30}?\s+)?(?=(?:why|how|what|when)\s+(?!we\b|our\b|i\b|my\b))|"
    r"(?:(?:write|give|share)\s+(?:me\s+|us\s+)?)?(?:an?\s+)?(?:(?:quick|short|simple|easy)\s+)?recipe\s+for\s+|"
    r"(?:give|tell|show|share|teach|explain(?:\s+to)?)\s+(?:with\s+)?(?:our|the|my|all)\s+(?:\w+\s+)?(?:followers|customers|readers|guests|members|clients|fans|subscribers|parents|visitors)\s+(?:(?:\w+\s+){0,3}(?:tips|ideas|tricks|advice|hints|steps|reasons)\s+)?(?:on\s+|for\s+)?(?=how\s+to\b|why\s+)|(?:please\s+)?show\s+off\s+(?=our\b|my\b)|"
    r"(?:please\s+)?(?:write|give|post|make|compose)\s+(?:me\s+|us\s+)?(?:an?\s+)?(?:\w+\s+){0,2}(?:rhymes?|poems?|limericks?|haikus?|songs?|jingles?|verses?|stor(?:y|ies)|jokes?)\s+(?:about|on|for)\s+)",
    FLAGS,
)
"""An order for a text that only a larger model writes; the poster shows what it is about."""
PICTURED_PARTS = re.compile(
    r"^(?:any\s+)?(?:people|persons?|humans?|faces?|text|words?|letters?|lettering|writing|logos?|watermarks?|borders?|frames?"
    r"|personas|gente|texto|personnes|gens|texte|Menschen|Personen|Text|persone|testo|pessoas)\b",
    FLAGS,
)
PERMITTED = re.compile(
    r"\b(?:allowed|needed|required|necessary|please|included|accepted|entry|erlaubt|nötig|permit\w*|admis\w*|necesari\w*|nécessaire|ammess\w*)\b",
    FLAGS,
)
"""Behind "no dogs": the words are a rule of the place, not an instruction for the picture."""


SEEN = ("animal", "transport", "plant", "person", "sky")
"""Kinds of what is kept out of a picture; "no money" is said to the readers."""


@cache
def negated_parts(language: str) -> re.Pattern[str]:
    """A negator, behind a mark or at the end of a sentence, and the few words that it negates."""
    words = sorted(NEGATORS[language].split(","), key=len, reverse=True)
    either = "|".join(re.escape(word) for word in words if word not in {"e", "ne", "ni"})
    return re.compile(
        rf"{START}(?:{either})\s+(?P<what>[^.,;:!?()\d]{{2,40}})(?=[.,;:!?)]|$)", FLAGS
    )


def without_instructions(prompt: str) -> str:
    """The prompt's words that a poster may show; all of them if nothing else is left."""
    toned = TONE.sub("", prompt)
    text = UNWRITTEN.sub("", "\n".join(map(without_briefing, toned.splitlines())))
    text = f" {text[:1].upper()}{text[1:]}"
    for pattern in FORMS:
        text = pattern.sub(" ", text)
    text = "\n".join(f" {without_briefing(constraints(line)[0])}" for line in text.splitlines())
    negated = negated_parts(understand(prompt).language or "en")
    text = negated.sub(lambda found: "" if unseen(found) else found[0], text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    text = re.sub(r"\s+([.,;!?])", r"\1", "\n".join(filter(None, lines))).strip(" ,;")
    return text if re.search(r"\w", text) else prompt


def unseen(found: re.Match[str]) -> bool:
    """Whether the negated words are something that a picture could show.

    A whole sentence is a rule of the place ("No phones."), unless it is about pictures.
    """
    what = found["what"]
    if PERMITTED.search(what):
        return False
    language = understand(found.string).language or "en"
    either = "|".join(map(re.escape, NEGATORS[language].split(",")))
    rule = re.search(
        rf"(?:^|[.!?:\n])\s*(?:(?:{either})\s[^.!?:]*)?$", found.string[: found.start()], FLAGS
    )
    return bool(PICTURED_PARTS.search(what)) or (
        not (rule or has_price(found.string) or announces(found.string))
        and any(thing.kind.startswith(SEEN) for thing in read(what).things)
    )


def has_price(text: str) -> bool:
    """Whether it is an offer, in which "no dogs" is one of its terms."""
    return any(fact.lastgroup == "price" for fact in facts_in(text))
