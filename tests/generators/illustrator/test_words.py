"""The illustrator draws no word in a wrong sense, nothing negated, and fails for no word."""

from __future__ import annotations

from itertools import product

import pytest

from service.generators.illustrator.places import PLACES
from service.generators.illustrator.reading.prompt import read
from service.generators.illustrator.reading.subjects.subjects import thing_of
from service.generators.illustrator.reading.words.lexicon import LANGUAGES, kind_of, lexicon
from service.generators.illustrator.sprites.colours import difference
from service.generators.illustrator.sprites.figures import APART, SKIN, clothing, figure, table

EXHAUSTIVE = pytest.mark.no_cover
"""For tests of thousands of prompts: to measure what they run would double their time."""

FUNCTION_WORDS = {
    "en": "a {} in the {}",
    "es": "un {} en el {}",
    "fr": "un {} dans le {}",
    "de": "ein {} in der {}",
    "it": "un {} nel {}",
    "pt": "um {} no {}",
}


def drawn(prompt: str) -> dict[str, int]:
    return {thing.art: thing.count for thing in read(prompt).things}


@EXHAUSTIVE
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_of_four_names_of_drawings_has_a_scene(language: str) -> None:
    template = FUNCTION_WORDS[language]
    for word in [*lexicon().names[language]][::4]:
        assert read(template.format(word, word)).place in PLACES


@EXHAUSTIVE
@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_drawing_has_a_scene(language: str) -> None:
    template = FUNCTION_WORDS[language]
    for word in lexicon().names[language]:
        assert read(template.format(word, word)).place in PLACES


def words_of_tables() -> list[str]:
    lex = lexicon()
    return sorted({*lex.things, *lex.scene, *lex.groups, *lex.poses, *lex.opaque, *lex.idioms})


@EXHAUSTIVE
def test_one_of_four_words_of_the_tables_has_a_scene() -> None:
    for word in words_of_tables()[::4]:
        assert read(word).place in PLACES


@EXHAUSTIVE
@pytest.mark.long
def test_every_word_of_the_tables_has_a_scene() -> None:
    for word in words_of_tables():
        assert read(word).place in PLACES


def kinds_in_places() -> list[str]:
    """Prompts with every kind in every place; in all other scenery one kind for each stance."""
    lex = lexicon()
    kinds: dict[tuple[str, str], str] = {}
    stances: dict[str, str] = {}
    for word, art in lex.things.items():
        stance = thing_of(lex, art, "").stance
        kinds.setdefault((stance, kind_of(art).partition("-")[0]), word)
        stances.setdefault(stance, word)
    places: dict[tuple[str, ...], str] = {}
    settings: dict[tuple[tuple[str, str], ...], str] = {}
    for phrase, pairs in lex.scene.items():
        settings.setdefault(pairs, phrase)
        if place := tuple(value for key, value in pairs if key == "place"):
            places.setdefault(place, phrase)
    assert {place for names in places for place in names} | {"meadow"} >= PLACES.keys()
    pairs_of_words = {*product(kinds.values(), places.values())} | {
        *product(stances.values(), settings.values())
    }
    return [f"a {word} on a {setting}" for word, setting in sorted(pairs_of_words)]


@EXHAUSTIVE
def test_one_of_four_kinds_in_places_has_a_scene() -> None:
    for prompt in kinds_in_places()[::4]:
        assert read(prompt).place in PLACES


@EXHAUSTIVE
@pytest.mark.long
def test_every_kind_of_drawing_has_a_scene_in_every_place_and_scenery() -> None:
    for prompt in kinds_in_places():
        assert read(prompt).place in PLACES


