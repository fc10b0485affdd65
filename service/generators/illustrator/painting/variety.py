"""What a prompt leaves open differs from seed to seed: the hour, the ground, what is far away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from service.generators.illustrator.scene import Scene

OUTDOORS = ("field", "forest", "mountain", "desert", "beach", "sea", "city")
HOURS = (("day", 5), ("golden", 2), ("dawn", 1), ("sunset", 1))
"""The hours of a picture whose prompt names none, and how often each is chosen."""
FAR = (("", 5), ("mountains", 2), ("flowers", 2), ("path", 1))
"""What a meadow has besides, where the prompt names no place."""
VARIANTS = 15


def varied(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene with what its prompt leaves open filled in."""
    hour, far, variant = chosen(HOURS, rng), chosen(FAR, rng), int(rng.integers(VARIANTS))
    if scene.place not in OUTDOORS:
        return replace(scene, variant=variant)
    features = set(scene.features)
    time = scene.time
    if "time" in scene.open:
        features |= {hour} & {"golden"}
        time = hour if hour != "golden" else time
    if "place" in scene.open and "minimal" not in features:
        snowy = {"flowers", "path"} if scene.weather == "snow" else set[str]()
        features |= {far} - {"", *scene.absent, *snowy}
    return replace(scene, time=time, features=frozenset(features), variant=variant)


def chosen(options: tuple[tuple[str, int], ...], rng: np.random.Generator) -> str:
    """One of the options, each as often as its number says."""
    names = [name for name, often in options for _ in range(often)]
    return names[int(rng.integers(len(names)))]
