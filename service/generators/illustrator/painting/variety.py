"""What a prompt leaves open differs from seed to seed: the ground, what is far away.

The hour does not: a sunset or a field of flowers that was not asked for is a stray one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from service.generators.illustrator.scene import Scene

OUTDOORS = ("field", "forest", "mountain", "desert", "beach", "sea", "city")
FAR = (("", 5), ("mountains", 2), ("path", 1))
"""What a meadow has besides, where the prompt names no place."""
VARIANTS = 15


def varied(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene with what its prompt leaves open filled in."""
    far, variant = chosen(FAR, rng), int(rng.integers(VARIANTS))
    features = set(scene.features)
    if scene.place in OUTDOORS and "place" in scene.open and "minimal" not in features:
        features |= {far} - {"", *scene.absent, *({"path"} if scene.weather == "snow" else ())}
    return replace(scene, features=frozenset(features), variant=variant)


def chosen(options: tuple[tuple[str, int], ...], rng: np.random.Generator) -> str:
    """One of the options, each as often as its number says."""
    names = [name for name, often in options for _ in range(often)]
    return names[int(rng.integers(len(names)))]
