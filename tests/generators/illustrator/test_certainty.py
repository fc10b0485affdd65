"""A scene shows what is sure of the prompt and reports the rest; below half it is a poster."""

from __future__ import annotations

import pytest

from service.generators.illustrator.drawing import draw
from service.generators.illustrator.poster.choice import suits_poster
from service.generators.illustrator.poster.emblem import object_of
from service.generators.illustrator.poster.wording import wording
from service.generators.illustrator.reading.prompt import read

SIZE = (256, 256)


@pytest.mark.parametrize(
    "prompt",
    [
        "Two ducks and a turtle",
        "A grey cat on a green sofa",
        "A bicycle between two trees",
        "A brown horse in a meadow",
        "Trois pommes rouges",
        "Ein Hund auf einem Sofa",
        "Un gato dormido sobre una cama",
        "Two sailboats on a lake, mountains behind",
        "A birthday cake with candles",
        "A woman in a red dress",
    ],
)
def test_what_is_understood_to_the_last_word_is_drawn(prompt: str) -> None:
    assert not suits_poster(prompt, read(prompt)), read(prompt).doubts
    assert draw(prompt, 3, SIZE, style="auto").placed


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("A tiny mouse beside a gigantic cheese", "gigantic"),
        ("A plumber's wrench on a table", "plumber"),
        ("Three bottles on a wall", "wall"),
        ("A cat balancing on a ball", "balancing"),
        ("A mouse behind an elephant", "behind an elephant"),
        ("A shepherd with a tray", "shepherd"),
        ("A cat next to a theodolite", "next to a theodolite"),
        ("A dog on a windowsill", "dog"),
        ("Un perro persiguiendo una pelota", "persiguiendo"),
        ("Une vache près d'un moulin abandonné", "abandonne"),
    ],
)
def test_a_scene_of_which_half_is_sure_is_drawn_and_reports_the_rest(
    prompt: str, word: str
) -> None:
    drawing = draw(prompt, 3, SIZE, style="auto")
    assert drawing.placed
    assert word in drawing.missing


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("A cello beside a green armchair", ["armchair", "cello"]),
        ("A blue bus behind a row of orange traffic cones", ["bus", "traffic cones"]),
        ("A black dog beside a white cat, both looking at the camera", ["cat", "dog"]),
        ("A silver kettle and two mugs on a camping stove", ["kettle", "mugs"]),
    ],
)
def test_no_subject_is_drawn_in_another_sense(prompt: str, drawn: list[str]) -> None:
    assert sorted({thing.word for thing in draw(prompt, 3, SIZE, style="auto").scene.things}) == (
        drawn
    )


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A shepherd pinning a coat", {"shepherd", "coat"}),
    ],
)
def test_the_poster_of_a_scene_says_that_it_is_one(prompt: str, words: set[str]) -> None:
    drawing = draw(prompt, 3, SIZE, style="auto")
    assert not drawing.placed
    assert drawing.alt.startswith("Poster of the words: ")
    assert words <= set(drawing.missing)


def test_a_pair_of_scissors_is_one_thing() -> None:
    scene = draw("A pair of scissors and pink thread", 3, SIZE, style="auto").scene
    assert [(one.word, one.count) for one in scene.things if one.art == "scissors"] == [
        ("scissors", 1)
    ]


def test_an_order_to_draw_is_always_a_scene_that_reports() -> None:
    drawing = draw("Draw a fox jumping over a theodolite", 3, SIZE, style="auto")
    assert drawing.placed
    assert {"jumping over", "theodolite"} & set(drawing.missing)


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("Two parrots quarrelling over a biscuit", "parrot-2"),
        ("A hedgehog asleep in an old slipper", "hedgehog"),
        ("Smoke rising from a chimney", ""),
        ("A dentist's chair", ""),
        ("Seven owls juggling", ""),
    ],
)
def test_the_poster_of_a_scene_shows_its_first_subject_if_that_is_sure(
    prompt: str, art: str
) -> None:
    sprite = object_of(wording(prompt), prompt, read(prompt))
    assert (sprite.name if sprite else "") == art


@pytest.mark.parametrize(
    "prompt",
    [
        "Thursday choir practice moves to the scout hut, bring a chair",
        "The night bus 7 does not stop at the mill",
        "Lecture in the old observatory: how moths find the moon",
        "Rent our marquee, benches and lamps for 60 guests",
        "Le boulanger cherche un apprenti, présentez-vous avec un CV",
    ],
)
def test_what_people_at_work_say_is_never_a_scene(prompt: str) -> None:
    assert suits_poster(prompt, read(prompt))


@pytest.mark.parametrize(
    ("prompt", "headline"),
    [
        ("Goodbye post for our porter Mr. Quill who retires", "Goodbye to our porter Mr. Quill"),
        ("Instagram story: the plum jam is back", "The plum jam is back"),
        ("Poster text for a lost scarf: blue, wool, left on tram 4", "Lost scarf"),
        ("Explain in plain words why pipes freeze. Max 40 words.", "Why pipes freeze"),
        ("For our tyre shop: how to read a sidewall", "How to read a sidewall"),
        (
            "Schreibe eine Entschuldigung an alle Gäste: der Lift steht still",
            "Wir bitten um Entschuldigung",
        ),
        ("Felicita las fiestas a los vecinos y avisa de que cerramos el 5", "Felices fiestas"),
        ("Recall notice: our peanut bars may contain glass", "Recall notice"),
        ("Which cake next, plum or poppy? Ask the guests of our café", "Which cake next"),
    ],
)
def test_no_word_of_an_order_is_in_the_headline(prompt: str, headline: str) -> None:
    words = wording(prompt)
    assert words.headline.startswith(headline)
    assert not {"post", "story", "text", "ask", "avisa", "schreibe"} & set(
        words.alt.lower().split()
    )


def test_lines_that_go_on_with_the_headline_have_a_small_letter() -> None:
    words = wording("The mill opens on 3 May. Bread at 8. Jam at 9.")
    assert (words.headline, *words.lines) == (
        "The mill opens",
        "on 3 May",
        "Bread at 8",
        "Jam at 9",
    )


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("Our library is closed on Friday. Ask at the bakery for returns.", "books"),
        ("Sourdough is yesterday! Pizza night on Friday at 7", "pizza"),
        ("The council meets on 3 June in the school hall", ""),
        ("We moved! Fern & Fox Notary is now at 8 Pier Road", ""),
        ("No school bus on Friday, fetch the kids at noon", ""),
        ("Flea market on 4 May at 9 am", "flea-stall"),
        ("Driving school Novak: new course on 3 March", "automobile"),
        ("Which ice cream flavour is next, honey or plum?", "soft-ice-cream"),
    ],
)
def test_a_poster_shows_what_its_headline_is_about_or_nothing(prompt: str, art: str) -> None:
    sprite = object_of(wording(prompt), prompt, read(prompt))
    assert (sprite.name if sprite else "") == art


def test_a_scene_that_is_ordered_reports_sizes_that_it_does_not_have() -> None:
    missing = draw("A drawing of a tiny snail beside a red house", 3, SIZE, style="auto").missing
    assert missing == ("tiny",)


@pytest.mark.parametrize(
    "prompt",
    [
        "Please do not feed the swans bread on Friday at 8",
        "Our offices for schools open on 3 May",
        "Wanted: second-hand bassoon for a pupil, up to 80 euros",
    ],
)
def test_no_object_is_better_than_a_wrong_one(prompt: str) -> None:
    assert object_of(wording(prompt), prompt, read(prompt)) is None
