"""What the prompt says of places and the finished composition does not keep."""

# ruff: noqa: PLR2004 - the numbers here are shares of boxes, each beside what it judges

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from service.generators.illustrator.painting.placement.placing import Placed
from service.generators.illustrator.scene import Relation, Scene

COUNTABLE = 0.6
"""Of their size: so far apart figures are told from each other."""
MOST_COUNTED = 12
"""More than so many are a crowd."""


def unkept_words(scene: Scene, placed: Sequence[Placed], wide: float) -> list[str]:
    """The words of relations that do not hold between the boxes of their subjects."""
    result = []
    for relation in scene.relations:
        who, whom = (
            [one for one in placed if one.thing in {root(scene, i) for i in side}]
            for side in (relation.who, relation.whom)
        )
        same = {root(scene, i) for i in relation.who} & {root(scene, i) for i in relation.whom}
        known = bool(who) and bool(whom) == bool(relation.whom) and not same
        if known and relation.words and not holds(relation, who, whom, placed, wide):
            result.append(relation.words)
    return result


def root(scene: Scene, thing: int) -> int:
    """What carries a thing, and is drawn together with it."""
    for _ in scene.things:
        on = scene.things[thing].on
        thing = on if on >= 0 else thing
    return thing


def holds(
    relation: Relation,
    who: Sequence[Placed],
    whom: Sequence[Placed],
    placed: Sequence[Placed],
    wide: float,
) -> bool:
    """Whether each of the subjects is where the relation says."""
    if not whom:
        return all(in_part(relation.kind, one, wide) for one in who)
    if relation.kind == "between":
        xs = [one.x for one in whom]
        return len(xs) > 1 and all(min(xs) < one.x < max(xs) for one in who)
    order = {id(one): i for i, one in enumerate(placed)}
    return all(
        any(
            is_there(relation.kind, one, other, order[id(one)] > order[id(other)]) for other in whom
        )
        for one in who
    )


def in_part(kind: str, one: Placed, wide: float) -> bool:
    match kind:
        case "left":
            return one.x < wide * 0.5
        case "right":
            return one.x > wide * 0.5
        case "middle":
            return abs(one.x - wide / 2) < wide * 0.2
        case _:
            return True


def is_there(kind: str, one: Placed, other: Placed, nearer: bool) -> bool:
    """Whether one figure is there by another one; `nearer` if it is drawn over it."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    share = shared / max(1.0, min(one.width, other.width))
    middle, inside = one.top + one.size / 2, other.left <= one.x <= other.right
    peeks = share > 0.15 and (inside or other.width < one.width * 1.5)
    kept = {
        "left": one.x < other.x,
        "right": one.x > other.x,
        "above": share > 0 and middle < other.top + other.size * 0.25,
        "under": share > 0 and middle > other.top + other.size * 0.3,
        "behind": peeks and not nearer and one.foot <= other.foot + other.size * 0.1,
        "front": share > 0.2 and nearer and one.foot >= other.foot - other.size * 0.1,
        "on": inside and nearer and other.top - one.size * 0.2 <= one.foot <= other.foot,
        "in": inside and other.top <= middle <= other.foot,
    }
    return kept.get(kind, True)


def parted(placed: Sequence[Placed]) -> None:
    """Make five to twelve of a kind so small that they can be counted."""
    groups: dict[int, list[Placed]] = {}
    for one in placed:
        groups.setdefault(one.thing, []).append(one)
    for group in groups.values():
        if not 5 <= len(group) <= MOST_COUNTED or any(one.ties for one in group):
            continue
        factor = min(room(one, other) for one, other in combinations(group, 2))
        if factor < 1:
            for one in group:
                one.scale(max(0.45, factor))


def room(one: Placed, other: Placed) -> float:
    """How much of their size two figures can have without covering each other."""
    across = abs(one.x - other.x) / max(1.0, (one.width + other.width) / 2)
    down = abs(one.foot - other.foot) / max(1.0, one.size, other.size)
    apart = max(across, down)
    return min(1.0, apart / COUNTABLE) if apart < COUNTABLE else 1.0
