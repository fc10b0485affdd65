"""Negated things of a prompt: "no people", "without cars or dogs", "ohne Menschen"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

NEGATORS = {
    "en": "no,without,zero,avoid,except,minus,not a,not an,not any,free of,do not show,don t show,"
    "do not include,don t include,do not draw,don t draw,do not use,don t use,do not add,don t add,"
    "leave out,neither,nor",
    "es": "sin,ni,cero,ningun,ninguna,ningunos,ningunas,nada de,no hay,no quiero,no pongas,evita",
    "fr": "sans,ni,zero,aucun,aucune,pas de,pas d,pas un,pas une,evite,evitez",
    "de": "ohne,kein,keine,keinen,keiner,keinem,keines,null,weder,noch",
    "it": "senza,ne,zero,nessun,nessuno,nessuna,niente,evita",
    "pt": "sem,nem,zero,nenhum,nenhuma,nenhuns,nenhumas,evite",
}
OR = {"or", "nor", "o", "u", "ni", "ou", "oder", "noch", "ne", "nem", "e", "y", "et", "und", "and"}
"""Words that join two things; behind a negator both are negated."""
STARTS = (
    "a an the one two three four five six seven eight nine ten some many el la los las un una unos"
    " le les une des du der die das ein eine einen einem einer il lo gli uno os as um uma"
)
"""Behind "and" these begin something new: "no dog and a cat"."""
ENDS = (
    "but with on in at under over behind near beside by from to of for while where who is are was"
    " pero con en sobre bajo detras junto es son mais avec sur sous dans derriere est sont aber mit"
    " auf im in an am unter neben hinter vor ist sind ma con su sotto nel nella dietro e sono mas"
    " com sob em no na atras sao just only this that there here please"
)
MOST_WORDS = 6
_STARTS, _ENDS = set(STARTS.split()), set(ENDS.split())


class Negated(NamedTuple):
    """The prompt's words with a comma for each negated one, and the negated ones."""

    tokens: list[str]
    words: list[str]


def negators(language: str) -> set[tuple[str, ...]]:
    """The negators of a language; those of all if it is unknown ("" )."""
    tables = [NEGATORS[language]] if language in NEGATORS else list(NEGATORS.values())
    return {tuple(text.split()) for table in tables for text in table.split(",")}


def without_negated(tokens: Sequence[str], language: str) -> Negated:
    """Take the negated things out of a prompt. Each word is looked at a few times at most."""
    known = negators(language)
    left, words = list(tokens), list[str]()
    at = 0
    while at < len(tokens):
        size = next((n for n in (3, 2, 1) if tuple(tokens[at : at + n]) in known), 0)
        end = _end(tokens, at + size, known) if size else at
        if end > at + size:
            words += [*tokens[at + size : end], ","]
            left[at:end] = [","] * (end - at)
        at = max(end, at + 1)
    return Negated(left, words)


def _end(tokens: Sequence[str], start: int, known: Collection[tuple[str, ...]]) -> int:
    """Where the things behind a negator end."""
    at = start
    while at < len(tokens) and at - start < MOST_WORDS:
        word = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if word == ",":
            if not OR & set(tokens[at + 1 : at + 4]) or after in _STARTS | _ENDS:
                break
        elif word in OR and at > start:
            if after in _STARTS or after.isdecimal() or (after,) in known or not after:
                break
        elif not word[0].isalpha() or (word in _ENDS and at > start):
            break
        at += 1
    return at
