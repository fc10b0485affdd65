"""Where a picture plays: the place that the prompt names, or the one its subjects belong to."""

from __future__ import annotations

from dataclasses import replace

from service.generators.illustrator.reading.reader import Reader, Setting
from service.generators.illustrator.reading.subjects.folk import INDOORS
from service.generators.illustrator.reading.subjects.subjects import REACH, thing_of
from service.generators.illustrator.reading.words.lexicon import Lexicon
from service.generators.illustrator.scene import Thing

# When several places are named the first of these wins; what loses may still be a feature.
PLACE_ORDER = ("underwater", "space", "studio", "beach", "sea", "table", "room", "city", "wall",
               "jungle", "forest", "desert", "mountain", "field")  # fmt: skip
WONDERS = {"fireworks", "aurora", "rainbow", "moon", "stars", "shooting-star"}
"""Scenery that is out of sight from a table."""
WATERS = {"lake", "river", "canal"}
NIGHTLY = {"neon", "moon", "crescent", "stars", "aurora", "fireworks", "shooting-star"}
"""Scenery that is seen at night."""
OUTDOOR_KINDS = ("animal", "person", "transport", "place", "plant")
INDOOR_KINDS = ("food", "drink", "dishware")
FURNITURE = {
    *("sofa", "armchair", "bed", "bookshelf", "floor-lamp", "couch-and-lamp", "bathtub", "toilet"),
    *("television", "piano", "mirror", "shower", "fireplace", "chair", "table", "desk"),
    *("crib", "wardrobe", "dresser", "rug", "washing-machine", "stove", "fridge", "sink", "stage"),
    *(
        "rocking-chair",
        "counter",
        "shelf",
        "vacuum-cleaner",
        "blackboard",
        "notice-board",
        "wall-clock",
        "treadmill",
        "framed-picture",
    ),
}
KITCHEN = {"plate", "fork", "saucepan", "frying-pan", "kettle", "toaster", "blender", "bowl"}
KITCHEN |= {"rolling-pin", "cutting-board", "whisk", "pitcher", "coffee-pot", "oven-mitt"}
KITCHEN |= {"espresso-machine", "wine-bottle", "flour-bag"}
SPACECRAFT = {"astronaut", "rocket", "satellite", "flying-saucer", "ringed-planet", "alien"}
REEF = {"octopus", "jellyfish", "tropical-fish", "fish", "squid", "coral", "blowfish", "shark"}
AT_WORK = {"cook", "man-cook", "woman-cook", "health-worker", "man-health-worker", "teacher"}
AT_WORK |= {"woman-health-worker", "scientist", "woman-scientist", "man-scientist", "judge"}
AT_WORK |= {"office-worker", "woman-office-worker", "man-office-worker", "technologist", "singer"}
"""People who are indoors by themselves or with food and dishes."""
OUTDOORS = {"fence", "gate", "stone-wall", "hedge", "bench", "beehive", "hay-bale", "swing", "well"}
OUTDOORS |= {
    "wheelbarrow",
    "log-pile",
    "flag",
    "bird-feeder",
    "birdhouse",
    "doghouse",
    "hammock",
    "postbox",
    "roof",
}
OUTDOORS |= {
    "market-stall",
    "traffic-cone",
    "sandpit",
    "seesaw",
    "steps",
    "picnic-blanket",
    "puddle",
    "campfire",
}
PETS = {"cat", "black-cat", "dog", "poodle", "hamster", "parrot"}
SHORE = {"mermaid", "crab", "spiral-shell", "starfish", "castle-sand", "beach-chair", "surfboard"}
FLOWERS = {"poppy", "daisy", "rose", "tulip", "sunflower"}
"""Small things that grow in a field rather than lie on a table."""
SHOULDER = 0.8
"""Metres: what is in something as large as this does not say where the picture plays."""


def place_of(things: list[Thing], said: dict[str, list[str]]) -> str:
    """The place the prompt names, or the one its things belong to."""
    place = first(PLACE_ORDER, said.get("place", [])) or default_place(things, said)
    hung = any(thing.stance == "hung" for thing in things)
    if place == "table" and any(thing.art == "picnic-blanket" for thing in things):
        return "field"
    if place == "wall" and "brick" not in said.get("feature", ()):
        indoors = hung or any(thing.art in FURNITURE for thing in things)
        place = "room" if indoors else place
    if place == "table" and any(thing.art in FURNITURE for thing in things):
        return "room"
    if place == "table" and not things and "city" in said.get("place", ()):
        return "city"  # "a street in Paris with a café"
    ashore = any(thing.stance in ("ground", "small") and thing.on < 0 for thing in things)
    if place == "sea" and WATERS & set(said.get("feature", ())):
        return first(("forest", "mountain"), said.get("place", [])) or "field"  # a boat on a lake
    # Who cannot swim needs some ground.
    return "beach" if place == "sea" and ashore else place


