"""Which words of a prompt a scene does not surely show: they decide between scene and poster.

Every word has to be one that the reader took for something that is drawn as it says. A word that
is not known, was guessed, or stands for something that drawings only resemble is a doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from service.generators.illustrator.reading.reader import Reader, Setting
from service.generators.illustrator.reading.relations import Spatial
from service.generators.illustrator.reading.subjects.acts import NamedAct, is_attribute
from service.generators.illustrator.reading.subjects.subjects import REACH
from service.generators.illustrator.reading.words.grammar import (
    AND,
    ARTICLES,
    DEFINITE,
    OF,
    PRONOUNS,
    WITH,
)
from service.generators.illustrator.reading.words.lexicon import FUNCTION_WORDS
from service.generators.illustrator.reading.words.tokens import singulars
from service.generators.illustrator.scene import Relation, Thing
from service.generators.illustrator.sprites.figures import table as figure_table

MOST_KINDS, MOST_FIGURES = 4, 9
"""More subjects of a picture cover each other; many of one kind may be twelve."""
MOST_ALIKE = 12
PLAIN = {
    *("un", "una", "une", "uno", "ein", "eine", "einen", "einem", "einer", "um", "uma"),
    *("unser", "unsere", "unserem", "unseren", "mein", "meine", "nuestro", "nuestra", "mi"),
    *("notre", "mon", "ma", "nostro", "nostra", "mio", "mia", "nosso", "nossa", "meu", "minha"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "free"),
    *("unos", "unas", "de", "there", "is", "are", "s", "uns", "umas", "on", "in"),
}
"""Words that say nothing to be seen."""
SIZES = {
    *("small", "little", "big", "large", "klein", "kleine", "kleiner", "kleines", "kleinen"),
    *("gross", "grosse", "grosser", "grosses", "grossen", "petit", "petite", "petits", "petites"),
    *("grand", "grande", "grands", "grandes", "pequeno", "pequena", "pequenos", "pequenas"),
    *("piccolo", "piccola", "piccoli", "piccole", "grandi"),
}
PRAISE = {
    *("beautiful", "cute", "lovely", "pretty", "nice", "fresh", "calm", "quiet", "peaceful"),
    *("sweet", "happy", "ripe", "delicious", "tasty", "parked", "clear", "bright", "early", "late"),
    *(
        "deep",
        "narrow",
        "wide",
        "tall",
        "empty",
        "summer",
        "warm",
        "cold",
        "fine",
        "gentle",
        "soft",
    ),
    *("thick", "heavy", "full", "plain", "simple", "good", "new", "young", "low", "high", "long"),
    *("short", "traditional", "cosy", "cozy", "wintry", "tall", "neat", "little"),
    *("bonito", "bonita", "hermoso", "hermosa", "joli", "jolie", "schon", "schone", "schoner"),
    *("schones", "bello", "bella", "lindo", "linda", "ruhig", "ruhigen", "calmo", "calma"),
    *("tranquilo", "tranquila", "fresco", "fresca", "reife", "reifer"),
}
"""Adjectives that no drawing contradicts."""
UNSEEN = {
    *(
        "breakfast",
        "brunch",
        "lunch",
        "dinner",
        "picnic",
        "interior",
        "indoors",
        "indoor",
        "outdoors",
    ),
    *("outside", "nature", "landscape", "scenery", "countryside", "summer", "desayuno", "cena"),
    *("almuerzo", "merienda", "petit dejeuner", "fruhstuck", "picknick", "colazione", "natur"),
    *(
        "verano",
        "ete",
        "sommer",
        "estate",
        "verao",
        "pranzo",
        "almoco",
        "mittagessen",
        "abendessen",
    ),
}
"""Words for meals and the like, of which nothing is to be seen by itself."""
SEEN_ACTS = {"sleep", "stack", "fly", "swim", "sail", "ride", "wear", "hold", "read", "leash"}
"""What subjects do and a drawing shows, where it is not reported."""
STANDING = {"standing", "stands", "stand", "steht", "stehen", "stehend", "de pie", "debout"}
PLACED = {"beside", "left", "right", "middle", "above", "under", "behind", "front", "between"}
PLACED |= {"on", "wearing", "holding", "leash"}
"""Relations that can be checked in the finished picture."""
VAGUE_KINDS = ("face", "body", "hand", "heart", "flag", "other", "place-map", "sound", "person-res")
"""Kinds of drawings that stand for ideas, or show a part of a body."""
EXTREME = {"tiny", "huge", "giant", "gigantic", "enormous"}
"""Sizes that a drawing does not have."""
SHORTEST = 4
LOOSE_ARTS = {
    *("dove", "herb", "branch", "fallen-leaf", "leaf-fluttering-in-wind", "leafy-green"),
    *("basketball-hoop", "chopsticks", "goal-net", "stage", "seat", "box-open", "rope"),
    *("person-surfing", "man-surfing", "woman-surfing", "sheet"),
}
"""Drawings that resemble what their words mean, no more."""
ROOFS = {"round-tree", "deciduous-tree", "fruit-tree", "palm-tree", "table", "desk", "bridge"}
ROOFS |= {"christmas-tree", "willow", "pine", "birch", "blossom-tree", "bench", "workbench"}
ROOFS |= {"evergreen-tree", "leafless-tree", "pine-snow", "chair", "bed", "shelf", "pier", "cart"}
ROOFS |= {"street-lamp", "umbrella-on-ground", "beach-umbrella", "maple-orange", "maple-red"}
FLIERS = {"animal-bird", "animal-bug", "transport-air", "sky-weather"}
"""Drawings and kinds that others can be under."""
FAR = {"mountains", "mountain", "city", "sea", "skyline", "forest", "village", "volcano", "towers"}
SKY = {"moon", "stars", "rainbow", "aurora", "fireworks", "crescent", "clouds", "sun", "night"}
CLEAR = 2
"""Subjects before a pronoun: of more it may mean any."""
HANDS = 2
TALL = {"floor-lamp", "street-lamp", "ladder", "bookshelf", "wardrobe"}
"""Furniture that stands on no other."""
HUNG = {"wall-clock", "framed-picture", "mirror"}
SEASONS = {"autumn", "spring", "blossom"}


def doubts(
    reader: Reader,
    acts: Sequence[NamedAct],
    things: Sequence[Thing],
    relations: Sequence[Relation],
    place: str,
) -> tuple[str, ...]:
    """The words that the picture may not show as they mean, in no order."""
    found = [
        *unread_words(reader, acts, things),
        *uncertain_things(reader, things, relations),
        *uncertain_places(reader, things, place),
        *uncertain_relations(reader, things, relations),
        *reader.loose,
    ]
    return tuple(dict.fromkeys(found))


def unread_words(reader: Reader, acts: Sequence[NamedAct], things: Sequence[Thing]) -> list[str]:
    """The words that nothing in the picture comes of."""
    tokens = reader.tokens
    known = set(reader.understood)
    for at, thing in reader.found:
        known |= set(range(at, at + len(thing.word.split())))
    for setting in reader.settings:
        known |= set(range(setting.at, setting.at + len(setting.words.split())))
    for words in reader.spatial:
        known |= set(range(words.at, words.end))
    for act in acts:
        if act.kind in SEEN_ACTS or (act.kind == "sit" and any(one.on >= 0 for one in things)):
            known |= set(range(act.at, act.end))
        elif act.words not in STANDING:
            known -= set(range(act.at, act.end))
    return [word for at, word in enumerate(tokens) if at not in known and not plain(reader, at)]


def silent_words(
    reader: Reader, acts: Sequence[NamedAct], things: Sequence[Thing], told: Collection[str]
) -> list[str]:
    """The unread words that say something, where no other report names them."""
    if not things:
        return []
    reported = {part for word in told for part in word.split()}
    reported |= {word for act in acts for word in act.words.split()}  # unshown_acts tells these
    grammar = frozenset[str]().union(*FUNCTION_WORDS.values())
    return [
        word
        for word in unread_words(reader, acts, things)
        if word in EXTREME
        or not (len(word) < SHORTEST or word in grammar | reader.lexicon.skip | reported)
    ]


def plain(reader: Reader, at: int) -> bool:
    """Whether a word that names nothing changes nothing in the picture."""
    word, lex = reader.tokens[at], reader.lexicon
    if not word[0].isalnum():
        return word in ",.!?:\n"
    if word in WITH:
        before = [thing for start, thing in reader.found if start < at]
        after = [thing for start, thing in reader.found if start > at]
        alone = not (before and before[-1].kind.startswith("person"))
        return alone or bool(after and after[0].art == "umbrella")
    joins = word in OF and at - 1 in {one.end - 1 for one in reader.spatial}
    timed = word == "at" and any(setting.at in (at + 1, at + 2) for setting in reader.settings)
    if joins or timed:
        return True
    return (
        word in PLAIN | SIZES | PRAISE | AND | ARTICLES | DEFINITE | PRONOUNS | STANDING
        or word in lex.counts
        or word in lex.many_coloured
        or word in lex.colour_things
        or bool(lex.colour(word))
        or is_attribute(word)
        or any(
            lex.colour(" ".join(reader.tokens[start : start + 2]))
            for start in (at - 1, at)
            if start >= 0
        )
    )


def uncertain_things(
    reader: Reader, things: Sequence[Thing], relations: Sequence[Relation]
) -> Iterator[str]:
    """Subjects that are guessed, too many, or drawn as something that resembles them."""
    yield from (thing.word for at, thing in reader.found if at in reader.guessed)
    yield from other_senses(reader, things, relations)
    figures = sum(thing.count for thing in things)
    if len(things) > MOST_KINDS or figures > (MOST_ALIKE if len(things) == 1 else MOST_FIGURES):
        yield things[-1].word


def other_senses(
    reader: Reader, things: Sequence[Thing], relations: Sequence[Relation]
) -> Iterator[str]:
    """Subjects whose drawing only resembles what the words mean, or stands for an idea.

    A person with clothes of a guessed kind is still that person.
    """
    bodies, lex = figure_table()["standing"], reader.lexicon
    yield from (
        thing.word
        for at, thing in reader.found
        if at in reader.guessed and not thing.kind.startswith("person")
    )
    foreign = reader.language not in ("", "en")
    for _, thing in reader.found:
        forms = {*singulars(thing.word, foreign=foreign)}
        if forms & lex.loose:
            yield thing.word
    dressing = any(thing.kind.startswith("person") for thing in things)
    yield from unlike_words(reader)
    for thing in things:
        headless = thing.kind == "person" and not any(thing.art.startswith(one) for one in bodies)
        if headless or thing.art in LOOSE_ARTS or is_vague(thing):
            yield thing.word
        dressed = thing.kind == "clothing" and thing.on < 0 and dressing
        if dressed and not any(one.kind == "wearing" for one in relations):
            yield thing.word
        on = things[thing.on] if thing.on >= 0 else thing
        if thing.on >= 0 and thing.art in TALL:
            yield thing.word
        if on.piled and on is not thing and on.art in reader.lexicon.containers:
            yield thing.word  # it would be drawn inside


def unlike_words(reader: Reader) -> Iterator[str]:
    """Different words for which the same is drawn; "the table" is the wooden table of before."""
    drawn: dict[tuple[str, float], set[str]] = {}
    for _, thing in reader.found:
        drawn.setdefault((thing.art, thing.metres), set()).update(
            {min(singulars(thing.word), key=len)}
        )
    for (art, _), words in drawn.items():
        if art in ("person", "man", "woman"):
            continue  # "a drummer and a guitarist" are two
        shortest = min(words, key=len)
        if not all(word.endswith(shortest) for word in words):
            yield from words


def is_vague(thing: Thing) -> bool:
    """Whether a drawing stands for an idea, or shows a part of a body; a map is a map."""
    return thing.kind.startswith(VAGUE_KINDS) and thing.art != "world-map"


def uncertain_places(reader: Reader, things: Sequence[Thing], place: str) -> Iterator[str]:
    """Places that the picture only suggests, and subjects that would stand oddly there."""
    lex = reader.lexicon
    for setting in reader.settings:
        features = {value for table, value in setting.sets if table == "feature"}
        vague = setting.words in lex.unspecific and not features & SEASONS
        road = bool(features & {"path", "canal"})  # seen far away, if at all
        if (
            road
            or vague
            or setting.words in lex.approximate
            or on_wall(reader.spatial, setting, things)
        ):
            yield setting.words
    if place == "table":
        yield from (
            thing.word
            for thing in things
            if thing.kind.startswith("animal") and thing.stance != "sill"
        )


def on_wall(spatial: Sequence[Spatial], setting: Setting, things: Collection[Thing]) -> bool:
    """Whether something is on a wall that does not hang there: bottles stand on it."""
    walls = ("place", "wall") in setting.sets
    near = any(one.kind == "on" and 0 <= setting.at - one.end <= 1 for one in spatial)
    return walls and near and not all(thing.art in HUNG for thing in things)


def uncertain_relations(
    reader: Reader, things: Sequence[Thing], relations: Sequence[Relation]
) -> Iterator[str]:
    """Relations that no box tells, and those that were read and led to nothing."""
    for one in relations:
        if one.kind not in PLACED or not plausible(one, things):
            yield one.words or one.kind
    placed = [one for one in relations if one.kind in PLACED - {"wearing"}]
    seated = sum(thing.on >= 0 and thing.kind != "clothing" for thing in things)
    said = [
        one
        for one in reader.spatial
        if one.at not in reader.understood and not by_scenery(reader, one, things)
    ]
    if len(said) > len(placed) + seated:
        yield " ".join(reader.tokens[said[-1].at : said[-1].end])
    yield from left_behind(reader, things)
    for words in reader.spatial:
        far = [at for at, _ in reader.found if at < words.at]
        if PRONOUNS & set(reader.tokens[words.end : words.end + 1]) and len(set(far)) > CLEAR:
            yield " ".join(reader.tokens[words.at : words.end + 1])


def unsure_sides(
    reader: Reader, things: Sequence[Thing], relations: Sequence[Relation], place: str
) -> list[str]:
    """Places and relations of a drawn scene that it may not show as they are said."""
    odd = [one.words or one.kind for one in relations if not plausible(one, things)]
    vague = [word for word in uncertain_places(reader, things, place) if word not in UNSEEN]
    return [*vague, *left_behind(reader, things), *odd]


def left_behind(reader: Reader, things: Sequence[Thing]) -> Iterator[str]:
    """Subjects joined with one that is on something and are not there themselves."""
    order = sorted(reader.found, key=lambda pair: pair[0])
    for (start, one), (at, other) in pairwise(order):
        between = set(reader.tokens[start + len(one.word.split()) : at])
        joined = AND & between and between <= AND | ARTICLES | set(reader.lexicon.counts)
        seated = {thing.word: thing.on for thing in things}
        if joined and seated.get(other.word, -1) >= 0 and seated.get(one.word, -1) < 0:
            yield one.word


def plausible(relation: Relation, things: Sequence[Thing]) -> bool:
    """Whether hands can hold so much, and figures be above each other as they stand."""
    if relation.kind == "holding":
        return sum(things[i].count for i in relation.whom) <= HANDS
    if relation.kind not in ("above", "under") or not relation.whom:
        return True
    high, low = relation.who, relation.whom
    if relation.kind == "under":
        high, low = low, high
    return all(
        things[i].stance == "air" or things[i].art in ROOFS or things[i].kind in FLIERS
        for i in high
    ) and all(things[i].stance != "air" for i in low)


def by_scenery(reader: Reader, words: Spatial, things: Sequence[Thing]) -> bool:
    """Whether the second side of a relation is scenery that is painted there anyway."""
    for setting in reader.settings:
        values = {value for _, value in setting.sets}
        end = setting.at + len(setting.words.split())
        if words.kind == "behind" and 0 <= words.at - end <= 1:
            return bool(values & FAR)
        if 0 <= setting.at - words.end <= REACH:
            match words.kind:
                case "on" | "in":
                    return "beach" not in values or all(one.stance != "water" for one in things)
                case "above":
                    return any(thing.stance == "air" for thing in things)
                case "front":
                    return setting.words in reader.lexicon.shops or bool(values & FAR)
                case "under":
                    return bool(values & SKY)
    return False
