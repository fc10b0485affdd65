"""What stands on what, where a prompt leaves it open: nothing that is eaten lies on the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.generators.illustrator.reading.reader import Reader
from service.generators.illustrator.reading.subjects.folk import TOOLS
from service.generators.illustrator.reading.subjects.subjects import REACH, thing_of
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.reading.words.tokens import singulars
from service.generators.illustrator.scene import Relation, Thing

ON_TABLES = (
    "food",
    "drink",
    "dishware",
    "book",
    "computer",
    "phone",
    "office",
    "writing",
    "medical",
)
"""Kinds of things that do not lie on a floor."""
TABLEWARE = {
    *("bowl", "pitcher", "jar", "kettle", "toaster", "blender", "coffee-pot", "candle", "vase"),
    *("mug", "tray", "plate", "bottle", "wine-bottle", "candlestick", "table-lamp", "typewriter"),
    *("sewing-machine", "saucepan", "frying-pan", "espresso-machine", "cash-register", "pancake"),
    *("fork", "whisk", "rolling-pin", "cutting-board", "flour-bag", "radio", "record-player"),
    *("fishbowl", "bread-roll", "bread-slice", "cheese-board", "cake", "chocolate-cake", "scone"),
    *("soup-bowl", "jam-jar", "tin-can", "bouquet", "alarm-clock", "potted-plant", "teapot"),
}
TOPS = (
    "market-stall",
    "picnic-blanket",
    "table",
    "desk",
    "counter",
    "workbench",
    "stove",
    "dresser",
    "shelf",
)
"""What they stand on instead, if one is there."""
COOKED = {"pancake", "saucepan", "frying-pan", "kettle", "coffee-pot", "pancakes"}
"""These stand on the stove, if there is one."""
SOFAS = {"sofa", "armchair", "bed", "chair", "rocking-chair", "bookshelf", "fireplace"}
TABLE = {"es": "mesa", "de": "tisch", "it": "tavolo", "pt": "mesa"}
PLAIN = ("man", "woman", "person")
LARGE_TOOL = 0.7
"""Metres: what is as high stands beside who plays it."""
MEALS = {"drinking", "drinks", "eating", "eats", "licking", "trinkt", "frisst", "bebiendo", "bebe"}
MEALS |= {"comiendo", "come", "buvant", "boit", "mange", "mangeant", "beve", "mangia", "comendo"}
"""What pets do with what stands on the floor."""
GROUND = {"floor", "suelo", "boden", "fussboden", "pavimento", "sol", "chao"}
SILLS = {"windowsill", "window sill", "fensterbank", "fensterbrett", "fenstersims", "davanzale"}
SILLS |= {"alfeizar", "rebord", "peitoril", "parapeito"}
AROUND = ("beside", "left", "right", "front", "behind")
"""Relations to the table that bears a thing as well as to the thing."""
SITS = 0.5
"""Metres: what is larger stands on no sill."""


def on_tables(
    reader: Reader, place: str, things: list[Thing], relations: Sequence[Relation]
) -> list[Thing]:
    """The subjects of a room, small ones on a table, which is added where none is there."""
    fed = MEALS & set(reader.tokens) and not any(t.kind.startswith("person") for t in things)
    stall = any(one.art in ("market-stall", "picnic-blanket") for one in things)
    if (place != "room" and not stall) or GROUND & set(reader.tokens) or fed:
        return things
    things = [standing_lamp(one, relations, i, things) for i, one in enumerate(things)]
    bound = {i for one in relations if one.kind not in AROUND for i in one.who}
    bound |= {i for one in relations if one.kind in ("holding", "wearing") for i in one.whom}
    loose = [i for i in range(len(things)) if lies(i, things) and i not in bound]
    if not loose:
        return things
    tops = [
        i for i, one in enumerate(things) if one.art in TOPS and one.on < 0 and one.art != "shelf"
    ]
    apart = {i for one in relations for i in (*one.who, *one.whom)}
    hot = next((i for i in tops if things[i].art == "stove"), -1)
    inside = place == "room"  # what is beside a picnic blanket lies on it as well
    tops = [i for i in tops if i != hot and not (inside and apart & set(loose) and i in apart)]
    cooked = [i for i in loose if things[i].art in COOKED and hot >= 0 and i not in apart]
    rest = [i for i in loose if i not in cooked]
    at = min(tops, key=lambda i: TOPS.index(things[i].art)) if tops else len(things)
    label = label_of("table", reader.language)
    added = [thing_of(lexicon(), "table", label)] if inside and rest and not tops else []
    where = dict.fromkeys(cooked, hot) | (dict.fromkeys(rest, at) if tops or added else {})
    return [replace(one, on=where.get(i, one.on)) for i, one in enumerate([*things, *added])]


def in_vessels(things: Sequence[Thing]) -> list[Thing]:
    """The subjects; an animal among carrots in a basket sits in the basket."""
    result = []
    for one in things:
        near = things[one.on] if one.on >= 0 else one
        vessel = near.on >= 0 and things[near.on].art in lexicon().containers
        among = vessel and near.count > 1 and near.kind.startswith("food")
        moves = among and one.kind.startswith("animal")
        result.append(replace(one, on=near.on) if moves else one)
    return result


def by_holders(things: Sequence[Thing], relations: Sequence[Relation]) -> tuple[Relation, ...]:
    """The relations; where what is held is said to be somewhere, who holds it is there."""
    holder = {i: one.who[0] for one in relations if one.kind == "holding" for i in one.whom}

    def bearer(i: int) -> int:
        on = things[i].on
        return holder.get(i, holder.get(on, i) if on >= 0 else i)

    result = []
    for one in relations:
        who = tuple(dict.fromkeys(bearer(i) for i in one.who))
        moves = one.kind in AROUND and one.whom and not set(who) & set(one.whom)
        result.append(replace(one, who=who) if moves else one)
    return tuple(result)


def equipped(
    things: list[Thing], relations: tuple[Relation, ...], language: str
) -> tuple[list[Thing], tuple[Relation, ...]]:
    """The subjects, and what some are known by: a violinist has a violin."""
    result, made = list(things), list(by_holders(things, relations))
    for i, one in enumerate(things):
        art = next((TOOLS[form] for form in singulars(one.word) if form in TOOLS), "")
        if not art or one.art not in PLAIN or any(other.art == art for other in things):
            continue
        tool = thing_of(lexicon(), art, label_of(art, language))
        kind = "beside" if tool.metres >= LARGE_TOOL else "holding"
        count = one.count if kind == "holding" else 1
        made.append(Relation(kind, (i,), (len(result),)))
        result.append(replace(tool, count=count))
    return result, tuple(made)


def label_of(art: str, language: str) -> str:
    """The shortest name of a drawing in the language of the prompt."""
    if art == "table":
        return TABLE.get(language, "table")
    names = lexicon().names[language] if language else {}
    return min((one for one in names if names[one] == art), key=len, default=art.replace("-", " "))


def lies(i: int, things: Sequence[Thing]) -> bool:
    one = things[i]
    kind = one.kind.startswith(ON_TABLES) or one.art in TABLEWARE
    alive = any(other.on == i and other.kind.startswith(("animal", "person")) for other in things)
    return kind and one.on < 0 and one.stance == "small" and not alive


def standing_lamp(one: Thing, relations: Sequence[Relation], i: int, things: list[Thing]) -> Thing:
    """A lamp beside a sofa or a bed stands on the floor."""
    beside = {j for other in relations if i in other.who for j in other.whom}
    cosy = any(things[j].art in SOFAS for j in beside) or any(t.art in SOFAS for t in things)
    if one.art == "table-lamp" and one.on < 0 and cosy:
        lamp = thing_of(lexicon(), "floor-lamp", one.word)
        return replace(lamp, colour=one.colour, count=one.count)
    return one


def on_sills(reader: Reader, place: str, things: list[Thing]) -> list[Thing]:
    """The subjects, with what is said to be on a windowsill there, where others stand elsewhere."""
    if place not in ("room", "table"):
        return things
    sills = [one.at for one in reader.settings if one.words in SILLS]
    words = set()
    for one in reader.spatial:
        if one.kind == "on" and any(0 <= at - one.end <= REACH for at in sills):
            before = [thing for at, thing in reader.found if at < one.at]
            words |= {thing.word for thing in before[-1:]}
    there = [one for one in things if one.word in words and one.metres <= SITS and one.on < 0]
    if not there or len(there) == sum(one.on < 0 for one in things):
        return things
    return [replace(one, stance="sill") if one in there else one for one in things]
