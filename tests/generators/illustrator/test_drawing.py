"""The pictures: reproducible, complete, and in the requested size and colours."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from service.generators.illustrator import Settings, parse_size
from service.generators.illustrator.drawing import draw
from service.generators.illustrator.places import PLACES
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.sprites.colours import hls, hue_distance
from service.generators.illustrator.sprites.figures import figure, table
from service.generators.illustrator.sprites.recolour import main_colour, recoloured

ROOT = Path(__file__).resolve().parents[3]
SIZE = (256, 256)

# One prompt for every place, and for each weather and wonder of the sky.
SCENES = {
    "field": "a rainbow over a village with sunflowers, a path and a river",
    "forest": "a deer in a foggy autumn forest by a lake",
    "jungle": "a parrot in the jungle",
    "mountain": "a tent in the mountains under a shooting star",
    "desert": "camels and pyramids in the desert at sunset",
    "sea": "a sailboat in a storm near an island",
    "beach": "two dogs on a tropical beach with mountains",
    "underwater": "an octopus and a turtle on a coral reef at night",
    "city": "neon city at night with a taxi, rain and fireworks",
    "space": "an astronaut riding a horse on the moon, planets",
    "table": "a woman behind a marble countertop with a cup in a cafe, snow in the window",
    "room": "black cat on a red sofa at night in the rain",
    "wall": "a bicycle to the left of a blue door and a brick wall",
    "studio": "a perfume bottle on a blue background",
}


@pytest.mark.parametrize(("place", "prompt"), SCENES.items())
def test_every_place_is_painted(place: str, prompt: str) -> None:
    assert read(prompt).place == place
    assert draw(prompt, 1, SIZE).data[:4] == b"RIFF"


def test_no_place_is_untested() -> None:
    assert set(SCENES) == set(PLACES)


@pytest.mark.parametrize("size", [(256, 256), (300, 533), (640, 256)])
def test_a_picture_has_the_wanted_size(size: tuple[int, int]) -> None:
    picture = Image.open(io.BytesIO(draw("aurora over a cabin, cirrus clouds", 1, size).data))
    assert picture.size == size
    assert picture.format == "WEBP"


CHILD = """
import hashlib
from service.generators.illustrator.drawing import draw
draw("something else first", 3, (256, 256))
print(hashlib.sha256(draw("a fox in the snow", 7, (256, 256)).data).hexdigest())
"""


def test_a_picture_depends_on_prompt_seed_and_size_alone() -> None:
    here = draw("a fox in the snow", 7, SIZE).data
    assert draw("a fox in the snow", 8, SIZE).data != here
    assert draw("a fox in the snow", 7, SIZE).data == here
    elsewhere = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert elsewhere.stdout.strip() == hashlib.sha256(here).hexdigest()


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "a",
        "🎉🎈🎂",
        "!?",
        "мир и кошка",
        "富士山と桜",
        "\x00\ud800",
        "<svg>&\"'",
        "dog " * 3000,
    ],
)
def test_any_prompt_gives_a_picture(prompt: str) -> None:
    assert draw(prompt, 1, SIZE).data[:4] == b"RIFF"


def test_heads_and_busts_get_bodies() -> None:
    for name in (*table()["sitting"], *table()["standing"], *table()["busts"], "cook", "teacher"):
        assert figure(name).aspect < 0.85, name


@pytest.mark.parametrize(
    ("art", "colour"),
    [
        ("bicycle", "#2f6fe0"),
        ("red-apple", "#38a34a"),
        ("automobile", "#f6c92e"),
        ("sofa", "#e23b32"),
    ],
)
def test_a_recoloured_drawing_has_that_colour(art: str, colour: str) -> None:
    hue, _, grey = main_colour(recoloured(figure(art), colour))
    assert not grey
    assert hue_distance(hue, hls(colour)[0]) < 0.06


@pytest.mark.parametrize(
    "text", ["", "1080", "100x100", "4096x4096", "axb", "1080x1080x3", "-1x300"]
)
def test_an_impossible_size_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="WIDTHxHEIGHT"):
        parse_size(text)
    with pytest.raises(ValueError, match="WIDTHxHEIGHT"):
        Settings(size=text)
