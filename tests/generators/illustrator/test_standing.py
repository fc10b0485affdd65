"""What stands on what: nothing floats, nothing that is eaten lies on a floor, sizes suit."""

from __future__ import annotations

import pytest

from service.generators.illustrator.drawing import Drawing, draw
from service.generators.illustrator.painting.cast import art_of
from service.generators.illustrator.painting.placement.placing import Placed
from service.generators.illustrator.reading.prompt import read, read_surely
from service.generators.illustrator.scene import Scene, Thing
from service.generators.illustrator.sprites.shades import shows

SIZE = (300, 300)


def scene_of(prompt: str) -> Scene:
    return read_surely(prompt, read(prompt))


def bearers(prompt: str) -> dict[str, str]:
    """Word of a subject -> what it is on."""
    things = scene_of(prompt).things
    return {one.word: things[one.on].art for one in things if one.on >= 0}


def named(prompt: str, word: str) -> list[Thing]:
    return [one for one in scene_of(prompt).things if one.word == word]


def drawn(prompt: str) -> Drawing:
    return draw(prompt, 3, SIZE, style="auto")


def placed(drawing: Drawing, word: str) -> list[Placed]:
    things = drawing.scene.things
    return [one for one in drawing.placed if things[one.thing].word == word]


@pytest.mark.parametrize(
    ("prompt", "on"),
    [
        ("A nurse knitting in a rocking chair", {"nurse": "rocking-chair"}),
        ("An old man sitting on a chair", {"old man": "chair"}),
        ("Eine Frau in einem Schaukelstuhl", {"frau": "rocking-chair"}),
        ("Chairs on top of the tables in a classroom", {"chairs": "table"}),
        ("A dog under a table, on the table two candles", {"candles": "table"}),
        ("A girl on a skateboard", {"girl": "skateboard-flat"}),
        ("A cook beside a stove, three plates beside the stove", {"plates": "table"}),
        ("A boat full of sunflowers on a beach", {}),
        ("A canoe full of tulips on a beach", {"tulips": "canoe"}),
        ("A toddler in rubber boots in a puddle", {"toddler": "puddle"}),
        ("A birthday table with a cake and balloons", {}),
        ("A train crossing a stone bridge", {"train": "bridge"}),
        ("A rug before a fireplace, a dog sleeping on it", {"dog": "rug"}),
        ("A bottle of wine and a basket beside a picnic blanket",
         {"bottle of wine": "picnic-blanket"}),
        ("Three friends on a wall", {"friends": "stone-wall"}),
        ("A market stall with carrots", {"carrots": "market-stall"}),
        ("A lemon tree in a pot", {"lemon tree": "flower-pot"}),
        ("A woman with a red umbrella, a boy jumping into a puddle", {"boy": "puddle"}),
        ("A black cat sitting on a stack of books", {"black cat": "books"}),
        ("Three books on a shelf, a man beside it", {"books": "shelf"}),
    ],
)  # fmt: skip
def test_each_is_on_what_bears_it(prompt: str, on: dict[str, str]) -> None:
    assert bearers(prompt) == on


@pytest.mark.parametrize(
    ("prompt", "kinds"),
    [
        ("A teacher writing on a blackboard", ["beside"]),
        ("A girl with a balloon on the beach", ["holding"]),
        ("Uma menina com um balão vermelho na praia", ["holding"]),
        ("A boy with a violin in a garden", ["holding"]),
        ("A fisherman on a pier", ["holding"]),
        ("A counter, a green cross above the door", []),
        ("A mechanic under a blue car", []),
        ("A young couple on a bench eating ice cream", ["holding"]),
        ("A fisherman in a small boat, mountains behind him", ["holding"]),
    ],
)
def test_relations_are_those_that_can_be_seen(prompt: str, kinds: list[str]) -> None:
    assert [one.kind for one in scene_of(prompt).relations] == kinds


def test_a_cab_of_a_tractor_is_no_taxi_and_a_stone_table_no_stone() -> None:
    arts = {one.art for one in scene_of("A tractor, a farmer laughing in the cab").things}
    assert "taxi" not in arts
    arts = {one.art for one in scene_of("Two old men at a stone table in a park").things}
    assert arts == {"old-man", "table"}


def test_each_of_two_has_its_colour() -> None:
    boats = named("Two canoes on a lake, one yellow and one blue", "canoes")
    assert sorted((one.count, one.colour) for one in boats) == [(1, "#2f6fe0"), (1, "#f6c92e")]


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("A waiter carrying a tray with two glasses of beer", "room"),
        ("A nurse beside an old lady", "room"),
        ("A librarian putting books on a shelf", "room"),
        ("Two women at a table in a park", "field"),
        ("A cat looking out of a window, rain outside", "room"),
    ],
)
def test_people_are_where_they_work(prompt: str, place: str) -> None:
    assert scene_of(prompt).place == place


