"""From a prompt to the bytes of a picture: the illustrator's whole path on one screen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from service.generators.illustrator.composition import compose
from service.generators.illustrator.finish import finish
from service.generators.illustrator.light import light_of
from service.generators.illustrator.picture import Composition
from service.generators.illustrator.places import PLACES
from service.generators.illustrator.reading import read
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.weather import behind, fall


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole WebP file, what was understood, and the words that could not be drawn."""

    data: bytes
    scene: Scene

    @property
    def missing(self) -> tuple[str, ...]:
        return self.scene.missing


def draw(prompt: str, seed: int, size: tuple[int, int], *, quality: int = 88) -> Drawing:
    """The picture of a prompt; the same arguments give the same bytes in every process."""
    scene = read(prompt)
    light = light_of(scene)
    picture = Composition(size, dice(prompt, seed))
    stage = PLACES[scene.place](picture, scene, light)
    behind(picture, scene, light)
    compose(picture, scene, light, stage)
    fall(picture, scene, light)
    finish(picture, scene)
    return Drawing(picture.encoded(quality), scene)


def dice(prompt: str, seed: int) -> np.random.Generator:
    """Chance that depends on the prompt and the seed alone."""
    digest = hashlib.blake2b(f"{seed}|{prompt}".encode(errors="replace"), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
