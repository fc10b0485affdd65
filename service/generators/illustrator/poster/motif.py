"""What a poster is asked to show besides its words: "with grapes and glasses"."""

from __future__ import annotations

import re
from dataclasses import replace

from service.generators.illustrator.painting.cast import COLOURFUL, art_of
from service.generators.illustrator.poster.commission.shapes import is_phrase, shape_of
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.reading.subjects.subjects import PLURAL, thing_of
from service.generators.illustrator.reading.words.lexicon import drawable, lexicon
from service.generators.illustrator.scene import MANY, Scene, Thing
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.svg import group

WITH = re.compile(r"\b(?:with|mit|con|avec|com)\s+((?:[\w'-]+\s+){0,4}[\w'-]+)$", re.IGNORECASE)
WINE = re.compile(r"\b(?:wein|wine|vin\b|vino|vinho)", re.IGNORECASE)
GLASSES = {"glass-of-milk", "tumbler-glass"}
"""Glasses of nothing certain: with wine they are wine glasses."""
MOST = 3
"""Drawings beside each other."""
GAP = 0.08
"""Of their height: between them."""
SHRINK = 0.3
"""Sizes are drawn as metres to this power."""


def named_with(headline: str) -> str:
    """The things that an ordered headline ends with: "carnival with balloons"; "" if none is."""
    found = WITH.search(headline)
    things = read(found[1]).things if found else ()
    plain = things and not any(one.kind.startswith("person") for one in things)
    return found[1] if found and plain else ""


def drawn_motif(words: str, prompt: str) -> tuple[Sprite | None, tuple[str, ...]]:
    """The things that the words name, side by side, and those that have no drawing."""
    scene = with_scenery(read(words))
    if shape := shape_alone(words):
        return shape, ()
    wine = WINE.search(prompt)
    shown = tuple(
        thing_of(lexicon(), "wine-glass", one.word) if wine and one.art in GLASSES else one
        for one in scene.things[:MOST]
    )
    shapes = tuple(part.lower() for part in words.split(", ") if shape_of(part) and shown)
    away = (*scene.missing, *shapes, *(one.word for one in scene.things[MOST:]))
    if not shown:
        return None, away or (words.lower(),)
    return side_by_side(shown), away


def single(words: str) -> Sprite | None:
    """One of the first thing that the words name, for copies of it."""
    if shape := shape_alone(words):
        return shape
    things = with_scenery(read(words)).things
    return side_by_side((replace(things[0], count=1),)) if things else None


def with_scenery(scene: Scene) -> Scene:
    """The scene with its flowers and trees as things, where they have drawings of their own."""
    if scene.things:
        return scene
    names = (name for one in sorted(scene.features) for name in (one, one.removesuffix("s")))
    arts = [name for name in names if drawable(name)]
    things = tuple(replace(thing_of(lexicon(), art, art), count=PLURAL) for art in arts)
    return replace(scene, things=things)


def shape_alone(words: str) -> Sprite | None:
    """The shape that the words name, unless things of theirs have drawings."""
    shape = shape_of(words)
    sure = shape is not None and (is_phrase(words) or not read(words).things)
    return shape if sure else None


def side_by_side(things: tuple[Thing, ...]) -> Sprite:
    """One drawing of several things, each once or in its number if few are named."""
    copies = [one for one in things for _ in range(one.count if len(things) == 1 else 1)][:MOST]
    shades = (COLOURFUL[i % len(COLOURFUL)] for i in range(MOST))
    sprites = [
        art_of(replace(one, colour=shade) if one.colour == MANY else one)
        for one, shade in zip(copies, shades, strict=False)
    ]
    largest = max(one.metres for one in copies)
    high = max(sprite.box[3] - sprite.box[1] for sprite in sprites)
    x, parts = 0.0, []
    for one, sprite in zip(copies, sprites, strict=True):
        left, top, right, bottom = sprite.box
        scale = high / (bottom - top) * max(0.5, (one.metres / largest) ** SHRINK)
        place = f"translate({x - left * scale:.1f} {high - bottom * scale:.1f}) scale({scale:.3f})"
        parts.append(group(sprite.body, place))
        x += (right - left) * scale + high * GAP
    name = "+".join(sprite.name for sprite in sprites)
    return Sprite(name, x - high * GAP, high, "".join(parts))
