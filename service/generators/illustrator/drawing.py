"""From a prompt to the bytes of a picture: the illustrator's whole path on one screen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from service.generators.illustrator.description import described
from service.generators.illustrator.painting.atmosphere.light import light_of
from service.generators.illustrator.painting.atmosphere.weather import behind, fall
from service.generators.illustrator.painting.composition import compose
from service.generators.illustrator.painting.finish import finish
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.painting.placement.fidelity import unkept_words
from service.generators.illustrator.painting.placement.legibility import illegible
from service.generators.illustrator.painting.placement.placing import Placed
from service.generators.illustrator.painting.variety import varied
from service.generators.illustrator.places import PLACES
from service.generators.illustrator.places.above import paint_above
from service.generators.illustrator.poster.drawing import draw_poster
from service.generators.illustrator.poster.wording import (
    BUSINESS,
    PICTURED,
    TEXTUAL,
    kind_of,
)
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.scene import Scene


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
    scene = read(prompt)
    if style == "poster" or (style == "auto" and suits_poster(prompt, scene)):
        poster = drawn_poster(prompt, scene, seed, size, quality)
        if poster:
            return poster
    drawing = drawn_scene(prompt, scene, seed, size, quality)
    if style == "auto" and drawing.missing and not PICTURED.search(prompt):
        return drawn_poster(prompt, scene, seed, size, quality) or drawing
    return drawing


def drawn_poster(
    prompt: str, scene: Scene, seed: int, size: tuple[int, int], quality: int
) -> Drawing | None:
    """The poster of a prompt, if its words fit on one."""
    sheet = Composition(size, dice(prompt, seed))
    poster = draw_poster(sheet, prompt, scene)
    if not poster:
        return None
    return Drawing(sheet.encoded(quality), scene, poster.missing, poster.wording.alt)


def drawn_scene(
    prompt: str, scene: Scene, seed: int, size: tuple[int, int], quality: int
) -> Drawing:
    """The scene of a prompt, and what of it the finished picture does not show."""
    scene = varied(scene, dice(f"{prompt}|variety", seed))
    light = light_of(scene)
    picture = Composition(size, dice(prompt, seed))
    paint = paint_above if scene.framing == "above" else PLACES[scene.place]
    stage = paint(picture, scene, light)
    behind(picture, scene, light)
    placed = compose(picture, scene, light, stage)
    fall(picture, scene, light)
    finish(picture, scene)
    data, alt = picture.encoded(quality), described(scene, prompt)
    unkept = unkept_words(scene, placed, picture.width)
    unclear = illegible(scene, placed, (picture.width, picture.height))
    missing = tuple(dict.fromkeys((*scene.missing, *scene.unshown, *unkept, *unclear)))
    return Drawing(data, scene, missing, alt, tuple(placed))


def suits_poster(prompt: str, scene: Scene) -> bool:
    """An announcement, invitation, offer or quote, or a scene of which not all is sure.

    A word that is not understood, drawn in the sense of another one or only resembled is shown as
    a word: a poster says it rightly.
    """
    if PICTURED.search(prompt):
        return False
    empty = not (scene.things or scene.features) and scene.place == "studio"
    unsure = bool(scene.doubts or scene.missing or scene.unshown)
    text = bool(TEXTUAL.search(prompt) or BUSINESS.search(prompt))
    return bool(kind_of(prompt)) or empty or unsure or text


def dice(prompt: str, seed: int) -> np.random.Generator:
    """Chance that depends on the prompt and the seed alone."""
    digest = hashlib.blake2b(f"{seed}|{prompt}".encode(errors="replace"), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
