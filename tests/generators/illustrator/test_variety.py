"""Seeds give different scenes where the prompt leaves them open, and the same where it does not."""

from __future__ import annotations

import pytest

from service.generators.illustrator.drawing import dice
from service.generators.illustrator.painting.variety import varied
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.scene import Scene


def scenes(prompt: str) -> list[Scene]:
    return [varied(read(prompt), dice(prompt, seed)) for seed in range(30)]


def test_an_open_prompt_gives_different_grounds_and_nothing_that_has_a_name() -> None:
    found = scenes("a dog and a cat")
    assert {scene.time for scene in found} == {"day"}
    assert len({scene.variant for scene in found}) > 5
    assert set().union(*(scene.features for scene in found)) == set()
    assert {scene.place for scene in found} == {"field"}


@pytest.mark.parametrize(
    "prompt",
    [
        "a dog in the forest at noon",
        "a house in the rain in a meadow",
        "fireworks over the city",
        "a cup of coffee on a table",
        "a dog in a garden at night without flowers",
    ],
)
def test_what_a_prompt_says_is_the_same_for_every_seed(prompt: str) -> None:
    said = read(prompt)
    for scene in scenes(prompt):
        assert (scene.place, scene.time, scene.weather) == (said.place, said.time, said.weather)
        assert scene.features == said.features
        assert scene.things == said.things


def test_a_seed_never_brings_what_the_prompt_excludes() -> None:
    for scene in scenes("a dog without flowers"):
        assert "flowers" not in scene.features


def test_nothing_blooms_in_the_snow() -> None:
    for scene in scenes("a dog in the snow"):
        assert "flowers" not in scene.features


def test_the_same_seed_gives_the_same_scene() -> None:
    assert scenes("a dog and a cat") == scenes("a dog and a cat")
