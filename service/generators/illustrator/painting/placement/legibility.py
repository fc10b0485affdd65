"""Whether each subject of a finished composition can be seen as what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from service.generators.illustrator.painting.cast import art_of
from service.generators.illustrator.painting.placement.fidelity import root
from service.generators.illustrator.painting.placement.placing import Placed
from service.generators.illustrator.scene import MANY, Scene, Thing
from service.generators.illustrator.sprites.shades import shows

LEAST_HIGH, LEAST_AREA = 0.06, 0.004
"""Of the picture: a smaller figure is overlooked."""
MOST_COVERED, MOST_BEHIND = 0.3, 0.62
"""Of a figure's box: more of it is hidden, in general and where the prompt wants it behind."""
OVERLAPPING = {"behind", "front", "between", "under"}
JOINED = {"holding", "wearing", "on", "in", "above", "tied", "leash", "pushing", "hanging"}
"""Relations whose subjects cover each other by their nature."""
BORNE = ("holding", "wearing")
UNPLACED = 1.5
"""Units: what no hand took is still as small as before it was given to one."""
EDGE = 0.66
"""Of the height: the far edge of a table top, which hides the feet of those behind it."""
BARRIERS = {"stone-wall", "fence", "hedge"}
"""They are repeated until they are as wide as who is behind them."""
MOST_CARRIED = 6
"""On one seat or plate; more are too small there."""


def unseen_things(scene: Scene, placed: Sequence[Placed], size: tuple[float, float]) -> set[int]:
    """The subjects that are not there, hidden by others, or too small to be made out."""
    wide, high = size
    borne = {i for one in scene.relations if one.kind in BORNE for i in one.whom}
    lost = {one.thing for one in placed if one.size <= UNPLACED}
    small = {one.thing for one in placed if not is_large(one, wide, high)} - borne | lost
    floor = high * EDGE if scene.place == "table" else high
    hidden = {one.thing for one, near in combinations(placed, 2) if covers(scene, one, near, floor)}
    there = {one.thing for one in placed}
    covered = {i for i, thing in enumerate(scene.things) if thing.art == "umbrella"} | borne
    away = {i for i in range(len(scene.things)) if root(scene, i) not in there} - covered
    lost |= small | hidden
    return away | lost | {i for i in range(len(scene.things)) if root(scene, i) in lost}


def pale_things(scene: Scene) -> set[int]:
    """The subjects that do not have the colour that is asked for."""
    return {i for i, thing in enumerate(scene.things) if not coloured(thing)}


def coloured(thing: Thing) -> bool:
    """Whether a thing looks like the colour that is asked for; clothes always do."""
    if thing.colour in ("", MANY) or thing.kind.startswith("person"):
        return True
    return shows(art_of(replace(thing, piled=0)), thing.colour)


def is_large(one: Placed, wide: float, high: float) -> bool:
    return max(one.size / high, one.width / wide) >= LEAST_HIGH and (
        one.size * one.width >= LEAST_AREA * wide * high
    )


def too_few(scene: Scene, placed: Sequence[Placed]) -> list[str]:
    """The numbers and words of subjects that are not there as many as are asked for."""
    drawn = Counter(one.thing for one in placed)
    carried = Counter[int]()
    for thing in scene.things:
        if thing.on >= 0:
            carried[thing.on] += thing.count
    held = {i for one in scene.relations if one.kind in BORNE for i in one.whom}
    result = []
    for i, thing in enumerate(scene.things):
        together = thing.on >= 0 or i in held or carried[i] or thing.piled
        repeated = drawn[i] > thing.count and thing.art in BARRIERS
        short = drawn[i] != thing.count and thing.art != "umbrella" and not together
        short = short and not repeated
        if short or carried[i] > MOST_CARRIED:
            result.append(f"{thing.count} {thing.word}" if short else thing.word)
    return result


def covers(scene: Scene, far: Placed, near: Placed, floor: float) -> bool:
    """Whether the nearer one, drawn later, hides too much of the farther one above `floor`."""
    kinds = {
        one.kind for one in scene.relations if {far.thing, near.thing} <= {*one.who, *one.whom}
    }
    if kinds & JOINED:
        return False
    across = min(far.right, near.right) - max(far.left, near.left)
    down = min(far.foot, near.foot, max(floor, far.top)) - max(far.top, near.top)
    hidden = max(0.0, across) * max(0.0, down) / max(1.0, far.width * far.size)
    return hidden > (MOST_BEHIND if kinds & OVERLAPPING else MOST_COVERED)
