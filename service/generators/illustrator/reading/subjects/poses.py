"""Poses: what people in the picture do, as one figure with it."""

from __future__ import annotations

from dataclasses import replace

from service.generators.illustrator.reading.subjects.subjects import thing_of
from service.generators.illustrator.reading.words.lexicon import (
    Lexicon,
    drawable,
    kind_of,
    lexicon,
)
from service.generators.illustrator.scene import Thing

SPORTS = {"in-lotus-position", "surfing", "golfing", "lifting-weights", "climbing"}
PEOPLE = {"woman": "woman", "girl": "woman", "man": "man", "boy": "man", "person": "person"}


def posed(things: list[Thing], pose: str, lex: Lexicon) -> list[Thing]:
    """The first person of the picture does what the prompt says."""
    if not pose:
        return things
    for i, thing in enumerate(things):
        if thing.art in PEOPLE and not thing.rides:
            art = f"{PEOPLE[thing.art]}-{pose}"
            if drawable(art):
                stance = lex.stance.get(art, "ground")
                things[i] = replace(thing, art=art, stance=stance, kind=kind_of(art))
            break
    return things


def with_sport(things: list[Thing], pose: str) -> list[Thing]:
    """Add a person who does it, when a prompt names only the sport: "yoga on the beach"."""
    if pose not in SPORTS or any(thing.kind.startswith("person") for thing in things):
        return things
    return [*things, thing_of(lexicon(), f"person-{pose}", pose)]


def without_bed(found: list[tuple[int, Thing]]) -> list[tuple[int, Thing]]:
    """The subjects without the bed: the drawing of a figure in bed has one."""
    at = next((i for i, (_, thing) in enumerate(found) if thing.art == "bed"), -1)
    if at < 0 or not any(thing.art == "person-in-bed" for _, thing in found):
        return found
    moved = [i - (i > at) if i != at else -1 for i in range(len(found))]
    left = [pair for i, pair in enumerate(found) if i != at]
    return [
        (start, replace(thing, on=moved[thing.on] if 0 <= thing.on < len(moved) else thing.on))
        for start, thing in left
    ]
