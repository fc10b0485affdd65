"""How the illustrator reads a prompt: subjects, numbers, colours, place and weather."""

from __future__ import annotations

import pytest

from service.generators.illustrator.places import PLACES
from service.generators.illustrator.reading.places import PLACE_ORDER
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.reading.words.lexicon import drawable, lexicon
from service.generators.illustrator.scene import MANY


def arts(prompt: str) -> list[str]:
    return [thing.art for thing in read(prompt).things]


@pytest.mark.parametrize(
    ("prompt", "place", "time", "weather"),
    [
        ("A rainy morning in Lisbon with a cup of coffee", "city", "dawn", "rain"),
        ("A fox in a snowy pine forest at night", "forest", "night", "snow"),
        ("Product photo of a bamboo toothbrush on a pastel background", "studio", "day", "clear"),
        ("Astronaut riding a bicycle on the moon", "space", "day", "clear"),
        ("yellow submarine under the sea", "underwater", "day", "clear"),
        ("old lighthouse in a storm", "sea", "day", "storm"),
        ("Un perro con un globo rojo en el campo al amanecer", "field", "dawn", "clear"),
        ("Ein Fuchs im verschneiten Wald bei Nacht", "forest", "night", "snow"),
        ("un château au sommet d'une colline au coucher du soleil", "field", "sunset", "clear"),
        ("una ragazza sotto la pioggia a Milano", "city", "day", "rain"),
        ("uma praia tropical com palmeiras", "beach", "day", "clear"),
    ],
)
def test_a_scene_has_its_place_hour_and_weather(
    prompt: str, place: str, time: str, weather: str
) -> None:
    scene = read(prompt)
    assert (scene.place, scene.time, scene.weather) == (place, time, weather)


@pytest.mark.parametrize(
    ("prompt", "art", "count", "colour"),
    [
        ("three red apples on a wooden table", "red-apple", 3, "#e23b32"),
        ("a blue bicycle", "bicycle", 1, "#2f6fe0"),
        ("two dogs playing on the beach", "dog", 2, ""),
        ("4 red cars and 2 blue buses", "bus", 2, "#2f6fe0"),
        ("un perro negro", "dog", 1, "#2b2c31"),
        ("zwei gelbe Enten", "duck", 2, "#f6c92e"),
        ("six colorful balloons", "balloon", 6, MANY),
        ("five pink tulips in a vase", "tulip", 5, "#f58bb5"),
    ],
)
def test_a_number_and_a_colour_belong_to_their_thing(
    prompt: str, art: str, count: int, colour: str
) -> None:
    [thing] = [thing for thing in read(prompt).things if thing.art == art]
    assert (thing.count, thing.colour) == (count, colour)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Un perro con un globo rojo en el campo", ["dog", "balloon"]),
        ("laptop and plant on a desk", ["laptop", "potted-plant"]),
        ("Cactus in the desert at sunset with a hot-air balloon", ["cactus", "hot-air-balloon"]),
        ("a slice of chocolate cake", ["shortcake"]),
        ("the future of remote work", []),
        ("Black Friday sale: 50% off sneakers", ["running-shoe"]),
        ("cats, dogs and birds", ["cat", "dog", "bird"]),
        ("three children", ["boy", "girl", "child"]),
        ("a red bicycle leaning against a wall", ["bicycle"]),
        ("a bowl of ramen", ["steaming-bowl"]),
        ("a plate of spaghetti with tomato sauce", ["spaghetti", "plate"]),
        ("a coffee machine", ["espresso-machine"]),
        ("a coffee grinder", []),
        ("a snowman wearing a hat", ["snowman-without-snow"]),
        ("a girl with a blue dress", ["girl"]),
        ("a birthday cake with candles", ["birthday-cake"]),
        ("a businessman in a suit", ["office-worker"]),
        ("a rat in the sewer", ["rat"]),
    ],
)
def test_only_requested_things_are_drawn(prompt: str, expected: list[str]) -> None:
    assert arts(prompt) == expected


def test_a_word_for_a_visible_thing_without_a_drawing_is_missing() -> None:
    assert read("a theodolite, a fox and a hovercraft").missing == ("theodolite", "hovercraft")


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("a plate of spaghetti with tomato sauce", "tomato sauce"),
        ("a coffee grinder", "coffee grinder"),
        ("a bat hanging in a cave", "cave"),
        ("the dog chased the cat", ""),
        ("a cat, freedom and happiness", ""),
        ("freedom and happiness", "freedom happiness"),
        ("x " + "y" * 99, ""),
        ("プロンプト", "プロンプト"),
    ],
)
def test_missing_things_are_named_and_abstract_words_only_if_nothing_is_drawn(
    prompt: str, missing: str
) -> None:
    assert " ".join(read(prompt).missing) == missing


@pytest.mark.parametrize(
    ("prompt", "on"),
    [
        ("a man with a red hat", {"hat": "man"}),
        ("a man with a red hat on a bench", {"hat": "man", "man": "bench"}),
        ("sushi on a plate", {"sushi": "plate"}),
        ("a bee on a sunflower", {"bee": "sunflower"}),
        ("three oranges in a basket", {"oranges": "basket"}),
        ("ten oranges in a basket", {}),
    ],
)
def test_things_worn_by_or_lying_on_a_subject_belong_to_it(prompt: str, on: dict[str, str]) -> None:
    things = read(prompt).things
    assert {t.word: things[t.on].word for t in things if t.on >= 0} == on


def test_a_gondola_floats_on_a_canal() -> None:
    scene = read("Venice gondola at sunset")
    assert (scene.place, [thing.stance for thing in scene.things]) == ("city", ["water"])


def test_more_subjects_than_fit_are_missing() -> None:
    scene = read("a cat, a dog, a fox, a bear, a horse, a cow, a pig, a duck and a goose")
    assert len(scene.things) == 7
    assert scene.missing == ("duck", "goose")


def test_a_rider_belongs_to_its_vehicle() -> None:
    cat, sofa = read("black cat on a red sofa").things
    assert (cat.on, sofa.on) == (1, -1)
    rider, _ = read("an astronaut riding a bicycle").things
    assert rider.rides


def test_clothes_are_the_colour_of_their_wearer() -> None:
    [woman] = read("a woman in a red dress").things
    assert (woman.art, woman.colour) == ("woman", "#e23b32")


def test_emoji_are_read() -> None:
    scene = read("🦊🌙❄️")
    assert [thing.art for thing in scene.things] == ["fox"]
    assert (scene.time, scene.weather) == ("night", "snow")


@pytest.mark.parametrize(
    "prompt", ["", "a", "!!!", "Привет", "富士山", "\x00\ud800", "word " * 2000]
)
def test_any_prompt_has_a_scene(prompt: str) -> None:
    assert read(prompt).place in PLACES


def test_every_place_in_the_vocabulary_can_be_painted() -> None:
    assert set(PLACE_ORDER) == set(PLACES)
    said = {
        value for pairs in lexicon().scene.values() for table, value in pairs if table == "place"
    }
    assert said <= set(PLACES)


def test_every_drawing_named_in_the_tables_exists() -> None:
    lex = lexicon()
    groups = {art for members in lex.groups.values() for art in members}
    named = {*lex.things.values(), *lex.metres, *lex.stance, *lex.seats, *lex.mounts, *groups}
    named |= lex.swims | lex.wholes | lex.containers | set(lex.waterline)
    named |= lex.hatted | lex.garments
    assert sorted(art for art in named if not drawable(art)) == []
