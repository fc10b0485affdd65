"""From a prompt to the bytes of a picture: the illustrator's whole path on one screen."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from service.generators.illustrator.description import described, named
from service.generators.illustrator.looks.effects import whole
from service.generators.illustrator.looks.reading import Look, look_of
from service.generators.illustrator.painting.atmosphere.light import light_of
from service.generators.illustrator.painting.atmosphere.weather import behind, fall
from service.generators.illustrator.painting.composition import compose
from service.generators.illustrator.painting.finish import finish
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.painting.placement.fidelity import unkept_words
from service.generators.illustrator.painting.placement.legibility import (
    pale_things,
    too_few,
    unseen_things,
)
from service.generators.illustrator.painting.placement.placing import Placed
from service.generators.illustrator.painting.variety import varied
from service.generators.illustrator.places import PLACES
from service.generators.illustrator.places.above import paint_above
from service.generators.illustrator.poster.choice import (
    describes_scene,
    mostly_seen,
    suits_poster,
)
from service.generators.illustrator.poster.drawing import draw_poster
from service.generators.illustrator.poster.emblem import position
from service.generators.illustrator.poster.wording import PICTURED
from service.generators.illustrator.reading.prompt import read, read_surely
from service.generators.illustrator.scene import Scene

POSTER_OF_WORDS = "Poster of the words"
"""The alternative text of a poster says so where a scene was described."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a picture is painted on: its size and look, and the seed of its chances."""

    size: tuple[int, int]
    seed: int
    quality: int
    look: Look


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole WebP file, what was understood, and the words that could not be drawn."""

    data: bytes
    scene: Scene
    missing: tuple[str, ...]
    alt: str
    """What is in the picture, for those who do not see it; of a poster its words."""
    placed: tuple[Placed, ...] = ()
    """Where the subjects of a scene are, in the order they were drawn."""


def draw(
    prompt: str, seed: int, size: tuple[int, int], *, quality: int = 88, style: str = "scene"
) -> Drawing:
    """The picture of a prompt; the same arguments give the same bytes in every process.

    `style` is scene, poster, or auto, which chooses. Words that no font has or that fit on
    no poster make a scene.
    """
    look = look_of(prompt)
    prompt = look.rest if re.search(r"\w", look.rest) else prompt
    canvas = Canvas(size, seed, quality, look)
    scene = read(prompt)
    if style == "scene":
        return drawn_scene(prompt, scene, canvas)
    if style == "auto" and not look.ordered:
        described = PICTURED.search(prompt) or describes_scene(prompt, scene)
        sure = read_surely(prompt, scene) if described else scene
        if not suits_poster(prompt, sure):
            drawing = drawn_scene(prompt, sure, canvas)
            kept = mostly_seen(sure, drawing.missing) if described else not drawing.missing
            if kept or PICTURED.search(prompt):
                return drawing
    poster = drawn_poster(prompt, scene, canvas)
    return poster or drawn_scene(prompt, scene, canvas)


def drawn_poster(prompt: str, scene: Scene, canvas: Canvas) -> Drawing | None:
    """The poster of a prompt, if its words fit on one."""
    sheet = Composition(canvas.size, dice(prompt, canvas.seed))
    poster = draw_poster(sheet, prompt, scene, canvas.look)
    if not poster:
        return None
    missing, alt = (*poster.missing, *canvas.look.unable), poster.wording.alt
    if describes_scene(prompt, scene):
        missing = (*missing, *only_words(prompt, scene, drawn=bool(poster.thing)))
        alt = f"{POSTER_OF_WORDS}: {alt}"
    return Drawing(sheet.encoded(canvas.quality), scene, tuple(dict.fromkeys(missing)), alt)


def only_words(prompt: str, scene: Scene, *, drawn: bool) -> tuple[str, ...]:
    """What the poster of a scene has only as words: all but its first subject, if that is drawn."""
    named = [one.word for one in scene.things if position(prompt, one.word) >= 0]
    named.sort(key=lambda word: position(prompt, word))
    return (*named[drawn:], *scene.settings, *scene.missing, *scene.unshown)


def drawn_scene(prompt: str, scene: Scene, canvas: Canvas) -> Drawing:
    """The scene of a prompt, and what of it the finished picture does not show."""
    scene = varied(scene, dice(f"{prompt}|variety", canvas.seed))
    light = light_of(scene)
    picture = Composition(canvas.size, dice(prompt, canvas.seed))
    paint = paint_above if scene.framing == "above" else PLACES[scene.place]
    stage = paint(picture, scene, light)
    behind(picture, scene, light)
    placed = compose(picture, scene, light, stage)
    fall(picture, scene, light)
    finish(picture, scene)
    away = unseen_things(scene, placed, (picture.width, picture.height))
    pale = pale_things(scene) - away
    unkept = [
        *unkept_words(scene, placed, picture.width),
        *(scene.things[i].word for i in sorted(away)),
        *(named(scene.things[i], prompt) for i in sorted(pale)),
        *too_few(scene, placed),
    ]
    told = (*scene.missing, *scene.unshown, *unkept, *canvas.look.unable)
    missing = tuple(dict.fromkeys(told))
    alt = described(scene, prompt, away, pale)
    picture.flatten()
    picture.image = whole(picture.image, canvas.look, picture.rng)
    return Drawing(picture.encoded(canvas.quality), scene, missing, alt, tuple(placed))


def dice(prompt: str, seed: int) -> np.random.Generator:
    """Chance that depends on the prompt and the seed alone."""
    digest = hashlib.blake2b(f"{seed}|{prompt}".encode(errors="replace"), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
