"""What floats, what is drawn up on a beach, and what a narrow river cannot carry."""

from __future__ import annotations

from dataclasses import replace

from service.generators.illustrator.reading.places import WATERS
from service.generators.illustrator.reading.reader import Reader
from service.generators.illustrator.reading.subjects.subjects import REACH
from service.generators.illustrator.reading.words.lexicon import Lexicon
from service.generators.illustrator.scene import Thing

INDOORS = ("room", "table", "wall", "studio")
"""Where there are walls."""
SMALL_BOATS = {"canoe", "rowing-boat", "surfboard", "sailboat"}


def water_for(things: list[Thing], place: str, said: dict[str, list[str]]) -> set[str]:
    """The lake that boats before mountains or a forest float on, where no water is named."""
    boats = any(one.stance == "water" and one.kind == "transport-water" for one in things)
    dry = place in ("mountain", "forest") and not WATERS & set(said.get("feature", ()))
    return {"lake"} if boats and dry else set()


def drawn_up(reader: Reader, things: list[Thing], place: str) -> list[Thing]:
    """Small boats that are said to be on a beach are not on the water."""
    sands = [one.at for one in reader.settings if ("place", "beach") in one.sets]
    ashore = any(
        one.kind == "on" and 0 <= at - one.end <= REACH for one in reader.spatial for at in sands
    )
    if place != "beach" or not ashore:
        return things
    return [
        replace(one, stance="ground") if one.art in SMALL_BOATS and one.on < 0 else one
        for one in things
    ]


def afloat(things: list[Thing], place: str, features: set[str], lex: Lexicon) -> list[Thing]:
    """Things that fly over land and float on water stand on the ground elsewhere."""
    result = []
    for thing in things:
        stance = thing.stance
        if place == "underwater" and thing.art in lex.swims:
            stance = "swim"
        dry = place not in ("sea", "beach") and not features & WATERS
        if (stance == "hung" and place not in INDOORS) or (stance == "water" and dry):
            stance = "ground"
        result.append(replace(thing, stance=stance))
    return result


def unfloated(reader: Reader, things: list[Thing], place: str, features: set[str]) -> list[str]:
    """What is said to be on a river, which is too narrow in the picture."""
    narrow = features & {"river", "canal"} and place not in ("sea", "beach")
    if not narrow or not any(thing.stance == "water" for thing in things):
        return []
    rivers = [one for one in reader.settings if ("feature", "river") in one.sets]
    words = reader.spatial
    near = ((one, at) for one in words for at in rivers if one.kind == "on")
    return [
        " ".join(reader.tokens[one.at : at.at + len(at.words.split())])
        for one, at in near
        if 0 <= at.at - one.end <= REACH
    ]
