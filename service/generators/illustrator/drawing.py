"""From a prompt to the bytes of a picture: the illustrator's whole path on one screen."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from service.generators.illustrator.description import described
from service.generators.illustrator.painting.atmosphere.light import light_of
from service.generators.illustrator.painting.atmosphere.weather import behind, fall
from service.generators.illustrator.painting.composition import compose
from service.generators.illustrator.painting.finish import finish
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.painting.placement.fidelity import unkept_words
from service.generators.illustrator.painting.placement.placing import Placed
from service.generators.illustrator.painting.variety import varied
from service.generators.illustrator.places import PLACES
from service.generators.illustrator.places.above import paint_above
from service.generators.illustrator.poster.drawing import draw_poster
from service.generators.illustrator.poster.wording import (
    BUSINESS,
    OURS,
    PICTURED,
    SENTENCE_END,
    TEXTUAL,
    kind_of,
)
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.scene import Scene
from service.generators.prompt import understand


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
        sheet = Composition(size, dice(prompt, seed))
        poster = draw_poster(sheet, prompt)
        if poster:
            return Drawing(sheet.encoded(quality), scene, poster.missing, poster.wording.alt)
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
    missing = tuple(dict.fromkeys((*scene.missing, *scene.unshown, *unkept)))
    return Drawing(data, scene, missing, alt, tuple(placed))


def suits_poster(prompt: str, scene: Scene) -> bool:
    """An announcement, invitation, offer or quote, or less than half of it can be drawn.

    Where a text is asked for, all of its subject must be drawn for a scene.
    """
    if PICTURED.search(prompt):
        return False
    if SENTENCE_END.search(prompt) and (BUSINESS.search(prompt) or scene.missing):
        return True  # several sentences that no picture tells
    if re.search(r"\d", prompt) and BUSINESS.search(prompt):
        return True
    drawn = len(scene.things) + len(scene.features)
    hard = len(scene.missing) > drawn or not (drawn or scene.place != "studio")
    text = bool(TEXTUAL.search(prompt) or OURS.search(prompt) or understand(prompt).order.name)
    whole = bool(scene.things) and not (scene.missing or scene.unshown or TEXTUAL.search(prompt))
    return bool(kind_of(prompt)) or hard or (text and not whole)


def dice(prompt: str, seed: int) -> np.random.Generator:
    """Chance that depends on the prompt and the seed alone."""
    digest = hashlib.blake2b(f"{seed}|{prompt}".encode(errors="replace"), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
