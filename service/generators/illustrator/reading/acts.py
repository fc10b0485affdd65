"""What subjects do and what they are like: read in six languages, shown or else reported."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from service.generators.illustrator.reading.tokens import phrase
from service.generators.illustrator.scene import Relation, Thing

TABLE = Path(__file__).with_name("acts.toml")
LONGEST = 5
"""Words of one phrase."""
NEAR = 3
"""Words between an attribute and its noun at most."""
GERUNDS = {
    "en": ("ing",),
    "es": ("ando", "iendo"),
    "it": ("ando", "endo"),
    "pt": ("ando", "endo", "indo"),
}
"""Endings of what the subject right before does, whatever the verb."""
SHORTEST = 6
"""Letters of a word with such an ending."""
TABLES = {
    "table",
    "desk",
    "floor",
    "tisch",
    "tavolo",
    "mesa",
    "schreibtisch",
    "counter",
    "tabletop",
}
"""Wooden surfaces that a place shows without a subject of its own."""
SEATED_KINDS = ("animal",)
HELD = {"hold", "read", "play"}


class Act(NamedTuple):
    """Words that say what somebody does."""

    kind: str
    at: int
    end: int
    words: str


@dataclass(frozen=True)
class Acts:
    """The tables of acts.toml."""

    verbs: Mapping[str, Mapping[str, str]]
    """language -> phrase -> kind."""
    nouns: Collection[str]
    attributes: Mapping[str, str]
    shows: Mapping[str, Collection[str]]


@cache
def table() -> Acts:
    rows = tomllib.loads(TABLE.read_text())
    verbs = {
        language: {phrase(word): kind for kind, text in kinds.items() for word in text.split()}
        for language, kinds in rows["verbs"].items()
    }
    attributes = {
        phrase(word): kind for kind, text in rows["attributes"].items() for word in text.split()
    }
    shows = {kind: frozenset(text.split()) for kind, text in rows["shows"].items()}
    return Acts(verbs, frozenset(rows["nouns"]["words"].split()), attributes, shows)


def acts_in(tokens: Sequence[str], language: str, found: Sequence[tuple[int, Thing]]) -> list[Act]:
    """What the subjects do, in the order of the prompt."""
    known = table()
    verbs = known.verbs[language or "en"]
    starts = {at for at, _ in found}
    ends = {at + len(thing.word.split()) for at, thing in found}
    result: list[Act] = []
    at = 0
    while at < len(tokens):
        size, kind = next(longest(tokens, at, verbs), (1, ""))
        word = tokens[at]
        gerund = word.endswith(GERUNDS.get(language, ())) and len(word) >= SHORTEST
        if not kind and at in ends and at not in starts and gerund and word not in known.nouns:
            kind = "other"
        if kind and at not in starts:
            result.append(Act(kind, at, at + size, " ".join(tokens[at : at + size])))
        at += size
    return result


def longest(tokens: Sequence[str], at: int, words: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The phrases of a table that stand at a place, the longest first, and what they mean."""
    for size in range(min(LONGEST, len(tokens) - at), 0, -1):
        key = " ".join(tokens[at : at + size])
        if key in words:
            yield size, words[key]


def unshown_acts(
    acts: Sequence[Act], things: Sequence[Thing], relations: Sequence[Relation], place: str
) -> list[str]:
    """The words for what the picture does not show."""
    kinds = [relation.kind for relation in relations]
    people = {i for i, thing in enumerate(things) if thing.kind.startswith("person")}
    held = sum(one.kind == "holding" and one.who[0] in people for one in relations)
    held += any(thing.art == "umbrella" for thing in things) and bool(people)
    apart = any(
        thing.kind == "clothing"
        and thing.on < 0
        and not any(one.kind == "wearing" and i in one.whom for one in relations)
        for i, thing in enumerate(things)
    )
    wet = any(thing.stance in ("water", "swim") for thing in things)
    air = any(thing.stance == "air" for thing in things)
    seated = any(thing.on >= 0 for thing in things)
    shown = {
        "still": True,
        "wear": not apart,
        "ride": any(thing.rides or thing.art.endswith("-biking") for thing in things),
        "sleep": any(thing.art == "person-in-bed" for thing in things),
        "lie": any(thing.art == "person-in-bed" for thing in things),
        "sit": seated or any(thing.kind.startswith(SEATED_KINDS) for thing in things),
        "fly": air,
        "swim": wet or place == "underwater",
        "sail": wet,
        "lean": "leaning" in kinds,
        "hang": "hanging" in kinds or any(thing.stance == "hang" for thing in things),
        "tie": "tied" in kinds,
        "push": "pushing" in kinds,
        "leash": "leash" in kinds,
    }
    posed = {
        "walk": "-walking",
        "run": "-running",
        "climb": "-climbing",
        "dance": "dancing",
        "juggle": "-juggling",
        "row": "-rowing-boat",
        "surf": "-surfing",
        "meditate": "-in-lotus-position",
        "swim": "-swimming",
    }
    result = []
    for act in acts:
        seen = shown.get(act.kind, False)
        if act.kind in HELD and held > 0:
            held, seen = held - 1, True
        if act.kind in posed:
            seen = seen or any(posed[act.kind] in thing.art for thing in things)
        if not seen:
            result.append(act.words)
    return result


def unshown_attributes(
    tokens: Sequence[str], found: Sequence[tuple[int, Thing]], nouns_first: bool
) -> list[str]:
    """The words for what things are made of or look like, where their drawings do not."""
    known = table()
    result = []
    at = 0
    while at < len(tokens):
        size, kind = next(longest(tokens, at, known.attributes), (1, ""))
        if kind and not any(at == start for start, _ in found):
            end = at + size
            after = [thing for start, thing in found if 0 <= start - end <= NEAR]
            before = [thing for start, thing in found if 0 <= at - start <= NEAR + 1]
            one = next(iter(before[-1:] if nouns_first or not after else after), None)
            inside = [
                thing for start, thing in found if start < at < start + len(thing.word.split())
            ]
            near = inside or ([one] if one else [])
            surface = kind == "wooden" and TABLES & set(tokens[end : end + 2])
            if not surface and not any(thing.art in known.shows.get(kind, ()) for thing in near):
                result.append(" ".join(tokens[at:end]))
        at += size
    return result