def default_place(things: list[Thing], said: dict[str, list[str]]) -> str:
    """Where a picture plays when the prompt does not say: the first row that is true."""
    outdoors = bool(said.get("time") or said.get("weather") or said.get("feature"))
    standing = [
        thing
        for thing in things
        if thing.stance != "air" and (thing.on < 0 or things[thing.on].metres < SHOULDER)
    ]
    objects = any(t.stance == "small" and (t.art not in FLOWERS or t.on >= 0) for t in standing)
    small = [thing for thing in standing if thing.stance == "small" and objects]
    wonders = WONDERS & set(said.get("feature", ()))
    flying = len(standing) < len(things)
    first_art = standing[0].art if standing else ""
    eaten = any(thing.kind.startswith(INDOOR_KINDS) for thing in standing)
    inside = bool(standing) and all(
        t.art in AT_WORK or t.stance == "small" or t.kind.startswith("person") for t in standing
    )
    rows = (
        (not things, "field" if outdoors else "studio"),
        (inside and any(works_inside(t) for t in standing) and not outdoors, "room"),
        (any(thing.art in FURNITURE for thing in things), "room"),
        (any(thing.art == "door" for thing in things), "wall"),
        (any(thing.art in SPACECRAFT for thing in things) and not outdoors, "space"),
        (not outdoors and at_home(things), at_home(things)),
        (not standing, "field"),
        (bool(wonders), "city" if "fireworks" in wonders else "field"),
        (any(is_large(t) for t in standing) and len(small) + 1 == len(standing), "room"),
        (any(t.kind == "dishware" or t.art in KITCHEN for t in standing), "table"),
        (first_art in REEF and standing[0].on < 0, "underwater"),
        (first_art in SHORE or any(t.art == "castle-sand" for t in standing), "beach"),
        (len(small) == len(standing) and eaten, "table"),
        (all(thing.kind.startswith(INDOOR_KINDS) for thing in standing[:2]), "table"),
        (len(small) == len(standing), "table" if outdoors or flying else "studio"),
        (all(thing.stance == "water" for thing in standing), "sea"),
        (outdoors or flying or any(lives_outdoors(thing) for thing in standing), "field"),
    )
    return next((place for true, place in rows if true), "studio")


def is_large(one: Thing) -> bool:
    """Whether a thing is too large for a table top: a barrel."""
    large = one.metres >= SHOULDER and one.kind == "own" and one.stance == "ground"
    return large and one.art not in OUTDOORS


def works_inside(one: Thing) -> bool:
    return one.art in AT_WORK or one.word in INDOORS


def at_home(things: list[Thing]) -> str:
    """Where small things are with pets, plants in pots, or people who eat; "" if not indoors."""
    bases = [thing for thing in things if thing.on < 0]
    others = [thing for thing in things if thing not in bases]
    small = [one for one in bases if one.stance == "small" and one.art not in FLOWERS]
    rest = [one for one in bases if one not in small]
    if rest and all(one.art == "christmas-tree" for one in rest) and small:
        return "room"
    pets = [one for one in [*rest, *others] if one.art.removesuffix("-asleep") in PETS]
    if not small or any(one.kind.startswith(("sport", "transport")) for one in small):
        return ""
    if all(one in pets for one in rest) and pets:
        return "room"
    potted = others and all(one.kind.startswith("plant") for one in others)
    if not rest and potted:
        return "table"
    people = rest and all(one.kind.startswith("person") for one in rest)
    meal = all(one.kind.startswith(INDOOR_KINDS) for one in small)
    topped = all(one.kind.startswith((*INDOOR_KINDS, "household")) for one in others)
    return "table" if people and meal and topped else ""


def lives_outdoors(thing: Thing) -> bool:
    """Animals, people, vehicles, plants and whatever is larger than furniture."""
    if thing.kind == "place-map":
        return False
    outside = thing.kind.startswith(OUTDOOR_KINDS) or thing.art in OUTDOORS
    return outside or thing.metres > 1 or thing.stance == "back"


def needs_ground(reader: Reader, things: list[Thing]) -> bool:
    """Whether a table outdoors is one of the things there, with people around it."""
    named = any(one.words in reader.lexicon.furniture for one in reader.settings)
    return named and any(
        thing.on < 0 and thing.kind.startswith("person") and thing.stance == "ground"
        for thing in things
    )


def names_place(settings: list[Setting]) -> bool:
    """Whether a place is named by itself, not only as where a subject belongs."""
    return any(
        table == "place" and value != "studio"
        for setting in settings
        if not setting.subject
        for table, value in setting.sets
    )


def unsaid(said: dict[str, list[str]]) -> frozenset[str]:
    """What the prompt leaves open for the seed to choose."""
    place = not (said.get("place") or said.get("feature"))
    return frozenset({"place"} if place else ())


def named_furniture(reader: Reader, place: str, things: list[Thing], lex: Lexicon) -> list[Thing]:
    """The subjects, with the furniture and the shops that only the words for places name."""
    result = list(things)
    for setting in reader.settings:
        tables = {setting.words: lex.furniture.get(setting.words, "")} if place != "table" else {}
        shops = dict.fromkeys(lex.shops, "shopfront") if place == "city" else {}
        props = lex.props if ("place", place) in setting.sets else {}
        art = next((found for t in (tables, shops, props) if (found := t.get(setting.words))), "")
        if not art or any(thing.art == art for thing in result):
            continue
        lying = bearer_of(reader, setting)
        result = [
            replace(one, on=len(result)) if one.word == lying and one.on < 0 else one
            for one in result
        ]
        result.append(thing_of(lex, art, setting.words))
    return result


def bearer_of(reader: Reader, setting: Setting) -> str:
    """The word of the subject that is said to be on this furniture: "a vase on a table"."""
    on = [one for one in reader.spatial if one.kind == "on" and 0 <= setting.at - one.end <= REACH]
    before = [thing for at, thing in reader.found if on and at < on[-1].at]
    return before[-1].word if before else ""


def first(order: tuple[str, ...], said: list[str]) -> str:
    return next((value for value in order if value in said), "")
