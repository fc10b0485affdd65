"""What subjects do and what they are like: read in six languages, shown or else reported."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from service.generators.illustrator.reading.words.lexicon import Lexicon
from service.generators.illustrator.reading.words.tokens import phrase
from service.generators.illustrator.scene import Relation, Thing
from service.generators.illustrator.sprites.figures import table as figure_table

TABLE = Path(__file__).with_name("acts.toml")
LONGEST = 5
"""Words of one phrase."""
NEAR = 3
"""Words between an attribute and its noun at most."""
GERUNDS = {
    "en": ("ing",),
    "es": ("ando", "iendo"),
    "fr": ("ant",),
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
    "wall",
    "walls",
}
"""Wooden surfaces that belong to a place and need no subject."""
LOW, BED = 0.55, 1.0
"""Height of a sleeper relative to standing height, and metres of a figure in bed."""
STACK, MOST_PILED = 4, 12
"""How many a stack has of which no number is said, and at most."""
HELD = {"hold", "read", "play"}


class NamedAct(NamedTuple):
    """Words that say what a figure does."""

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


TONES = {"wooden": "#a8703c", "metal": "#a9b1ba", "stone": "#9a978f"}
"""What a material looks like."""
ARTICLE = re.compile(r"\s(?:an?|un|une|una|eine?n?|um|uma|the)$")
"""At the end of an act it belongs to what follows: "building a"."""


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


def is_stack(key: str, language: str) -> bool:
    """Whether the words only say that things lie on each other: "a pile of"."""
    return table().verbs[language or "en"].get(key) == "stack"


def is_attribute(word: str) -> bool:
    """Whether a word says what a thing is made of or looks like: "wooden"."""
    return word in table().attributes


def acts_in(
    tokens: Sequence[str], language: str, found: Sequence[tuple[int, Thing]]
) -> list[NamedAct]:
    """What the subjects do, in the order of the prompt."""
    known = table()
    verbs = known.verbs[language or "en"]
    starts = {at for at, _ in found}
    ends = {at + len(thing.word.split()) for at, thing in found}
    result: list[NamedAct] = []
    at = 0
    while at < len(tokens):
        size, kind = next(longest(tokens, at, verbs), (1, ""))
        word = tokens[at]
        gerund = word.endswith(GERUNDS.get(language, ())) and len(word) >= SHORTEST
        if not kind and at in ends and at not in starts and gerund and word not in known.nouns:
            kind = "other"
        if kind and at not in starts:
            result.append(NamedAct(kind, at, at + size, " ".join(tokens[at : at + size])))
        at += size
    return result


def longest(tokens: Sequence[str], at: int, words: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The phrases of a table that stand at a place, the longest first, and what they mean."""
    for size in range(min(LONGEST, len(tokens) - at), 0, -1):
        key = " ".join(tokens[at : at + size])
        if key in words:
            yield size, words[key]


def enacted(
    acts: Sequence[NamedAct], found: Sequence[tuple[int, Thing]], lex: Lexicon
) -> list[tuple[int, Thing]]:
    """The subjects as what they do makes them look: asleep, or lying on each other."""
    result = list(found)
    for act in acts:
        if act.kind in ("sleep", "lie"):
            after = [i for i, (at, _) in enumerate(found) if at == act.end]
            before = [i for i, (at, thing) in enumerate(found) if at < act.at and alive(thing)]
            for i in (after or before[-1:])[:1]:
                at, thing = result[i]
                bed = any(one.art == "bed" for _, one in result)
                if f"{thing.art}-asleep" in figure_table()["asleep"]:
                    low = thing.metres * LOW
                    result[i] = (at, replace(thing, art=f"{thing.art}-asleep", metres=low))
                elif thing.kind.startswith("person") and bed:
                    result[i] = (at, replace(thing, art="person-in-bed", on=-1, metres=BED))
        elif act.kind == "stack":
            near = [i for i, (at, _) in enumerate(found) if 0 <= at - act.end <= NEAR]
            near = near or [i for i, (at, _) in enumerate(found) if 0 <= act.at - at <= NEAR]
            for i in near[:1]:
                result[i] = (result[i][0], piled(result[i][1], lex))
    return result


def piled(thing: Thing, lex: Lexicon) -> Thing:
    """A stack of a thing, if it can lie on its like."""
    made = lex.piles.get(thing.art, "")
    if not made:
        return thing
    shown = lex.several.get(thing.art, (1, ""))[0]
    high = thing.count if thing.count > 1 and shown == 1 else STACK
    size = lex.metres.get(made, thing.metres)
    return replace(thing, art=made, count=1, piled=min(MOST_PILED, high), metres=size)


def alive(thing: Thing) -> bool:
    return thing.kind.startswith(("animal", "person"))


def unshown_acts(
    acts: Sequence[NamedAct], things: Sequence[Thing], relations: Sequence[Relation], place: str
) -> list[str]:
    """The words for what the picture does not show."""
    kinds = [relation.kind for relation in relations]
    people = {i for i, thing in enumerate(things) if thing.kind.startswith("person")}
    held = sum(one.kind == "holding" and one.who[0] in people for one in relations)
    in_hands = [i for one in relations if one.kind == "holding" for i in one.whom]
    held += any(thing.art == "umbrella" for thing in things) and bool(people)
    apart = any(
        thing.kind == "clothing"
        and thing.on < 0
        and not any(one.kind == "wearing" and i in one.whom for one in relations)
        for i, thing in enumerate(things)
    )
    asleep = any(thing.art.endswith(("-asleep", "person-in-bed")) for thing in things)
    wet = any(thing.stance in ("water", "swim") for thing in things)
    air = any(thing.stance == "air" for thing in things)
    seated = any(thing.on >= 0 for thing in things)
    shown = {
        "still": True,
        "wear": not apart,
        "ride": any(thing.rides or thing.art.endswith("-biking") for thing in things),
        "sleep": asleep,
        "lie": asleep,
        "sit": seated or not people,
        "stack": any(thing.piled for thing in things),
        "fly": air,
        "swim": wet or place == "underwater",
        "sail": wet,
        "lean": "leaning" in kinds or place == "wall",
        "hang": "hanging" in kinds or any(thing.stance in ("hang", "hung") for thing in things),
        "tie": "tied" in kinds,
        "kite": any(things[i].stance == "air" for i in in_hands),
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
            result.append(ARTICLE.sub("", act.words))
    return result


def toned(tokens: Sequence[str], found: Sequence[tuple[int, Thing]]) -> list[tuple[int, Thing]]:
    """The subjects in the colour of what they are made of, where their drawing shows another."""
    known = table()
    result = list(found)
    for i, (start, thing) in enumerate(found):
        before = " ".join(tokens[max(0, start - 1) : start])
        kind = known.attributes.get(before, "")
        tone = TONES.get(kind, "")
        plain = not thing.colour and not thing.kind.startswith(("person", "animal", "food"))
        if tone and plain and thing.art not in known.shows.get(kind, ()):
            result[i] = (start, replace(thing, colour=tone))
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
            surface = kind in ("wooden", "brick") and TABLES & set(tokens[end : end + 2])
            tone = TONES.get(kind, "-")
            shown = any(
                thing.art in known.shows.get(kind, ()) or thing.colour == tone for thing in near
            )
            if not surface and not shown:
                result.append(" ".join(tokens[at:end]))
        at += size
    return result
