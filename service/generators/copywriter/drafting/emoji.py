"""Emoji for a text that has to have some: of the things that its prompt names, in six languages.

The names are rows of `emoji.tsv`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from service.generators.prompt.language.lexicon import several
from service.generators.prompt.language.verbs import VERBS
from service.generators.prompt.language.words import words

TABLE = Path(__file__).with_name("emoji.tsv")

KINDS: tuple[tuple[str, str], ...] = (
    (r"coffee|caf[eé]|espresso", "\u2615"),
    (r"cakes?|bak(?:e|ery|er)|pastr(?:y|ies)", "\U0001f950"),
    (r"burger|lunch|dinner|menu|restaurant|food", "\U0001f37d"),
    (r"concert|band|music|jazz|choir|song", "\U0001f3b6"),
    (r"reading|library|bookshop|books|book\s+\w+", "\U0001f4da"),
    (r"birthday|party|anniversary|fiesta|fête|feier|fest|festa", "\U0001f389"),
    (r"garden|flowers?|plants?|spring", "\U0001f337"),
    (r"pupp(?:y|ies)", "\U0001f436"),
    (r"kittens?", "\U0001f431"),
    (r"running|marathon|gym|sports?", "\U0001f3c3"),
    (r"summer|beach|sunny", "\U0001f31e"),
    (r"gelat\w+|ice\s+creams?|eis(?:diele|café)?|heladería|glaces?", "\U0001f366"),
)
"""Emoji of subjects that are no thing."""
ANY_EMOJI = ("\u2728", "\U0001f44b", "\U0001f31f", "\U0001f64c", "\U0001f389", "\U0001f4ab")
AMBIGUOUS = several(
    """
    watch fire star ring page note seat clock iron link lock mail pen can ship plug key bank hotel
    school person door light match fall date bell card check drop file flat net park pin plate
    post safe scale spring stage station store tap tent tie top train trap wave box map news bus
    car road house home office book books shop market clinic hospital gift present ticket menu
    ultimo ultima último última primo prima
    skate loaf roast foam calendar phone world time sale free new open cool back soon end top ok
    """
)
"""Words that are mostly no subject, or mean something else."""


def emoji(number: int, text: str, language: str, of: Iterable[str] = ()) -> str:
    """As many as are asked for: those that are named, then those that fit the text."""
    named = list(filter(None, map(emoji_of, of)))
    fitting = (one for sign, one in KINDS if re.search(rf"\b(?:{sign})\b", text, re.IGNORECASE))
    things = things_of(text, language)
    chosen = named or list(dict.fromkeys((*things.values(), *fitting, *ANY_EMOJI)))
    return "".join((chosen * (number // len(chosen) + 1))[:number])


def emoji_of(name: str) -> str:
    """The emoji of a thing, by its name in one of the six languages; empty if there is none."""
    return next((found for names in _names().values() if (found := _named(name, names))), "")


def unknown_emoji(of: Iterable[str]) -> str:
    """The names of emoji that are asked for, if there is none of any of them; or empty."""
    wanted = list(of)
    return "" if not wanted or any(map(emoji_of, wanted)) else " ".join(wanted)


def things_of(text: str, language: str) -> dict[str, str]:
    """The things that a text names and their emoji, first things first."""
    names = _names().get(language or "en", {})
    return {
        word: found
        for word in words(text)
        if len(word) > 3  # noqa: PLR2004 - "can", "pan"
        and word.lower() not in AMBIGUOUS | VERBS
        and (found := _named(word, names))
    }


def _named(name: str, names: Mapping[str, str]) -> str:
    """The emoji of a name, also without accents and in the singular."""
    folded = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    ends = ("s", "es", "n", "en", "e", "nen", "x")
    forms = (plain, *(plain.removesuffix(end) for end in ends if plain.endswith(end)))
    return next((names[form] for form in forms if form in names), "")


@functools.cache
def _names() -> Mapping[str, Mapping[str, str]]:
    """The emoji by language and name."""
    head, *rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines())
    return {
        language: {name: row[0] for row in rows for name in row[column].split("|") if name}
        for column, language in enumerate(head)
        if column
    }
