"""Scenes as people describe them: compounds, materials, what is in a box, who is behind."""

from __future__ import annotations

import pytest

from service.generators.illustrator.drawing import Drawing, draw
from service.generators.illustrator.painting.placement import legibility
from service.generators.illustrator.poster.choice import describes_scene
from service.generators.illustrator.reading.prompt import read, read_surely

SIZE = (360, 360)


def drawn(prompt: str) -> dict[str, int]:
    return {thing.art: thing.count for thing in read(prompt).things}


def auto(prompt: str) -> Drawing:
    return draw(prompt, 7, SIZE, style="auto")


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a paper boat in a puddle", {"paper-boat": 1}),
        ("two paper planes", {"paper-plane": 2}),
        ("a toy car on a rug", {"toy-car": 1, "rug": 1}),
        ("a pencil on a school desk", {"pencil": 1}),
        ("two lamps on a hotel desk", {"table-lamp": 2}),
        ("a bread roll", {"bread-roll": 1}),
        ("potatoes and onions", {"potato": 3, "onion": 3}),
        ("ein Korb voller Äpfel", {"red-apple": 3, "basket": 1}),
        ("six apples from above", {"red-apple": 6}),
        ("a garden hose", {}),
        ("ein Ruderboot am Steg", {"rowing-boat": 1, "pier": 1}),
        ("una gallina en una carreta", {"chicken": 1, "cart": 1}),
        ("due bambini in un prato", {"boy": 1, "girl": 1}),
    ],
)
def test_the_head_of_a_compound_decides_what_is_drawn(
    prompt: str, expected: dict[str, int]
) -> None:
    assert {art: count for art, count in drawn(prompt).items() if art != "puddle"} == expected


@pytest.mark.parametrize(
    ("prompt", "art", "colour"),
    [
        ("a copper kettle", "kettle", "#b8733f"),
        ("a stone bridge", "bridge", "#9a978f"),
        ("a ginger cat", "cat", "#e08a3a"),
        ("an oak table beside a metal bucket", "bucket", "#a9b1ba"),
    ],
)
def test_a_material_is_a_colour_of_the_thing(prompt: str, art: str, colour: str) -> None:
    scene = read(prompt)
    assert {thing.art: thing.colour for thing in scene.things}[art] == colour
    assert scene.missing == ()


@pytest.mark.parametrize(
    ("prompt", "carried", "bearer"),
    [
        ("a red sofa with a grey cat on it, a lamp on the right", "cat", "sofa"),
        ("a horse and a small bird on its back", "bird", "horse"),
        ("a crate with two puppies in it", "dog", "crate"),
        ("a cactus in a blue pot beside a mug", "cactus", "flower-pot"),
    ],
)
def test_it_and_its_back_are_what_carries(prompt: str, carried: str, bearer: str) -> None:
    things = read(prompt).things
    assert [things[t.on].art for t in things if t.art == carried and t.on >= 0] == [bearer]


def test_a_list_shares_no_seat_across_a_place() -> None:
    things = read("an empty playground in the rain, one umbrella on the bench").things
    assert [thing.art for thing in things if thing.on >= 0] == ["umbrella"]


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("a cardboard box with four kittens in it", "room"),
        ("a cup of coffee and a dog", "room"),
        ("a cactus in a pink pot between two books", "table"),
        ("a cactus beside a tent", "desert"),
        ("a woman slicing bread", "table"),
        ("a toy train under a Christmas tree", "room"),
        ("a rabbit and two carrots", "field"),
    ],
)
def test_things_are_where_they_are_at_home(prompt: str, place: str) -> None:
    assert read(prompt).place == place


@pytest.mark.parametrize(
    "prompt",
    ["a fox behind a snowy fence", "a dog behind a low stone wall", "a tractor behind a hedge"],
)
def test_who_is_behind_a_fence_is_seen_above_it(prompt: str) -> None:
    drawing = auto(prompt)
    far, near = (one for one in sorted(drawing.placed, key=lambda one: one.layer))
    assert drawing.missing == ()
    assert (near.top - far.top) / far.size > 0.4


def test_a_tree_wanted_at_the_right_is_there_and_hides_no_one() -> None:
    drawing = auto("two swans on a pond, a weeping willow on the right")
    where = {drawing.scene.things[one.thing].art: one for one in drawing.placed}
    assert where["willow"].x > where["swan"].x
    assert drawing.missing == ()


@pytest.mark.parametrize(
    "prompt",
    [
        "a pair of green wellies next to a watering can",
        "two wine glasses and a cheese board, evening light on a balcony",
        "a candle and an orange, new snow outside",
        "a robin on a fence post",
        "a sledge beside a Christmas tree",
    ],
)
def test_what_describes_a_scene_is_one(prompt: str) -> None:
    assert describes_scene(prompt, read(prompt))


@pytest.mark.parametrize(
    "prompt",
    [
        "An evening of jazz at the pier",
        "a new menu from 3 May",
        "Christmas party for members: bring a plate",
        "The bakery can deliver",
    ],
)
def test_what_is_told_to_the_public_is_no_scene(prompt: str) -> None:
    assert not describes_scene(prompt, read(prompt))


