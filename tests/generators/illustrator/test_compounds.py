"""Nouns that belong together, vessels and what is in them, and drawings that show several."""

from __future__ import annotations

import pytest

from service.generators.illustrator.reading.prompt import read


def drawn(prompt: str) -> dict[str, int]:
    return {thing.art: thing.count for thing in read(prompt).things}


@pytest.mark.parametrize(
    ("prompt", "expected", "missing"),
    [
        ("a mouse pad next to a keyboard", {"keyboard": 1}, ("mouse pad",)),
        ("a jam session with a guitar", {"guitar": 1}, ("jam session",)),
        ("a train of thought and a cup of coffee", {"hot-beverage": 1}, ()),
        ("a seal on an envelope", {"envelope": 1}, ("seal",)),
        ("a seal on a rock", {"seal": 1, "rock": 1}, ()),
        ("kids learning to duck and cover", {"boy": 1, "girl": 1, "child": 1}, ()),
        ("a kid's toy", {"toy-blocks": 1}, ()),
        ("the chef's knife", {"kitchen-knife": 1}, ()),
        ("a dog bowl", {"bowl": 1}, ()),
        ("a cat mug", {"mug": 1}, ()),
        ("a car key", {"key": 1}, ()),
        ("a guitar stand", {}, ("guitar stand",)),
        ("a baby elephant", {"elephant": 1}, ()),
        ("a mouse and a laptop", {"computer-mouse": 1, "laptop": 1}, ()),
        ("a mouse and a cheese", {"mouse": 1, "cheese-wedge": 1}, ()),
        ("the girl books a hotel", {"girl": 1, "hotel": 1}, ()),
        ("the dogs bark at the cat", {"dog": 3, "cat": 1}, ()),
        ("a glass of wine", {"wine-glass": 1}, ()),
        ("a piggy bank", {}, ("piggy bank",)),
        ("due cani che giocano", {"dog": 2}, ()),
        ("un tapis de souris", {}, ("tapis de souris",)),
        ("una tarta de chocolate", {"chocolate-cake": 1}, ()),
    ],
)
def test_words_of_a_compound_are_read_together(
    prompt: str, expected: dict[str, int], missing: tuple[str, ...]
) -> None:
    assert (drawn(prompt), read(prompt).missing) == (expected, missing)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("five grapes", {"grape": 5}),
        ("three cherries", {"cherry": 3}),
        ("a bunch of grapes", {"grapes": 1}),
        ("two books on a table", {"closed-book": 2}),
        ("a stack of books", {"books": 1}),
        ("a pair of socks", {"socks": 1}),
        ("three pairs of gloves", {"gloves": 3}),
        ("three pairs of shoes", {"running-shoe": 6}),
        ("a pair of shoes", {"running-shoe": 2}),
        ("two beers", {"beer-mug": 2}),
        ("two dozen roses", {"rose": 24}),
        ("zero cats and one dog", {"dog": 1}),
    ],
)
def test_as_many_are_drawn_as_the_prompt_says(prompt: str, expected: dict[str, int]) -> None:
    assert drawn(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "vessel", "content"),
    [
        ("a basket of apples", "basket", "red-apple"),
        ("a bowl full of strawberries", "bowl", "strawberry"),
        ("a plate with a cake", "plate", "cake"),
        ("a vase with yellow tulips", "vase", "tulip"),
        ("a bucket of flowers", "bucket", "daisy"),
        ("a box with a cat in it", "package", "cat"),
        ("una cesta de naranjas", "basket", "tangerine"),
        ("un panier de fraises", "basket", "strawberry"),
    ],
)
def test_what_is_in_a_vessel_is_drawn_in_it(prompt: str, vessel: str, content: str) -> None:
    things = read(prompt).things
    assert [things[thing.on].art for thing in things if thing.art == content] == [vessel]


@pytest.mark.parametrize(
    ("prompt", "art", "colour"),
    [
        ("a red basket with apples", "basket", "#e23b32"),
        ("a basket with green apples", "red-apple", "#38a34a"),
        ("a vase with yellow tulips", "tulip", "#f6c92e"),
        ("a blue mug of beer", "beer-mug", "#2f6fe0"),
    ],
)
def test_a_colour_belongs_to_its_own_noun(prompt: str, art: str, colour: str) -> None:
    things = read(prompt).things
    assert [thing.art for thing in things if thing.colour == colour] == [art]
