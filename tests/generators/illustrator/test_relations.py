"""Subjects are drawn where the prompt says: beside, behind, above, under and between others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.generators.illustrator.drawing import Drawing, draw
from service.generators.illustrator.painting.placement.placing import Placed

SIZE = (256, 256)


def drawn(drawing: Drawing, word: str) -> list[Placed]:
    """The figures of the subject with this word, with all that carry it."""
    things = drawing.scene.things
    [index] = [i for i, thing in enumerate(things) if thing.word == word]
    index = things[index].on if things[index].on >= 0 else index
    return [one for one in drawing.placed if one.thing == index]


def middle(figures: list[Placed]) -> float:
    return (min(one.left for one in figures) + max(one.right for one in figures)) / 2


def left_of(drawing: Drawing, who: str, whom: str) -> bool:
    one, other = drawn(drawing, who), drawn(drawing, whom)
    return max(figure.right for figure in one) <= min(figure.left for figure in other) + 1


def right_of(drawing: Drawing, who: str, whom: str) -> bool:
    return left_of(drawing, whom, who)


def overlaps(one: Placed, other: Placed) -> bool:
    return one.left < other.right and other.left < one.right


def above(drawing: Drawing, who: str, whom: str) -> bool:
    [one], others = drawn(drawing, who), drawn(drawing, whom)
    column = min(other.left for other in others) < one.x < max(other.right for other in others)
    top = min(other.top + 0.05 * other.size for other in others)
    return one.foot <= top and column and one.top > 0


def under(drawing: Drawing, who: str, whom: str) -> bool:
    """Below its middle and in its column, seen before it."""
    [one, *_], [other, *_] = drawn(drawing, who), drawn(drawing, whom)
    seen = drawing.placed.index(one) > drawing.placed.index(other) or one.top > other.foot
    return one.top > (other.top + other.foot) / 2 - 1 and overlaps(one, other) and seen


def behind(drawing: Drawing, who: str, whom: str) -> bool:
    """Drawn before it, farther away, and more than a third of it seen at one side or above."""
    [one, *_], [other, *_] = drawn(drawing, who), drawn(drawing, whom)
    farther = drawing.placed.index(one) < drawing.placed.index(other) and one.foot < other.foot
    free = max(other.left - one.left, one.right - other.right) / one.width
    return farther and (free > 0.33 or one.top < other.top) and overlaps(one, other)


def before(drawing: Drawing, who: str, whom: str) -> bool:
    return behind(drawing, whom, who)


def beside(drawing: Drawing, who: str, whom: str) -> bool:
    [one, *_], [other, *_] = drawn(drawing, who), drawn(drawing, whom)
    gap = max(one.left - other.right, other.left - one.right)
    return -1 <= gap < 80


def on(drawing: Drawing, who: str, whom: str) -> bool:
    one, other = drawn(drawing, who)[0], drawn(drawing, whom)[0]
    return one is other or (overlaps(one, other) and abs(one.foot - other.top) < 0.1 * other.size)


def inside(drawing: Drawing, who: str, whom: str) -> bool:
    one, other = drawn(drawing, who)[0], drawn(drawing, whom)[0]
    within = other.left <= one.x <= other.right and other.top < one.foot <= other.foot
    return one is other or within


def held(drawing: Drawing, who: str, whom: str) -> bool:
    """At the height of the hands, reaching the holder."""
    if who == "umbrella":
        return True
    [one, *_], [other, *_] = drawn(drawing, who), drawn(drawing, whom)
    hands = other.top + 0.4 * other.size < one.foot < other.foot
    return (
        hands and overlaps(one, other) and drawing.placed.index(one) > drawing.placed.index(other)
    )


def on_string(drawing: Drawing, who: str, whom: str) -> bool:
    """A string goes from one to the other."""
    return any(
        tie.string and drawing.scene.things[tie.to.thing].word == whom
        for one in drawing.placed
        if drawing.scene.things[one.thing].word == who
        for tie in one.ties
    )


def in_hand(drawing: Drawing, who: str, whom: str) -> bool:
    """A hand of one is drawn over the other."""
    return any(
        not tie.string and drawing.scene.things[tie.to.thing].word == whom
        for one in drawing.placed
        if drawing.scene.things[one.thing].word == who
        for tie in one.ties
    )


def leans(drawing: Drawing, who: str, whom: str) -> bool:
    """It is turned, and at a side of the other."""
    named = {drawing.scene.things[one.thing].word: one for one in drawing.placed}
    one, other = named[who], named[whom]
    apart = abs(one.x - other.x) - (one.width + other.width) / 2
    return bool(one.turn) and apart < other.width * 0.1 and one.x != other.x


Check = Callable[[Drawing, str, str], bool]
CASES: list[tuple[str, Check, str, str]] = [
    ("A cat to the left of a dog", left_of, "cat", "dog"),
    ("a red ball to the right of a blue chair", right_of, "ball", "chair"),
    ("a house left of a tree", left_of, "house", "tree"),
    ("a dog on the right side of a house", right_of, "dog", "house"),
    ("a cat on the left and a dog on the right", left_of, "cat", "dog"),
    ("on the right a cat, on the left a dog", left_of, "dog", "cat"),
    ("A bird above a house", above, "bird", "house"),
    ("an airplane over a castle", above, "airplane", "castle"),
    ("a clock above a fireplace", above, "clock", "fireplace"),
    ("a balloon over three cats", above, "balloon", "cats"),
    ("a cat under a table", under, "cat", "table"),
    ("a dog beneath a tree", under, "dog", "tree"),
    ("Under the old tree sits a fox", under, "fox", "tree"),
    ("a boat below a balloon", under, "boat", "balloon"),
    ("The dog is behind the tree", behind, "dog", "tree"),
    ("a bench with a tree behind it", behind, "tree", "bench"),
    ("a house, and behind the house a tree", behind, "tree", "house"),
    ("a cat behind a sofa", behind, "cat", "sofa"),
    ("a boy in front of a car", before, "boy", "car"),
    ("a bicycle in front of a house", before, "bicycle", "house"),
    ("a bicycle beside a fence", beside, "bicycle", "fence"),
    ("a cup next to a laptop", beside, "cup", "laptop"),
    ("a chair next to a table", beside, "chair", "table"),
    ("a cat on top of a car", on, "cat", "car"),
    ("a black cat on a red sofa", on, "black cat", "sofa"),
    ("a candle on a book", on, "candle", "book"),
    ("a dog in a car", inside, "dog", "car"),
    ("a cat inside a box", inside, "cat", "box"),
    ("a goldfish in a bowl", inside, "goldfish", "bowl"),
    ("a girl holding a balloon", on_string, "balloon", "girl"),
    ("a boy flying a kite on a hill", on_string, "kite", "boy"),
    ("five balloons tied to a fence", on_string, "balloons", "fence"),
    ("a dog tied to a tree", on_string, "dog", "tree"),
    ("a woman walking her dog", on_string, "dog", "woman"),
    ("a ladder leaning against a house", leans, "ladder", "house"),
    ("a man pushing a wheelbarrow", in_hand, "wheelbarrow", "man"),
    ("a chef carrying a pizza", in_hand, "pizza", "chef"),
    ("a girl eating an ice cream", in_hand, "ice cream", "girl"),
    ("a man holding a mug and a newspaper", in_hand, "newspaper", "man"),
    ("a man holding a mug and a newspaper", in_hand, "mug", "man"),
    ("una mujer paseando a su perro", on_string, "perro", "mujer"),
    ("un homme pousse une brouette", in_hand, "brouette", "homme"),
    ("Ein Junge lässt einen Drachen steigen", on_string, "drachen steigen", "junge"),
    ("una barca legata a un albero", on_string, "barca", "albero"),
    ("balões amarrados a uma cerca", on_string, "baloes", "cerca"),
    ("a woman with a flag in her hand", held, "flag", "woman"),
    ("a man reading a book under a tree", held, "book", "man"),
    ("a man reading a book under a tree", under, "man", "tree"),
    ("a woman with a hat next to a dog", beside, "woman", "dog"),
    ("un gato a la izquierda de un perro", left_of, "gato", "perro"),
    ("un gato debajo de la mesa", under, "gato", "mesa"),
    ("una niña sosteniendo un globo", on_string, "globo", "nina"),
    ("un pájaro encima de una casa", on, "pajaro", "casa"),
    ("una silla al lado de un sofá", beside, "silla", "sofa"),
    ("un chat à droite d'un chien", right_of, "chat", "chien"),
    ("un chien derrière une maison", behind, "chien", "maison"),
    ("à gauche un chat, à droite un chien", left_of, "chat", "chien"),
    ("un vélo devant une maison", before, "velo", "maison"),
    ("un avion au-dessus d'une église", above, "avion", "eglise"),
    ("Ein Hund links neben einem Baum", left_of, "hund", "baum"),
    ("Unter dem Tisch liegt eine Katze", under, "katze", "tisch"),
    ("Ein Kind, das einen Ballon hält", on_string, "ballon", "kind"),
    ("Ein Flugzeug über einem Schloss", above, "flugzeug", "schloss"),
    ("Ein Fahrrad vor einem Haus", before, "fahrrad", "haus"),
    ("un gatto sotto il tavolo", under, "gatto", "tavolo"),
    ("una mela a destra di una pera", right_of, "mela", "pera"),
    ("un cane davanti a una casa", before, "cane", "casa"),
    ("um gato atrás do sofá", behind, "gato", "sofa"),
    ("um cachorro à esquerda de uma casa", left_of, "cachorro", "casa"),
    ("uma cadeira ao lado de uma mesa", beside, "cadeira", "mesa"),
]


@pytest.mark.parametrize(("prompt", "check", "who", "whom"), CASES)
def test_a_subject_is_where_the_prompt_says(prompt: str, check: Check, who: str, whom: str) -> None:
    for seed in (1, 2):
        assert check(draw(prompt, seed, SIZE), who, whom)


@pytest.mark.parametrize(
    ("prompt", "word", "first", "last"),
    [
        ("a lamp between a sofa and a bookshelf", "lamp", "sofa", "bookshelf"),
        ("una lámpara entre un sofá y una silla", "lampara", "sofa", "silla"),
        ("ein Hund zwischen einem Baum und einem Haus", "hund", "baum", "haus"),
        ("un chien entre un chat et un lapin", "chien", "chat", "lapin"),
        ("un cane tra una casa e un albero", "cane", "casa", "albero"),
        ("um gato entre uma cadeira e uma mesa", "gato", "cadeira", "mesa"),
    ],
)
def test_between_two_is_in_their_middle(prompt: str, word: str, first: str, last: str) -> None:
    drawing = draw(prompt, 1, SIZE)
    assert left_of(drawing, first, word)
    assert left_of(drawing, word, last)


def test_between_two_of_a_kind_is_in_their_middle() -> None:
    drawing = draw("a bench between two trees", 1, SIZE)
    [bench] = drawn(drawing, "bench")
    one, other = sorted(drawn(drawing, "trees"), key=lambda tree: tree.x)
    assert one.right <= bench.left + 1
    assert bench.right <= other.left + 1


@pytest.mark.parametrize(
    ("prompt", "what", "low", "high"),
    [
        ("a woman with sunglasses", "sunglasses", 0.1, 0.3),
        ("a man with a red scarf next to a car", "scarf", 0.25, 0.5),
        ("a penguin with a scarf holding an umbrella", "scarf", 0.3, 0.6),
    ],
)
def test_glasses_and_scarves_are_worn(prompt: str, what: str, low: float, high: float) -> None:
    drawing = draw(prompt, 1, SIZE)
    [one] = drawn(drawing, what)
    [wearer] = [
        figure
        for figure in drawing.placed
        if drawing.scene.things[figure.thing].kind.startswith(("person", "animal"))
    ]
    middle = ((one.top + one.foot) / 2 - wearer.top) / wearer.size
    assert low < middle < high
    assert abs(one.x - wearer.x) < 1
    assert drawing.placed.index(one) > drawing.placed.index(wearer)


def test_two_under_one_are_both_seen() -> None:
    drawing = draw("a dog and a rabbit under a tree", 1, SIZE)
    [dog], [rabbit] = drawn(drawing, "dog"), drawn(drawing, "rabbit")
    assert under(drawing, "dog", "tree")
    assert under(drawing, "rabbit", "tree")
    assert abs(dog.x - rabbit.x) > dog.width / 2


@pytest.mark.parametrize("prompt", dict.fromkeys(case[0] for case in CASES))
@pytest.mark.parametrize("size", [(256, 456), (456, 256)])
def test_related_subjects_stay_in_the_picture(prompt: str, size: tuple[int, int]) -> None:
    drawing = draw(prompt, 3, size)
    wide, high = (1000 * side / min(size) for side in size)
    for one in drawing.placed:
        assert one.left >= -1
        assert one.right <= wide + 1
        assert one.top >= -1
        assert one.foot <= high + 1


@pytest.mark.parametrize(
    "prompt",
    [
        "un niño con su perro",
        "a house in front of mountains",
        "Two dogs playing on the beach",
        "A cat, a dog",
        "he left the right dog behind",
        "a boy and a girl holding hands",
    ],
)
def test_other_words_are_no_relation(prompt: str) -> None:
    assert draw(prompt, 1, SIZE).scene.relations == ()


def test_a_bicycle_before_a_bakery_is_in_the_street() -> None:
    assert draw("a bicycle in front of a bakery", 1, SIZE).scene.place == "city"
