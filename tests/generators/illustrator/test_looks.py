"""The look that a prompt asks for: read, kept out of the words, carried out or reported."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from service.generators.illustrator.drawing import draw
from service.generators.illustrator.looks.reading import look_of
from service.generators.illustrator.poster.motif import drawn_motif, named_with
from service.generators.illustrator.poster.wording import wording

SMALL = (320, 320)


def pixels(prompt: str, style: str = "auto") -> np.ndarray:
    drawing = draw(prompt, 3, SMALL, style=style, quality=95)
    image = Image.open(io.BytesIO(drawing.data)).convert("RGB")
    return np.asarray(image, np.int16)


def ground(prompt: str) -> tuple[int, ...]:
    """The colour of most points."""
    found, counts = np.unique(pixels(prompt).reshape(-1, 3) // 8, axis=0, return_counts=True)
    return tuple(int(part) * 8 + 4 for part in found[counts.argmax()])


@pytest.mark.parametrize(
    ("prompt", "rest"),
    [
        ("Blue poster for our fair, 2 May", "poster for our fair, 2 May"),
        ("Poster in red and white for the cup final", "Poster for the cup final"),
        ("Poster for a chess club in brown and cream, Mondays", "Poster for a chess club, Mondays"),
        ("Flyer for a quiz, wine red, serif", "Flyer for a quiz"),
        ("Poster for a run, Sunday 9 am, dynamic and green", "Poster for a run, Sunday 9 am"),
        ('Sign: "Red wine is out" in white letters', 'Sign: "Red wine is out"'),
        ("Poster for a talk, only two colours, no pictures", "Poster for a talk"),
        ("dunkelgrünes Plakat mit goldener Schrift für das Turnier", "Plakat für das Turnier"),
        ("Plakat für ein Konzert, schwarz-weiß, schlicht", "Plakat für ein Konzert"),
        ("Affiche bleu clair pour la brocante", "Affiche pour la brocante"),
        ("Cartel con fondo amarillo y letras negras para la feria", "Cartel para la feria"),
        ("Locandina in bianco e nero per la mostra", "Locandina per la mostra"),
        ("Cartaz azul para a corrida de domingo", "Cartaz para a corrida de domingo"),
        ("Two owls on a branch, watercolour", "Two owls on a branch"),
        ("pixel art of a castle on a hill", "a castle on a hill"),
        ("A black and white drawing of a train", "A drawing of a train"),
        ("Fotografía en blanco y negro de un faro", "Fotografía de un faro"),
    ],
)  # fmt: skip
def test_words_about_the_look_are_not_what_it_is_about(prompt: str, rest: str) -> None:
    assert look_of(prompt).rest == rest


@pytest.mark.parametrize(
    "prompt",
    [
        "A black and white cow in a field",
        "Two blue chairs beside a red table",
        "A woman in a green coat with a pink umbrella",
        "A red sign beside a road",
        "Our blue bikes are back, from Monday",
        "New in the shop: red and white tablecloths, 12 euros",
        "A simple wooden bench",
        "White wine and bread on a dark table",
    ],
)
def test_what_things_look_like_stays_in_the_prompt(prompt: str) -> None:
    assert look_of(prompt).rest == prompt


def test_colours_go_to_the_ground_and_the_letters() -> None:
    look = look_of("Poster for a gala, dark background, gold letters, elegant")
    assert (look.ink, look.has("dark"), look.has("elegant")) == ("#d9a928", True, True)
    look = look_of("Cartel con fondo azul y letras blancas para el torneo")
    assert look.ground == "#2f6fe0"
    assert look.ink == "#f6f6f4"
    assert look_of("Flyer for a sale, only red and yellow").only


@pytest.mark.parametrize(
    ("prompt", "strongest"),
    [
        ("Blue poster for the rowing club, Sunday 9 am", 2),
        ("Grünes Plakat für den Gartenmarkt am Samstag", 1),
        ("Affiche rouge pour le bal du 14 juillet", 0),
    ],
)
def test_a_poster_has_the_ground_that_is_ordered(prompt: str, strongest: int) -> None:
    colour = ground(prompt)
    assert max(colour) == colour[strongest]
    assert max(colour) - min(colour) > 40


def test_black_and_white_has_no_colour() -> None:
    for prompt in ("Black and white poster for a jazz night, Friday 9 pm", "A parrot, sepia"):
        some = pixels(prompt)
        grey = some.max(-1) - some.min(-1)
        assert (grey.max() < 12) == (prompt[:5] == "Black")
    photo = pixels("black and white photo of a red bicycle")
    assert (photo.max(-1) - photo.min(-1)).max() < 12


def test_two_colours_are_two() -> None:
    points = pixels("Poster for a book fair, 3 May, only two colours").reshape(-1, 3)
    ends = [points[points.sum(1).argmin()], points[points.sum(1).argmax()]]
    away = np.abs(points[:, None] - np.array(ends)[None]).max(-1).min(-1)
    assert (away < 40).mean() > 0.93, "but for the rims of letters"


def test_pixel_art_has_squares_and_watercolour_a_margin() -> None:
    some = pixels("pixel art of a red fox in a forest")
    level = (np.abs(np.diff(some, axis=1)).max(-1) < 6).mean()
    assert level > 0.5
    painted = pixels("watercolour of a lighthouse on a cliff")
    assert painted[1].min() > 225, "paper at the edge"


def test_what_cannot_be_done_is_reported_by_its_word() -> None:
    drawing = draw("Two owls on a branch, oil painting", 3, SMALL, style="auto")
    assert "oil painting" in drawing.missing
    drawing = draw("Poster for a comic fair, 3 May, manga style", 3, SMALL, style="auto")
    assert "manga" in drawing.missing
    assert "manga" not in drawing.alt.lower()


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ('Plakat, Schriftzug "Weinfest", Trauben und Gläser, 12. September', "grapes+wine-glass"),
        (
            "Poster for a children's carnival with balloons, Saturday 3 pm",
            "balloon+balloon+balloon",
        ),
    ],
)
def test_a_poster_shows_the_things_that_are_ordered(prompt: str, names: str) -> None:
    words = wording(prompt)
    sprite, missing = drawn_motif(words.motif or named_with(words.headline), prompt)
    assert sprite is not None
    assert "+".join(part.split("#")[0] for part in sprite.name.split("+")) == names
    assert missing == ()


def test_a_thing_that_is_ordered_and_not_drawn_is_reported() -> None:
    assert drawn_motif("a theodolite", "Poster with a theodolite")[1] == ("theodolite",)