def test_a_canoe_floats_on_a_canal() -> None:
    scene = read("A canoe on a canal")
    assert [(thing.art, thing.stance) for thing in scene.things] == [("canoe", "water")]


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("a phone charger", "phone charger"),
        ("a lathe", "lathe"),
        ("a baseball bat", "baseball bat"),
        ("a laptop charger", "laptop charger"),
        ("a cricket bat", "cricket bat"),
        ("a dog collar", "dog collar"),
        ("rollos de canela", "rollos"),
        ("a chat", "chat"),
    ],
)
def test_a_word_in_doubt_is_reported_and_not_drawn(prompt: str, missing: str) -> None:
    scene = read(prompt)
    assert (scene.things, scene.missing) == ((), (missing,))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a bat in a cave", {"bat": 1}),
        ("a house cat on a sofa", {"cat": 1, "sofa": 1}),
        ("a computer mouse on a desk", {"computer-mouse": 1}),
        ("un chat noir", {"black-cat": 1}),
        ("ein Kind am Strand", {"child": 1}),
        ("time flies when we book a table", {}),
        ("to book a room", {}),
        ("it is raining cats and dogs", {}),
    ],
)
def test_words_are_read_in_the_sense_of_their_prompt(prompt: str, expected: dict[str, int]) -> None:
    assert drawn(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a five-year-old girl", {"girl": 1}),
        ("a two-story house", {"house": 1}),
        ("Room 5 of the hotel", {"hotel": 1}),
        ("a three-legged stool", {"stool": 1}),
        ("a 20 year old car", {"automobile": 1}),
        ("five cats and three sheep", {"cat": 5, "ewe": 3}),
        ("tres gatos en un sofá", {"cat": 3, "sofa": 1}),
        ("drei Hunde am Strand", {"dog": 3}),
        ("🐶🐶🐶", {"dog-face": 3}),
        ("🍎🍎 and 👩‍🚀", {"red-apple": 2, "woman-astronaut": 1}),
    ],
)
def test_a_number_counts_only_what_it_belongs_to(prompt: str, expected: dict[str, int]) -> None:
    assert drawn(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("three dozen roses", ("12 roses",)),
        ("a hundred balloons", ("76 balloons",)),
        ("two dozen eggs", ()),
    ],
)
def test_more_than_fit_are_reported(prompt: str, missing: tuple[str, ...]) -> None:
    scene = read(prompt)
    assert ([thing.count for thing in scene.things], scene.missing) == ([24], missing)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("no people on the beach", {}),
        ("a street without cars or people", {}),
        ("a garden but no dog", {}),
        ("a cat, but no dogs, birds or mice", {"cat": 1}),
        ("a table with zero cups and a cake", {"cake": 1}),
        ("Please do not show any dogs, just a cat", {"cat": 1}),
        ("no dog and a cat", {"cat": 1}),
        ("Strand ohne Menschen", {}),
        ("kein Hund, nur eine Katze", {"cat": 1}),
        ("un parque sin perros ni bicicletas", {}),
        ("une rue sans voitures ni bus", {}),
        ("pas de chien, mais un chat", {"cat": 1}),
        ("una spiaggia senza persone", {}),
        ("uma mesa sem cadeiras", {}),
        ("um gato no campo", {"cat": 1}),
    ],
)
def test_what_a_prompt_excludes_is_neither_drawn_nor_missing(
    prompt: str, expected: dict[str, int]
) -> None:
    assert (drawn(prompt), read(prompt).missing) == (expected, ())


def test_excluded_scenery_is_absent() -> None:
    assert read("a meadow without trees, flowers or clouds").absent >= {
        "trees",
        "flowers",
        "clouds",
    }


def test_clothes_never_look_like_skin() -> None:
    lex = lexicon()
    rows = {**table()["standing"], **table()["busts"]}
    defaults = {str(row["shirt"]) for row in rows.values() if "shirt" in row}
    for colour in {*lex.colours.values(), *lex.colour_things.values(), *defaults, SKIN}:
        assert difference(clothing(colour), SKIN) >= APART, colour
    for row in rows.values():
        assert difference(str(row.get("trousers", "#000000")), SKIN) >= APART, row


def test_a_bride_wears_white() -> None:
    pixels = figure("woman-with-veil").pixels
    middle = pixels.getpixel((pixels.width // 2, int(pixels.height * 0.75)))
    assert isinstance(middle, tuple)
    assert min(middle[:3]) > 240
