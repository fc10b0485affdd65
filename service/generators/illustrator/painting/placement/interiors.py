"""Indoors: doors, what hangs on the wall or stands on the sill, and things beside people."""

# ruff: noqa: PLR2004 - the numbers here are shares of a size, each beside what it sizes

from __future__ import annotations

from service.generators.illustrator.painting.cast import COMPRESSION, Figure
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.painting.placement.placing import BACK, Placed
from service.generators.illustrator.painting.placement.rows import balanced, flat, sized, spread
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.scene import Scene


def suit_doors(scene: Scene, placed: list[Placed]) -> None:
    """Make a door as high as suits who stands before the same wall."""
    for door in (one for one in placed if one.backdrop):
        metres = scene.things[door.thing].metres
        heights = [
            one.size * (metres / scene.things[one.thing].metres) ** COMPRESSION
            for one in placed
            if not one.backdrop and one.stands and not scene.things[one.thing].piled
        ]
        if heights and door.size > max(heights) * 1.1:
            door.scale(max(heights) * 1.1 / door.size)


def place_sill(
    picture: Composition, stage: StageLayout, row: list[Figure], others: list[list[Figure]]
) -> list[Placed]:
    """On the windowsill, beside each other, sized as the others of the picture are."""
    if not row:
        return []
    largest = max((one.size for one in flat(others)), default=1.0)
    share = max(one.size for one in row) / max(largest, 0.01)
    tall = max(picture.height * 0.15, min(picture.height * 0.24, stage.hero * share))
    fitting = sized(balanced(row), tall, picture.width * 0.34)
    return [
        Placed(actor, x, stage.sill + 6, BACK)
        for actor, x in spread(fitting, picture.width * (0.33 if flat(others) else 0.5))
    ]


def place_hung(
    picture: Composition, stage: StageLayout, row: list[Figure], *, aside: bool
) -> list[Placed]:
    """On the wall, side by side at the height of the eyes; beside who stands in the middle."""
    if not row:
        return []
    few = aside and len(row) < 3
    fitting = sized(balanced(row), picture.height * 0.2, picture.width * (0.4 if few else 0.7))
    middle = stage.horizon * 0.4
    spots = spread(fitting, picture.width * (0.27 if few else 0.5))
    return [Placed(actor, x, middle + actor.size / 2, BACK, lies=True) for actor, x in spots]


def beside_people(
    picture: Composition, stage: StageLayout, ground: list[list[Figure]], small: list[list[Figure]]
) -> float:
    """How high the highest thing on a table is: not larger than suits who sits behind it."""
    people, things = flat(ground), flat(small)
    if not people or not things:
        return stage.hero * 0.9
    fitting = sized(people, stage.edge * 1.06, picture.width * 0.8)
    share = max(one.size for one in fitting) / max(one.size for one in people)
    return min(stage.hero * 0.6, max(one.size for one in things) * share * 1.25)
