"""What falls and drifts in front of everything: rain, snow, fog, lightning."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.svg import circle, polygon

INDOORS = {"table", "room", "studio", "underwater", "space"}
"""Here the weather is behind the window, if anywhere."""

WIDE = 0.6
"""Pixels for a unit of the enlarged mask: in smaller pictures every streak is one pixel wide."""


def fall(picture: Composition, scene: Scene, light: Light) -> None:
    """Draw the weather that is between the viewer and the scene."""
    if scene.place in INDOORS:
        return
    if scene.weather in ("rain", "storm"):
        rain(picture, 520 if scene.weather == "storm" else 360)
    elif scene.weather == "snow":
        snow(picture)
    elif scene.weather == "fog":
        fog(picture, light, 0.30)


def behind(picture: Composition, scene: Scene, light: Light) -> None:
    """Draw the weather that is behind the subjects: lightning in the sky, the fog's far banks."""
    if scene.weather == "fog" and scene.place not in INDOORS:
        fog(picture, light, 0.85)
    if scene.weather == "storm" and scene.place not in INDOORS:
        lightning(picture)


def rain(picture: Composition, count: int) -> None:
    """Slanting streaks, drawn small and enlarged: soft, and quicker than as shapes."""
    rng = picture.rng
    picture.flatten()
    half = (max(1, picture.size[0] // 2), max(1, picture.size[1] // 2))
    scale = picture.scale / 2
    mask = Image.new("L", half)
    pen = ImageDraw.Draw(mask)
    for i in range(count):
        x, y = rng.random() * picture.width * 1.1, rng.random() * picture.height
        long = 18 + 36 * rng.random()
        near = i % 3 == 0
        streak = (x * scale, y * scale, (x - long * 0.22) * scale, (y + long) * scale)
        pen.line(streak, fill=165 if near else 95, width=2 if near and scale > WIDE else 1)
    picture.image.paste(
        "#eaf4ff", (0, 0, *picture.size), mask.resize(picture.size, Image.Resampling.BILINEAR)
    )


def snow(picture: Composition) -> None:
    rng = picture.rng
    for _ in range(240):
        size = 1.6 + 6.5 * rng.random() ** 2.2
        x, y = rng.random() * picture.width, rng.random() * picture.height
        picture.layer.add(circle(x, y, size, "#ffffff", fill_opacity=f"{0.95 - size * 0.05:.2f}"))


def fog(picture: Composition, light: Light, strength: float) -> None:
    high = picture.height
    banks = 0.45 + 0.75 * picture.clouds(1.6, 3, stretch=3.0)
    height = np.exp(-(((picture.y - high * 0.62) / (high * 0.24)) ** 2))
    picture.wash(light.haze, np.clip(height * banks * strength, 0, 0.82))


def lightning(picture: Composition) -> None:
    rng = picture.rng
    x, y = picture.width * (0.2 + 0.6 * rng.random()), 0.0
    picture.glow("#cdd8ff", picture.halo(x, picture.height * 0.2, 240) * 0.5)
    left, right = [], []
    width = 11.0
    while y < picture.height * 0.5:
        left.append((x - width / 2, y))
        right.append((x + width / 2, y))
        step = 34 + 40 * rng.random()
        x += (rng.random() - 0.5) * 90
        y += step
        width *= 0.86
    picture.layer.add(polygon([*left, (x, y), *reversed(right)], "#fdfbe8"))
