"""Writing SVG: small elements as text, and a layer that collects them with their gradients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from service.generators.illustrator.sprites.art import Sprite, Tint

PLAIN = Tint()
Point = tuple[float, float]

IDS = re.compile(r'(id="|url\(#|href="#)([^")]+)')
"""Where an SVG names or uses an id."""


def rect(x: float, y: float, width: float, height: float, fill: str, **more: str | float) -> str:
    size = f'width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{fill}"{attributes(more)}/>'


def circle(x: float, y: float, radius: float, fill: str, **more: str | float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.2f}" fill="{fill}"{attributes(more)}/>'


def ellipse(x: float, y: float, wide: float, high: float, fill: str, **more: str | float) -> str:
    radii = f'rx="{wide:.1f}" ry="{high:.1f}"'
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" {radii} fill="{fill}"{attributes(more)}/>'


def path(d: str, fill: str = "none", **more: str | float) -> str:
    return f'<path d="{d}" fill="{fill}"{attributes(more)}/>'


def line(a: Point, b: Point, stroke: str, width: float, **more: str | float) -> str:
    d = f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}"
    return path(
        d, "none", stroke=stroke, stroke_width=round(width, 2), stroke_linecap="round", **more
    )


def polygon(points: Iterable[Point], fill: str, **more: str | float) -> str:
    return path(outline(points), fill, **more)


def outline(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as a piece of a path: a thousand windows in one path are drawn at once."""
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"


def group(content: str, transform: str = "", **more: str | float) -> str:
    moved = f' transform="{transform}"' if transform else ""
    return f"<g{moved}{attributes(more)}>{content}</g>"


def attributes(more: Mapping[str, str | float]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())


class Layer:
    """A sheet of glass: elements in the order they were added, drawn in one go."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._defs: list[str] = []
        self._symbols: dict[tuple[str, Tint], str] = {}

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, *parts: str) -> None:
        self._parts += parts

    def text(self) -> str:
        return f"<defs>{''.join(self._defs)}</defs>{''.join(self._parts)}"

    def fade(self, stops: Sequence[tuple[float, str, float]], *, down: bool = True) -> str:
        """A fill that runs through (place 0 … 1, colour, opacity), downwards or to the right."""
        name = f"f{len(self._defs)}"
        ends = 'x1="0" y1="0" x2="0" y2="1"' if down else 'x1="0" y1="0" x2="1" y2="0"'
        self._defs.append(f'<linearGradient id="{name}" {ends}>{_stops(stops)}</linearGradient>')
        return f"url(#{name})"

    def blend(self, *colours: str) -> str:
        """A fill that runs evenly through these colours, downwards."""
        last = max(1, len(colours) - 1)
        return self.fade([(i / last, colour, 1) for i, colour in enumerate(colours)])

    def spot(self, stops: Sequence[tuple[float, str, float]]) -> str:
        """A fill that runs from the middle (0) to the edge (1)."""
        name = f"f{len(self._defs)}"
        self._defs.append(f'<radialGradient id="{name}">{_stops(stops)}</radialGradient>')
        return f"url(#{name})"

    def shadow(self, x: float, y: float, wide: float, high: float, strength: float = 0.4) -> None:
        """A soft shadow on the ground, its middle at x, y."""
        stops = [
            (0.0, "#060816", strength),
            (0.55, "#060816", strength * 0.55),
            (1.0, "#060816", 0.0),
        ]
        self.add(ellipse(x, y, wide, high, self.spot(stops)))

    def place(
        self,
        sprite: Sprite,
        x: float,
        bottom: float,
        height: float,
        *,
        tint: Tint = PLAIN,
        flip: bool = False,
        turn: float = 0.0,
    ) -> None:
        """Draw a sprite with its middle at x, standing on `bottom`, `height` high."""
        name = self._symbol(sprite, tint)
        left, top, right, base = sprite.box
        scale = height / (base - top)
        across = -scale if flip else scale
        moves = f"translate({x:.1f} {bottom:.1f})"
        if turn:
            moves += f"rotate({turn:.1f} 0 {-height / 2:.1f})"
        moves += f"scale({across:.4f} {scale:.4f})translate({-(left + right) / 2:.2f} {-base:.2f})"
        self.add(f'<use href="#{name}" transform="{moves}"/>')

    def _symbol(self, sprite: Sprite, tint: Tint) -> str:
        key = (sprite.name, tint)
        if key not in self._symbols:
            name = f"s{len(self._symbols)}"
            body = IDS.sub(rf"\1{name}\2", tint.over(sprite.body))
            self._defs.append(f'<g id="{name}">{body}</g>')
            self._symbols[key] = name
        return self._symbols[key]


def _stops(stops: Sequence[tuple[float, str, float]]) -> str:
    return "".join(
        f'<stop offset="{place:.3f}" stop-color="{colour}"'
        + (f' stop-opacity="{opacity:.3f}"/>' if opacity < 1 else "/>")
        for place, colour, opacity in stops
    )
