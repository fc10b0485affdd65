"""The sky above a landscape: gradient, sun or moon, stars, clouds, aurora, rainbow, fireworks."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

import math

import numpy as np

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.colours import mix, rgb
from service.generators.illustrator.sprites.svg import circle, path, rect


def paint_sky(
    picture: Composition, scene: Scene, light: Light, horizon: float
) -> tuple[float, float]:
    """Fill the picture with sky; where its light stands (x, y), for reflections."""
    rows = np.clip(picture.y / horizon, 0, 1)
    stops = np.array([rgb(colour) for colour in light.sky], np.float32)
    at = np.array([0, 0.58, 1.0])
    ramp = np.stack([np.interp(rows[:, 0], at, stops[:, channel]) for channel in range(3)], -1)
    field = np.repeat(ramp[:, None, :].astype(np.float32), picture.x.size, axis=1)
    sun = sun_place(picture, scene, horizon)
    overcast = scene.weather in ("rain", "storm", "fog") or (
        scene.weather == "snow" and scene.time == "day"
    )
    if scene.time != "night" and not overcast:
        glow = picture.halo(*sun, 330)[..., None] * 0.30 + picture.halo(*sun, 110)[..., None] * 0.35
        field = field + (np.asarray(rgb(light.sun), np.float32) - field) * np.clip(glow, 0, 1)
    field = cloud_over(picture, scene, light, field, horizon)
    picture.fill(field)
    lights(picture, scene, light, sun, horizon, overcast=overcast)
    if "clouds" not in scene.absent and (scene.time != "night" or scene.has("clouds")):
        puffs(picture, scene, light, horizon, sun)
    for feature, paint in WONDERS.items():
        if scene.has(feature):
            paint(picture, horizon)
    return sun


def lights(
    picture: Composition,
    scene: Scene,
    light: Light,
    sun: tuple[float, float],
    horizon: float,
    *,
    overcast: bool,
) -> None:
    """Stars, aurora, and the sun or the moon, as far as the clouds let them through."""
    night = scene.time == "night"
    if night and (scene.has("stars") or not overcast):
        stars(picture, horizon, many=scene.has("stars"))
    if scene.has("aurora"):
        aurora(picture, horizon)
    if night and (scene.has("moon") or not (overcast or scene.has("no-moon"))):
        moon(picture, *sun, crescent=scene.has("crescent"))
    elif not night and "sun" not in scene.absent and (scene.has("sun") or not overcast):
        picture.layer.add(circle(*sun, 74 if scene.time == "sunset" else 56, light.sun))


def sun_place(picture: Composition, scene: Scene, horizon: float) -> tuple[float, float]:
    side = 1 if picture.rng.random() < 0.5 else -1
    x = picture.width * (0.5 + side * (0.16 + 0.16 * picture.rng.random()))
    if scene.time in ("sunset", "dawn"):
        return x, horizon - picture.height * (0.09 + 0.05 * picture.rng.random())
    return x, picture.height * (0.13 + 0.05 * picture.rng.random())


def cloud_over(
    picture: Composition, scene: Scene, light: Light, field: np.ndarray, horizon: float
) -> np.ndarray:
    if scene.weather == "clear":
        return field
    thickness = {"rain": 0.40, "storm": 0.30, "fog": 0.52, "snow": 0.46}[scene.weather]
    strength = 0.42 if scene.time == "night" else 0.8
    bank = np.clip((picture.clouds(2.6, 4, stretch=2.2) - thickness) * 4.5, 0, 1)
    bank *= np.clip(1.15 - picture.y / horizon, 0, 1)
    bright = mix(light.haze, "#ffffff", 0.65 if scene.time != "night" else 0.12)
    if scene.weather == "storm":
        bright = mix(light.sky[0], "#10141f", 0.45)
    elif scene.weather == "rain":
        bright = mix(light.sky[0], "#59636f", 0.35)
    cover = (bank * strength)[..., None].astype(np.float32)
    return np.asarray(field + (np.asarray(rgb(bright), np.float32) - field) * cover, np.float32)


def puffs(
    picture: Composition, scene: Scene, light: Light, horizon: float, sun: tuple[float, float]
) -> None:
    """Heaped clouds with flat feet, small ones near the horizon."""
    rng = picture.rng
    wet = scene.weather in ("rain", "storm")
    for i in range(8 if wet or scene.has("clouds") else 4):
        t = ((i * 0.618 + rng.random() * 0.2) % 1) * 0.75
        y = horizon * (0.10 + t)
        wide = (230 + 120 * rng.random()) * (1 - 0.72 * t)
        x = picture.width * ((i * 0.382 + 0.25 * rng.random()) % 1)
        if (
            not wet
            and abs(x - sun[0]) < wide * 0.5 + 80
            and abs(y - wide * 0.15 - sun[1]) < wide * 0.2 + 80
        ):
            x = (x + picture.width / 2) % picture.width  # half a sun looks like a mistake
        behind = mix(light.sky[0], light.sky[1], min(1.0, t / 0.55))
        bright = "#ffffff" if light.dark < 0.9 else "#8fa0cf"
        body = mix(behind, mix(light.haze, bright, 0.7), 0.2 if wet else 0.62)
        if scene.weather == "storm":
            body = mix(behind, "#1b2130", 0.35)
        puff(picture, (x, y), wide, body)


def puff(picture: Composition, foot: tuple[float, float], wide: float, colour: str) -> None:
    x, y = foot
    thick = wide * 0.16
    picture.layer.add(
        rect(x - wide * 0.5, y - thick, wide, thick, colour, rx=round(thick / 2, 1)),
        *(
            circle(x + across * wide, y - up * wide, size * wide, colour)
            for across, up, size in ((-0.22, 0.13, 0.13), (0.0, 0.18, 0.18), (0.21, 0.12, 0.13))
        ),
    )


def stars(picture: Composition, horizon: float, *, many: bool) -> None:
    rng = picture.rng
    for _ in range(340 if many else 150):
        x, y = rng.random() * picture.width, rng.random() ** 1.2 * horizon * 0.96
        bright = rng.random() ** 3
        radius = 0.9 + 2.0 * bright
        picture.layer.add(
            circle(x, y, radius, "#fffdf0", fill_opacity=f"{0.45 + 0.5 * bright:.2f}")
        )
    for _ in range(9 if many else 4):
        x, y = rng.random() * picture.width, rng.random() * horizon * 0.7
        picture.layer.add(sparkle(x, y, 8 + 7 * rng.random(), "#ffffff"))


def sparkle(x: float, y: float, size: float, colour: str, opacity: float = 0.9) -> str:
    """A star with four points."""
    thin = size * 0.12
    points = [
        (x, y - size), (x + thin, y - thin), (x + size, y), (x + thin, y + thin),
        (x, y + size), (x - thin, y + thin), (x - size, y), (x - thin, y - thin),
    ]  # fmt: skip
    d = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points) + "Z"
    return path(d, colour, fill_opacity=opacity)


def moon(picture: Composition, x: float, y: float, *, crescent: bool) -> None:
    radius = 62.0
    layer = picture.layer
    halo = layer.spot([(0.0, "#dfe6ff", 0.5), (0.35, "#b9c8ff", 0.22), (1.0, "#8fa6ff", 0.0)])
    layer.add(circle(x, y, radius * 3.4, halo))
    if crescent:
        d = (
            f"M{x + 20:.1f} {y - radius:.1f}A{radius} {radius} 0 1 0 {x + radius:.1f} {y + 20:.1f}"
            f"A{radius * 0.82:.1f} {radius * 0.82:.1f} 0 0 1 {x + 20:.1f} {y - radius:.1f}Z"
        )
        layer.add(path(d, "#fdf3cf"))
        return
    layer.add(circle(x, y, radius, layer.blend("#fffbe8", "#efe7c8")))
    for dx, dy, size in ((-22, -14, 15), (16, 12, 19), (-10, 26, 10), (24, -24, 9), (-34, 12, 7)):
        layer.add(circle(x + dx, y + dy, size, "#d9cfae", fill_opacity=0.55))


def aurora(picture: Composition, horizon: float) -> None:
    """Curtains of light: bands that wander across the sky, bright below, fading upwards."""
    columns = picture.x.size
    light = np.zeros((picture.y.size, columns, 3), np.float32)
    for colour, height, strength in (
        ("#35f59a", 0.70, 0.95),
        ("#2fd8e8", 0.54, 0.6),
        ("#a45bff", 0.42, 0.6),
    ):
        foot = horizon * (height + 0.12 * picture.wander(columns, 2, 0.4, 3))[None, :]
        rays = 0.72 + 0.3 * picture.wander(columns, 22, 0.5, 2)[None, :]
        above = (foot - picture.y) / (horizon * 0.42)
        band = np.where(above > 0, np.exp(-above * 2.1), np.exp(above * 16))
        light += (band * rays * strength)[..., None] * np.asarray(rgb(colour), np.float32)
    picture.shine(light)


def rainbow(picture: Composition, horizon: float) -> None:
    x, radius = picture.width * 0.5, min(picture.width * 0.46, horizon * 0.86)
    colours = ("#e8413c", "#f68a2e", "#f9d53e", "#5bc257", "#3f9be8", "#5a5fd0", "#9a55c9")
    for i, colour in enumerate(colours):
        r = radius - i * 15
        d = f"M{x - r:.1f} {horizon + 40:.1f}A{r:.1f} {r:.1f} 0 0 1 {x + r:.1f} {horizon + 40:.1f}"
        picture.layer.add(path(d, stroke=colour, stroke_width=15.6, stroke_opacity=0.62))


def fireworks(picture: Composition, horizon: float) -> None:
    """Six bursts: two rings of rays, bright tips, and a common glow in the smoke."""
    rng = picture.rng
    colours = ("#ffd166", "#ff5d8f", "#5ad1ff", "#9dff8a", "#c58bff", "#ff9f5a")
    bursts = []
    for i in range(len(colours)):
        x = picture.width * (0.12 + 0.76 * ((i * 0.382 + rng.random() * 0.12) % 1))
        bursts.append((x, horizon * (0.16 + 0.42 * rng.random()), 80 + 75 * rng.random()))
    smoke = sum(picture.halo(x, y, size * 0.8) for x, y, size in bursts)
    picture.glow("#9a7bd0", np.asarray(smoke, np.float32) * 0.3)
    for (x, y, size), colour in zip(bursts, colours, strict=True):
        rays, tips = [], []
        for ray in range(26):
            turn = 2 * math.pi * ray / 26
            cos, sin = math.cos(turn) * size, math.sin(turn) * size
            for inner, outer in ((0.3, 0.62), (0.72, 0.96)):
                rays.append(
                    f"M{x + cos * inner:.1f} {y + sin * inner + 9 * inner**2:.1f}"
                    f"L{x + cos * outer:.1f} {y + sin * outer + 9 * outer**2:.1f}"
                )
            tips.append(f"M{x + cos * 1.07:.1f} {y + sin * 1.07 + 10:.1f}h.1")
        for d, shade, width in ((rays, colour, 3), (tips, "#fffbe6", 7)):
            picture.layer.add(
                path("".join(d), stroke=shade, stroke_width=width, stroke_linecap="round")
            )


def shooting_star(picture: Composition, horizon: float) -> None:
    del horizon  # it is high up
    x, y = picture.width * 0.62, picture.height * 0.12
    tail = picture.layer.fade([(0, "#ffffff", 0.0), (1, "#ffffff", 0.9)], down=False)
    d = f"M{x - 260:.1f} {y + 96:.1f}L{x:.1f} {y - 4:.1f}L{x + 3:.1f} {y + 6:.1f}Z"
    picture.layer.add(path(d, tail), circle(x, y, 7, "#ffffff"))


WONDERS = {"rainbow": rainbow, "fireworks": fireworks, "shooting-star": shooting_star}
"""Features that are painted into any sky: a new one is a function and a word in words.toml."""
