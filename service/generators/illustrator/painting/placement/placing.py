"""Where each figure of a picture is, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from service.generators.illustrator.painting.cast import Figure

BACK, AIR, WATER, GROUND, COVER, FRONT = range(6)
"""Layers, far ones first: buildings, the sky, the water, who stands, a table top, what is on it."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in picture units."""


class Tie(NamedTuple):
    """A point of a figure to which another one is tied, or where a hand is over what it holds."""

    to: Placed
    x: float
    y: float
    """Shares of the width and height of `to`, from its left and top."""
    string: bool = False
    """A string to that point; otherwise a hand there."""

    @property
    def point(self) -> tuple[float, float]:
        return self.to.left + self.x * self.to.width, self.to.top + self.y * self.to.size


@dataclass(slots=True)
class Placed:
    """One figure in the picture."""

    figure: Figure
    x: float
    """Of its middle."""
    foot: float
    layer: float
    """Farther ones are drawn first; equals in the order they were placed."""
    flip: bool = False
    stands: bool = False
    """On the ground, where it throws a shadow."""
    backdrop: bool = False
    """A building on the horizon."""
    lies: bool = False
    """Seen from above, with its shadow around it."""
    floats: bool = False
    """On water, which ripples around it."""
    turn: float = 0.0
    """Degrees, clockwise: a ladder leans."""
    ties: tuple[Tie, ...] = ()

    @property
    def thing(self) -> int:
        return self.figure.thing

    @property
    def size(self) -> float:
        return self.figure.size

    @property
    def width(self) -> float:
        return self.figure.width

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.foot - self.size

    @property
    def box(self) -> Box:
        return (self.left, self.top, self.right, self.foot)

    def scale(self, factor: float) -> None:
        self.figure = replace(self.figure, size=self.figure.size * factor)
