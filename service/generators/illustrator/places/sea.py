"""The sea: open water, a beach, and the world below the surface."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

import math

import numpy as np

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.atmosphere.sky import paint_sky
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.places.terrain import (
    bubbles,
    fill_below,
    mountains,
    pebbles,
    ridge,
)
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.art import drawing
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import circle, ellipse, path, polygon

DEEP = {"day": "#1a6fb0", "dawn": "#5f86b0", "sunset": "#402a66", "night": "#0a1338"}
GLINT = {"day": "#fff9dd", "dawn": "#fff0cf", "sunset": "#ffd08a", "night": "#b9c8f5"}


def paint_sea(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    high = picture.height
    horizon = high * 0.58
    sun = paint_sky(picture, scene, light, horizon)
    coast(picture, scene, light, horizon)
    water(picture, scene, light, horizon, sun[0])
    return StageLayout(
        horizon=horizon + 4,
        back=high * 0.74,
        front=high * 0.88,
        hero=high * 0.42,
        water=high * 0.76,
        shadows=0.0,
    )


def paint_beach(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    high, wide = picture.height, picture.width
    horizon = high * 0.50
    sun = paint_sky(picture, scene, light, horizon)
    coast(picture, scene, light, horizon)
    water(picture, scene, light, horizon, sun[0])
    layer = picture.layer
    edge = ridge(picture, high * 0.70, high * 0.012, bumps=2, rough=0.3)
    for lift, opacity in ((16, 0.45), (5, 0.9)):
        foam = "L".join(f"{x:.1f} {y - lift:.1f}" for x, y in zip(edge.xs, edge.ys, strict=True))
        layer.add(
            path(f"M{foam}", stroke=light.of("#ffffff"), stroke_width=12, stroke_opacity=opacity)
        )
    fill_below(
        picture, edge, layer.blend(light.of("#e2c48f"), light.of("#f7e2b4"), light.of("#e3bf84"))
    )
    pebbles(picture, light, high * 0.76, "#d8b98a", 14)
    if scene.has("palms"):
        for x, size, flip in ((0.07, 0.52, False), (0.95, 0.44, True)):
            layer.place(
                drawing("palm-tree"),
                wide * x,
                high * 0.80,
                high * size,
                tint=light.on_land(),
                flip=flip,
            )
    return StageLayout(
        horizon=high * 0.70,
        back=high * 0.80,
        front=high * 0.93,
        hero=high * 0.46,
        water=high * 0.62,
        shadows=0.3,
    )


def coast(picture: Composition, scene: Scene, light: Light, horizon: float) -> None:
    """Land on the far shore, if the prompt has any."""
    layer, wide = picture.layer, picture.width
    if scene.has("mountains"):
        mountains(picture, light, horizon + 4, snowy=scene.weather == "snow")
    elif scene.has("skyline"):
        rng = picture.rng
        x = 0.0
        while x < wide:
            step, high = 26 + 34 * rng.random(), 40 + 130 * rng.random() ** 2
            colour = light.of("#6f7f9b", 0.45)
            layer.add(
                polygon(
                    [
                        (x, horizon),
                        (x, horizon - high),
                        (x + step, horizon - high),
                        (x + step, horizon),
                    ],
                    colour,
                )
            )
            x += step + 3
    elif scene.has("island", "cliffs"):
        side = 0.74 if picture.rng.random() < 0.5 else 0.26
        d = f"M{wide * side - 190:.0f} {horizon + 3:.0f}"
        d += "q60 -90 150 -84q50 -60 110 -20q60 10 130 104z"
        layer.add(path(d, light.of("#6f9a78", 0.35)))
        if scene.has("island"):
            layer.place(
                drawing("palm-tree"), wide * side, horizon - 60, 120, tint=light.on_land(0.25)
            )


def water(picture: Composition, scene: Scene, light: Light, horizon: float, sun_x: float) -> None:
    layer, rng = picture.layer, picture.rng
    high, wide = picture.height, picture.width
    deep = mix(DEEP[scene.time], light.sky[0], 0.35 if light.grey else 0.12)
    shallow, open_sea = mix(light.haze, light.sky[1], 0.4), mix(light.sky[1], deep, 0.7)
    picture.coat(horizon, high, shallow, open_sea, deep)
    rough = 3.0 if scene.weather == "storm" else 1.8 if scene.has("waves") else 1.0
    crest = mix(light.haze, "#ffffff", 0.45 if light.dark < 0.9 else 0.1)
    shade = mix(deep, "#000820", 0.25)
    for row in range(24):
        t = (row + 0.6) / 24
        y = horizon + (high - horizon) * t**1.6
        length, tall = 24 + 120 * t, (1.6 + 7.0 * t) * rough
        bright: list[str] = []
        dark: list[str] = []
        for _ in range(int(4 + 8 * (1 - t))):
            x = rng.random() * (wide + 200) - 100
            curl = (
                f"M{x:.0f} {y:.0f}q{length * 0.25:.0f} {-tall:.1f} {length * 0.5:.0f} 0"
                f"t{length * 0.5:.0f} 0"
            )
            (bright if rng.random() < 0.55 else dark).append(curl)
        for curls, colour in ((bright, crest), (dark, shade)):
            layer.add(
                path(
                    "".join(curls),
                    stroke=colour,
                    stroke_width=round((1 + 3.2 * t) * rough**0.5, 1),
                    stroke_opacity=round(0.34 + 0.22 * t, 2),
                    stroke_linecap="round",
                )
            )
    overcast = scene.weather in ("rain", "storm", "fog")
    if not overcast:
        for row in range(34):
            t = (row + 0.3) / 34
            y = horizon + 3 + (high - horizon) * t**1.4
            spread = 26 + 130 * t
            for _ in range(3):
                x = sun_x + spread * (rng.random() + rng.random() - 1)
                layer.add(
                    ellipse(
                        x,
                        y,
                        8 + 30 * t * (0.6 + rng.random()),
                        1.4 + 3.0 * t,
                        GLINT[scene.time],
                        fill_opacity=f"{0.75 - 0.5 * t:.2f}",
                    )
                )


def paint_underwater(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    del light  # the sea has its own, whatever the hour
    high, wide = picture.height, picture.width
    night = scene.time == "night"
    stops = ("#0b2a5c", "#071a44", "#040d2b") if night else ("#5fd3ea", "#1f93c9", "#0b4f8f")
    layer = picture.layer
    picture.coat(0, high, *stops)
    beams = np.zeros((picture.y.size, picture.x.size), np.float32)
    for i in range(5):
        middle = wide * (0.1 + 0.2 * i) + picture.y * 0.22 * math.sin(i * 2.1 + 1)
        beams += np.exp(-(((picture.x - middle) / (30 + picture.y * 0.07)) ** 2))
    picture.glow("#c9fbff", beams * 0.20 * np.clip(1 - picture.y / (high * 0.85), 0, 1))
    layer = picture.layer
    far = ridge(picture, high * 0.82, high * 0.04)
    fill_below(
        picture, far, layer.blend(mix(stops[1], "#2f6f8f", 0.5), mix(stops[2], "#1f4f6f", 0.5))
    )
    near = ridge(picture, high * 0.90, high * 0.015, bumps=2)
    sand = ("#3d5a7d", "#22395c") if night else ("#e9d7a0", "#b79f6a")
    fill_below(
        picture, near, layer.blend(mix(sand[0], stops[2], 0.25), mix(sand[1], stops[2], 0.35))
    )
    seaweed(picture, high * 0.93)
    if scene.has("reef"):
        for i in range(9):
            x = wide * (0.04 + 0.92 * ((i * 0.382) % 1))
            layer.place(
                drawing("coral"),
                x,
                high * (0.93 + 0.05 * picture.rng.random()),
                110 + 90 * picture.rng.random(),
                flip=i % 2 == 0,
            )
    bubbles(picture, 26, high * 0.9)
    return StageLayout(
        horizon=high * 0.86,
        back=high * 0.88,
        front=high * 0.95,
        hero=high * 0.46,
        shadows=0.25,
        floating=True,
    )


def seaweed(picture: Composition, foot: float) -> None:
    rng = picture.rng
    for side in (0.05, 0.11, 0.16, 0.84, 0.9, 0.96):
        x = picture.width * (side + 0.02 * rng.random())
        tall = 130 + 190 * rng.random()
        sway = 26 * (1 if rng.random() < 0.5 else -1)
        d = (
            f"M{x - 9:.0f} {foot + 40:.0f}C{x - sway:.0f} {foot - tall * 0.3:.0f} {x + sway:.0f}"
            f" {foot - tall * 0.6:.0f} {x:.0f} {foot - tall:.0f}C{x + sway + 16:.0f}"
            f" {foot - tall * 0.55:.0f} {x - sway + 18:.0f} {foot - tall * 0.3:.0f} {x + 9:.0f}"
            f" {foot + 40:.0f}Z"
        )
        green = ("#2f9e6b", "#1f7f5c", "#4fb577")[int(rng.integers(3))]
        picture.layer.add(path(d, green, fill_opacity=0.85))


def ripples(picture: Composition, light: Light, x: float, y: float, wide: float) -> None:
    """What a floating thing does to the water around it."""
    bright = mix(light.haze, "#ffffff", 0.5)
    picture.layer.add(
        ellipse(x, y, wide * 0.62, wide * 0.05, bright, fill_opacity=0.38),
        ellipse(x, y + wide * 0.05, wide * 0.46, wide * 0.03, bright, fill_opacity=0.28),
        circle(x, y, 0.1, bright),
    )
