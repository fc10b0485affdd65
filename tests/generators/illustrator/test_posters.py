"""Posters: every word is set, inside the picture, apart from the others, and readable."""

from __future__ import annotations

import io
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.generators.illustrator.drawing import dice, draw
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.poster.contrast import CONTRAST, contrast
from service.generators.illustrator.poster.drawing import Poster, draw_poster
from service.generators.illustrator.poster.emblem import emblem
from service.generators.illustrator.poster.layouts import LAYOUTS
from service.generators.illustrator.poster.typesetting import font
from service.generators.illustrator.poster.wording import kind_of, wording
from service.generators.illustrator.sprites.figures import figure

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
    (540, 540),
    (540, 675),
    (540, 960),
    (960, 540),
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
            assert left >= 0, (prompt, poster.layout)
            assert top >= 0, (prompt, poster.layout)
            assert right <= size[0] + 1, (prompt, poster.layout)
            assert bottom <= size[1] + 1, (prompt, poster.layout)
        if poster.thing:
            boxes.append(tuple(side * scale for side in poster.thing))  # type: ignore[arg-type]
        for one, other in combinations(boxes, 2):
            assert not overlaps(one, other), (prompt, poster.layout)
        for line in poster.lines:
            ground, farthest = measured(image, line.box)
            assert contrast(ground, farthest) >= CONTRAST, (prompt, poster.layout)


def measured(image: Image.Image, box: tuple[float, ...]) -> tuple[str, str]:
    """The colour of most pixels of a line, and the one of many pixels that stands out most."""
    left, top, right, bottom = (round(side) for side in box)
    counted = colours_of(image.crop((max(0, left), max(0, top), right, bottom)))
    whole = sum(count for count, _ in counted)
    most, ground = max(counted)
    assert most / whole > 0.3, "the words stand on one colour"
    often = [colour for count, colour in counted if count >= max(2, whole * 0.002)]
    return ground, max(often, key=lambda colour: contrast(ground, colour))


def colours_of(image: Image.Image) -> list[tuple[int, str]]:
    """How many pixels have each colour."""
    colours: Any = image.getcolors(image.width * image.height)
    return [(count, hexed(colour)) for count, colour in colours]


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
    assert letters.replace("-", "").replace(" ", "") == plain.replace("-", "")
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
        ("Two kittens on a sofa on a Sunday morning", ""),
        ("A free seagull over the sea", ""),
        ("Unser Hund im Garten", ""),
        ("Missing: small dog, last seen at the park", "announcement"),
        ("Please bring back your library books", "announcement"),
        ("La biblioteca resta chiusa ad agosto", "announcement"),
        ("Ensaios do coral às quartas, 18h30", "announcement"),
        ("Today's special: pumpkin risotto", "announcement"),
        ("The library is looking for two volunteers to read to children", "announcement"),
        ("Mañana no habrá clase de zumba por la fiesta", "announcement"),
        ("Buy two candles, get one free until Valentine's Day", "offer"),
        ("What should we call our new cinnamon latte?", "announcement"),
        ("Can you draw a cat on a sofa?", ""),
        ("Photo of a market on Saturday at 8 am", ""),
        ("A girl with a red umbrella", ""),
    ],
)
def test_what_is_announced_is_a_poster_and_what_is_seen_is_not(prompt: str, kind: str) -> None:
    assert kind_of(prompt) == kind
    drawing = draw(prompt, 1, (256, 256), style="auto")
    assert drawing.alt.startswith("Illustration: ") == (kind == "")


def test_what_can_hardly_be_drawn_is_a_poster_if_the_style_is_auto() -> None:
    prompt = "a theodolite, a hovercraft, a sextant and a fox"
    assert "theodolite" in draw(prompt, 1, (256, 256), style="auto").alt
    told = draw(prompt, 1, (256, 256), style="scene").missing
    assert told == ("theodolite", "hovercraft", "sextant")


