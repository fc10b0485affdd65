"""An ordered poster has the words that are ordered, and nothing of the order."""

from __future__ import annotations

import pytest

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
    ("Affiche avec le texte « Vide-grenier », samedi 4 mai, 9 h", "Vide-grenier|Samedi 4 mai|9 h"),
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
