"""What a prompt asks for, in data: made by reading.py, painted by places, composition, weather."""

from __future__ import annotations

from dataclasses import dataclass, field

MANY = "many"
"""The colour of colourful things: each of them has another one."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One subject of the picture, perhaps several of it."""

    art: str
    """Names a row of figures.toml, a file in art/own, or a packed drawing."""
    word: str
    """What the prompt called it."""
    metres: float
    """How high (long, for what lies) it really is."""
    stance: str
    """ground | air | water | small (stands on tables) | back (a building) | hung (on a wall)"""
    count: int = 1
    colour: str = ""
    """A hex colour it should have, MANY, or "" for its own."""
    kind: str = ""
    """The emoji subgroup: food-fruit, animal-mammal, ..."""
    on: int = -1
    """It sits on the thing at this index of the scene (-1: on nothing of the kind)."""
    rides: bool = False
    apart: bool = False
    """Said to differ from others of its word: "one of them blue"."""
    piled: int = 0
    """So many of it lie on each other as one stack."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Where subjects are to others, both by their index in the scene."""

    kind: str
    """left | right | middle | above | under | behind | front | between | beside | on | in |
    holding | wearing: who is there, or who holds or wears"""
    who: tuple[int, ...]
    whom: tuple[int, ...]
    """Empty for a place in the picture: "a cat on the left"."""
    words: str = field(default="", compare=False)
    """What the prompt says: "behind a fence"."""


@dataclass(frozen=True, slots=True)
class Scene:
    place: str = "studio"
    time: str = "day"
    weather: str = "clear"
    framing: str = ""
    """portrait | closeup | above, or "" for the usual distance"""
    features: frozenset[str] = frozenset()
    """Scenery besides the place: mountains, pines, flowers, moon, rainbow, window, ..."""
    things: tuple[Thing, ...] = ()
    relations: tuple[Relation, ...] = ()
    colours: tuple[str, ...] = field(default=())
    """Hex colours that belong to no thing: a pastel pink background."""
    missing: tuple[str, ...] = ()
    """Things and places that are not in the picture."""
    unshown: tuple[str, ...] = ()
    """What subjects do and are like that the picture does not show: "sleeping", "striped"."""
    doubts: tuple[str, ...] = ()
    """Words that a picture may not show as they are meant."""
    unsure: tuple[str, ...] = ()
    """Subjects among them that may be drawn in another sense."""
    settings: tuple[str, ...] = ()
    """The words for its place and scenery that are surely painted."""
    open: frozenset[str] = frozenset()
    """What the prompt says nothing about: place."""
    variant: int = 0
    """Which of the grounds and hills, rugs and floors, where nothing says so."""
    language: str = ""
    """Of the prompt: en, de, ..., or "" if its words do not tell."""
    absent: frozenset[str] = frozenset()
    """Scenery that the prompt does not want: trees, clouds, flowers, sun."""

    def has(self, *features: str) -> bool:
        return any(feature in self.features for feature in features)