def test_facts_stand_below_the_headline_and_orders_are_left_out() -> None:
    words = wording("Announce that our terrace opens on Saturday. Coffee is free until 11 am.")
    assert words.headline == "Our terrace opens"
    assert words.lines == ("on Saturday", "Coffee is free until 11 am")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("Poster: our bakery opens on 4 May, in 20 words, no people", "Our bakery opens|on 4 May"),
        ("Concert on Friday at 8 pm, without text or logos", "Concert|On Friday at 8 pm"),
        ("Sale on Monday, with three emojis and 2 hashtags", "Sale|On Monday"),
        ("Flohmarkt am Samstag um 9 Uhr, ohne Menschen", "Flohmarkt|Am Samstag um 9 Uhr"),
        (
            "Mercado el sábado a las 9:00, en 15 palabras, sin perros",
            "Mercado|el sábado a las 9:00|Sin perros",
        ),
        ("Fête samedi à 18 h, sans voitures, en français", "Fête|samedi à 18 h|Sans voitures"),
        ("Yoga on Mondays at 7 pm, on a white background.", "Yoga|On Mondays at 7 pm"),
        (
            "Market on Sunday at 9 am. Do not show any cars. Keep it short.",
            "Market|On Sunday at 9 am",
        ),
        ("Talk on Monday at 7 pm, no tickets needed", "Talk|On Monday at 7 pm|No tickets needed"),
        (
            "Reunião na sexta-feira, às 18h, no auditório da escola",
            "Reunião|Na sexta-feira às 18h|No auditório da escola",
        ),
        ("We are happy to announce that the pool opens on 3 May", "The pool opens|On 3 May"),
        (
            "Praxis am Montag zu. Hilfe: Dr. Hahn, Tel. 0711 555 0133",
            "Praxis|Am Montag zu|Hilfe: Dr. Hahn|Tel. 0711 555 0133",
        ),
        (
            "Plant swap on Monday, bring a plant, no money",
            "Plant swap|On Monday bring a plant|No money",
        ),
        ("Library open on Monday, no dogs allowed", "Library open|On Monday|No dogs allowed"),
    ],
)
def test_constraints_and_what_must_not_be_seen_are_no_words_of_a_poster(
    prompt: str, words: str
) -> None:
    said = wording(prompt).alt.lower().replace(",", "").split()
    assert said == words.lower().replace("|", " ").split()


