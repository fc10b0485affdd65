"""An ordered poster has the words that are ordered, and nothing of the order."""

# ruff: noqa: E501, RUF001 - prompts on one line, with the dashes that they have

from __future__ import annotations

import numpy as np
import pytest

from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.poster.drawing import draw_poster
from service.generators.illustrator.poster.wording import kind_of, wording

ORDERED = [
    ('Poster with the text "Mind the dog"', "Mind the dog"),
    ('Make me a sign that says "Wet floor" for the gym, red on white', "Wet floor"),
    ('Plakat mit dem Text "Bitte leise!", schwarz auf gelb', "Bitte leise!"),
    (
        'Poster for a jumble sale. Words: "JUMBLE SALE", "Sat 3 May, 9 - 1", "Old Mill". Green.',
        "JUMBLE SALE|Sat 3 May, 9 - 1|Old Mill",
    ),
    (
        'Flyer for a swap, heading "TOY SWAP", then "Nov 8" and "School Gym". White, a star on it',
        "TOY SWAP|Nov 8|School Gym",
    ),
    ("Affiche : « Kermesse », « Dimanche 3 juin ». Avec un clown.", "Kermesse|Dimanche 3 juin"),
    (
        "Plakat für das Hoffest: „Hoffest“, „Samstag, 15 Uhr“, „Schulhof“",
        "Hoffest|Samstag, 15 Uhr|Schulhof",
    ),
    ('Wir brauchen ein Plakat mit der Aufschrift "Tag der Bienen" für den Hof', "Tag der Bienen"),
    ('cartel que diga "Cerrado por obras", fondo blanco y letras azules', "Cerrado por obras"),
    ("Affiche avec le texte « Vide-grenier », samedi 4 mai, 9 h", "Vide-grenier|Samedi 4 mai, 9 h"),
    ('locandina con scritto "Ballo in piazza", sabato alle 21', "Ballo in piazza|Sabato alle 21"),
    ('cartaz a dizer "Há castanhas" para a nossa loja, castanho e branco', "Há castanhas"),
    ("sign for the shed: no tools left, ask Bo", "No tools left|Ask Bo"),
    ("Schild: Vorsicht Stufe!", "Vorsicht Stufe!"),
    ("Affiche du marché de Noël, 7 décembre", "Marché de Noël|7 décembre"),
    ('Cartaz minimalista: "Silêncio"', "Silêncio"),
    ("affiche pour dire « Fermez la porte », bleu sur blanc", "Fermez la porte"),
    ("Volantino lezioni di tango, 15 euro, sfondo giallo, testo nero", "Lezioni di tango|15 euro"),
    (
        'Quote poster: "Der Weg ist das Ziel", handschriftlich, Pastellfarben',
        "Der Weg ist das Ziel",
    ),
    ("Invitation card for Mia's 5th birthday, 12 June 3 pm", "Mia's 5th birthday|12 June 3 pm"),
    ('poster "Silent Reading Night", 3 May, 8 pm', "Silent Reading Night|3 May, 8 pm"),
    ('Poster without any picture: "No food here", large, centred', "No food here"),
    (
        'Make a poster saying "Open mic" and underneath "8 pm, free entry"',
        "Open mic|8 pm, free entry",
    ),
    ("Poster in the style of Bauhaus for a design fair, 3 May", "Design fair|3 May"),
    (
        'Locandina: "Cinema", ogni sabato, cortile della biblioteca',
        "Cinema|Ogni sabato|Cortile della biblioteca",
    ),
    (
        'Minimalist poster for a talk series called "Rivers", Mondays 6 pm, two colours only',
        "Rivers|Talk series|Mondays 6 pm",
    ),
    (
        "Barn dance flyer for the rowing club, Friday 3 May, 8 pm, festive and colourful",
        "Barn dance|Friday 3 May|8 pm|Rowing club",
    ),
    (
        "Concert poster: The Reeds, 3 May, tickets £9. No pictures",
        "The Reeds|Concert|3 May, tickets £9",
    ),
    (
        "Poster for our summer fair, 12 July from 2 pm. Bright, mostly yellow",
        "Summer fair|12 July from 2 pm",
    ),
    (
        "Plakat für das Herbstfest, 4. Oktober ab 14 Uhr, mit Luftballons",
        "Herbstfest|4. Oktober ab 14 Uhr",
    ),
    ('Theatre poster: "Mist", 3 May at 7 pm, dark and modern', "Mist|3 May at 7 pm"),
]


@pytest.mark.parametrize(("prompt", "words"), ORDERED)
def test_a_poster_has_the_ordered_words_alone(prompt: str, words: str) -> None:
    assert wording(prompt).alt.replace("\n", "|") == words
    assert kind_of(prompt)


@pytest.mark.parametrize(
    ("prompt", "motif"),
    [
        ("Plakat für das Herbstfest, 4. Oktober ab 14 Uhr, mit Luftballons", "Luftballons"),
        ('poster, text "Jam day", with a picture of strawberries, 3 May', "strawberries"),
        ('Weinrotes Plakat, Schriftzug "Fest im Hof", Trauben, 12. September', "Trauben"),
        ('Poster with the text "Live music", Café Olmo, Friday 9 pm', ""),
    ],
)
def test_what_is_to_be_drawn_on_it_is_no_word_of_it(prompt: str, motif: str) -> None:
    words = wording(prompt)
    assert words.motif == motif
    assert not motif or motif not in words.alt


