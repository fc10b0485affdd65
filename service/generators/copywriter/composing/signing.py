"""Who signs a text: the last words of a prompt that are a name or a farewell with one."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re
from dataclasses import replace

from service.generators.prompt import Understanding
from service.generators.prompt.form.authors import OF_PEOPLE
from service.generators.prompt.language.verbs import has_verb

MOST_WORDS = 10
MOST_NAMES = 6
FAREWELL = re.compile(
    r"(?:from|best(?:\s+(?:wishes|regards))?|kind\s+regards|warm\s+regards|regards|(?:with\s+)?(?:all\s+(?:our|my)\s+)?love|yours(?:\s+\w+)?|cheers|(?:thanks|many\s+thanks|thank\s+you|(?:sorry|thanks|thank\s+you)\s+for\s+[^,.]{3,40})(?=,)|sincerely|(?:many\s+|warm\s+)?greetings|"
    r"gru(?:\u00df|ss)|(?:liebe|viele|herzliche|beste|freundliche|sch\u00f6ne)\s+gr\u00fc(?:\u00df|ss)e|mit\s+freundlichen\s+gr\u00fc\u00dfen|eu(?:er|re)|ihre?r?|dein\w*|(?:danke|vielen\s+dank)(?=,)|"
    r"(?:un\s+)?(?:saludos?|abrazo)|atentamente|gracias(?=,)|cordialement|bien\s+\u00e0\s+vous|amiti\u00e9s|merci(?=,)|(?:cordiali\s+|un\s+caro\s+)?salut[io]|grazie(?=,)|"
    r"(?:um\s+)?abra\u00e7o|cumprimentos|atenciosamente|obrigad[oa](?=,))"
    r"(?:,\s*|\s+(?:from|von|vom|de|da|di)\s+|\s+)(?P<who>(?:(?:the|all|your|our|everyone|die|das|der|den|el|la|los|las|il|lo|gli|le|les|o|os|as|a|l['\u2019])\s?)*[^.!?:,]*?[A-Z\u00c0-\u00de][^.!?:]*|(?:the|your|our)\s[\w' ]+)[.!]?"
    r"|(?:the|your|das|eu(?:er|re)|ihre?|el|la|le|l['\u2019]|il|o|a|vuestr[oa]|votre|il\s+vostro|la\s+vostra|o\s+vosso|a\s+vossa)\s+[\w' ]*(?:team|crew|staff|committee|management|board|office|family|verwaltung|vorstand|equipo|\u00e9quipe|squadra|equipa)\b[^.!?:]{0,30}[.!]?",
    re.IGNORECASE,
)
"""A farewell and who sends it: "Love, Hannah", "From all of us at the mill"."""
PARTICLE = r"(?:of|the|and|&|\+|at|in|de|del|de\s+la|la|le|les|du|des|di|della|dei|da|do|dos|das|e|y|et|und|von|der|die|das|am|im|zur|zum|a)"
NAME = r"[\"'\u201c]?[A-Z\u00c0-\u00de][\w'\u2019.&-]*[\"'\u201d]?"
ROLE = r"(?:(?:the|your|der|die|la|el|il|lo|le|o|a)\s+|l['\u2019])?[^\W\d_][\w'\u2019 -]{2,28},\s+"
ONLY_NAMES = re.compile(
    rf"(?:{ROLE})?(?:the\s+|die\s+|la\s+|el\s+|il\s+)?{NAME}(?:\s+(?:{PARTICLE}\s+)*{NAME})*(?:,\s+(?:(?:the|your|our|la|le|el|il|o|a)\s+)?[a-z\u00e0-\u00ff][\w ]{{2,25}})?[.!]?"
)
GREETS = re.compile(
    r"(?:starts?|begins?|ends?|opens?|closes?|doors|beginn|call|ring|text|contact|phone|tel|info|e-?mail|mail|book|ask|dm|message|whatsapp|meld|kontakt|anruf|llam|preguntar|appele|chiam|telefon|contatt|lig|fal|happy|merry|good|congrat|well\s+done|thank|welcome|sorry|please|see\s+you|come|cash|free|open|closed|new|limited|frohe|alles|viel|feliz|buen|joyeu|bonne|merci|auguri|buon|parab|boas)",
    re.IGNORECASE,
)
"""How words begin that are said to the readers, and are no name."""


def signed(prompt: Understanding, original: str) -> tuple[Understanding, str]:
    """The prompt without the name that signs it, and this; empty if none does."""
    if len(prompt.statements) <= prompt.before:
        return prompt, ""
    *others, last = prompt.statements
    last = last.strip()
    if last.rstrip(".") not in original or not is_signature(last):
        return prompt, ""
    return replace(prompt, statements=tuple(others)), _capital(ABBREVIATED.sub("", last))


ABBREVIATED = re.compile(r"(?<!\b[A-Z])\.$")
"""A full stop that belongs to no abbreviation."""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


THANKS = re.compile(r"(?:many\s+)?thank|danke|gracias|merci|grazie|obrigad", re.IGNORECASE)


def thanks(signature: str) -> bool:
    """Whether a signature says thanks, so that no closing line does."""
    return bool(THANKS.match(signature))


def takes_leave(signature: str) -> bool:
    """Whether a signature has its farewell: "Best, Rosa Delgado"."""
    return bool(FAREWELL.fullmatch(signature)) and not signature.lower().startswith("from ")


REACHED_AT = re.compile(
    r",?\s+(?:(?:Nr|No|Tel|Apt|Haus|House|Flat|number|n\u00b0)\.?:?\s*)?\+?\d[\d ()/-]*[a-z]?[.]?$",
    re.IGNORECASE,
)
"""The number of a house or a phone behind a name."""


ORGANISATION = re.compile(
    rf"\b(?:{OF_PEOPLE}|desk|direcci[o\u00f3]n|dire\u00e7\u00e3o|direction|servizio|maestre|associa\u00e7\u00e3o|asociaci\u00f3n|ayuntamiento|mairie|comune|c\u00e2mara|\u00e9quipe|squadra|verwaltung|vorstand)\b",
    re.IGNORECASE,
)
"""A shop, a club or an office."""
OF_NEWS = re.compile(
    r"\b(?:closed?|open\w*|free|included|needed|wanted|welcome|only|as\s+usual|available|provided|no|new|for|from|at|until|in|by|use|call|come|book|ask|meet|see|bring|park|join|please|go|take|visit|keep|try|thank\w*|happy|welcome)\b|[:!]",
    re.IGNORECASE,
)
"""Words that tell something of it."""


def is_signature(text: str) -> bool:
    """Whether a last sentence is a name, or a farewell with one."""
    if reached := REACHED_AT.search(text):
        text = text[: reached.start()]
    if re.search(r"\d|@|https?:|\?", text) or len(text.split()) > MOST_WORDS:
        return False
    if FAREWELL.fullmatch(text):
        return True
    known = ORGANISATION.search(text) and text[0].isupper() and "," not in text
    if known and len(text.split()) <= MOST_NAMES and not (OF_NEWS.search(text) or has_verb(text)):
        return True
    named = ONLY_NAMES.fullmatch(text) and len(text.split()) <= MOST_NAMES
    return bool(named) and not GREETS.match(text) and not has_verb(text) and not text.endswith("!")


def without_from(signature: str) -> str:
    """A signature as it stands under "Best regards": "From class 6b" is "Class 6b"."""
    return _capital(re.sub(r"^from\s+", "", signature, flags=re.IGNORECASE))
