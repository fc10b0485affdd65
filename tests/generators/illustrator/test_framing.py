"""Portraits, close-ups, views from above, white and minimalist pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from service.generators.illustrator.drawing import draw
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.sprites.colours import hls, hue_distance
from service.generators.illustrator.sprites.figures import figure
from service.generators.illustrator.sprites.recolour import recoloured

SIZE = (256, 256)
HIGH = 1000


@pytest.mark.parametrize(
    ("prompt", "framing"),
    [
        ("portrait of a woman", "portrait"),
        ("un retrato de un perro", "portrait"),
        ("ein Porträt eines Mannes", "portrait"),
        ("ritratto di una donna", "portrait"),
        ("close-up of a bee", "closeup"),
        ("Nahaufnahme einer Katze", "closeup"),
        ("gros plan d'une pomme", "closeup"),
        ("primer plano de un gato", "closeup"),
        ("a pizza seen from above", "above"),
        ("bird's-eye view of a city", "above"),
        ("eine Pizza von oben", "above"),
        ("un chat vu de haut", "above"),
        ("una tazza vista dall'alto", "above"),
        ("uma praia vista de cima", "above"),
        ("a cat on a sofa", ""),
    ],
)
def test_composition_words_are_read(prompt: str, framing: str) -> None:
    scene = read(prompt)
    assert (scene.framing, scene.missing) == (framing, ())


@pytest.mark.parametrize("prompt", ["portrait of a woman", "a portrait of a fox"])
def test_of_a_portrait_the_head_fills_the_upper_half(prompt: str) -> None:
    [one] = draw(prompt, 1, SIZE).placed
    assert 0 < one.top < 0.15 * HIGH
    assert one.foot > 1.3 * HIGH


def test_a_close_up_fills_the_picture() -> None:
    [near] = draw("close-up of a red apple", 1, SIZE).placed
    [usual] = draw("a red apple", 1, SIZE).placed
    assert near.size > 0.9 * HIGH > 1.8 * usual.size


def test_from_above_things_lie_all_over_the_ground() -> None:
    placed = draw("six apples from above", 1, SIZE).placed
    assert len({round(one.foot / 200) for one in placed}) > 1
    assert all(one.lies for one in placed)


@pytest.mark.parametrize("place", ["city", "beach", "sea", "garden", "forest", "desert", "kitchen"])
def test_every_place_has_a_view_from_above(place: str) -> None:
    assert draw(f"a cat in a {place} from above", 1, SIZE).scene.framing == "above"


@pytest.mark.parametrize(
    "prompt",
    [
        "a red apple on a white background",
        "una manzana sobre fondo blanco",
        "une pomme sur fond blanc",
        "ein Apfel vor weißem Hintergrund",
        "una mela su sfondo bianco",
        "uma maçã em fundo branco",
    ],
)
def test_a_white_background_is_white(prompt: str) -> None:
    picture = Image.open(io.BytesIO(draw(prompt, 1, SIZE).data)).convert("RGB")
    for corner in ((3, 3), (252, 3), (3, 252), (252, 252)):
        pixel = picture.getpixel(corner)
        assert isinstance(pixel, tuple)
        assert min(pixel) > 245


def test_a_minimalist_picture_leaves_scenery_out() -> None:
    assert read("minimalist picture of a cactus").place == "studio"
    assert read("minimalist landscape with a house").absent >= {"trees", "flowers", "clouds"}


@pytest.mark.parametrize("art", ["hot-beverage", "steaming-bowl", "pot-of-food", "wine-glass"])
def test_the_colour_of_a_cup_is_not_that_of_what_is_in_it(art: str) -> None:
    before, after = figure(art).pixels, recoloured(figure(art), "#2f6fe0").pixels
    blue = hls("#2f6fe0")[0]
    own, changed = 0, 0
    for y in range(before.height):
        for x in range(before.width):
            old, new = before.getpixel((x, y)), after.getpixel((x, y))
            assert isinstance(old, tuple)
            assert isinstance(new, tuple)
            if old[3] < 250 or max(old[:3]) - min(old[:3]) < 60:
                continue  # the vessel and its shine are nearly grey
            own += 1
            hue = hls(f"#{new[0]:02x}{new[1]:02x}{new[2]:02x}")[0]
            changed += hue_distance(hue, blue) < 0.08
    assert own > 20
    assert changed < 0.25 * own