@pytest.mark.parametrize(
    "prompt",
    [
        "A poster on a brick wall in the rain",
        "a street sign covered in snow",
        "A banner between two trees",
        "Two flyers on a wooden table",
    ],
)
def test_a_poster_that_is_seen_is_no_order(prompt: str) -> None:
    assert not kind_of(prompt)


@pytest.mark.parametrize(
    ("prompt", "words", "motif"),
    [
        (
            'A poster for our cat show, with a fish at the bottom, headline "Purr & Prize", Sunday 2 May, 10-4',
            "Purr & Prize|Cat show|Sunday 2 May, 10-4",
            "fish",
        ),
        (
            'Flyer for a sledge sale. Headline: "Sleds & Skates". Then the date, 4 December, and the place, Old Barn. Icy blue and white. A snowflake on top.',
            "Sleds & Skates|Sledge sale|4 December, Old Barn",
            "A snowflake",
        ),
        (
            'Poster, grey with one red stripe: "Blues at the Mill", Friday 2 May, doors 7 pm',
            "Blues at the Mill|Friday 2 May, doors 7 pm",
            "",
        ),
        (
            'Plakat für die Scheunenfete: Überschrift "Raus aufs Land", 7. August, 12-20 Uhr, ein Schwein unten',
            "Raus aufs Land|Scheunenfete|7. August, 12-20 Uhr",
            "ein Schwein",
        ),
        (
            "Affiche pour la kermesse : titre « Tous dehors », samedi 7 juin, 10 h – 16 h, avec un clown au milieu",
            "Tous dehors|Kermesse|Samedi 7 juin, 10 h – 16 h",
            "clown",
        ),
        (
            'Cartaz para a festa: "Noite do Mar", 2 de agosto, 20h, um peixe em cima',
            "Noite do Mar|Festa|2 de agosto, 20h",
            "um peixe",
        ),
    ],
)
def test_ornaments_and_looks_are_no_words_of_a_poster(prompt: str, words: str, motif: str) -> None:
    found = wording(prompt)
    assert found.alt.replace("\n", "|") == words
    assert found.motif == motif


@pytest.mark.parametrize(
    ("prompt", "side"),
    [
        ('Poster "Low tide", 3 May, a crab at the bottom', (0.5, 1.0)),
        ('Poster "High sky", 3 May, a kite at the top', (0.0, 0.5)),
    ],
)
def test_an_ornament_is_where_it_is_ordered(prompt: str, side: tuple[float, float]) -> None:
    picture = Composition((400, 400), np.random.default_rng(3))
    poster = draw_poster(picture, prompt)
    assert poster
    assert poster.thing
    assert side[0] < (poster.thing[1] + poster.thing[3]) / 2 / picture.height < side[1]
    assert poster.missing == ()


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ('Poster "Low tide", 3 May, a zither in the middle', "zither"),
        ('Poster "Stay", a spiral behind the words, 3 May', "behind the words"),
        ('Poster "Stay", an owl on top, yellow stars around it, 3 May', "yellow stars"),
    ],
)
def test_an_ornament_that_is_not_drawn_is_reported(prompt: str, missing: str) -> None:
    poster = draw_poster(Composition((400, 400), np.random.default_rng(3)), prompt)
    assert poster
    assert missing in poster.missing


def test_copies_are_in_the_corners() -> None:
    picture = Composition((400, 400), np.random.default_rng(3))
    poster = draw_poster(picture, 'Sign: "Sale on", a percent sign in each corner')
    assert poster
    assert poster.around
    assert poster.missing == ()


def test_squares_edge_a_poster() -> None:
    picture = Composition((400, 400), np.random.default_rng(3))
    poster = draw_poster(
        picture, 'Poster "Rook & Roll", 3 May, black and white squares at the edge'
    )
    assert poster
    assert poster.missing == ()
    row = {picture.image.getpixel((x, 4)) for x in range(400)}
    assert len(row) > 1


@pytest.mark.parametrize(
    ("prompt", "words", "motif"),
    [
        (
            "Poster for our plum fair with a plum at the bottom, orange and black, 2 October",
            "Plum fair|2 October",
            "plum",
        ),
        (
            'Plakat für den Radclub, Titel "Rauf aufs Rad", 3. Mai, unten ein Fahrrad',
            "Rauf aufs Rad|Radclub|3. Mai",
            "ein Fahrrad",
        ),
        (
            'Poster for our choir with "Sing!" as the title, 5 May, a bird bottom right',
            "Sing!|Choir|5 May",
            "a bird",
        ),
    ],
)
def test_ornaments_are_found_without_quotes_and_before_their_things(
    prompt: str, words: str, motif: str
) -> None:
    found = wording(prompt)
    assert (found.alt.replace("\n", "|"), found.motif) == (words, motif)


@pytest.mark.parametrize(
    ("prompt", "headline"),
    [
        ("Give our guests three tips how to store cheese", "How to store cheese"),
        ("Write a funny limerick about our broken lift", "Our broken lift"),
        ("Tell our guests two reasons why rye keeps longer", "Why rye keeps longer"),
        ("Show off our new till", "Our new till"),
        ("Inn closed 3–9 April, back on the 10th", "Inn closed"),
        ("Flea market 9 am – 1 pm, Pond Lane", "Flea market"),
    ],
)
def test_no_order_is_a_headline_and_no_range_is_torn(prompt: str, headline: str) -> None:
    found = wording(prompt)
    assert found.headline == headline
    assert not any(line.startswith(("April", "1 pm")) for line in found.lines)
