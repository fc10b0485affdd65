"""Whether each subject of a finished composition can be seen as what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from service.generators.illustrator.painting.placement.placing import Placed
from service.generators.illustrator.scene import Scene

LEAST_HIGH, LEAST_AREA = 0.06, 0.004
"""Of the picture: a smaller figure is overlooked."""
MOST_COVERED, MOST_BEHIND = 0.3, 0.62
"""Of a figure's box: more of it is hidden, in general and where the prompt wants it behind."""
OVERLAPPING = {"behind", "front", "between", "under"}
JOINED = {"holding", "wearing", "on", "in", "above", "tied", "leash", "pushing", "hanging"}
"""Relations whose subjects cover each other by their nature."""
BORNE = ("holding", "wearing")
MOST_CARRIED = 4
"""On one seat or plate; more are too small there."""


def legible(scene: Scene, placed: Sequence[Placed], size: tuple[float, float]) -> bool:
    """Whether all subjects are there in their number, large enough and not covered."""
    wide, high = size
    borne = {i for one in scene.relations if one.kind in BORNE for i in one.whom}
    return (
        numbered(scene, placed)
        and all(is_large(one, wide, high) for one in placed if one.thing not in borne)
        and not any(covers(scene, one, other) for one, other in combinations(placed, 2))
    )


def is_large(one: Placed, wide: float, high: float) -> bool:
    return max(one.size / high, one.width / wide) >= LEAST_HIGH and (
        one.size * one.width >= LEAST_AREA * wide * high
    )


def numbered(scene: Scene, placed: Sequence[Placed]) -> bool:
    """Whether as many are placed as are asked for."""
    drawn = Counter(one.thing for one in placed)
    carried = Counter[int]()
    for thing in scene.things:
        if thing.on >= 0:
            carried[thing.on] += thing.count
    held = {i for one in scene.relations if one.kind in BORNE for i in one.whom}
    return all(count <= MOST_CARRIED for count in carried.values()) and all(
        drawn[i] == thing.count or thing.on >= 0 or i in held or carried[i] or thing.piled
        for i, thing in enumerate(scene.things)
        if thing.art != "umbrella"
    )


def covers(scene: Scene, far: Placed, near: Placed) -> bool:
    """Whether the nearer one, drawn later, hides too much of the farther one."""
    kinds = {
        one.kind for one in scene.relations if {far.thing, near.thing} <= {*one.who, *one.whom}
    }
    if kinds & JOINED:
        return False
    across = min(far.right, near.right) - max(far.left, near.left)
    down = min(far.foot, near.foot) - max(far.top, near.top)
    hidden = max(0.0, across) * max(0.0, down) / max(1.0, far.width * far.size)
    return hidden > (MOST_BEHIND if kinds & OVERLAPPING else MOST_COVERED)
