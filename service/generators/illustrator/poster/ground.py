"""What lies under the words and the object: a shape behind the object, garlands in the margins."""

from __future__ import annotations

import math

from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.poster.palettes import Garland, Palette
from service.generators.illustrator.poster.typesetting import Box
from service.generators.illustrator.sprites.art import drawing
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import circle, path, polygon, rect

SHAPES = ("disc", "arch", "rays", "dots", "burst", "none")
HANGING = 40.0
"""Picture units from the edge to the middle of a garland."""
STEP = 92.0
"""Picture units between its parts."""
LEAVES = ("fallen-leaf", "maple-leaf", "maple-yellow", "maple-orange")
BLOSSOMS = ("cherry-blossom", "blossom", "white-flower")


def back(picture: Composition, palette: Palette, area: Box, shape: str) -> None:
    """A shape behind the object, inside its area."""
    left, top, right, bottom = area
    x, y = (left + right) / 2, (top + bottom) / 2
    radius = min(right - left, bottom - top) / 2
    layer, fill = picture.layer, palette.shape
    match shape:
        case "disc":
            layer.add(circle(x, y, radius * 0.98, fill))
        case "arch":
            half = radius * 0.86
            up = top + half
            layer.add(
                path(f"M{x - half:.1f} {bottom:.1f}V{up:.1f}A{half:.1f} {half:.1f} 0 0 1 "
                     f"{x + half:.1f} {up:.1f}V{bottom:.1f}Z", fill)
            )  # fmt: skip
        case "rays":
            layer.add(*rays(x, y, radius, fill), circle(x, y, radius * 0.66, fill))
        case "burst":
            layer.add(polygon(star(x, y, radius * 0.98, radius * 0.84, 18), fill))
        case "dots":
            dots(picture, palette, area)
        case _:
            pass


def dots(picture: Composition, palette: Palette, area: Box) -> None:
    left, top, right, bottom = area
    middle, radius = ((left + right) / 2, (top + bottom) / 2), min(right - left, bottom - top) / 2
    fill = palette.shape
    picture.layer.add(circle(*middle, radius * 0.78, fill))
    colours = (fill, mix(fill, palette.headline, 0.35), mix(fill, palette.ground, 0.4))
    for i in range(60):
        size = 6 + 12 * picture.rng.random()
        x = left + size + (right - left - 2 * size) * picture.rng.random()
        y = top + size + (bottom - top - 2 * size) * picture.rng.random()
        if math.dist((x, y), middle) > radius * 0.9:
            picture.layer.add(circle(x, y, size, colours[i % 3]))


def rays(x: float, y: float, radius: float, fill: str) -> list[str]:
    parts = []
    for i in range(16):
        angles = (2 * math.pi * (i + part) / 16 for part in (0, 0.5))
        ends = [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]
        parts.append(polygon([(x, y), *ends], fill))
    return parts


def star(
    x: float, y: float, outer: float, inner: float, points: int, turn: float = -math.pi / 2
) -> list[tuple[float, float]]:
    return [
        (x + radius * math.cos(angle), y + radius * math.sin(angle))
        for i in range(2 * points)
        for radius, angle in [((outer, inner)[i % 2], turn + math.pi * i / points)]
    ]


def garland(picture: Composition, palette: Palette, kind: Garland) -> None:
    """Hang the season into the empty margins at the top and the foot."""
    rng, layer = picture.rng, picture.layer
    if kind == "bunting":
        flags(picture, palette)
        return
    count = math.ceil(picture.width / STEP)
    shades = (palette.shape, mix(palette.shape, palette.headline, 0.45), palette.headline)
    for row, middle in enumerate((HANGING, picture.height - HANGING)):
        for i in range(count):
            x = (i + 0.5) * picture.width / count + 18 * (rng.random() - 0.5)
            y = middle + 22 * (rng.random() - 0.5)
            size = 15 + 11 * rng.random()
            turn = 360 * rng.random()
            shade = shades[(i + row) % 3]
            match kind:
                case "snow":
                    layer.add(flake(x, y, size, shade))
                case "stars":
                    layer.add(polygon(star(x, y, size * 0.9, size * 0.4, 5), shade))
                case "hearts":
                    layer.add(heart(x, y, size * 0.9, shade))
                case "confetti":
                    layer.add(
                        f'<rect x="{x - 6:.1f}" y="{y - 11:.1f}" width="13" height="22" rx="3" '
                        f'fill="{shade}" transform="rotate({turn:.0f} {x:.1f} {y:.1f})"/>'
                    )
                case "leaves" | "blossoms":
                    arts = LEAVES if kind == "leaves" else BLOSSOMS
                    layer.add(pinned(arts[int(rng.integers(len(arts)))], x, y, size * 2.2, turn))
                case _:
                    return


def squares(picture: Composition, palette: Palette) -> None:
    """Steps of squares along the upper and lower edge, as games of old have them."""
    side = 26.0
    shades = (palette.shape, mix(palette.shape, palette.headline, 0.4), palette.headline)
    for i in range(math.ceil(picture.width / side)):
        for top in (True, False):
            for step in range(int(picture.rng.integers(1, 4))):
                y = step * side if top else picture.height - (step + 1) * side
                picture.layer.add(rect(i * side, y, side, side, shades[(i + step) % 3]))
    picture.flatten()


def flags(picture: Composition, palette: Palette) -> None:
    count = max(6, math.ceil(picture.width / 100))
    step = picture.width / count
    shades = (palette.shape, palette.headline, mix(palette.shape, palette.headline, 0.5))
    for i in range(count):
        x, y = i * step, 6 + 8 * math.sin(math.pi * (i + 0.5) / count)
        corners = [(x + 4, y), (x + step - 4, y), (x + step / 2, y + 46)]
        picture.layer.add(polygon(corners, shades[i % 3]))


def flake(x: float, y: float, size: float, shade: str) -> str:
    arms = "".join(
        f"M{x - size * math.cos(a):.1f} {y - size * math.sin(a):.1f}"
        f"L{x + size * math.cos(a):.1f} {y + size * math.sin(a):.1f}"
        for a in (0, math.pi / 3, 2 * math.pi / 3)
    )
    return path(arms, stroke=shade, stroke_width=5, stroke_linecap="round")


def heart(x: float, y: float, size: float, shade: str) -> str:
    return (
        f'<g transform="translate({x:.1f} {y:.1f}) scale({size / 10:.2f})"><path fill="{shade}" '
        'd="M0 9C-10 2-10-8-4-8Q0-8 0-4Q0-8 4-8C10-8 10 2 0 9Z"/></g>'
    )


def pinned(art: str, x: float, y: float, size: float, turn: float) -> str:
    sprite = drawing(art)
    scale = size / max(sprite.width, sprite.height)
    return (
        f'<g transform="translate({x:.1f} {y:.1f}) rotate({turn:.0f}) scale({scale:.4f}) '
        f'translate({-sprite.width / 2:.1f} {-sprite.height / 2:.1f})">{sprite.body}</g>'
    )
