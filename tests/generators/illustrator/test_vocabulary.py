"""Things of every day have drawings and words, and scenery without one is reported."""

from __future__ import annotations

import pytest

from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.sprites.art import OWN, drawing, packed
from service.generators.illustrator.sprites.figures import figure


@pytest.mark.parametrize(
    ("words", "art"),
    [
        ("suitcase maleta valise Koffer valigia mala", "luggage"),
        ("fork tenedor fourchette Gabel forchetta garfo", "fork"),
        ("fridge nevera réfrigérateur Kühlschrank frigorifero geladeira", "fridge"),
        ("hammock hamaca hamac Hängematte amaca", "hammock"),
        ("stroller cochecito poussette Kinderwagen passeggino", "stroller"),
        ("passport pasaporte passeport Reisepass passaporto passaporte", "passport"),
        ("blackboard pizarra tafel lavagna lousa", "blackboard"),
        ("whistle silbato sifflet Trillerpfeife fischietto apito", "whistle"),
        ("pillow almohada oreiller Kissen cuscino travesseiro", "pillow"),
        ("signpost Wegweiser", "signpost"),
        ("frisbee", "flying-disc"),
        ("medal medalla médaille Medaille medaglia medalha", "sports-medal"),
        ("pie tarte crostata", "pie"),
        ("semáforo Ampel", "vertical-traffic-light"),
    ],
)
def test_a_word_has_its_drawing_in_each_language(words: str, art: str) -> None:
    for word in words.split():
        assert [thing.art for thing in read(word).things] == [art], word


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("Ein Boot auf einem See", "sailboat"),
        ("trois pommes dans un panier", "red-apple"),
        ("du pain sur une table", "bread"),
        ("un cane in un parco", "dog"),
        ("a boot in the mud", "hiking-boot"),
        ("French pommes", "french-fries"),
    ],
)
def test_a_word_has_the_sense_of_its_language(prompt: str, art: str) -> None:
    assert art in {thing.art for thing in read(prompt).things}


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("a man with a beard", "man-beard"),
        ("a desk with a floor lamp", "desk"),
        ("traffic lights in the city", "vertical-traffic-light"),
        ("a table and two chairs", "table"),
        ("a street in Paris with a cafe", "shopfront"),
        ("a cat in a library", "bookshelf"),
        ("children in a classroom", "blackboard"),
        ("cows on a farm", "barn"),
    ],
)
def test_what_a_prompt_names_is_among_the_subjects(prompt: str, art: str) -> None:
    scene = read(prompt)
    assert art in {thing.art for thing in scene.things}
    assert scene.missing == ()


def test_every_own_drawing_shows_something_within_its_box() -> None:
    for file in OWN.glob("*.svg"):
        sprite = drawing(file.stem)
        left, top, right, bottom = sprite.box
        assert right - left > 0.4 * sprite.width or bottom - top > 0.8 * sprite.height, file.stem
        assert bottom - top > 0.4 * sprite.height, file.stem


def test_every_packed_drawing_can_be_measured() -> None:
    for name in packed("drawings.json.gz"):
        assert figure(name).aspect > 0, name


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("a lake in the city", ("lake",)),
        ("a volcano in the city", ("volcano",)),
        ("a bouquet of tulips on a desk", ()),
        ("Blumen in einer Vase vor einem Fenster", ()),
        ("a train leaving a station", ("station",)),
        ("a beach near a forest", ("forest",)),
        ("a cat in an office", ("office",)),
        ("a rainy morning in Lisbon", ()),
        ("breakfast in the garden", ()),
        ("a house in the mountains by a lake", ()),
        ("a spring landscape with a river", ()),
    ],
)
def test_scenery_that_the_place_does_not_show_is_missing(
    prompt: str, missing: tuple[str, ...]
) -> None:
    assert read(prompt).missing == missing
