"""Space: stars and nebulae, from the ground of the moon or of Mars, or with no ground at all."""

from __future__ import annotations

import numpy as np

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.atmosphere.sky import sparkle
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.places.terrain import fill_below, ridge
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.art import drawing
from service.generators.illustrator.sprites.colours import rgb
from service.generators.illustrator.sprites.svg import circle, ellipse

GROUNDS = {"moon": ("#c9ccd6", "#8d90a1", "#7b7e90"), "mars": ("#d9825a", "#a3523a", "#8c452f")}


def paint_space(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    nebula(picture, light)
    high, wide, layer, rng = picture.height, picture.width, picture.layer, picture.rng
    for _ in range(330):
        bright = rng.random() ** 3
        x, y = rng.random() * wide, rng.random() * high
        layer.add(
            circle(x, y, 0.8 + 2.1 * bright, "#ffffff", fill_opacity=f"{0.4 + 0.6 * bright:.2f}")
        )
    for _ in range(12):
        layer.add(
            sparkle(rng.random() * wide, rng.random() * high * 0.8, 7 + 9 * rng.random(), "#fff")
        )
    ground = "moon" if scene.has("moon-ground") else "mars" if scene.has("mars-ground") else ""
    if ground == "moon":
        layer.place(drawing("globe-showing-europe-africa"), wide * 0.2, high * 0.33, 200)
    if scene.has("planets"):
        layer.place(drawing("ringed-planet"), wide * 0.80, high * 0.30, 190)
        layer.add(circle(wide * 0.16, high * 0.42, 34, layer.blend("#f2a36b", "#a84e5e")))
    if ground:
        surface(picture, GROUNDS[ground])
        return StageLayout(high * 0.74, high * 0.82, high * 0.93, high * 0.44, shadows=0.5)
    return StageLayout(high, high * 0.62, high * 0.72, high * 0.46, floating=True, shadows=0.0)


def nebula(picture: Composition, light: Light) -> None:
    deep = np.asarray(rgb(light.sky[0]), np.float32)
    field = np.broadcast_to(deep, (picture.y.size, picture.x.size, 3)).astype(np.float32)
    for colour, strength in (("#3a1d8a", 0.75), ("#b03a9a", 0.5), ("#1f7bb8", 0.45)):
        cloud = np.clip((picture.clouds(2.2, 5) - 0.46) * 3, 0, 1) ** 1.4
        field = field + cloud[..., None] * strength * np.asarray(rgb(colour), np.float32)
    picture.fill(field)


def surface(picture: Composition, colours: tuple[str, str, str]) -> None:
    layer, rng = picture.layer, picture.rng
    high, wide = picture.height, picture.width
    edge = ridge(picture, high * 0.75, high * 0.022, bumps=2)
    fill_below(picture, edge, layer.blend(colours[0], colours[1]))
    for i in range(13):
        y = high * (0.79 + 0.20 * ((i * 0.618) % 1))
        x = wide * ((i * 0.382 + 0.2 * rng.random()) % 1)
        size = (18 + 60 * rng.random()) * (y / high - 0.55) * 2.6
        layer.add(
            ellipse(x, y, size, size * 0.26, colours[2], fill_opacity=0.55),
            ellipse(x, y + size * 0.06, size * 0.86, size * 0.19, colours[1]),
            ellipse(x, y - size * 0.22, size * 0.8, size * 0.04, "#ffffff", fill_opacity=0.22),
        )
