"""The subjects of a prompt: their number and colour, what they wear, and what they sit on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from service.generators.illustrator.reading.words.compounds import (
    LONG_AGO,
    NO_COLOUR,
    NO_COUNT_YET,
    NO_RELATION,
    POURED,
    Compounds,
)
from service.generators.illustrator.reading.words.grammar import (
    AND,
    DEFINITE,
    FULL,
    MANY_ENDINGS,
    PAIRS,
    PLURALS,
    SAME_PLURAL,
    WITH,
)
from service.generators.illustrator.reading.words.lexicon import Lexicon, kind_of
from service.generators.illustrator.reading.words.tokens import singulars
from service.generators.illustrator.scene import MANY, Thing

MOST_COUNT = 24
"""More than two dozen of a kind are drawn as two dozen."""
PLURAL = 3
"""How many "dogs" are, when the prompt does not say."""
DRAWN_CANDLES = 3
"""On the drawing of a birthday cake."""
GROUNDS = {
    "plate",
    "tray",
    "skateboard-flat",
    "puddle",
    "roof",
    "rug",
    "picnic-blanket",
    "towel",
    "stage",
    "pier",
    "bridge",
}
"""What is low and wide carries who is high."""
YOUNG_ANIMALS = {"calf", "foal", "lamb", "piglet", "duckling", "gosling", "cub", "fawn", "cygnet"}
YOUNG_ANIMALS |= {
    "lamm",
    "lammer",
    "kalb",
    "kalber",
    "fohlen",
    "ferkel",
    "cordero",
    "ternero",
    "agneau",
}
YOUNG_ANIMALS |= {
    "veau",
    "poulain",
    "porcelet",
    "caneton",
    "agnello",
    "vitello",
    "puledro",
    "bezerro",
}
LARGE_FURNITURE = {"armchair", "sofa", "bed", "table", "desk", "bookshelf", "wardrobe", "counter"}
"""Of these there are two where no number says how many."""
FLOCKS = {"sheep", "deer"}
"""Of these there are several where no number and no article says how many."""
ONE_PAIR = {"scissors", "glasses", "sunglasses", "jeans", "shorts", "binoculars", "headphone"}
"""A pair of these is one thing."""
YOUNG_SIZE = 0.55
"""Of the grown ones, as which they are drawn."""
SAT_ON = {
    "swing",
    "bench",
    "chair",
    "sofa",
    "armchair",
    "stool",
    "hay-bale",
    "barrel",
    "stone-wall",
}
SAT_ON |= {
    "rocking-chair",
    "stage",
    "pier",
    "steps",
    "rock",
    "picnic-blanket",
    "bed",
    "hammock",
    "rug",
    "horse",
    "fence",
}
"""Where people are who have something with them."""
HOLDS = {"holding", "reading", "playing", "carrying", "drinking", "eating"}
SMALL_THING = 0.6
"""Metres."""
PAIR = 2
LISTED = 1
"""Words between two subjects of a list, besides numbers and colours: "a cup and a small plate"."""
REACH = 3
"""A colour or number belongs to a thing at most this many words later."""
HEAVIEST = 3
"""A subject sits on another that is at least one part in so many of its height."""
MOST_INSIDE = 5
"""So many are still seen in a basket; more lie beside it."""
SMALL = 0.36
"""Metres: up to this a thing stands on a table rather than on the ground."""
WORN = {"scarf", "glasses", "sunglasses", "goggles"}
"""Clothes that are drawn on their wearer, at the neck or over the eyes."""
FOOTWEAR = {
    "rubber-boots",
    "hiking-boot",
    "running-shoe",
    "slippers",
    "womans-boot",
    "high-heeled-shoe",
}
FOOTWEAR |= {
    "mans-shoe",
    "ballet-shoes",
    "flat-shoe",
    "ice-skate",
    "socks",
    "gloves",
    "sandal",
    "thong-sandal",
}
OVERALLS = {"coat", "apron", "lab-coat", "kimono"}
HATS = {"straw-hat", "beanie", "top-hat", "billed-cap", "womans-hat", "crown", "graduation-cap"}


def thing_of(lex: Lexicon, art: str, word: str) -> Thing:
    """One of this art, of its usual size and standing where it usually does."""
    metres, kind = lex.size(art), kind_of(art)
    small = metres <= SMALL and not kind.startswith("animal")
    stance = lex.stance.get(art) or ("small" if small else "ground")
    return Thing(art, word, metres, stance, kind=kind)


@dataclass
class Subjects(Compounds):
    """Collects the subjects, each with the number, colour and relation said before it."""

    relation: tuple[int, str] = NO_RELATION
    measured: int = LONG_AGO
    """Where the words end that measure what follows: "two balls of"."""
    worn: list[tuple[int, int]] = field(default_factory=list)
    """Where a scarf or glasses are named, and where who wears them."""
    stand_ins: list[str] = field(default_factory=list)
    """Words for which the drawing of a kin is shown: "greyhound"."""
    guessed: set[int] = field(default_factory=set)
    """Where words are whose drawing is that of a kin, or known by a part of its name only."""

    def says_number(self, word: str) -> bool:
        """Whether a word only says how many or which colour: "a", "two", "red"."""
        return word in AND or word in self.lexicon.counts or bool(self.lexicon.colour(word))

    def counted(self, at: int) -> int:
        """The number that was said for a thing at this place; 0 if none was."""
        return self.count[1] if 0 <= at - self.count[0] <= REACH else 0

    def add(self, at: int, size: int, art: str, *, plural: bool) -> None:
        """Take these words for a subject, with the number and colour said before it."""
        self.drop_modifier(at, art)
        colour = self.colour[1] if 0 <= at - self.colour[0] <= REACH else ""
        relation = self.relation[1] if self.relation[0] >= self.last_end else ""
        before = self.last_end
        if self.clothes(at, art, relation, colour):
            self.understood |= set(range(before, at + size))
            if art in self.lexicon.garments:
                self.last_end = at + size  # "con un vestido rojo": the colour comes after
            return
        if self.is_shown(at, art):
            self.understood |= set(range(before, at + size))
            return
        word = " ".join(self.tokens[at : at + size])
        art, count = self.numbered(at, art, word, plural=plural)
        if count > MOST_COUNT:
            self.missing.append(f"{count - MOST_COUNT} {word}")
            count = MOST_COUNT
        if art == "balloon" and count > 1:
            colour = colour or MANY
        self.said_count = (at, self.counted(at))
        self.count, self.relation = NO_COUNT_YET, NO_RELATION
        self.colour = NO_COLOUR if colour else self.colour
        thing = thing_of(self.lexicon, art, word)
        if YOUNG_ANIMALS & {*singulars(word)}:
            thing = replace(thing, metres=thing.metres * YOUNG_SIZE)
        if self.fills(at, replace(thing, count=count, colour=colour)):
            self.understood |= set(range(before, at + size))
        else:
            self.carry(thing, relation)
            count = 0 if self.is_again(at, word) else count
            self.found.append((at, replace(thing, count=count, colour=colour)))
        self.last_end = at + size

    def numbered(self, at: int, art: str, word: str, *, plural: bool) -> tuple[str, int]:
        """How many there are, and the drawing of a single one where the usual one shows several."""
        flock = word in FLOCKS and self.tokens[at - 1 : at] not in (["a"], ["the"])
        count = self.counted(at) or (PLURAL if flock else 0)
        pairs = bool(PAIRS & set(self.tokens[max(0, at - REACH) : at]))
        if pairs and art in ONE_PAIR:
            return art, max(1, count // 2)
        if self.language in PLURALS and not plural and not word.endswith(MANY_ENDINGS):
            many = word in SAME_PLURAL or 0 <= at - self.measured <= REACH  # "two balls of wool"
            count = count if many else min(count, 1)  # "a two-story house"
        shown, single = self.lexicon.several.get(art, (1, ""))
        if pairs and shown == 2:  # noqa: PLR2004 - the drawing shows a pair
            return art, max(1, count // 2)
        if shown > 1:
            one = count == 1 and not plural and not word.endswith(MANY_ENDINGS)
            if single and (count > 1 or one):
                return single, count
            return art, max(1, -(-count // shown))
        if count <= 1 and plural:
            large = art in LARGE_FURNITURE
            return art, 1 if art in self.lexicon.wholes else PAIR if large else PLURAL
        return art, max(1, count)

    def fills(self, at: int, thing: Thing) -> bool:
        """Put it into the vessel before: "a basket of apples", "a mug of beer"."""
        how = self.contained(at, thing)
        if how == "no":
            return False
        index, vessel = self.found[-1]
        if how == "inside" and not self.counted(at) and FULL & set(self.tokens[self.last_end : at]):
            thing = replace(thing, count=max(PLURAL, thing.count))  # "voller Äpfel"
        if how == "shown":
            art = POURED.get(vessel.art, {}).get(thing.art, thing.art)
            both = thing_of(self.lexicon, art, thing.word)
            colour = vessel.colour or thing.colour
            self.found[-1] = (index, replace(both, count=vessel.count, colour=colour))
        elif thing.count > MOST_INSIDE:
            return False
        else:  # before the vessel, which stays the last subject
            self.filled, vessel_at = at, len(self.found)
            self.found = [
                (start, replace(other, on=vessel_at) if start == at else other)
                for start, other in self.found
            ]
            self.found.insert(-1, (at, replace(thing, on=vessel_at)))
        return True

    def is_again(self, at: int, word: str) -> bool:
        """Whether it is the same subject as before: "a house, and behind the house a tree"."""
        before = self.tokens[at - 1] if at else ""
        return before in DEFINITE and any(thing.word == word for _, thing in self.found)

    def is_shown(self, at: int, art: str) -> bool:
        """Whether the subject before shows this too: "a birthday cake with candles"."""
        bearer = self.found[-1][1].art if self.found else ""
        between = set(self.tokens[self.last_end : at])
        shown = bearer != "" and self.lexicon.shows.get(art) == bearer and bool(WITH & between)
        if shown and bearer == "birthday-cake" and self.counted(at) not in (0, DRAWN_CANDLES):
            self.light_candles(at, self.counted(at))
        return shown

    def light_candles(self, at: int, count: int) -> None:
        """Put so many on a cake, where its drawing has another number of them."""
        index, cake = self.found[-1]
        self.found[-1] = (index, replace(thing_of(self.lexicon, "cake", cake.word), count=1))
        candle = thing_of(self.lexicon, "candle", self.tokens[at])
        where = len(self.found) - 1
        self.found.append((at, replace(candle, count=min(count, MOST_COUNT), on=where)))
        self.count = NO_COUNT_YET

    def clothes(self, at: int, art: str, relation: str, colour: str) -> bool:
        """Take clothes for the colour of who wears them: "a woman in a red dress"."""
        if kind_of(art) != "clothing" or not self.found:
            return False
        index, wearer = self.found[-1]
        between = self.tokens[self.last_end : at]
        worn = relation in ("in", "wearing") or bool(WITH & set(between)) or between == ["de"]
        garment = art in self.lexicon.garments and wearer.kind.startswith("person")
        hat = art in HATS and wearer.art in self.lexicon.hatted
        bare = wearer.kind == "person" and wearer.count == 1 and not hat
        if worn and bare and art in HATS:
            word = self.tokens[at]
            if self.tokens[at + 1 : at + 2] == ["hat"]:
                word = f"{word} hat"
                if art == "womans-hat":
                    self.stand_ins.append(word)
            one = thing_of(self.lexicon, "top-hat" if art == "womans-hat" else art, word)
            # Before the wearer, who stays the last subject: he may still sit down on something.
            self.found.insert(-1, (at, replace(one, colour=colour, on=len(self.found))))
            self.colour, self.count = NO_COLOUR, NO_COUNT_YET
            return True
        living = wearer.kind.startswith(("person", "animal"))
        if worn and living and art in WORN and wearer.count == 1:
            one = thing_of(self.lexicon, art, self.tokens[at])
            self.found.insert(-1, (at, replace(one, colour=colour)))
            self.worn.append((at, index))
            self.colour, self.count = NO_COLOUR, NO_COUNT_YET
            return True
        if worn and living and art in FOOTWEAR:
            self.stand_ins.append(self.tokens[at])  # feet are too small to show them
            self.colour, self.count = NO_COLOUR, NO_COUNT_YET
            return True
        if worn and (garment or hat):
            if art in OVERALLS:
                self.stand_ins.append(self.tokens[at])  # it is drawn as a shirt
            self.found[-1] = (index, replace(wearer, colour=wearer.colour or colour))
            self.colour, self.count = NO_COLOUR, NO_COUNT_YET
            return True
        return False

    def carry(self, thing: Thing, relation: str) -> None:
        """Put the subject before onto this one, if the words between say so and it can be."""
        lex = self.lexicon
        mount = thing.art in lex.mounts and relation != "in"
        if not (relation and self.found and (thing.art in lex.seats or mount)):
            return
        index, above = self.found[-1]
        bearer = self.bearer_before(thing)
        if bearer:  # "a girl with a balloon on a swing"
            where, above = bearer
            self.found[where] = (self.found[where][0], replace(above, on=len(self.found)))
            return
        if thing.art in lex.containers and above.count > MOST_INSIDE:
            return
        sits = above.kind.startswith("person") and thing.art in SAT_ON
        if sits or above.metres < HEAVIEST * thing.metres or thing.art in GROUNDS:
            rides = above.stance == "ground" and mount
            self.found[-1] = (index, replace(above, on=len(self.found), rides=rides))
            for i, (start, member) in enumerate(self.found[:-1]):
                if start == index and not rides:  # "two children on a swing" are a group
                    self.found[i] = (start, replace(member, on=len(self.found)))
            self.carry_also(index, thing)

    def bearer_before(self, seat: Thing) -> tuple[int, Thing] | None:
        """Who sits there with what was named last, by the place among the subjects."""
        if len(self.found) < PAIR or seat.art not in SAT_ON:
            return None
        (start, who), (at, what) = self.found[-2:]
        between = self.tokens[start + len(who.word.split()) : at]
        handy = what.metres < SMALL_THING and not what.kind.startswith(("animal", "person"))
        held = bool(between) and between[0] in WITH | HOLDS
        fits = who.count <= PAIR and who.metres < (HEAVIEST + 1) * seat.metres
        sits = who.kind.startswith("person") and handy and held and fits and who.on < 0
        return (len(self.found) - 2, who) if sits else None

    def carry_also(self, index: int, thing: Thing) -> None:
        """Put those named together with it on the thing too: "a dog and a cat on the sofa"."""
        for i in range(len(self.found) - 2, -1, -1):
            start, other = self.found[i]
            between = self.tokens[start + len(other.word.split()) : index]
            told = [word for word in between if not self.says_number(word)]
            listed = AND & set(between) and len(told) <= LISTED
            had = bool(WITH & set(self.tokens[max(0, start - REACH) : start]))
            if not listed or had or other.metres > HEAVIEST * thing.metres:
                return
            self.found[i] = (start, replace(other, on=len(self.found)))
            index = start
