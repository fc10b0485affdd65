"""Rows of actors: how large they can be together, who stands beside whom, and where."""

from __future__ import annotations

from dataclasses import replace

from service.generators.illustrator.painting.cast import Figure

GAP = 26.0
"""Picture units between neighbours in a row."""


def sized(row: list[Figure], tallest: float, wide: float) -> list[Figure]:
    """The actors in picture units: the highest as high as may be, the row no wider than `wide`."""
    scale = tallest / max(actor.size for actor in row)
    total = sum(actor.width * scale for actor in row) + GAP * (len(row) - 1)
    if total > wide:
        scale *= max(0.05, wide - GAP * (len(row) - 1)) / (total - GAP * (len(row) - 1))
    return [replace(actor, size=actor.size * scale) for actor in row]


def spread(row: list[Figure], middle: float) -> list[tuple[Figure, float]]:
    """Each actor with the x of its middle, side by side around `middle`."""
    total = sum(actor.width for actor in row) + GAP * (len(row) - 1)
    x = middle - total / 2
    placed = []
    for actor in row:
        placed.append((actor, x + actor.width / 2))
        x += actor.width + GAP
    return placed


def balanced(row: list[Figure]) -> list[Figure]:
    """Large ones to the middle, small ones to the sides; equals stay together."""
    order = sorted(row, key=lambda actor: (-actor.size, actor.sprite.name))
    left: list[Figure] = []
    right: list[Figure] = []
    for actor in order:
        side = left if sum(a.size for a in left) <= sum(a.size for a in right) else right
        if left and left[-1].sprite.name == actor.sprite.name:
            side = left
        elif right and right[-1].sprite.name == actor.sprite.name:
            side = right
        side.append(actor)
    return [*reversed(left), *right]


def squeezed(row: list[Figure], hero: float, wide: float) -> bool:
    """Whether one row would make everybody much less large as they could be."""
    tallest = max(actor.size for actor in sized(row, hero, wide))
    return tallest < hero * 0.42


def flat(groups: list[list[Figure]]) -> list[Figure]:
    """All figures of some groups."""
    return [actor for group in groups for actor in group]
