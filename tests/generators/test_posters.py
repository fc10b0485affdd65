"""Posters: every word is set, inside the picture, apart from the others, and readable."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from service.generators.illustrator.drawing import dice, draw
from service.generators.illustrator.picture import Composition
from service.generators.illustrator.poster.drawing import CONTRAST, Poster, contrast, draw_poster
from service.generators.illustrator.poster.layouts import LAYOUTS
from service.generators.illustrator.poster.typesetting import font
from service.generators.illustrator.poster.wording import kind_of, wording

PROMPTS = (
    "The library opens late every Tuesday until 9 pm. Hill Road 12, free entry",
    "You are invited to our wedding on 3 May at 2 pm in the Rose Garden 💐",
    "30% off all bicycles this week at Pedal & Co., call 555 0142-77",
    "“Wherever you go, go with all your heart.” — Confucius",
    "Anuncia que el mercado de otoño abre el sábado a las 9:00, plaza Mayor, ¡entrada libre!",
    "Nous vous invitons à la fête de l'été samedi 12 juillet à 18 h, place de la Mairie",
    "Einladung: Straßenfest am Sonntag, 7. Juni, ab 11 Uhr. Größte Kuchentafel, Erdbeerbowle 🍓",
    "Inaugurazione della nuova palestra lunedì alle 10:00, via Garibaldi 3: perché è già estate!",
    "Promoção: pães de queijo por 2 € na sexta-feira, até às 18:00. Avenida da Liberdade 40",
    "Donaudampfschifffahrtsgesellschaftskapitänsversammlung on Monday at 8 pm, bring 🎉🎉🎉",
)
SIZES = (
    (1080, 1080),
    (1080, 1350),
    (1080, 1920),
    (1920, 1080),
    (256, 256),
    (256, 2048),
    (2048, 256),
)


def poster_of(prompt: str, size: tuple[int, int], seed: int = 1) -> tuple[Poster, Image.Image]:
    picture = Composition(size, dice(prompt, seed))
    poster = draw_poster(picture, prompt)
    assert poster is not None
    return poster, picture.image


@pytest.mark.parametrize("size", SIZES)
def test_no_word_is_cut_or_overlaps_and_each_stands_out(size: tuple[int, int]) -> None:
    for seed, prompt in enumerate(PROMPTS):
        poster, image = poster_of(prompt, size, seed)
        scale = min(size) / 1000
        boxes = [line.box for line in poster.lines]
        for left, top, right, bottom in boxes:
            assert left >= 0, prompt
            assert top >= 0, prompt
            assert right <= size[0] + 1, prompt
            assert bottom <= size[1] + 1, prompt
        if poster.thing:
            boxes.append(tuple(side * scale for side in poster.thing))  # type: ignore[arg-type]
        for one, other in combinations(boxes, 2):
            assert not overlaps(one, other), prompt
        for line, ink in zip(poster.lines, poster.inks, strict=True):
            assert contrast(ink, poster.ground) >= CONTRAST, prompt
            corner = (max(0, round(line.box[0]) - 2), round(line.box[1]) + 1)
            assert hexed(image.getpixel(corner)) == poster.ground, prompt


def overlaps(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and down > 1


def hexed(pixel: object) -> str:
    assert isinstance(pixel, tuple)
    return "#{:02x}{:02x}{:02x}".format(*pixel)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_lines_that_are_set_are_all_the_words_of_the_poster(prompt: str) -> None:
    poster, _ = poster_of(prompt, (1080, 1350))
    letters = "".join(piece.text for line in poster.lines for word in line.words for piece in word)
    emoji = sum(bool(piece.art) for line in poster.lines for word in line.words for piece in word)
    wanted = "".join(char for char in poster.wording.alt if not char.isspace())
    plain = "".join(char for char in wanted if char < "\u2800")
    assert letters.replace("-", "") == plain.replace("-", "")
    assert emoji == sum(char >= "\u2800" for char in wanted)
    assert poster.missing == ()


@pytest.mark.parametrize(
    "text", ["ßäöüÄÖÜ", "éèêëçœŒàâîïôûùÿ", "ñ¿¡áíóú", "ãõâêç", "àèìòù", "€£$%&@#"]
)
@pytest.mark.parametrize("name", sorted({layout.headline for layout in LAYOUTS}))
def test_the_fonts_have_the_letters_of_the_six_languages(name: str, text: str) -> None:
    face = font(name, 40)
    nothing = bytes(face.getmask("\uffff"))
    for letter in text:
        assert bytes(face.getmask(letter)) != nothing, letter


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("Invite our members to the annual meeting on Thursday", "invitation"),
        ("Special offer: two pizzas for the price of one", "offer"),
        ("Quote: less is more", "quote"),
        ("We are hiring a gardener", "announcement"),
        ("Yoga on Mondays at 7 pm", "announcement"),
        ("Descuento del 20 % en zapatos", "offer"),
        ("Wir laden am Samstag zum Konzert ein", "invitation"),
        ("A fox in a snowy forest at night", ""),
        ("Photo of a market on Saturday at 8 am", ""),
        ("A girl with a red umbrella", ""),
    ],
)
def test_what_is_announced_is_a_poster_and_what_is_seen_is_not(prompt: str, kind: str) -> None:
    assert kind_of(prompt) == kind
    drawing = draw(prompt, 1, (256, 256), style="auto")
    assert drawing.alt.startswith("Illustration: ") == (kind == "")


def test_what_can_hardly_be_drawn_is_a_poster_if_the_style_is_auto() -> None:
    prompt = "a theodolite, a hovercraft and a fox"
    assert "theodolite" in draw(prompt, 1, (256, 256), style="auto").alt
    assert draw(prompt, 1, (256, 256), style="scene").missing == ("theodolite", "hovercraft")


def test_facts_stand_below_the_headline_and_orders_are_left_out() -> None:
    words = wording("Announce that our terrace opens on Saturday. Coffee is free until 11 am.")
    assert words.headline == "Our terrace opens"
    assert words.lines == ("On Saturday", "Coffee is free until 11 am")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("Poster: our bakery opens on 4 May, in 20 words, no people", "Our bakery opens|On 4 May"),
        ("Concert on Friday at 8 pm, without text or logos", "Concert|On Friday at 8 pm"),
        ("Sale on Monday, with three emojis and 2 hashtags", "Sale|On Monday"),
        ("Flohmarkt am Samstag um 9 Uhr, ohne Menschen", "Flohmarkt|Am Samstag um 9 Uhr"),
        (
            "Mercado el sábado a las 9:00, en 15 palabras, sin perros",
            "Mercado|El sábado a las 9:00",
        ),
        ("Fête samedi à 18 h, sans voitures, en français", "Fête|Samedi à 18 h"),
        ("Yoga on Mondays at 7 pm, on a white background.", "Yoga|On Mondays at 7 pm"),
        (
            "Market on Sunday at 9 am. Do not show any cars. Keep it short.",
            "Market|On Sunday at 9 am",
        ),
        ("Talk on Monday at 7 pm, no tickets needed", "Talk|On Monday at 7 pm|No tickets needed"),
        ("Library open on Monday, no dogs allowed", "Library open|On Monday|No dogs allowed"),
    ],
)
def test_constraints_and_what_must_not_be_seen_are_no_words_of_a_poster(
    prompt: str, words: str
) -> None:
    said = wording(prompt).alt.lower().replace(",", "").split()
    assert said == words.lower().replace("|", " ").split()


def test_the_same_seed_gives_the_same_poster_and_others_give_others() -> None:
    drawn = [draw(PROMPTS[0], seed, (256, 256), style="poster").data for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 2


def test_words_that_no_font_has_make_a_scene() -> None:
    drawing = draw("猫の展覧会", 1, (256, 256), style="poster")
    assert drawing.alt.startswith("Illustration: ")


def test_a_prompt_that_is_too_long_for_a_poster_is_a_scene() -> None:
    drawing = draw("We announce a fox. " * 500, 1, (256, 256), style="poster")
    assert drawing.alt.startswith("Illustration: ")


def test_an_alternative_text_names_what_was_drawn() -> None:
    alt = draw("three red apples on a wooden table at night", 1, (256, 256)).alt
    assert alt == "Illustration: 3 apples on a table at night"


def test_a_poster_is_a_picture_of_its_size() -> None:
    data = draw(PROMPTS[0], 1, (300, 533), style="poster").data
    image = Image.open(io.BytesIO(data))
    assert image.size == (300, 533)
    assert np.asarray(image).std() > 1
