"""Who speaks in a text and how its readers are addressed, where a prompt asks for that."""

# ruff: noqa: E501 - tables of words

from __future__ import annotations

import re

from service.generators.copywriter.composing.refusing import PLUG_IN
from service.generators.prompt import Constraints
from service.generators.prompt.language.recognition import language_of
from service.generators.protocol import GenerationFailed

FAMILIAR = {
    "de": r"\b(?:du|dich|dir|dein\w*|ihr|euch|eure?\w*)\b",
    "es": r"\b(?:tú|tu|tus|te|ti|contigo)\b",
    "fr": r"\b(?:tu|te|toi|ton|ta|tes)\b|\bt['\u2019]",
    "it": r"\b(?:tu|ti|te|tuo|tua|tuoi|tue)\b",
}
"""Words by which a text says "du"."""
POLITE = {
    "de": r"(?<![.!?:]\s)(?<!^)\b(?:Sie|Ihnen|Ihre?[nmrs]?)\b",
    "es": r"\b(?:usted|ustedes|su|sus|les?)\b",
    "fr": r"\b(?:vous|votre|vos)\b|\b\w+ez\b",
    "it": r"\b(?:lei|suo|sua|voi|vostr\w)\b",
}
"""Words by which a text says "Sie"."""
WE = r"\b(?:we|we're|we've|our|ours|us|wir|uns|unser\w*|nosotr\w+|nos|nuestr\w+|\w+[aei]mos|nous|notre|nos|on|noi|ci|nostr\w+|\w+iamo|nós|noss\w+)\b"
SINGLE = r"\b(?:i|i'm|i've|my|me|mine|ich|mich|mir|mein\w*|yo|mi|mis|me|je|j'\w+|mon|ma|mes|moi|io|mio|mia|miei|eu|meu|minha)\b"


def fits_voice(line: str, asked: Constraints) -> bool:
    """Whether a closing line keeps what a prompt asks of tone, questions and address."""
    if (asked.sober and "!" in line) or (not asked.asks and "?" in line):
        return False
    return not _breach(line, asked.address)


def check_voice(text: str, asked: Constraints) -> None:
    """Raise GenerationFailed for a text whose own words speak in another way than is asked for."""
    missing = {"we": WE, "i": SINGLE}.get(asked.address, "")
    if (missing and not re.search(missing, text, re.IGNORECASE)) or _breach(text, asked.address):
        raise GenerationFailed(
            "The local text model cannot change who speaks or how readers are addressed: "
            f"write the prompt in that way. {PLUG_IN}",
            retryable=False,
        )


def _breach(text: str, address: str) -> bool:
    """Whether a text has words of another address."""
    if address == "third":
        return bool(re.search(f"{WE}|{SINGLE}", text, re.IGNORECASE))
    tables = {"du": POLITE, "sie": FAMILIAR}
    if address not in tables:
        return False
    pattern = tables[address].get(language_of(text), "(?!)")
    flags = 0 if address == "du" else re.IGNORECASE
    return bool(re.search(pattern, text, flags))


AMONG_FRIENDS = re.compile(
    r"\b(?:euch|eure?[rnms]?|euer|ihr|du|dich|dir|deine?[rnms]?)\b|(?:^|[,.]\s)(?:trinkt|kommt|bringt|meldet|denkt|nehmt|schreibt)\b"
)
"""A German text to friends."""
ADDRESSES = (
    ("Bitte beachten Sie", "Bitte beachtet"),
    ("f\u00fcr Ihr Verst\u00e4ndnis", "f\u00fcr euer Verst\u00e4ndnis"),
    ("f\u00fcr Ihre Geduld", "f\u00fcr eure Geduld"),
)


def fitting(text: str, own: str) -> str:
    """A German text whose lead and closing line address its readers as its own words do."""
    if AMONG_FRIENDS.search(own):
        for formal, familiar in ADDRESSES:
            text = text.replace(formal, familiar)
    return text