@pytest.mark.parametrize(
    ("prompt", "headline"),
    [
        ("Tell everybody that the village fair is on Sunday at 2 pm", "The village fair"),
        ("Swimming lessons start on 3 September, bring a towel", "Swimming lessons start"),
        ("Nous cherchons des bénévoles du 3 au 5 mai", "Nous cherchons des bénévoles"),
        ("Vote for our new flavour: mint or mango?", "Vote for our new flavour"),
        (
            "The path is closed between the mill and the weir because of floods",
            "The path is closed between the mill and the weir",
        ),
        ("Wir suchen zum 1. Mai einen Koch, Gasthof Adler", "Wir suchen zum 1. Mai einen Koch"),
        (
            "Lost: black cat with a white paw, call 0171 555 0199",
            "Lost: black cat with a white paw",
        ),
        ("Meet us in room 204. Beginners are welcome!", "Meet us in room 204"),
        (
            "Invite all members to the annual dinner on 4 May",
            "You are invited to the annual dinner",
        ),
        ("Open mic every first Tuesday at The Cellar, free", "Open mic"),
        ("Apertura domenica 14 dicembre dalle 10 alle 18", "Apertura"),
        (
            "Wir haben vom 24. Dezember bis 6. Januar Ferien",
            "Wir haben vom 24. Dezember bis 6. Januar Ferien",
        ),
        ("Happy birthday to our Maria, who is 40 today! 🎂", "Happy birthday to our Maria"),
        (
            "Unsere Praxis ist vom 3. bis 14. August wegen Urlaub geschlossen",
            "Unsere Praxis ist vom 3. bis 14. August",
        ),
        (
            "Reminder for club members: the key must be returned by 30 May",
            "The key must be returned",
        ),
        ("Thank you for 1,000 followers!", "Thank you for 1,000 followers!"),
        (
            "Post an apology: the 8:40 train is cancelled on Friday",
            "Sorry: the 8:40 train is cancelled",
        ),
        ("Dinner at number 12 on Saturday at 5 pm", "Dinner at number 12"),
        (
            "Der Hort bleibt am Freitag wegen Umbau geschlossen",
            "Der Hort bleibt am Freitag wegen Umbau geschlossen",
        ),
        ("The studio has two free places on Tuesday at 7 pm", "The studio has two free places"),
        ("Half-price swimming every weekday before noon", "Half-price swimming every weekday"),
        (
            "Unser Hofladen hat nun auch sonntags geöffnet: 9 bis 12 Uhr",
            "Unser Hofladen hat nun auch sonntags geöffnet",
        ),
        (
            "El mercado de segunda mano se aplaza por la lluvia",
            "El mercado de segunda mano se aplaza por la lluvia",
        ),
        ("For sale: blue racing bike, 240 €", "For sale: blue racing bike"),
        ("Recuerda a los socios que la asamblea es el 12 de marzo", "La asamblea"),
        (
            "Apologise to customers for the late delivery of last week's vegetable boxes",
            "We are sorry for the late delivery",
        ),
    ],
)
def test_the_headline_is_what_it_is_about_and_ends_with_its_sense(
    prompt: str, headline: str
) -> None:
    assert wording(prompt).headline == headline


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("Quiz night at the Red Lion, Wednesday 8 pm", "light-bulb"),
        ("The Rusty Strings play live at the Black Horse, doors 7.30 pm", "guitar"),
        ("Kürbissuppe jeden Mittwoch ab 12 Uhr, 6,50 €", "pumpkin"),
        ("Coro municipal, sábado a las 19:30", "musical-score"),
        ("Happy hour on Friday at 6 pm 🍕", "pizza"),
        ("Anna and Tom are getting married on 21 August", "ring"),
        ("20% off all coats until Sunday", "coat"),
        ("Sortie jeudi, apporter un pique-nique, 5 €", ""),
        ("Pique-nique du village, dimanche 3 mai", ""),
        ("Wir sagen danke! 20 Prozent auf alles im Mai", ""),
        ("Defence of the thesis “Robots that swim”, Friday 13 June", "graduation-cap"),
        ("Grade 4 presents: “Heidi”, Friday 13 June", ""),
        ("L'associazione cerca volontari, domenica 6 aprile", "red-heart"),
        ("One hundred years of our brotherhood, 3 May", ""),
        ("Marketing evening on Monday, 7 pm", ""),
        ("Phone charger found on Monday, ask at 555 0142", ""),
        ("The Moonlit Foxes release an album on 3 October", "optical-disk"),
        ("Meeting of the council on Monday at 7 pm, doors open at 6 pm", ""),
        ("“Less is more, and more is less.” — Mies", ""),
    ],
)
def test_the_object_is_what_the_words_are_about_or_none(prompt: str, art: str) -> None:
    sprite = emblem(wording(prompt))
    assert (sprite.name if sprite else "") == art


def test_an_object_has_the_colour_of_its_words() -> None:
    grey = emblem(wording("Lost: grey tabby cat near the station, call 0171 555 0199"))
    assert grey is not None
    assert grey.body != figure("cat").body


def test_seed_kind_and_mood_change_how_posters_look() -> None:
    size = (256, 256)
    layouts = {poster_of(PROMPTS[0], size, seed)[0].layout for seed in range(60)}
    assert len(layouts) >= 12
    quotes = {poster_of(PROMPTS[3], size, seed)[0].layout for seed in range(20)}
    assert len(quotes) >= 3
    assert layouts.isdisjoint(quotes)
    corners = {
        poster_of(f"Concert {season} on Friday at 8 pm", size, 7)[1].getpixel((2, 128))
        for season in ("at Christmas", "in spring", "in autumn", "for children")
    }
    assert len(corners) == 4


@pytest.mark.parametrize("prompt", ["Less is more.", "Open", *PROMPTS])
def test_no_poster_is_nearly_empty(prompt: str) -> None:
    for seed in range(4):
        _, image = poster_of(prompt, (256, 256), seed)
        most, _ = max(colours_of(image))
        assert most / (256 * 256) < 0.93