def test_people_sit_as_large_as_they_stand() -> None:
    drawing = drawn("A grandmother in a rocking chair, a kitten on the floor")
    woman, kitten = placed(drawing, "rocking chair")[0], placed(drawing, "kitten")[0]
    assert woman.size > kitten.size * 1.5


def test_who_is_behind_a_wall_is_seen_above_it() -> None:
    drawing = drawn("Sheep on a hill, a stone wall in front of them")
    wall, sheep = placed(drawing, "stone wall"), placed(drawing, "sheep")
    assert min(one.left for one in wall) < min(one.x for one in sheep)
    assert max(one.right for one in wall) > max(one.x for one in sheep)
    assert "sheep" not in drawing.missing


def test_a_door_is_not_much_higher_than_a_person() -> None:
    drawing = drawn("A pharmacist beside a door")
    door, person = placed(drawing, "door")[0], placed(drawing, "pharmacist")[0]
    assert person.size * 0.9 < door.size < person.size * 1.4


def test_a_cat_on_the_windowsill_is_beside_who_sits_at_the_table() -> None:
    drawing = drawn("A man reading a newspaper at a kitchen table, a cat on the windowsill")
    cat, man = placed(drawing, "cat")[0], placed(drawing, "man")[0]
    assert cat.x < man.x
    assert cat.foot < man.foot
    assert "cat" not in drawing.missing


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A postman with a parcel at a front door", {"postman", "parcel", "front door"}),
        ("A violin on a red velvet chair", {"violin", "chair"}),
        ("An accordion player on a street corner", {"accordion player", "accordion"}),
        ("A hotel reception desk", {"reception desk"}),
        ("A drummer and a guitarist", {"drummer", "guitarist", "drum kit", "guitar"}),
        ("An apple pie and a jug of cream", {"apple pie", "jug"}),
        ("A father and his son", {"father", "son"}),
        ("A cat on the roof of a car", {"cat", "car"}),
        ("A hairdresser cutting a girl's hair", {"hairdresser", "girl"}),
        ("A carpenter, wood shavings on the floor", {"carpenter"}),
        ("Two folding chairs in front of a campervan", {"folding chairs", "campervan"}),
        ("An elderly couple with a dog", {"elderly couple", "dog"}),
    ],
)
def test_the_main_subjects_are_there_and_no_others(prompt: str, words: set[str]) -> None:
    assert {one.word for one in scene_of(prompt).things} == words


def test_things_on_a_table_suit_who_sits_behind_it() -> None:
    drawing = drawn("A grandmother and two biscuits on a table")
    biscuits, woman = placed(drawing, "biscuits"), placed(drawing, "grandmother")[0]
    assert max(one.size for one in biscuits) < woman.size * 0.3


def test_many_people_in_a_room_are_not_tiny() -> None:
    people = placed(drawn("Six people beside a piano in a room"), "people")
    assert len(people) == 6
    assert min(one.size for one in people) > 180


def test_a_hammock_between_trees_before_the_sea_is_drawn() -> None:
    drawing = drawn("A hammock between two palm trees, the sea behind")
    assert len(drawing.placed) == 3


def test_who_is_behind_a_stall_is_seen_above_its_counter() -> None:
    drawing = drawn("A man behind a market stall with apples")
    stall, man = placed(drawing, "market stall")[0], placed(drawing, "man")[0]
    assert stall.left < man.x < stall.right
    assert man.foot <= stall.foot
    assert man.top > stall.top


@pytest.mark.parametrize("animal", ["hen", "goose", "rabbit"])
def test_a_white_animal_takes_the_colour_that_is_asked_for(animal: str) -> None:
    thing = read(f"a brown {animal}").things[0]
    assert shows(art_of(thing), thing.colour)


def test_an_animal_among_carrots_in_a_basket_is_there_once() -> None:
    scene = read("A grey rabbit in a wicker basket with carrots")
    rabbit = next(one for one in scene.things if one.art == "rabbit")
    assert scene.things[rabbit.on].art == "basket"


@pytest.mark.parametrize(
    ("prompt", "art"),
    [
        ("A canoe and a paddle on the grass", "oar"),
        ("A table tennis paddle on a table", "ping-pong"),
        ("A sailing boat near a pier", "sailboat"),
        ("Un burro en el campo", "donkey"),
    ],
)
def test_words_have_the_sense_of_their_scene(prompt: str, art: str) -> None:
    assert art in {one.art for one in read(prompt).things}


def test_who_holds_a_thing_is_where_the_thing_is_said_to_be() -> None:
    drawing = draw("A baker with a basket of rolls in front of his shop", 3, SIZE)
    scene = drawing.scene
    assert any(one.kind == "front" and one.who == (0,) for one in scene.relations)
    basket = next(i for i, one in enumerate(scene.things) if one.art == "basket")
    assert all(one.size > 9 for one in drawing.placed if one.thing == basket)
