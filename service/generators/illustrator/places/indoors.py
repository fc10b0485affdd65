"""Indoors: a table top for still lifes, and a room for furniture and those who live there."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

import numpy as np

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.places.terrain import fill_below, ridge
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import (
    box,
    circle,
    line,
    path,
    polygon,
    rect,
)

WALLS = ("#f3dfc1", "#d7e4d3", "#e6d8ea", "#d3e2ee", "#f2d3c6")
FLOORS = (("#b98a5e", "#d6a878"), ("#8f6a4a", "#ad8660"), ("#b3aca4", "#d0cac2"))
WINDOW_GLASS = {"day": ("#8fcdf5", "#e3f4fd"), "dawn": ("#a8c4ea", "#ffdcbc"),
                "sunset": ("#6a3f8a", "#ffad6b"), "night": ("#0c1438", "#2a3f86")}  # fmt: skip


def paint_table(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    high = picture.height
    edge = high * 0.66
    if scene.has("picnic", "outside"):
        garden_behind(picture, light, edge)
    else:
        wall(picture, scene, edge)
    if scene.has("room") and not scene.has("picnic"):
        pendants(picture)
    top = cloth if scene.has("picnic") else slab if scene.has("marble") else boards
    return StageLayout(
        horizon=edge,
        back=high * 0.78,
        front=high * 0.90,
        hero=high * 0.40,
        shadows=0.42,
        close=True,
        width_alone=0.62,
        edge=edge,
        sill=edge * 0.77 + 12,
        ceiling=high * 0.04,
        cover=lambda: top(picture, light, edge),
    )


def pendants(picture: Composition) -> None:
    """Three lamps hanging from the ceiling, as in a cafe."""
    layer = picture.layer
    for share, long in ((0.14, 120), (0.5, 70), (0.86, 120)):
        x = picture.width * share
        layer.add(
            circle(x, long + 46, 120, layer.spot([(0, "#ffe2a0", 0.6), (1, "#ffe2a0", 0)])),
            line((x, -5), (x, long), "#4a4038", 4),
            path(f"M{x - 44:.0f} {long + 44:.0f}q6-48 44-48t44 48z", "#3f5f5a"),
            circle(x, long + 48, 15, "#fff3c9"),
        )


def wall(picture: Composition, scene: Scene, low: float) -> None:
    layer, rng = picture.layer, picture.rng
    colour = scene.colours[0] if scene.colours else WALLS[int(rng.integers(len(WALLS)))]
    if scene.colours:
        colour = mix(colour, "#ffffff", 0.35)
    dim = mix(colour, "#2a2440", 0.55 * (scene.time == "night"))
    picture.coat(0, low + 4, mix(dim, "#ffffff", 0.18), dim)
    beam = path(
        f"M{picture.width * 0.12:.0f} {low:.0f}L{picture.width * 0.44:.0f} -5h170L"
        f"{picture.width * 0.12 + 190:.0f} {low:.0f}zM{picture.width * 0.12 + 230:.0f} {low:.0f}"
        f"L{picture.width * 0.44 + 210:.0f} -5h90L{picture.width * 0.12 + 330:.0f} {low:.0f}z",
        "#ffffff", fill_opacity=0.13 if scene.time != "night" else 0.0,
    )  # fmt: skip
    layer.add(beam)
    if scene.has("window", "room") or scene.weather != "clear" or scene.time in ("night", "sunset"):
        window(picture, scene, (picture.width * 0.5, low * 0.44), (430, low * 0.66))
    if scene.time == "night":
        lamp = layer.spot([(0, "#ffd58a", 0.5), (1, "#ffd58a", 0)])
        layer.add(circle(picture.width * 0.5, low * 0.9, 520, lamp))


def window(
    picture: Composition,
    scene: Scene,
    middle: tuple[float, float],
    size: tuple[float, float],
) -> None:
    """A window with the hour and the weather behind it."""
    layer, rng = picture.layer, picture.rng
    (x, y), (wide, high) = middle, size
    left, top = x - wide / 2, y - high / 2
    glass = WINDOW_GLASS[scene.time]
    if scene.weather in ("rain", "storm", "fog"):
        glass = (mix(glass[0], "#7f8c99", 0.6), mix(glass[1], "#aab4bd", 0.6))
    layer.add(rect(left - 16, top - 16, wide + 32, high + 32, "#fbf7ef", rx=6))
    layer.add(rect(left, top, wide, high, layer.blend(*glass)))
    far = mix(glass[1], "#5f8f6a" if scene.weather != "snow" else "#eef4fb", 0.55)
    if scene.has("skyline", "city"):
        d, at = [], left
        while at < left + wide:
            step = min(18 + 30 * rng.random(), left + wide - at)
            tall = high * (0.12 + 0.34 * rng.random())
            d.append(box(at, top + high - tall, step, tall))
            at += step
        layer.add(path("".join(d), mix(glass[1], "#44506e", 0.5)))
    else:
        layer.add(
            path(f"M{left:.0f} {top + high * 0.8:.0f}q{wide * 0.3:.0f} {-high * 0.2:.0f}"
                 f" {wide * 0.55:.0f} {-high * 0.02:.0f}t{wide * 0.45:.0f} {-high * 0.03:.0f}"
                 f"V{top + high:.0f}H{left:.0f}Z", far)
        )  # fmt: skip
    if scene.time == "night" and scene.weather == "clear":
        layer.add(circle(left + wide * 0.76, top + high * 0.24, 26, "#f6efcf"))
        for _ in range(16):
            layer.add(
                circle(left + wide * rng.random(), top + high * 0.6 * rng.random(), 1.8, "#fff")
            )
    if scene.weather in ("rain", "storm"):
        for _ in range(46):
            a = (left + wide * rng.random(), top + high * rng.random() * 0.9)
            layer.add(line(a, (a[0] - 3, a[1] + 14 + 14 * rng.random()), "#ffffff", 1.6,
                           stroke_opacity=0.6))  # fmt: skip
    if scene.weather == "snow":
        for _ in range(46):
            at_x, at_y = left + wide * rng.random(), top + high * rng.random()
            layer.add(circle(at_x, at_y, 2 + 3 * rng.random(), "#ffffff"))
    layer.add(
        rect(x - 6, top, 12, high, "#fbf7ef"),
        rect(left, top + high * 0.42, wide, 10, "#fbf7ef"),
        rect(left - 34, top + high + 12, wide + 68, 18, "#f1e9da", rx=4),
        polygon([(left, top), (left + wide * 0.36, top), (left + wide * 0.1, top + high),
                 (left, top + high)], "#ffffff", fill_opacity=0.10),
    )  # fmt: skip


def garden_behind(picture: Composition, light: Light, edge: float) -> None:
    """Blurred green and sky behind a table that stands outside."""
    layer, rng = picture.layer, picture.rng
    picture.coat(0, edge + 4, *light.sky)
    for y, colour, far in ((0.80, "#9ccb86", 0.35), (0.90, "#7fb866", 0.15)):
        low = ridge(picture, edge * y, edge * 0.09, bumps=4)
        fill_below(picture, low, light.of(colour, far))
    for _ in range(26):
        x, y = rng.random() * picture.width, edge * (0.35 + 0.6 * rng.random())
        colour = ("#ffffff", "#fff3b0", "#c9f2a8")[int(rng.integers(3))]
        layer.add(circle(x, y, 14 + 34 * rng.random(), colour, fill_opacity=0.14))


def boards(picture: Composition, light: Light, edge: float) -> None:
    """A wooden table top: planks that run away from the viewer."""
    layer, rng, wide, high = picture.layer, picture.rng, picture.width, picture.height
    dim = 1 - 0.4 * (light.dark > 0.9)
    wood = mix("#a46d3f", "#2a1c2e", 1 - dim)
    middle, count = wide / 2, 9
    for i in range(-count, count + 1):
        top, low = middle + i * wide / 9, middle + i * wide / 4.6
        step_top, step_low = wide / 9, wide / 4.6
        corners = [(top, edge), (top + step_top, edge), (low + step_low, high + 5), (low, high + 5)]
        layer.add(polygon(corners, mix(wood, "#5a3418", 0.04 + 0.14 * rng.random())))
        layer.add(line((top, edge), (low, high), "#4a2b17", 2.2, stroke_opacity=0.5))
        for _ in range(2):
            t = rng.random()
            a = (top + step_top * t, edge + 4)
            b = (low + step_low * t, high)
            layer.add(line(a, b, "#5c371d", 1.2, stroke_opacity=0.28))
    shade = layer.fade([(0, "#2a160a", 0.38), (1, "#2a160a", 0.0)])
    layer.add(
        rect(-5, edge, wide + 10, 90, shade),
        rect(-5, edge, wide + 10, 5, "#f2cf9c", fill_opacity=0.45),
    )


def slab(picture: Composition, light: Light, edge: float) -> None:
    """A marble table top; it shines the same in every light."""
    del light
    layer, wide, high = picture.layer, picture.width, picture.height
    layer.add(rect(-5, edge, wide + 10, high, layer.blend("#dcdde2", "#f4f4f6")))
    for i in range(7):
        y = edge + (high - edge) * (i + 0.5) / 7
        bends = picture.wander(9, 2, 0.6, 3) * 26
        points = [(wide * j / 8, y + float(bends[j])) for j in range(9)]
        d = "M" + "L".join(f"{x:.0f} {py:.0f}" for x, py in points)
        layer.add(path(d, stroke="#b9bcc6", stroke_width=2.5, stroke_opacity=0.5))
    layer.add(rect(-5, edge, wide + 10, 6, "#ffffff", fill_opacity=0.8))


def cloth(picture: Composition, light: Light, edge: float) -> None:
    """A red and white chequered cloth in perspective."""
    layer, wide, high = picture.layer, picture.width, picture.height
    layer.add(rect(-5, edge, wide + 10, high, light.of("#fdf6ee")))
    rows = edge + (high - edge) * np.linspace(0, 1, 8) ** 1.45
    middle = wide / 2
    red = []
    for i in range(-16, 16):
        if i % 2:
            continue
        a, b = middle + i * wide / 15, middle + (i + 1) * wide / 15
        c, d = middle + (i + 1) * wide / 7, middle + i * wide / 7
        red.append(f"M{a:.1f} {edge:.1f}L{b:.1f} {edge:.1f}L{c:.1f} {high:.1f}L{d:.1f} {high:.1f}Z")
    stripes = [box(-5, rows[i], wide + 10, rows[i + 1] - rows[i]) for i in range(0, 7, 2)]
    colour = light.of("#d8413c")
    layer.add(path("".join(red), colour, fill_opacity=0.55),
              path("".join(stripes), colour, fill_opacity=0.55))  # fmt: skip


def paint_room(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    del light  # a room has its own: lamps by night, the window by day
    high, wide, layer = picture.height, picture.width, picture.layer
    low = high * 0.70
    wall(picture, scene, low)
    plain = any(thing.art == "door" or thing.stance == "hung" for thing in scene.things)
    if not plain and not (
        scene.weather != "clear" or scene.time in ("night", "sunset") or scene.has("window", "room")
    ):
        window(picture, scene, (wide * 0.5, low * 0.42), (380, low * 0.56))
    dim = 0.45 if scene.time == "night" else 0.0
    boards_far, boards_near = FLOORS[scene.variant % len(FLOORS)]
    layer.add(
        rect(-5, low, wide + 10, high, layer.blend(mix(boards_far, "#231a2e", dim),
                                                   mix(boards_near, "#231a2e", dim))),
        rect(-5, low - 16, wide + 10, 18, mix("#fbf7ef", "#231a2e", dim)),
    )  # fmt: skip
    for i in range(1, 6):
        y = low + (high - low) * (i / 6) ** 1.4
        layer.add(line((-5, y), (wide + 5, y), "#8a5f3a", 2, stroke_opacity=0.35))
    return StageLayout(
        horizon=low,
        back=high * 0.84,
        front=high * 0.93,
        hero=high * 0.52,
        width_alone=0.8,
        wide=0.97,
        shadows=0.38,
        sill=low * (0.77 if scene.has("window", "room") else 0.70) + 12,
        ceiling=high * 0.04,
    )
