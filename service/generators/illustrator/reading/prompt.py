"""From a prompt to a scene: the subjects, and the place, hour and weather they are in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.generators.illustrator.reading.omission.absences import absent_scenery, without_parts
from service.generators.illustrator.reading.omission.certainty import (
    doubts,
    other_senses,
    plausible,
    silent_words,
    uncertain_places,
    unsure_sides,
)
from service.generators.illustrator.reading.omission.leaving_out import (
    leave_out,
    modified,
    strangers,
)
from service.generators.illustrator.reading.omission.unseen import unseen
from service.generators.illustrator.reading.places import (
    NIGHTLY,
    first,
    named_furniture,
    names_place,
    needs_ground,
    place_of,
    unsaid,
)
from service.generators.illustrator.reading.reader import Reader, Setting
from service.generators.illustrator.reading.relations import Relations
from service.generators.illustrator.reading.subjects.acts import (
    acts_in,
    enacted,
    toned,
    unshown_acts,
    unshown_attributes,
)
from service.generators.illustrator.reading.subjects.plants import (
    CUT_FLOWERS,
    grow_in_pot,
    in_season,
    in_vase,
    uproot,
)
from service.generators.illustrator.reading.subjects.poses import (
    PEOPLE,
    posed,
    with_sport,
    without_bed,
)
from service.generators.illustrator.reading.subjects.subjects import (
    GROUNDS,
    HEAVIEST,
    MOST_COUNT,
    MOST_INSIDE,
    SMALL,
    thing_of,
)
from service.generators.illustrator.reading.subjects.tidying import (
    equipped,
    in_vessels,
    on_sills,
    on_tables,
)
from service.generators.illustrator.reading.subjects.waters import (
    afloat,
    drawn_up,
    unfloated,
    water_for,
)
from service.generators.illustrator.reading.words.lexicon import (
    Lexicon,
    language_of,
    lexicon,
)
from service.generators.illustrator.reading.words.tokens import (
    LONGEST_PROMPT,
    capitals,
    on_it,
    words,
)
from service.generators.illustrator.scene import Relation, Scene, Thing
from service.generators.prompt import understand
from service.generators.prompt.subject.negation import without_negated

OUTSIDE = ("beach", "city", "forest", "field")
"""Places in which a table with people is one of many things."""
MOST_THINGS = 7
"""Different subjects of one picture: more would be too small to see."""

TELLING, MOST_MISSING = range(2, 31), 12
"""Letters of a word that is worth naming, and how many are named, when nothing can be drawn."""

WEATHER_ORDER = ("storm", "rain", "snow", "fog")
FRAMINGS = ("above", "closeup", "portrait")
BARE = {"trees", "flowers", "clouds"}
"""What a minimalist picture leaves out."""
TIME_ORDER = ("night", "sunset", "dawn", "day")
LONGEST_EMOJI = 8
"""Code points: a family of four with its joiners has seven."""


def read_surely(prompt: str, scene: Scene) -> Scene:
    """The scene without subjects that may be drawn in another sense: they are `missing`."""
    out: frozenset[str] = frozenset()
    for _ in range(MOST_THINGS):
        out |= frozenset(scene.unsure)
        scene = read(prompt, out)
        if out.issuperset(scene.unsure):
            break
    return scene


def read(prompt: str, without: frozenset[str] | None = None) -> Scene:
    """The scene of a prompt: never fails, whatever the prompt is.

    `without` are the words of subjects to leave out, with the relations to what is not drawn.
    """
    lex = lexicon()
    spoken = words(understand(prompt).shown)
    language = language_of(spoken)
    tokens, negated = without_negated(on_it(spoken), language)
    reader = Reader(tokens, lex, language, nouns=capitals(prompt))
    reader.read()
    for art, number in emoji(prompt, lex).items():
        if art in lex.scenic:
            for table, value in lex.scenic[art]:
                reader.said.setdefault(table, []).append(value)
            continue
        reader.found.append((len(tokens), replace(thing_of(lex, art, art), count=number)))
    left_out = [] if without is None else leave_out(reader, without)
    reader.found = toned(tokens, reader.found)
    acts = acts_in(tokens, language, reader.found)
    reader.found = without_bed(enacted(acts, reader.found, lex))
    scenery = [
        setting.at
        for setting in reader.settings
        if not (setting.subject or describes_next(reader, setting))
    ]
    spatial = [one for one in reader.spatial if one.at not in reader.understood]
    relating = Relations(tokens, reader.found, spatial, scenery, reader.worn, strangers(reader))
    named = relating.read()
    things, moved = merged([thing for _, thing in reader.found])
    things, again = merged(posed(things, reader.pose, lex))
    moved = [again[at] for at in moved]
    relations, things, untidy = stacked(renumbered(named, moved, things), things, lex)
    things, relations = equipped(things, relations, language)
    said = reader.said
    things = in_vase(with_sport(things, reader.pose), said)
    absent = absent_scenery(negated, language)
    features = set(said.get("feature", ())) - absent
    if "minimal" in features:
        absent |= BARE
    place = settled(reader, things, relations, features)
    things = named_furniture(reader, place, things, lex)
    time = first(TIME_ORDER, said.get("time", [])) or ("night" if features & NIGHTLY else "day")
    features |= water_for(things, place, said)
    things = in_season(drawn_up(reader, afloat(things, place, features, lex), place), said)
    kept = relations if without is None else drawable_ones(relations, things)
    things = supported(reader, place, things, kept)
    drawn = set(lex.furniture) | (set(lex.shops) if place == "city" else set())
    bound = any(thing.art in ("vase", "bouquet") for thing in things)
    spread = [
        one
        for one in reader.settings
        if one.words not in drawn
        and not (bound and any(value in CUT_FLOWERS for _, value in one.sets))
    ]
    missing = [*reader.missing, *unseen(spread, place, lex)]
    shown = things[:MOST_THINGS]
    unshown = [
        *left_out,
        *relating.unread,
        *untidy,
        *reader.stand_ins,
        *(["marble"] if "marble" in features and place not in ("studio", "table") else []),
        *unfloated(reader, things, place, features),
        *without_parts(negated, language),
        *unshown_acts(acts, shown, kept, place),
        *unshown_attributes(tokens, reader.found, nouns_first=language not in ("", "en", "de")),
    ]
    unshown += [] if without is None else unsure_sides(reader, shown, relations, place)
    unshown += silent_words(reader, acts, shown, [*missing, *unshown])
    if not (things or missing or any(said.values())):  # freedom, the Taj Mahal
        told = (word for word in tokens if word not in lex.skip and word not in lex.counts)
        missing = [word for word in told if word.isalpha() and len(word) in TELLING][:MOST_MISSING]
    return Scene(
        place=place,
        time=time,
        weather=first(WEATHER_ORDER, said.get("weather", [])) or "clear",
        framing=first(FRAMINGS, said.get("framing", [])),
        features=frozenset(features),
        things=tuple(things[:MOST_THINGS]),
        relations=kept,
        colours=tuple(reader.loose),
        missing=tuple(dict.fromkeys([*missing, *(t.word for t in things[MOST_THINGS:])])),
        unshown=tuple(dict.fromkeys(word for word in unshown if word not in missing)),
        open=unsaid(said),
        absent=frozenset(absent),
        language=language,
        doubts=doubts(reader, acts, shown, kept, place),
        unsure=(*other_senses(reader, shown, kept), *modified(reader, shown, place)),
        settings=sure_settings(reader, shown, place),
    )


def settled(
    reader: Reader, things: list[Thing], relations: Sequence[Relation], features: set[str]
) -> str:
    """Where the picture plays; `features` are set to what is seen there."""
    said = reader.said
    uproot(reader, things)
    held = {i: one.who[0] for one in relations if one.kind in HELD for i in one.whom}
    free = [replace(one, on=held[i]) if i in held else one for i, one in enumerate(things)]
    place = place_of(free, said)
    if place == "underwater" and not said.get("place") and any(r.kind == "in" for r in relations):
        place = "table"  # "a goldfish in a bowl"
    if "white" in features or ("minimal" in features and not names_place(reader.settings)):
        place = "studio"
    named = {one.words for one in reader.settings if "place" in dict(one.sets)}
    if "window" in features and place == "field" and named <= OUT_THERE:
        place = "room"  # "a cat looking out of a window, rain outside"
    if place == "table" and needs_ground(reader, things):
        place = first(OUTSIDE, said.get("place", [])) or place
    if place == "table" and "field" in said.get("place", ()):
        features.add("outside")
    if place in ("table", "room") and "window" in features:
        features -= {"outside", "garden"}  # they are behind the glass
    return place


def drawable_ones(relations: Sequence[Relation], things: Sequence[Thing]) -> tuple[Relation, ...]:
    """The relations without those that cannot be: a counter above a door."""
    return tuple(one for one in relations if plausible(one, things))


def supported(
    reader: Reader, place: str, things: list[Thing], relations: Sequence[Relation]
) -> list[Thing]:
    """The subjects, what is small on tables and windowsills."""
    things = on_tables(reader, place, things, relations)
    things = on_top(things, place, lying=any(one.kind == "on" for one in reader.spatial))
    return on_sills(reader, place, things)


def describes_next(reader: Reader, setting: Setting) -> bool:
    """Whether words of weather or time only say how a subject looks: "a snowy fence"."""
    end = setting.at + len(setting.words.split())
    tables = {table for table, _ in setting.sets}
    return tables <= {"weather", "time"} and any(at == end for at, _ in reader.found)


def sure_settings(reader: Reader, things: Sequence[Thing], place: str) -> tuple[str, ...]:
    """The words for places and scenery that are painted as they say."""
    vague = {*uncertain_places(reader, things, place), *reader.missing}
    painted = [
        one.words
        for one in reader.settings
        if not one.subject and {"place", "feature"} & {table for table, _ in one.sets}
    ]
    return tuple(dict.fromkeys(words for words in painted if words not in vague))


def stacked(
    relations: tuple[Relation, ...], things: list[Thing], lex: Lexicon
) -> tuple[tuple[Relation, ...], list[Thing], list[str]]:
    """Put subjects that are said to be on or in a seat there: "a box with a cat in it".

    Also what is said and cannot be: too many in a basket.
    """
    left, untidy = [], []
    for relation in relations:
        base = relation.whom[0] if relation.whom else -1
        edible = things[base].kind.startswith(("food", "drink", "plant"))
        if relation.kind == "in" and (things[base].stance == "back" or edible):
            continue  # "a comb in a barber shop", "a tractor in a wheat field"
        seat = relation.kind in ("on", "in") and things[base].art in lex.seats
        free = [i for i in relation.who if things[i].on < 0 and things[base].on != i]
        inside = things[base].art in lex.containers
        if seat and inside and any(things[i].count > MOST_INSIDE for i in free):
            untidy.append(relation.words)
            continue  # they lie beside it
        grow_in_pot(things, base, free)
        fits = things[base].art in GROUNDS or all(
            things[i].metres < HEAVIEST * things[base].metres for i in free
        )
        if not (seat and free and fits):
            left.append(relation)
            continue
        for i in free:
            things[i] = replace(things[i], on=base)
    return tuple(left), things, untidy


def renumbered(
    relations: Sequence[Relation], moved: list[int], things: list[Thing]
) -> tuple[Relation, ...]:
    """The relations between the subjects that are left, without those that "on" says already."""
    found: dict[Relation, None] = {}
    for relation in relations:
        who, whom = (
            tuple(dict.fromkeys(moved[i] for i in side if moved[i] < MOST_THINGS))
            for side in (relation.who, relation.whom)
        )
        stacked = relation.kind in ("on", "in") and any(things[i].on in whom for i in who)
        if who and bool(whom) == bool(relation.whom) and not set(who) & set(whom) and not stacked:
            found[Relation(relation.kind, who, whom, relation.words)] = None
    return tuple(found)


def merged(things: list[Thing]) -> tuple[list[Thing], list[int]]:
    """The same art named twice ("birthday cake ... cake") is one subject; where each went."""
    result: list[Thing] = []
    moved: list[int] = []
    for thing in things:
        same = (i for i, other in enumerate(result) if same_kind(other, thing))
        at = next(same, len(result))
        moved.append(at)
        if at == len(result):
            result.append(thing)
        else:
            colour, count = result[at].colour or thing.colour, together(result[at], thing)
            result[at] = replace(result[at], colour=colour, count=count)
    bases = [moved[thing.on] if 0 <= thing.on < len(moved) else -1 for thing in result]
    whole = [
        replace(thing, on=-1 if base == i else base)
        for i, (thing, base) in enumerate(zip(result, bases, strict=True))
    ]
    return in_vessels(whole), moved


def same_kind(one: Thing, other: Thing) -> bool:
    """A black horse and a white one stay two subjects."""
    clash = one.colour and other.colour and one.colour != other.colour
    clash = clash or (one.art in PEOPLE and one.word != other.word)
    alike = one.apart == other.apart and one.metres == other.metres
    return one.art == other.art and alike and not clash


def together(one: Thing, again: Thing) -> int:
    """How many there are of what was named twice: members of a group add up."""
    return one.count + again.count if one.word == again.word else max(one.count, again.count)


OUT_THERE = {"outside", "outdoors"}
"""Words for what is behind a window, where one is named."""
HELD = ("holding", "wearing")
CAUGHT = {"fish", "tropical-fish", "lobster", "crab", "shrimp", "squid", "oyster"}
"""Animals that lie on a table as food."""


def on_top(things: list[Thing], place: str, *, lying: bool) -> list[Thing]:
    """Small animals that sleep on a table, or are said to be on it, are not behind it."""
    return [
        replace(thing, stance="small")
        if place == "table"
        and thing.kind.startswith("animal")
        and thing.metres <= SMALL
        and (lying or thing.art in CAUGHT or thing.art.endswith("-asleep"))
        else thing
        for thing in things
    ]


def emoji(prompt: str, lex: Lexicon) -> dict[str, int]:
    """The drawings of the emoji in a prompt, in order, and how many there are of each."""
    found: dict[str, int] = {}
    text = prompt[:LONGEST_PROMPT].replace("\ufe0f", "")
    at = 0
    while at < len(text):
        for size in range(min(LONGEST_EMOJI, len(text) - at), 0, -1):
            art = lex.emoji.get(text[at : at + size])
            if art and not text[at].isascii():
                found[art] = min(found.get(art, 0) + 1, MOST_COUNT)
                at += size
                break
        else:
            at += 1
    return found
