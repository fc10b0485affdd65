"""The city: a street in front of old gabled houses or of towers, by day, by lamplight, in neon."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.atmosphere.sky import paint_sky
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.land import TREES
from service.generators.illustrator.places.sea import water
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.art import drawing
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import (
    box,
    circle,
    ellipse,
    line,
    path,
    polygon,
    rect,
)

FACADES = ("#f4d6a0", "#f2b8a0", "#a9c9d8", "#f6efe2", "#e9a77f", "#c8dcb8", "#f3c9c6", "#cfc3e3")
ROOFS = ("#c8633f", "#b5553a", "#a8685a")
TOWERS = ("#5d6f93", "#4f7f9c", "#7a6f96", "#5f8a94", "#6b7688")
NEON = ("#ff3fa4", "#27e5ff", "#ffd23f", "#8d5bff", "#3dff9e")
LAMP = "#ffd98a"


def paint_city(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    high = picture.height
    horizon = high * 0.64
    paint_sky(picture, scene, light, horizon)
    if scene.has("mountains"):
        from_far = light.of("#8496b5", 0.5)
        picture.layer.add(
            polygon([(-10, horizon), (picture.width * 0.3, horizon - 260),
                     (picture.width * 0.55, horizon - 90), (picture.width * 0.8, horizon - 230),
                     (picture.width + 10, horizon)], from_far)
        )  # fmt: skip
    skyline(picture, light, horizon + 20)
    pavement = high * 0.82
    if scene.has("towers", "neon"):
        towers(picture, scene, light, pavement)
    else:
        old_houses(picture, scene, light, pavement)
    street(picture, scene, light, pavement)
    avenue(picture, scene, light, pavement)
    return StageLayout(
        horizon=pavement + 8,
        back=high * 0.87,
        front=high * 0.955,
        hero=high * 0.36,
        shadows=0.4,
        water=high * 0.95 if scene.has("canal") else 0.0,
    )


def skyline(picture: Composition, light: Light, foot: float) -> None:
    """Two hazy rows of far blocks."""
    rng, layer = picture.rng, picture.layer
    for far, low, tall in ((0.62, 0.08, 0.30), (0.44, 0.05, 0.20)):
        d, lit = [], []
        x = -10.0
        while x < picture.width:
            wide = 34 + 52 * rng.random()
            top = foot - picture.height * (low + (tall - low) * rng.random() ** 1.7)
            d.append(box(x, top, wide, foot - top + 160))
            for column in range(int(wide // 13) - 1):
                lit += [
                    box(x + 8 + column * 13, top + 10 + row * 17, 6, 8)
                    for row in range(int((foot - top) // 17))
                    if rng.random() < 0.34 * light.dark
                ]
            x += wide + 2
        layer.add(path("".join(d), light.of("#6d7c97", far)))
        if lit:
            layer.add(path("".join(lit), mix(LAMP, light.haze, far * 0.6)))


def old_houses(picture: Composition, scene: Scene, light: Light, foot: float) -> None:
    """Two rows of plastered houses with tiled roofs."""
    glow = light.dark if scene.time != "day" else light.dark * 0.8
    for rise, size, far in ((0.085, 0.8, 0.26), (0.0, 1.0, 0.08)):
        x = -30.0 - 40 * picture.rng.random()
        base = foot - picture.height * rise
        while x < picture.width:
            wide = (96 + 62 * picture.rng.random()) * size
            house(picture, light, (x, base), (wide, (190 + 120 * picture.rng.random()) * size), far,
                  glow)  # fmt: skip
            x += wide


def house(
    picture: Composition,
    light: Light,
    foot: tuple[float, float],
    size: tuple[float, float],
    far: float,
    glow: float,
) -> None:
    rng, layer = picture.rng, picture.layer
    (x, y), (wide, high) = foot, size
    top = y - high
    wall = light.of(FACADES[int(rng.integers(len(FACADES)))], far)
    roof = light.of(ROOFS[int(rng.integers(len(ROOFS)))], far)
    layer.add(
        rect(x, top, wide + 1, high + 200, wall),
        rect(x + wide - 5, top, 6, high + 200, mix(wall, "#20243a", 0.22)),
        polygon([(x - 5, top + 2), (x + wide * 0.16, top - wide * 0.3),
                 (x + wide * 0.84, top - wide * 0.3), (x + wide + 5, top + 2)], roof),
        rect(x - 5, top, wide + 10, 5, mix(roof, "#20243a", 0.3)),
    )  # fmt: skip
    across = 2 if wide < 115 else 3
    pane = wide / across * 0.42
    tall = pane * 1.35
    frames: list[str] = []
    dark: list[str] = []
    lit: list[str] = []
    row = top + 20
    while row + tall < y - 20:
        for i in range(across):
            left = x + wide * (i + 0.5) / across - pane / 2
            frames.append(box(left - 3, row - 3, pane + 6, tall + 6))
            (lit if rng.random() < 0.62 * glow else dark).append(box(left, row, pane, tall))
        row += tall * 1.75
    layer.add(
        path("".join(frames), light.of("#fffaf0", far)),
        path("".join(dark), mix(light.of("#6d8298", far), light.sky[1], 0.25)),
        path("".join(lit), mix(LAMP, wall, far * 0.5)),
    )


def towers(picture: Composition, scene: Scene, light: Light, foot: float) -> None:
    rng, layer = picture.rng, picture.layer
    neon = scene.has("neon")
    for rank, (far, low, tall) in enumerate(((0.34, 0.40, 0.64), (0.1, 0.22, 0.50))):
        x = -30.0
        while x < picture.width:
            wide = 92 + 78 * rng.random()
            top = foot - picture.height * (low + (tall - low) * rng.random())
            wall = light.of(TOWERS[int(rng.integers(len(TOWERS)))], far)
            if neon:
                wall = mix(wall, "#150a33", 0.72 - 0.2 * far)
            layer.add(rect(x, top, wide - 4, foot - top + 10, wall))
            layer.add(rect(x + wide - 20, top, 16, foot - top + 10, mix(wall, "#0a0d20", 0.25)))
            tower_windows(picture, light, (x, top), (wide, foot - top), wall)
            if neon:
                colour = NEON[int(rng.integers(len(NEON)))]
                layer.add(rect(x, top, wide - 4, 5, colour), rect(x, top, 4, foot - top, colour))
                if rank:
                    sign(picture, (x + wide * 0.5, top + 50 + 60 * rng.random()), colour)
            elif rng.random() < 0.3:
                layer.add(line((x + wide / 2, top), (x + wide / 2, top - 46), wall, 4))
            x += wide


def tower_windows(
    picture: Composition,
    light: Light,
    corner: tuple[float, float],
    size: tuple[float, float],
    wall: str,
) -> None:
    rng = picture.rng
    lit: list[str] = []
    dark: list[str] = []
    for column in range(int((size[0] - 24) // 19)):
        for row in range(int((size[1] - 24) // 26)):
            pane = box(corner[0] + 9 + column * 19, corner[1] + 16 + row * 26, 11, 15)
            (lit if rng.random() < 0.5 * light.dark else dark).append(pane)
    if light.dark < 0.9:  # by night a dark window is not seen
        picture.layer.add(path("".join(dark), mix(wall, light.sky[1], 0.4)))
    picture.layer.add(path("".join(lit), mix(LAMP, wall, 0.08)))


def sign(picture: Composition, middle: tuple[float, float], colour: str) -> None:
    """A neon sign: a glowing frame with strokes that look like writing."""
    x, y = middle
    layer, rng = picture.layer, picture.rng
    glow = layer.spot([(0, colour, 0.55), (1, colour, 0)])
    layer.add(ellipse(x, y + 34, 90, 100, glow))
    layer.add(rect(x - 19, y - 10, 38, 92, "#140a2e", rx=8, stroke=colour, stroke_width=4))
    shapes = (
        circle(x, y + 10, 8, "none", stroke="#fff4fb", stroke_width=4),
        path(f"M{x - 9:.0f} {y + 40:.0f}l9 -11 9 11z", "none", stroke="#fff4fb", stroke_width=4),
        path(f"M{x - 9:.0f} {y + 56:.0f}h18m-18 12h12", "none", stroke=colour, stroke_width=4),
    )
    layer.add(*shapes[: 2 + int(rng.integers(2))])


def street(picture: Composition, scene: Scene, light: Light, top: float) -> None:
    wide, high, layer = picture.width, picture.height, picture.layer
    neon = scene.has("neon")
    kerb = top + 22
    if scene.has("canal"):
        layer.add(rect(-5, top, wide + 10, 30, light.of("#b9a58c")))
        water(picture, scene, light, top + 28, wide * 0.5)
        return
    asphalt = ("#2a2148", "#171130") if neon else ("#7d828d", "#5c616d")
    layer.add(
        rect(-5, top, wide + 10, 24, light.of("#b9b4ab") if not neon else "#43356b"),
        rect(-5, kerb, wide + 10, high, layer.blend(light.of(asphalt[0]), light.of(asphalt[1]))),
        rect(-5, kerb, wide + 10, 4, light.of("#4e525c")),
    )
    if light.dark > 0.3:
        for x in (wide * 0.09, wide * 0.91):
            layer.place(drawing("street-lamp"), x, top + 16, 270)
            layer.add(ellipse(x, top - 236, 120, 120, layer.spot([(0, LAMP, 0.55 * light.dark),
                                                                   (1, LAMP, 0)])))  # fmt: skip
    dashes = [box(x, high * 0.925, 74, 7) for x in np.arange(-20, wide, 150)]
    layer.add(path("".join(dashes), light.of("#f3efe2"), fill_opacity=0.55))
    if neon or scene.weather in ("rain", "storm"):
        mirror(picture, kerb / high, 0.62 if neon else 0.40)


def avenue(picture: Composition, scene: Scene, light: Light, foot: float) -> None:
    """Street trees, when the prompt has trees or a season."""
    kinds = [kind for name, trees in TREES.items() if scene.has(name) for kind in trees]
    for i, share in enumerate((0.03, 0.22, 0.78, 0.97) if kinds else ()):
        sprite = drawing(kinds[i % len(kinds)])
        height = 250 + 30 * picture.rng.random()
        picture.layer.place(sprite, picture.width * share, foot + 22, height, tint=light.on_land())


def mirror(picture: Composition, kerb: float, strength: float) -> None:
    """A wet street: what stands above the kerb, upside down and smeared downwards."""
    picture.flatten()
    wide, high = picture.size
    top = round(kerb * high) + 4
    strip = picture.image.crop((0, max(0, 2 * top - high - 30), wide, top - 30))
    flipped = strip.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(
        (max(1, wide // 6), max(1, (high - top) // 12))
    )
    smeared = flipped.filter(ImageFilter.GaussianBlur(1.5)).resize((wide, high - top))
    street_now = picture.image.crop((0, top, wide, high))
    picture.image.paste(Image.blend(street_now, smeared, strength), (0, top))
