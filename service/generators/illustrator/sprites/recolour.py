"""Giving a drawing another colour: "a blue bicycle" keeps its tyres black and its shine white."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np

from service.generators.illustrator.sprites.art import Sprite, packed
from service.generators.illustrator.sprites.colours import (
    from_hls,
    hexed,
    hls,
    hue_distance,
    repaint,
)

NEAR = 0.13
"""Hues this close to the main one (of 1 around the circle) change with it."""
PALE = 0.16
"""Saturation below which a colour counts as grey."""
VESSELS = {
    "hot-beverage": (0.35, 0.6),
    "teacup-without-handle": (0.35, 0.5),
    "steaming-bowl": (0.35, 0.5),
    "wine-glass": (0.3, 0.3),
    "pot-of-food": (0.3, 0.0),
    "shallow-pan-of-food": (0.3, 0.0),
    "beer-mug": (0.2, 0.0),
    "glass-of-milk": (0.2, 0.0),
    "curry-rice": (0.2, 0.5),
    "green-salad": (0.2, 0.5),
}
"""Drawings of something in a cup or a bowl -> the saturation up to which and the lightness from
which a colour is the vessel's."""
FLOWERS = {"cornflower", "poppy", "tulip", "rose", "marigold", "hibiscus", "lavender"}
LEAVES = range(5, 11)
"""Of 24 hues, the greens: a yellow tulip is not one with yellow leaves."""
GLASS = range(12, 16)
"""Of 24 hues, those of window panes: a blue bus is not one with blue windows."""
WHITE, WHITE_SHARE = 0.78, 0.4
"""The darkest channel of a white coat's pixels, and how much of a white animal they are."""
SKIN_HUES = (0.09, 0.14)
"""The yellow of faces and hands: never the main colour of a person."""


@lru_cache(256)
def recoloured(sprite: Sprite, colour: str) -> Sprite:
    """The sprite with its main colour family turned into this colour's."""
    if sprite.name in VESSELS:
        return tinted(sprite, colour)
    if is_white(sprite):
        return dyed(sprite, colour)
    hue, lightness, grey = main_colour(sprite)
    wanted_hue, wanted_light, wanted_saturation = hls(colour)
    shift = wanted_light - lightness

    def change(old: str) -> str:
        own_hue, own_light, own_saturation = hls(old)
        if grey:
            if own_saturation > 0.3 or not 0.14 < own_light < 0.97:
                return old
        elif own_saturation < PALE or hue_distance(own_hue, hue) > NEAR:
            return old
        light = own_light + shift * (0.85 if 0.1 < own_light < 0.93 else 0.3)
        saturation = wanted_saturation * (0.75 + 0.35 * (own_saturation if not grey else 0.5))
        turn = 0.0 if grey else ((own_hue - hue + 0.5) % 1 - 0.5) * 0.35
        return from_hls(wanted_hue + turn, light, saturation)

    body = repaint(sprite.body, change)
    return Sprite(f"{sprite.name}{colour}", sprite.width, sprite.height, body)


def is_white(sprite: Sprite) -> bool:
    """Whether it is a bird or a beast with a white coat: a hen, a goose, a sheep."""
    name = sprite.name.removesuffix("-sitting").removesuffix("-standing")
    kind = packed("drawings.json.gz").get(name, {}).get("kind", "")
    if not kind.startswith("animal"):
        return False
    painted = np.asarray(sprite.pixels).reshape(-1, 4)
    painted = painted[painted[:, 3] > 200][:, :3].astype(float) / 255
    pale = (painted.min(1) > WHITE) & (painted.max(1) - painted.min(1) < 0.12)
    return bool(len(painted)) and float(pale.mean()) > WHITE_SHARE


def dyed(sprite: Sprite, colour: str) -> Sprite:
    """A white coat in this colour, with its shades; beak, comb and eyes as they were."""
    hue, lightness, saturation = hls(colour)

    def change(old: str) -> str:
        _, own_light, own_saturation = hls(old)
        if own_light < 0.55 or (own_saturation > 0.3 and own_light < 0.93):
            return old
        return from_hls(hue, min(0.97, max(0.06, lightness + (own_light - 0.96) * 0.6)), saturation)

    body = repaint(sprite.body, change)
    return Sprite(f"{sprite.name}{colour}", sprite.width, sprite.height, body)


def tinted(sprite: Sprite, colour: str) -> Sprite:
    """A cup or bowl in this colour, what is in it as it was."""
    hue, lightness, saturation = hls(colour)
    greyest, darkest = VESSELS[sprite.name]

    def change(old: str) -> str:
        _, own_light, own_saturation = hls(old)
        if own_light < 0.97 and (own_saturation > greyest or own_light < darkest):
            return old
        return from_hls(hue, min(0.97, max(0.05, lightness + (own_light - 0.85) * 0.7)), saturation)

    body = repaint(sprite.body, change)
    return Sprite(f"{sprite.name}{colour}", sprite.width, sprite.height, body)


def main_colour(sprite: Sprite) -> tuple[float, float, bool]:
    """Hue and lightness of what most of the drawing is painted in, and whether that is grey."""
    person = sprite.name.endswith(("-standing", "-whole", "-seated"))
    colourful: Counter[int] = Counter()
    light: dict[int, list[float]] = {}
    greys: list[float] = []
    painted = np.asarray(sprite.pixels).reshape(-1, 4).tolist()
    for red, green, blue, alpha in painted:
        if alpha < 200:
            continue
        hue, lightness, saturation = hls(hexed((red / 255, green / 255, blue / 255)))
        if person and SKIN_HUES[0] < hue < SKIN_HUES[1]:
            continue
        if saturation > PALE and 0.12 < lightness < 0.95:
            bucket = int(hue * 24)
            colourful[bucket] += 1
            light.setdefault(bucket, []).append(lightness)
        elif 0.2 < lightness < 0.95:
            greys.append(lightness)
    if not colourful or len(greys) > 2.5 * sum(colourful.values()):
        return 0.0, median(greys, 0.5), True
    if packed("drawings.json.gz").get(sprite.name, {}).get("kind", "").startswith("transport"):
        for bucket in GLASS:
            colourful[bucket] //= 2
    if sprite.name in FLOWERS:
        colourful = Counter({b: n for b, n in colourful.items() if b not in LEAVES}) or colourful
    family = {
        bucket: colourful[bucket]
        + 0.6 * (colourful[(bucket - 1) % 24] + colourful[(bucket + 1) % 24])
        for bucket in list(colourful)
    }
    bucket = max(sorted(family), key=lambda one: family[one])
    return (bucket + 0.5) / 24, median(light[bucket], 0.5), False


def median(values: list[float], otherwise: float) -> float:
    return sorted(values)[len(values) // 2] if values else otherwise