def test_clothes_that_are_drawn_as_a_shirt_are_reported() -> None:
    scene = read("a man in a blue apron and a dog")
    assert [thing.colour for thing in scene.things if thing.art == "man"] == ["#2f6fe0"]
    assert "apron" in scene.unshown


def test_a_coloured_wall_has_its_colour() -> None:
    assert auto("two bicycles in front of a blue wall").scene.colours == ("#2f6fe0",)
    assert auto("deux vélos devant un mur bleu").missing == ()


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("five mugs, one of them green", [(4, ""), (1, "#38a34a")]),
        ("six eggs in a bowl, two of them are brown", [(4, ""), (2, "#8d5a34")]),
    ],
)
def test_some_of_several_have_another_colour(prompt: str, expected: list[tuple[int, str]]) -> None:
    several = [one for one in read(prompt).things if one.art in ("mug", "egg")]
    assert [(one.count, one.colour) for one in several] == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a teapot with two cups", {"teapot": 1, "hot-beverage": 2}),
        ("two balls of blue wool", {"yarn": 2}),
        ("zwei Tassen Tee und ein Stück Kuchen", {"hot-beverage": 2, "shortcake": 1}),
        ("a birthday cake with five candles", {"cake": 1, "candle": 5}),
        ("una silla de madera", {"chair": 1}),
    ],
)
def test_measures_count_and_materials_are_no_things(prompt: str, expected: dict[str, int]) -> None:
    assert {art: count for art, count in drawn(prompt).items() if art != "wood"} == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a duck with five ducklings", {"duck": [1, 5]}),
        ("un hombre en un banco", {"man": [1], "bench": [1]}),
        ("dois barcos de pesca", {"sailboat": [2]}),
        (
            "a wicker basket full of lemons beside a bottle",
            {"lemon": [3], "basket": [1], "bottle": [1]},
        ),
        ("eine Katze auf einem Gartenzaun", {"cat": [1], "fence": [1]}),
        ("a bowl of soup and a slice of bread", {"soup-bowl": [1], "bread-slice": [1]}),
        ("a pair of skis against a hut", {"skis": [1], "hut": [1]}),
        ("a mug of hot chocolate", {"hot-beverage": [1]}),
        ("a pair of binoculars and a map", {"binoculars": [1], "world-map": [1]}),
        ("ein Schaf und zwei Lämmer auf einer Weide", {"ewe": [1, 2]}),
        ("a stack of logs beside an axe", {"log-pile": [1], "axe": [1]}),
    ],
)
def test_words_are_drawn_in_their_own_sense(prompt: str, expected: dict[str, list[int]]) -> None:
    found: dict[str, list[int]] = {}
    for thing in read_surely(prompt, read(prompt)).things:
        found.setdefault(thing.art, []).append(thing.count)
    assert found == expected


@pytest.mark.parametrize(
    ("prompt", "carried", "bearer"),
    [
        ("a girl with a red balloon on a swing", "girl", "swing"),
        ("a man with a guitar on a stool", "man", "stool"),
        ("a basket of apples beside a mat and a cat on a roof", "cat", "roof"),
    ],
)
def test_who_has_something_sits_with_it(prompt: str, carried: str, bearer: str) -> None:
    things = read(prompt).things
    assert [things[t.on].art for t in things if t.art == carried and t.on >= 0] == [bearer]


def test_what_is_left_out_moves_nobody_onto_another_thing() -> None:
    prompt = "a canvas, a cat on a chair and a red ball"
    scene = read_surely(prompt, read(prompt))
    assert [scene.things[t.on].art for t in scene.things if t.on >= 0] == ["chair"]


def test_who_is_left_out_says_nothing_of_the_place() -> None:
    assert read("a lighthouse keeper at a red door").place == "wall"
    assert read("a lighthouse beside a red door").place != "wall"


def test_colours_behind_balloons_are_theirs() -> None:
    assert [one.colour for one in read("tres globos azules").things] == ["#2f6fe0"]


def test_a_boat_on_a_beach_is_ashore_and_wood_is_brown() -> None:
    assert [one.stance for one in read("a kayak on a beach").things] == ["ground"]
    assert [one.colour for one in read("a wooden gate").things] == ["#a8703c"]
    assert read("a motorbike outside a cafe").place == "city"


def test_what_lies_in_what_is_carried_is_drawn() -> None:
    full, empty = (auto(f"{what} on a chair") for what in ("a basket of apples", "a basket"))
    assert full.missing == empty.missing == ()
    assert len(full.placed[0].figure.sprite.body) > 1.2 * len(empty.placed[0].figure.sprite.body)


def test_the_alternative_text_says_only_what_is_seen() -> None:
    drawing = auto("two red mugs on a windowsill, snow outside")
    assert drawing.alt == (
        "Illustration: 2 red mugs and a window on a table with snow outside the window"
    )
    assert drawing.missing == ()


def test_a_colour_that_does_not_show_is_reported_and_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(legibility, "shows", lambda *_: False)
    drawing = draw("a red barn", 7, SIZE, style="scene")
    assert drawing.missing == ("red barn",)
    assert drawing.alt == "Illustration: barn in a field"
