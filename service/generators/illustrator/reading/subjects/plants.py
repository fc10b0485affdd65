"""Plants: flowers in vases, plants in pots, and trees in their season."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from service.generators.illustrator.reading.reader import Reader
from service.generators.illustrator.reading.subjects.subjects import thing_of
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.scene import Thing

CUT_FLOWERS = {
    "flowers": "daisy",
    "sunflowers": "sunflower",
    "tulips": "tulip",
    "roses": "rose",
    "lavender": "lavender",
    "poppies": "poppy",
    "daisies": "daisy",
}
"""Scenery that can also stand in a vase."""
AUTUMN = {"round-tree": "maple-orange", "deciduous-tree": "maple-red", "birch": "maple-yellow"}
WINTER = {"round-tree": "leafless-tree", "deciduous-tree": "leafless-tree", "pine": "pine-snow"}
"""Trees of summer -> what they are in autumn and in the snow."""
POTS = ("flower-pot", "bucket", "basket")
TREES = {
    "lemon-tree",
    "orange-tree",
    "fruit-tree",
    "palm-tree",
    "olive-tree",
    "round-tree",
    "pine",
    "evergreen-tree",
}
TREES |= {"christmas-tree", "deciduous-tree", "birch", "blossom-tree"}
TREE_IN_POT = 2.4
"""How high a small tree in a pot is, by the pot."""
POTTED = 1.4
"""How high a plant in a pot is, by the pot."""


def uproot(reader: Reader, things: list[Thing]) -> None:
    """A plant in a pot says nothing of the place: "a cactus in a pot" is in no desert."""
    potted = {one.word for one in things if one.on >= 0 and things[one.on].art in POTS}
    for one in reader.settings:
        if one.subject and one.words in potted:
            for table, value in one.sets:
                if value in reader.said.get(table, ()):
                    reader.said[table].remove(value)


def grow_in_pot(things: list[Thing], base: int, plants: Iterable[int]) -> None:
    """Give plants the size that they have in a pot: a cactus there is no tree."""
    if things[base].art in POTS:
        for i in plants:
            tree = things[i].art in TREES
            if tree or things[i].kind.startswith("plant"):
                high = things[base].metres * (TREE_IN_POT if tree else POTTED)
                things[i] = replace(things[i], metres=high, stance="ground")


def in_vase(things: list[Thing], said: dict[str, list[str]]) -> list[Thing]:
    """Put flowers into a vase, if there is one; those that would be scenery as three."""
    named = [kind for kind in said.get("feature", ()) if kind in CUT_FLOWERS]
    vase = next((i for i, thing in enumerate(things) if thing.art == "vase"), -1)
    if vase < 0:
        return things
    cut = [replace(t, on=vase) if t.kind == "plant-flower" and t.on < 0 else t for t in things]
    if not named or any(thing.on == vase for thing in cut):
        return cut
    said["feature"] = [kind for kind in said["feature"] if kind not in CUT_FLOWERS]
    said["place"] = [place for place in said.get("place", ()) if place != "field"]
    flower = thing_of(lexicon(), CUT_FLOWERS[named[0]], named[0])
    return [*things, replace(flower, count=3, on=vase)]


def in_season(things: list[Thing], said: dict[str, list[str]]) -> list[Thing]:
    """The trees in the leaves of the season that the prompt names."""
    autumn = "autumn" in said.get("feature", ())
    winter = "snow" in said.get("weather", ())
    kinds = AUTUMN if autumn else WINTER if winter else {}
    return [replace(thing, art=kinds.get(thing.art, thing.art)) for thing in things]
