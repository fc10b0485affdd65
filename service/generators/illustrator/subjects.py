"""The subjects of a prompt: their number and colour, what they wear, and what they sit on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from service.generators.illustrator.grammar import (
    AND,
    DEFINITE,
    MANY_ENDINGS,
    PLURALS,
    SAME_PLURAL,
    WITH,
)
from service.generators.illustrator.lexicon import Lexicon, kind_of
from service.generators.illustrator.scene import MANY, Thing
from service.generators.illustrator.senses import Senses

MOST_COUNT = 12
"""More than a dozen of a kind is drawn as a dozen."""
PLURAL = 3
"""How many "dogs" are, when the prompt does not say."""
REACH = 3
"""A colour or number belongs to a thing at most this many words later."""
HEAVIEST = 3
"""A subject sits on another that is at least one part in so many of its height."""
MOST_INSIDE = 5
"""So many are still seen in a basket; more lie beside it."""
SMALL = 0.36
"""Metres: up to this a thing stands on a table rather than on the ground."""
COMPOUNDS = ("", "en", "de")
"""Languages (or none known) in which a noun right before another one describes it."""
NO_MODIFIERS = ("animal", "person", "transport")
"""Kinds that are subjects even there: "cat dog bird" is a list."""
MATERIALS = {"bamboo": "#d9b273", "wood": "#b5793f", "gem-stone": "#8fd3f0"}
"""What a thing made of another looks like: "a bamboo toothbrush"."""

HATS = {"top-hat", "billed-cap", "womans-hat", "crown", "graduation-cap"}
LONG_AGO = -9
NO_COLOUR, NO_COUNT_YET, NO_RELATION = (LONG_AGO, ""), (LONG_AGO, 0), (LONG_AGO, "")


def thing_of(lex: Lexicon, art: str, word: str) -> Thing:
    """One of this art, of its usual size and standing where it usually does."""
    metres, kind = lex.size(art), kind_of(art)
    small = metres <= SMALL and not kind.startswith("animal")
    stance = lex.stance.get(art) or ("small" if small else "ground")
    return Thing(art, word, metres, stance, kind=kind)


@dataclass
class Subjects(Senses):
    """Collects the subjects, each with the number, colour and relation said before it."""

    found: list[tuple[int, Thing]] = field(default_factory=list)
    """Where in the prompt each subject is named, and the subject."""
    missing: list[str] = field(default_factory=list)
    colour: tuple[int, str] = NO_COLOUR
    """The colour said last that is still without a thing, and where its words end."""
    count: tuple[int, int] = NO_COUNT_YET
    relation: tuple[int, str] = NO_RELATION
    last_end: int = LONG_AGO
    """Where the words of the last thing end."""

    def counted(self, at: int) -> int:
        """The number that was said for a thing at this place; 0 if none was."""
        return self.count[1] if 0 <= at - self.count[0] <= REACH else 0

    def add(self, at: int, size: int, art: str, *, plural: bool) -> None:
        """Take these words for a subject, with the number and colour said before it."""
        self.drop_modifier(at, art)
        colour = self.colour[1] if 0 <= at - self.colour[0] <= REACH else ""
        relation = self.relation[1] if self.relation[0] >= self.last_end else ""
        if self.clothes(at, art, relation, colour) or self.is_shown(at, art):
            return
        count = self.counted(at)
        word = " ".join(self.tokens[at : at + size])
        if self.language in PLURALS and not plural and not word.endswith(MANY_ENDINGS):
            count = count if word in SAME_PLURAL else min(count, 1)  # "a two-story house"
        if count <= 1 and plural:
            count = 1 if art in self.lexicon.wholes else PLURAL
        if count > MOST_COUNT:
            self.missing.append(f"{count - MOST_COUNT} {word}")
            count = MOST_COUNT
        if art == "balloon" and count > 1:
            colour = colour or MANY
        self.count, self.relation = NO_COUNT_YET, NO_RELATION
        self.colour = NO_COLOUR if colour else self.colour
        thing = thing_of(self.lexicon, art, word)
        self.carry(thing, relation)
        count = 0 if self.is_again(at, word) else max(1, count)
        self.found.append((at, replace(thing, count=count, colour=colour)))
        self.last_end = at + size

    def is_again(self, at: int, word: str) -> bool:
        """Whether it is the same subject as before: "a house, and behind the house a tree"."""
        before = self.tokens[at - 1] if at else ""
        return before in DEFINITE and any(thing.word == word for _, thing in self.found)

    def is_shown(self, at: int, art: str) -> bool:
        """Whether the subject before shows this too: "a birthday cake with candles"."""
        bearer = self.found[-1][1].art if self.found else ""
        between = set(self.tokens[self.last_end : at])
        return bearer != "" and self.lexicon.shows.get(art) == bearer and bool(WITH & between)

    def clothes(self, at: int, art: str, relation: str, colour: str) -> bool:
        """Take clothes for the colour of who wears them: "a woman in a red dress"."""
        if kind_of(art) != "clothing" or not self.found:
            return False
        index, wearer = self.found[-1]
        between = self.tokens[self.last_end : at]
        worn = relation in ("in", "wearing") or bool(WITH & set(between))
        garment = art in self.lexicon.garments and wearer.kind.startswith("person")
        hat = art in HATS and wearer.art in self.lexicon.hatted
        bare = wearer.kind == "person" and wearer.count == 1 and not hat
        if worn and bare and art in HATS:
            word = self.tokens[at]
            one = thing_of(self.lexicon, "top-hat" if art == "womans-hat" else art, word)
            # Before the wearer, who stays the last subject: he may still sit down on something.
            self.found.insert(-1, (at, replace(one, colour=colour, on=len(self.found))))
            self.colour, self.count = NO_COLOUR, NO_COUNT_YET
            return True
        if worn and (garment or hat):
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
        if thing.art in lex.containers and above.count > MOST_INSIDE:
            return
        if above.metres < HEAVIEST * thing.metres:
            rides = above.stance == "ground" and mount
            self.found[-1] = (index, replace(above, on=len(self.found), rides=rides))
            self.carry_also(index, thing)

    def carry_also(self, index: int, thing: Thing) -> None:
        """Put those named together with it on the thing too: "a dog and a cat on the sofa"."""
        for i in range(len(self.found) - 2, -1, -1):
            start, other = self.found[i]
            between = self.tokens[start + len(other.word.split()) : index]
            if not AND & set(between) or other.metres > HEAVIEST * thing.metres:
                return
            self.found[i] = (start, replace(other, on=len(self.found)))
            index = start

    def drop_modifier(self, at: int, art: str) -> None:
        """In "chocolate cake" and "apple pie" the first noun tells the kind: it is no subject."""
        if not self.found or self.last_end != at:
            return
        index, before = self.found[-1]
        worn = before.kind.startswith("person") and kind_of(art) == "clothing"  # "a chef hat"
        subject = before.kind.startswith(NO_MODIFIERS) and not worn
        if before.on >= 0 or subject or self.language not in COMPOUNDS:
            return
        if index + len(before.word.split()) == at:
            self.found.pop()
            colour = before.colour or MATERIALS.get(before.art, "")
            self.colour = (at, colour) if colour else self.colour
            self.count = (at, before.count) if before.count > 1 else self.count

    def tasted(self, at: int) -> str:
        """Take the thing before an unknown noun back: "tomato sauce" is no tomato."""
        index, before = self.found[-1] if self.found else (LONG_AGO, None)
        if before is None or before.on >= 0 or before.kind.startswith("person"):
            return ""
        if self.last_end != at or self.language not in COMPOUNDS:
            return ""
        if index + len(before.word.split()) != at:
            return ""
        self.found.pop()
        return f"{before.word} "
