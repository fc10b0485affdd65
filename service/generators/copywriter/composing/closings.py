"""Closing lines that are true of every post of their kind, in six languages.

The lines are rows of `closings.tsv`.
"""

from __future__ import annotations

import functools
from pathlib import Path

TABLE = Path(__file__).with_name("closings.tsv")

OF_ORDER = {
    "hire": "hire",
    "sell": "offer",
    "rent": "offer",
    "promote": "offer",
    "invite": "event",
    "remind": "remind",
    "request": "request",
    "apologise": "sorry",
    "ask": "ask",
    "thank": "thank",
    "congratulate": "joy",
    "welcome": "welcome",
    "greet": "greet",
    "celebrate": "celebrate",
    "farewell": "farewell",
    "birthday": "birthday",
    "announce": "news",
    "cancel": "sorry",
    "introduce": "meet",
    "write": "scene",
}
"""The kind of lines that fits each order."""

QUESTIONS = {
    "en": {
        "event": "Will you be there?",
        "offer": "Are you interested?",
        "goods": "Are you interested?",
        "hire": "Is it you?",
    },
    "es": {"event": "¿Nos vemos allí?"},
    "fr": {"event": "Vous venez ?"},
    "de": {"event": "Seid ihr dabei?"},
    "it": {"event": "Ci sarete?"},
    "pt": {"event": "Vai estar lá?"},
}
"""What a text ends with that has to end with a question."""

ANY_QUESTION = {
    "en": "What do you think?",
    "es": "¿Qué os parece?",
    "fr": "Qu'en pensez-vous ?",
    "de": "Was meint ihr?",
    "it": "Che ne pensate?",
    "pt": "O que acham?",
}


@functools.cache
def _lines() -> dict[tuple[str, str], tuple[str, ...]]:
    """The lines by language and kind."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in TABLE.read_text("utf-8").splitlines()[1:]:
        language, kind, line = row.split("\t")
        found[language, kind] = (*found.get((language, kind), ()), line)
    return found


def closings(language: str, kind: str, seed: int) -> tuple[str, ...]:
    """The closing lines of a kind, beginning with the one that the seed chooses."""
    lines = _lines().get((language, kind), ())
    first = seed % len(lines) if lines else 0
    return lines[first:] + lines[:first]


def question(language: str, kind: str) -> str:
    """A question to the readers."""
    return QUESTIONS.get(language, {}).get(kind) or ANY_QUESTION.get(language, ANY_QUESTION["en"])


THANKS = {
    "en": "Thank you!",
    "es": "¡Gracias!",
    "fr": "Merci !",
    "de": "Vielen Dank!",
    "it": "Grazie!",
    "pt": "Obrigado!",
}
"""How a text ends that has to end with thanks."""

ACTIONS = {
    "en": {"": "Get in touch with us!", "event": "Come along!", "hire": "Apply now!"},
    "es": {"": "¡Escríbenos!", "event": "¡Ven!", "hire": "¡Envíanos tu candidatura!"},
    "fr": {"": "Contactez-nous !", "event": "Venez !", "hire": "Postulez !"},
    "de": {"": "Meldet euch bei uns!", "event": "Kommt vorbei!", "hire": "Bewirb dich jetzt!"},
    "it": {"": "Scriveteci!", "event": "Venite!", "hire": "Candidatevi!"},
    "pt": {"": "Fale connosco!", "event": "Venha!", "hire": "Candidate-se!"},
}
"""How a text ends that has to end with a call to action."""


def ending(language: str, kind: str, *, thanks: bool, action: bool) -> str:
    """The line for a text that has to end with thanks or a call to action; or empty."""
    language = language if language in THANKS else "en"
    if action:
        return ACTIONS[language].get(kind, ACTIONS[language][""])
    return THANKS[language] if thanks else ""