def test_the_same_seed_gives_the_same_poster_and_others_give_others() -> None:
    drawn = [draw(PROMPTS[0], seed, (256, 256), style="poster").data for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 2


def test_words_that_no_font_has_make_a_scene() -> None:
    drawing = draw("猫の展覧会", 1, (256, 256), style="poster")
    assert drawing.alt.startswith("Illustration: ")


def test_a_prompt_that_is_too_long_keeps_its_headline_and_its_facts() -> None:
    prompt = (
        f"Our garden opens on 4 May. {'We have many beds to give away. ' * 200}Call 0171 555 0199."
    )
    alt = draw(prompt, 1, (256, 256), style="poster").alt
    assert alt.splitlines() == ["Our garden opens", "on 4 May", "Call 0171 555 0199"]


def test_a_list_keeps_its_items_and_rules() -> None:
    words = wording("Sauna: 1. Shower first. 2. No phones. 3. Whisper.")
    assert "No phones" in words.alt
    assert ".." not in words.alt
    times = wording("Open day: 10:00 welcome, 10:30 tour, 12:00 lunch")
    assert times.lines == ("10:00 welcome", "10:30 tour", "12:00 lunch")


def test_an_alternative_text_names_what_was_drawn() -> None:
    alt = draw("three red apples on a wooden table at night", 1, (256, 256)).alt
    assert alt == "Illustration: 3 red apples on a table at night"


def test_a_poster_is_a_picture_of_its_size() -> None:
    data = draw(PROMPTS[0], 1, (300, 533), style="poster").data
    image = Image.open(io.BytesIO(data))
    assert image.size == (300, 533)
    assert np.asarray(image).std() > 1


@pytest.mark.parametrize(
    ("prompt", "headline"),
    [
        ("Write as a question: would people like an early swim?", "Would people like"),
        ("Explain why we switched to glass bottles", "We switched to glass bottles"),
        ("E-mail to a printer, Ms Reed: the 200 flyers are torn", "The 200 flyers are torn"),
        ("Birthday greeting from the choir to our pianist Ines", "Happy birthday"),
        ("Entschuldige dich bei den Gästen: das Bad ist bis zum 4. Mai zu", "Wir bitten um"),
        ("Sag den Kunden, dass der Laden am Montag geschlossen ist", "Bitte beachten"),
        ("Erinnere die Eltern daran, dass die Schule am Montag beginnt", "Bitte denkt daran"),
    ],
)
def test_a_poster_shows_the_message_and_not_the_instruction(prompt: str, headline: str) -> None:
    assert wording(prompt).headline.startswith(headline)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (
            "Jumble sale on Saturday 10 to 1, books, toys and clothes, 50p entry",
            "Jumble sale|on Saturday 10 to 1|Books, toys and clothes|50p entry",
        ),
        ("Soldes d'été : -40 % sur les robes", "Soldes d'été|-40 % sur les robes"),
        (
            "Nova loja abre no dia 2 de abril na Rua do Sol 18",
            "Nova loja abre|no dia 2 de abril na Rua do Sol 18",
        ),
        (
            "Post for our hardware shop: we're shut on Monday for stocktake, back on Tuesday",
            "We're shut|on Monday for stocktake|Back on Tuesday|Our hardware shop",
        ),
        (
            "Post for the village fete: dog show at 2, tombola, £2 entry",
            "Dog show at 2|Tombola, £2 entry|The village fete",
        ),
        (
            "Kurzer Beitrag für unseren Betrieb: wir suchen ab August eine Aushilfe",
            "Wir suchen ab August eine Aushilfe|Unser Betrieb",
        ),
    ],
)
def test_lists_stay_whole_and_whose_post_it_is_stands_below(prompt: str, expected: str) -> None:
    words = wording(prompt)
    assert "|".join((words.headline, *words.lines)) == expected


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("Our bakery now does sourdough pizza on Thursdays", "pizza"),
        ("Car boot sale every Sunday from 7am", "flea-stall"),
        ("Swimming lessons are back on 3 May", "person-swimming"),
        ("We're hiring: part-time gardener, £13 an hour", "watering-can"),
        ("Ladies' darts team needs two players on Tuesdays at 8", "bullseye"),
        ("Model railway exhibition, Saturday 10-5", "toy-train"),
        ("Post for a dentist: check-ups for kids on 4 May", "tooth"),
    ],
)
def test_the_object_is_what_it_is_about_in_its_first_sense(prompt: str, art: str) -> None:
    sprite = emblem(wording(prompt))
    assert sprite
    assert sprite.name.split("#")[0] == art


def test_an_open_day_shows_no_door() -> None:
    assert emblem(wording("Tag der offenen Tür am Samstag von 10 bis 16 Uhr")) is None
