"""What lies under the words and the object: a calm colour and a shape clear of the words."""

from __future__ import annotations

import math

from service.generators.illustrator.colours import mix
from service.generators.illustrator.picture import Composition
from service.generators.illustrator.poster.layouts import Layout, Palette
from service.generators.illustrator.poster.typesetting import Box
from service.generators.illustrator.svg import circle, path, polygon, rect

FRAME_INSET = 26
"""Of the picture's units: from its edge to the line around it."""


def lay(picture: Composition, layout: Layout, palette: Palette, area: Box | None) -> None:
    """Paint the ground; the shape stays inside the object's area (picture units)."""
    picture.image.paste(palette.ground, (0, 0, *picture.size))
    if layout.ground == "frame" or area is None:
        inset = FRAME_INSET
        picture.layer.add(
            rect(inset, inset, picture.width - 2 * inset, picture.height - 2 * inset, "none",
                 stroke=palette.shape, stroke_width=6)
        )  # fmt: skip
    if area is not None:
        shape(picture, layout, palette, area)
    picture.flatten()


def shape(picture: Composition, layout: Layout, palette: Palette, area: Box) -> None:
    left, top, right, bottom = area
    wide, high = right - left, bottom - top
    x, y = (left + right) / 2, (top + bottom) / 2
    radius = min(wide, high) / 2
    layer = picture.layer
    fill = palette.shape
    match layout.ground:
        case "disc":
            layer.add(circle(x, y, radius * 0.98, fill))
        case "arch":
            half = min(radius * 0.86, wide / 2)
            up = top + half
            layer.add(
                path(f"M{x - half:.1f} {bottom:.1f}V{up:.1f}A{half:.1f} {half:.1f} 0 0 1 "
                     f"{x + half:.1f} {up:.1f}V{bottom:.1f}Z", fill)
            )  # fmt: skip
        case "panel":
            layer.add(rect(*edges(picture, area), fill))
        case "stripes":
            at, _, width, height = edges(picture, area)
            for i in range(0, math.ceil(height / 40), 2):
                layer.add(
                    rect(
                        at, edges(picture, area)[1] + i * 40, width, min(40, height - i * 40), fill
                    )
                )
        case "dots":
            dots(picture, palette, area)
        case "rays":
            layer.add(*rays(x, y, radius, fill))
        case "plain" | "frame":
            pass


def dots(picture: Composition, palette: Palette, area: Box) -> None:
    left, top, right, bottom = area
    middle, radius = ((left + right) / 2, (top + bottom) / 2), min(right - left, bottom - top) / 2
    fill = palette.shape
    colours = (fill, mix(fill, palette.headline, 0.35), mix(fill, palette.ground, 0.5))
    for i in range(46):
        size = 6 + 12 * picture.rng.random()
        x = left + size + (right - left - 2 * size) * picture.rng.random()
        y = top + size + (bottom - top - 2 * size) * picture.rng.random()
        if math.dist((x, y), middle) > radius * 0.8:
            picture.layer.add(circle(x, y, size, colours[i % 3]))


def rays(x: float, y: float, radius: float, fill: str) -> list[str]:
    parts = []
    for i in range(16):
        angles = (2 * math.pi * (i + part) / 16 for part in (0, 0.5))
        ends = [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]
        parts.append(polygon([(x, y), *ends], fill))
    return [*parts, circle(x, y, radius * 0.66, fill)]


def edges(picture: Composition, area: Box) -> tuple[float, float, float, float]:
    """Left, top, width and height of the area, run out to the nearest edges of the picture."""
    left, top, right, bottom = area
    near = 90.0
    left, top = (0 if left < near else left), (0 if top < near else top)
    right = picture.width if picture.width - right < near else right
    bottom = picture.height if picture.height - bottom < near else bottom
    return left, top, right - left, bottom - top
