"""All figures of one subject as a block, which is moved and sized as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from service.generators.illustrator.painting.placement.placing import AIR, Placed
from service.generators.illustrator.scene import Relation

MARGIN = 0.035
"""Of the width and height: the edge of the picture stays free."""


class Block:
    """All figures of one subject, moved and sized together."""

    def __init__(self, items: list[Placed], metres: float) -> None:
        self.items = items
        self.metres = metres
        self.riders: list[Block] = []
        """The blocks that were put where this one is: they move with it."""

    @property
    def whole(self) -> list[Placed]:
        return [*self.items, *(item for rider in self.riders for item in rider.whole)]

    def bears(self, other: Block) -> bool:
        """Whether another block moves with this one."""
        return any(rider is other or rider.bears(other) for rider in self.riders)

    @property
    def left(self) -> float:
        return min(item.left for item in self.items)

    @property
    def right(self) -> float:
        return max(item.right for item in self.items)

    @property
    def top(self) -> float:
        return min(item.top for item in self.items)

    @property
    def foot(self) -> float:
        return max(item.foot for item in self.items)

    @property
    def x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return max(item.size for item in self.items)

    def move(self, across: float, down: float = 0.0) -> None:
        for item in self.whole:
            item.x += across
            item.foot += down

    def scale(self, factor: float) -> None:
        x, foot = self.x, self.foot
        for item in self.whole:
            item.scale(factor)
            item.x = x + (item.x - x) * factor
            item.foot = foot + (item.foot - foot) * factor

    def level(self, layer: float) -> None:
        for item in self.items:
            item.layer = layer
        for rider in self.riders:
            if rider.layer != AIR:
                rider.level(layer + 0.01)

    @property
    def layer(self) -> float:
        return self.items[0].layer


def span(block: Block) -> tuple[float, float]:
    """The left and right end of a block with what goes with it."""
    items = block.whole
    return min(item.left for item in items), max(item.right for item in items)


def stand_aside(
    blocks: Mapping[int, Block],
    attached: Collection[int],
    relations: Sequence[Relation],
    wide: float,
) -> None:
    """Who is wanted at a side of the picture stands there, the others make room."""
    for one in relations:
        if one.whom or one.kind not in ("left", "right"):
            continue
        side = -1 if one.kind == "left" else 1
        rest = [other for i, other in blocks.items() if i not in one.who and i not in attached]
        for block in (blocks[i] for i in one.who if i in blocks):
            if (block.x - wide / 2) * side > wide * 0.12:
                continue
            edge = wide * (0.5 + side * (0.5 - MARGIN)) - side * block.width / 2
            block.move(edge - block.x)
            for other in rest:
                reach = block.x - side * (block.width + other.width) * 0.45
                if (other.x - reach) * side > 0:
                    low = wide * MARGIN + other.width / 2
                    other.move(min(max(reach, low), wide - low) - other.x)
