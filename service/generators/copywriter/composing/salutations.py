"""The first line of a text for readers that its prompt names, in six languages.

It is made of the prompt's own words: their articles tell number and gender ("aos pais", "à
senhora Reis"). Where these do not tell, the readers stand as the prompt has them: "Au gardien :".
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.copywriter.composing.addressees import OWN, SEVERAL
from service.generators.prompt.heading.reading import Heading

Rules = tuple[tuple[str, str], ...]

FORMS: dict[str, Rules] = {
    "de": (
        (r"(?:ans|f\u00fcrs|an\s+(?:das|unser)|f\u00fcr\s+(?:das|unser))\s+(.+)", r"Liebes \1,"),
        (r"(?:an|f\u00fcr)\s+(?:(?:die|unsere|alle|alle\s+unsere|s\u00e4mtliche)\s+)?(?=frau\b|familie\b|[\w\u00df-]+)(?!den\b|herrn?\b|unseren\b|das\b|unser\b|jeden\b)(.+)", r"Liebe \1,"),
        (r"(?:an|f\u00fcr)\s+(?:den\s+)?herrn?\s+(.+)", r"Lieber Herr \1,"),
        (r"(?:an|f\u00fcr)\s+(?:den|unseren)\s+(.+)", r"Lieber \1,"),
    ),
    "es": (
        (r"(?:a|para)\s+(?:todos\s+(?:los|nuestros)|los|nuestros)\s+(.+)", r"Estimados \1:"),
        (r"(?:a|para)\s+(?:todas\s+(?:las|nuestras)|las|nuestras)\s+(.+)", r"Estimadas \1:"),
        (r"(?:a|para)\s+(?:la|nuestra)\s+(.+)", r"Estimada \1:"),
        (r"(?:al|a\s+nuestro|para\s+el)\s+(.+)", r"Estimado \1:"),
    ),
    "fr": (
        (r"(?:aux|\u00e0\s+nos|\u00e0\s+(?:tous|toutes)\s+(?:les|nos)|pour\s+(?:les|nos|tous\s+les))\s+((?:familles|\w+(?:trices|euses|iennes|\u00e9es|antes|gnes|i\u00e8res))\b.*|clientes\b.*)", r"Ch\u00e8res \1,"),
        (r"(?:aux|\u00e0\s+nos|\u00e0\s+tous\s+(?:les|nos)|pour\s+(?:les|nos|tous\s+les))\s+(.+)", r"Chers \1,"),
        (r"\u00e0\s+((?:madame|mme|mademoiselle|mlle)\s.+)", r"Ch\u00e8re \1,"),
        (r"\u00e0\s+((?:monsieur|m\.)\s.+)", r"Cher \1,"),
    ),
    "it": (
        (r"(?:ai|agli|a\s+tutti\s+(?:i|gli)|per\s+(?:i|gli|tutti\s+(?:i|gli)))\s+(?:nostri\s+)?(.+)", r"Cari \1,"),
        (r"(?:alle|a\s+tutte\s+le|per\s+le)\s+(?:nostre\s+)?(.+)", r"Care \1,"),
        (r"(?:alla|per\s+la)\s+(signora\s.+)", r"Gentile \1,"),
        (r"(?:al|per\s+il)\s+(signor\s.+)", r"Gentile \1,"),
    ),
    "pt": (
        (r"(?:aos|a\s+todos\s+os|para\s+(?:os|todos\s+os))\s+(?:nossos\s+)?(.+)", r"Caros \1,"),
        (r"(?:\u00e0s|a\s+todas\s+as|para\s+(?:as|todas\s+as))\s+(?:nossas\s+)?(.+)", r"Caras \1,"),
        (r"(?:\u00e0|para\s+a)\s+(senhora\s.+)", r"Cara \1,"),
        (r"(?:ao|para\s+o)\s+(senhor\s.+)", r"Caro \1,"),
    ),
}  # fmt: skip
"""What readers are called by the words that stand before them."""
EVERYBODY = re.compile(
    r"(?:an|f\u00fcr|a|para|\u00e0|pour|per)\s+(?:alle|todos|todas|tous|toutes|tutti)$",
    re.IGNORECASE,
)
TO_EVERYBODY = {
    "de": "Liebe alle,",
    "es": "Hola a todos:",
    "fr": "Bonjour \u00e0 tous,",
    "it": "Ciao a tutti,",
    "pt": "Ol\u00e1 a todos,",
}
TOGETHER = re.compile(
    r"\b(?:family|team|staff|crew|choir|class|committee|council|band)\b", re.IGNORECASE
)
TITLED = re.compile(r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Sir)\b|(?!I\b)[A-Z][\w'\u2019-]+)")
ONE_NAMED = re.compile(
    r"(?:(?:our|my)\s+(?:(?!of\b|at\b|in\b|from\b)[a-z]+\s+){1,2}|the\s+(?:[\w ]+['\u2019]s\s+)?(?!\w*s\s)[a-z]+\s+)([A-Z][\w'\u2019]+)"
)
"""One person with a trade: "our postwoman Inga"."""
RELATIVE = re.compile(r"\b(?:who|whose|that|with|whoever|any(?:one|body))\b", re.IGNORECASE)
SMALL_GERMAN = re.compile(
    r"(?:Am|Ab|An|Auf|Aus|Bei|Bis|Da|Das|Dem|Den|Der|Die|Dies\w*|Ein|Eine|Es|F\u00fcr|Heute|Im|In|Ihr|Ihre|Ihr\w*|Jed\w*|Leider|Mit|Morgen|Nach|Seit|"
    r"Sie|Und|Unser\w*|Vom|Von|Vor|Wegen|Weil|Wenn|Wie|Wir|Zu|Zum|Zur|Bitte)\b"
)
"""German words that lose their capital behind a salutation."""


def salutation(found: Heading) -> str:
    """The readers of a heading, addressed."""
    if found.language == "en":
        return _english(found.reader, letter=found.letter)
    if EVERYBODY.match(found.reader):
        return TO_EVERYBODY[found.language]
    for pattern, form in FORMS[found.language]:
        if match := re.fullmatch(pattern, found.reader, re.IGNORECASE):
            return match.expand(form)
    space = "\u00a0" if found.language == "fr" else ""
    return f"{found.reader[:1].upper()}{found.reader[1:]}{space}:"


def _english(reader: str, *, letter: bool) -> str:
    _, _, who = reader.partition(" ")
    bare = OWN.sub("", who)
    if who.lower().startswith("every") or bare.lower() in {"all", "all of you"}:
        return f"Hello {'everyone' if bare.lower().startswith('all') else who},"
    if single := ONE_NAMED.fullmatch(who):
        return f"Dear {single[1]},"
    head = RELATIVE.split(bare, maxsplit=1)[0]
    told = letter or SEVERAL.search(head) or TOGETHER.search(head) or TITLED.match(bare)
    return f"Dear {bare}," if told else f"To {who}:"


def behind(line: str, text: str, language: str) -> str:
    """A text as it stands behind its salutation."""
    small = language == "de" and line.endswith(",") and SMALL_GERMAN.match(text)
    return f"{text[:1].lower()}{text[1:]}" if small else text
