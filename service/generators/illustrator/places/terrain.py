"""Shapes that landscapes share: ridges, trees along a line, flowers, grass, snow."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.sprites.art import drawing
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import circle, ellipse, path, polygon


@dataclass(frozen=True)
class Ridge:
    """The upper edge of a hill, from the left to the right end of the picture."""

    xs: np.ndarray
    ys: np.ndarray

    def at(self, x: float) -> float:
        return float(np.interp(x, self.xs, self.ys))


def ridge(
    picture: Composition,
    y: float,
    height: float,
    *,
    bumps: int = 3,
    rough: float = 0.4,
    points: int = 90,
) -> Ridge:
    xs = np.linspace(-10, picture.width + 10, points)
    return Ridge(xs, y - height * picture.wander(points, bumps, rough, 4))


def fill_below(picture: Composition, edge: Ridge, fill: str) -> None:
    top = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(edge.xs, edge.ys, strict=True))
    low = picture.height + 10
    d = f"M-10 {low:.0f}L{top}L{picture.width + 10:.0f} {low:.0f}Z"
    picture.layer.add(path(d, fill))


def mountains(picture: Composition, light: Light, foot: float, *, snowy: bool) -> None:
    """Two ranges of peaks with a lit and a dark side and white caps."""
    rng = picture.rng
    for rank, (far, size, count) in enumerate(((0.55, 0.36, 5), (0.26, 0.27, 4))):
        step = picture.width / count
        order = sorted(range(count + 1), key=lambda _: rng.random())
        for i in order:
            x = step * (i + 0.5 * rank + 0.35 * (rng.random() - 0.5))
            high = picture.height * size * (0.62 + 0.5 * rng.random())
            peak(picture, light, (x, foot), (step * (0.85 + 0.3 * rng.random()), high), far, snowy)


def peak(
    picture: Composition,
    light: Light,
    foot: tuple[float, float],
    size: tuple[float, float],
    far: float,
    snowy: bool,
) -> None:
    x, y = foot
    half, high = size
    rng = picture.rng
    top = y - high
    lean = half * 0.16 * (rng.random() - 0.5)
    lit, dark = light.of("#8d9bb8", far), light.of("#66759a", far)
    crest = [
        (
            x + lean * (1 - share) + half * 0.12 * (rng.random() - 0.4) * (share > 0),
            top + high * share,
        )
        for share in (0.0, 0.3, 0.55, 0.8, 1.0)
    ]
    picture.layer.add(
        polygon([(x - half, y), (x + lean, top), (x + half, y)], lit),
        polygon([*crest, (x + half, y)], dark),
    )
    cap = 0.62 if snowy else 0.30
    left = [(x + lean - half * cap * s, top + high * cap * s) for s in (0.5, 1.0)]
    right = [(x + lean + half * cap * s, top + high * cap * s) for s in (1.0, 0.5)]
    teeth = []
    for i in range(1, 6):
        t = i / 6
        sag = 0.16 if i % 2 else -0.10
        teeth.append((left[1][0] + (right[0][0] - left[1][0]) * t, top + high * cap * (1 + sag)))
    middle = len(teeth) // 2
    ice, shade = light.of("#ffffff", far * 0.7), light.of("#c9d6ea", far * 0.7)
    picture.layer.add(
        polygon([(x + lean, top), *left, *teeth, *right], ice),
        polygon([(x + lean, top), teeth[middle], *teeth[middle + 1 :], *right], shade),
    )


def trees_along(
    picture: Composition,
    light: Light,
    kinds: Sequence[str],
    edge: Ridge,
    *,
    count: int,
    size: tuple[float, float],
    far: float,
    sink: float = 6.0,
    clear: float = 0.0,
    snowy: bool = False,
) -> None:
    """Trees on a ridge; `clear` keeps that share of the width free in the middle."""
    rng = picture.rng
    for i in range(count if kinds else 0):
        x = (i + 0.5 + 0.8 * (rng.random() - 0.5)) / count
        if clear and abs(x - 0.5) < clear / 2:
            continue
        x *= picture.width
        kind = kinds[int(rng.integers(len(kinds)))]
        height = size[0] + (size[1] - size[0]) * rng.random()
        tree(picture, light, kind, (x, edge.at(x) + sink + 8 * rng.random()), height, far, snowy)


def tree(
    picture: Composition,
    light: Light,
    kind: str,
    foot: tuple[float, float],
    height: float,
    far: float,
    snowy: bool = False,
) -> None:
    name = f"{kind}-snow" if snowy and kind == "pine" else kind
    tint = light.on_land(far)
    picture.layer.place(drawing(name), *foot, height, tint=tint, flip=picture.rng.random() < 0.5)


def flowers(
    picture: Composition, light: Light, kinds: Sequence[str], top: float, count: int
) -> None:
    """Flowers over the foreground, larger the nearer they are."""
    rng = picture.rng
    spots = sorted(top + (picture.height - top) * rng.random() ** 0.8 for _ in range(count))
    for y in spots:
        near = (y - top) / (picture.height - top)
        kind = kinds[int(rng.integers(len(kinds)))]
        height = 26 + 74 * near
        x = rng.random() * picture.width
        picture.layer.place(
            drawing(kind),
            x,
            y + height * 0.4,
            height,
            tint=light.on_land(),
            flip=rng.random() < 0.5,
        )


def grass(picture: Composition, light: Light, top: float, colour: str, count: int = 60) -> None:
    """Tufts of three blades."""
    rng = picture.rng
    d = []
    for _ in range(count):
        y = top + (picture.height - top) * rng.random()
        size = 7 + 16 * (y - top) / (picture.height - top)
        x = rng.random() * picture.width
        d.append(
            f"M{x:.1f} {y:.1f}l{-size * 0.5:.1f} {-size:.1f}l{size * 0.35:.1f} {size * 0.7:.1f}"
            f"l{size * 0.15:.1f} {-size * 1.25:.1f}l{size * 0.2:.1f} {size * 1.2:.1f}"
            f"l{size * 0.45:.1f} {-size * 0.75:.1f}l{-size * 0.35:.1f} {size * 1.0:.1f}z"
        )
    picture.layer.add(path("".join(d), light.of(colour), fill_opacity=0.75))


def pebbles(picture: Composition, light: Light, top: float, colour: str, count: int = 16) -> None:
    rng = picture.rng
    for _ in range(count):
        y = top + (picture.height - top) * rng.random()
        size = 4 + 12 * (y - top) / (picture.height - top)
        x = rng.random() * picture.width
        shade = light.of(mix(colour, "#3a3f4a", 0.25 * rng.random()))
        picture.layer.add(ellipse(x, y, size * 1.3, size * 0.7, shade))
        picture.layer.add(
            ellipse(x - size * 0.25, y - size * 0.2, size * 0.6, size * 0.25, light.of("#ffffff"),
                    fill_opacity=0.35)
        )  # fmt: skip


def bubbles(picture: Composition, count: int, low: float) -> None:
    rng = picture.rng
    for _ in range(count):
        x, y = rng.random() * picture.width, low * rng.random()
        size = 3 + 13 * rng.random() ** 2
        picture.layer.add(
            circle(x, y, size, "#ffffff", fill_opacity=0.16, stroke="#ffffff", stroke_opacity=0.55,
                   stroke_width=1.4),
            circle(x - size * 0.35, y - size * 0.35, size * 0.24, "#ffffff", fill_opacity=0.85),
        )  # fmt: skip
