"""What subjects do and are like is drawn or reported, and a text makes a poster."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from service.generators.illustrator.drawing import draw
from service.generators.illustrator.painting.cast import actors
from service.generators.illustrator.poster.choice import suits_poster
from service.generators.illustrator.poster.emblem import emblem
from service.generators.illustrator.poster.wording import wording
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.reading.subjects.subjects import thing_of
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.sprites.art import Sprite


@pytest.mark.parametrize(
    ("prompt", "unshown"),
    [
        ("a striped cat chasing a mouse", ("chasing", "striped")),
        ("a mechanic repairing a car", ("repairing",)),
        ("an old clock on a wooden bench", ("old",)),
        ("a grandmother whistling", ("whistling",)),
        ("un gato persiguiendo un raton", ("persiguiendo",)),
        ("une femme nourrit un chat", ("nourrit",)),
        ("ein Mann repariert ein rostiges Fahrrad", ("repariert", "rostiges")),
        ("un uomo lava un cane", ("lava",)),
        ("una donna annaffia un albero", ("annaffia",)),
        ("um menino brincando com um gato", ("brincando",)),
        ("a boy riding a horse", ()),
        ("a woman reading a book", ()),
        ("an old woman on a bench", ()),
        ("three apples on a wooden table", ()),
        ("a building in the morning", ()),
    ],
)
def test_what_a_picture_does_not_show_of_acts_and_looks_is_reported(
    prompt: str, unshown: tuple[str, ...]
) -> None:
    assert read(prompt).unshown == unshown


@pytest.mark.parametrize(
    "prompt",
    [
        "a bowl of soup for four people",
        "una sopa para 4 personas",
        "une soupe pour six personnes",
        "eine Suppe für vier Personen",
        "una zuppa per quattro persone",
        "uma sopa para 6 pessoas",
    ],
)
def test_for_how_many_it_is_adds_no_people(prompt: str) -> None:
    assert [thing.kind.startswith("person") for thing in read(prompt).things] == [False]


@pytest.mark.parametrize(
    ("prompt", "poster"),
    [
        ("A funny post about Monday meetings for a marketing agency", True),
        ("Release notes for our app: faster export on Android", True),
        ("A recipe for leek soup for four people", True),
        ("Procuramos voluntários para o banco alimentar", True),
        ("Rédige une annonce pour un poste de vendeuse dans une librairie", True),
        ("Suche Nachmieter für eine kleine Wohnung", True),
        ("A dog and a cat under a tree", False),
        ("Write about a dog on a red sofa", False),
        ("A fox sleeping under a tree", False),
    ],
)
def test_texts_and_what_is_said_to_readers_make_posters(prompt: str, poster: bool) -> None:
    assert suits_poster(prompt, read(prompt)) is poster


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Flat share from March, 380 euros, no pets", "house"),
        ("Wohnung ab Mai, 640 Euro, keine Haustiere, keine Hunde", "house"),
        ("For sale: cargo bike, dark green, 900 euros", ""),
        ("For sale: city bike, dark green, 200 euros", "bicycle#276735"),
        ("Vendo bicicleta de niño roja, 60 euros", "bicycle#e23b32"),
        ("Thank you for your message, I am away until Monday", ""),
    ],
)
def test_the_object_of_a_poster_has_the_colour_that_is_said_and_is_not_negated(
    prompt: str, name: str
) -> None:
    sprite = emblem(wording(prompt))
    assert (sprite.name if sprite else "") == name


def test_who_speaks_to_readers_about_a_day_or_themselves_makes_a_poster() -> None:
    for prompt in ("Il corso di yoga riprende lunedì alle 18", "Good luck to all students"):
        assert suits_poster(prompt, read(prompt))
    assert not suits_poster("Our dog on a sofa", read("Our dog on a sofa"))


def test_a_trade_is_a_person_and_who_sits_in_a_coat_is_in_no_duck() -> None:
    scene = read("a girl in a red coat feeding ducks at a pond")
    assert scene.relations == ()
    assert read("Ein Tischler und eine Kellnerin").things[0].kind.startswith("person")


def test_what_is_in_an_open_vessel_is_seen_above_its_rim() -> None:
    basket = thing_of(lexicon(), "basket", "basket")
    apples = replace(thing_of(lexicon(), "red-apple", "apples"), count=3)
    empty, full = actors(basket, [])[0].sprite, actors(basket, [apples])[0].sprite
    red = [
        pixel
        for sprite in (empty, full)
        for pixel in [sum(r > 180 and g < 70 and a > 200 for r, g, _, a in pixels(sprite))]
    ]
    assert red[1] > red[0] + 20


def pixels(sprite: Sprite) -> list[list[int]]:
    found: list[list[int]] = np.asarray(sprite.pixels).reshape(-1, 4).tolist()
    return found


def test_a_tree_has_the_leaves_of_its_season() -> None:
    assert read("a fox under a tree in autumn").things[1].art.startswith("maple")
    assert read("a fox under a tree in the snow").things[1].art == "leafless-tree"


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("a fox sleeping under a tree", "fox-asleep"),
        ("a sleeping dog on a rug", "dog-asleep"),
        ("un gato dormido", "cat-asleep"),
        ("ein schlafender Hund neben einem Ofen", "dog-asleep"),
        ("a child sleeping in a bed", "person-in-bed"),
    ],
)
def test_who_sleeps_is_drawn_asleep(prompt: str, art: str) -> None:
    scene = read(prompt)
    assert scene.things[0].art == art
    assert scene.unshown == ()


@pytest.mark.parametrize(
    ("prompt", "art", "high"),
    [
        ("a stack of five books beside a teapot", "book-flat", 5),
        ("a white mug on a stack of two books", "book-flat", 2),
        ("una pila de platos", "plate", 3),
        ("ein Stapel Bücher", "book-flat", 4),
    ],
)
def test_a_stack_lies_on_each_other(prompt: str, art: str, high: int) -> None:
    scene = read(prompt)
    assert [(one.art, one.piled) for one in scene.things if one.piled] == [(art, high)]
    assert scene.unshown == ()


def test_what_hangs_on_a_wall_is_in_a_room_and_a_door_is_in_a_wall() -> None:
    clock = read("a clock on the wall above a sofa")
    assert (clock.place, clock.things[0].stance, clock.missing) == ("room", "hung", ())
    assert read("a bicycle next to a blue door").place == "wall"
    scene = read("a cat sitting on a wall")  # one to sit on, outdoors
    assert scene.missing == ()
    assert scene.things[scene.things[0].on].art == "stone-wall"


def test_what_an_offer_forbids_stays_among_its_words() -> None:
    assert "no dogs" in wording("Flat for rent, two rooms, no dogs, 600 euros").alt
    assert "no dogs" not in wording("A fair with rides, no dogs").alt


def test_dogs_that_are_tied_stand_at_both_sides() -> None:
    placed = draw("two dogs tied to a bench", 1, (256, 256)).placed
    dogs = [one for one in placed if one.figure.sprite.name == "dog"]
    assert abs(dogs[0].x - dogs[1].x) > dogs[0].width


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("six white eggs in a brown basket", "in a brown basket"),
        ("Two blue chairs facing a fireplace, a sleeping dog between them", "between them"),
        ("Two blue chairs facing a fireplace", "facing"),
        ("a baker standing behind a marble counter", "behind a marble counter"),
        ("a greyhound on a sofa", "greyhound"),
        ("A pair of old boots with flowers growing out of them", "growing out of"),
        ("A pair of boots, no laces", "no laces"),
        ("A green canoe on a misty river", "on a misty river"),
        ("a green canoe on a misty river, pine trees on the right", "on the right"),
        ("Zwei Giraffen hinter einem Zaun", "hinter einem zaun"),
    ],
)
def test_a_place_or_part_that_the_picture_does_not_keep_is_reported(
    prompt: str, words: str
) -> None:
    assert words in draw(prompt, 7, (256, 256)).missing


def test_the_alternative_text_names_no_kind_that_was_not_drawn_and_keeps_to_one_language() -> None:
    assert "greyhound" not in draw("a greyhound on a sofa", 7, (256, 256)).alt
    alt = draw("Tre gabbiani davanti al mare in tempesta", 7, (256, 256)).alt
    assert alt == "Illustrazione: 3 gabbiani in mare nella tempesta"


def test_a_number_before_what_says_the_kind_counts_the_subject() -> None:
    assert [thing.count for thing in read("Seven paper lanterns in a city").things] == [7]


@pytest.mark.parametrize("number", [5, 6, 7, 9, 12])
def test_up_to_a_dozen_of_a_kind_stand_apart(number: int) -> None:
    placed = draw(f"{number} white eggs in a field", 7, (512, 512)).placed
    assert len(placed) == number
    for i, one in enumerate(placed):
        for other in placed[i + 1 :]:
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.foot, other.foot) - max(one.top, other.top)
            assert across <= one.width * 0.2 or down <= one.size * 0.2


@pytest.mark.parametrize(
    "prompt",
    [
        "Museum of Typewriters seeks volunteers for guided tours. Training provided.",
        "Apprentice electrician vacancy at Volta Bros. Applications close soon.",
        "The optician is giving free eye tests for drivers over 60. Walk in.",
        "Five border collie pups, vaccinated, ready in April. Farm visits by arrangement only.",
    ],
)
def test_what_people_at_work_tell_the_public_is_a_poster(prompt: str) -> None:
    assert suits_poster(prompt, read(prompt))
    assert not suits_poster(f"A drawing of {prompt}", read(prompt))


@pytest.mark.parametrize(
    "prompt",
    [
        "For sale: my stamp collection, 6 albums",
        "Repair café at the hall",
        "Vermisst: unser Wellensittich Kiki, entflogen in der Gartenstraße",
        "For rent: garage, dry, electric door",
        "Found after the marathon: a hearing aid",
        "For rent: parking space behind the library",
    ],
)
def test_a_poster_shows_no_object_that_is_only_beside_its_subject(prompt: str) -> None:
    assert emblem(wording(prompt)) is None


def test_a_brass_band_is_no_guitar() -> None:
    sprite = emblem(wording("The Brass Band plays its spring concert"))
    assert sprite is not None
    assert "trumpet" in sprite.name


@pytest.mark.parametrize(
    "prompt",
    ["Una niña con un vestido rojo delante de una casa", "Uma senhora de vestido vermelho"],
)
def test_a_colour_behind_clothes_is_that_of_who_wears_them(prompt: str) -> None:
    colours = [thing.colour for thing in read(prompt).things]
    assert colours[0]
    assert not any(colours[1:])
