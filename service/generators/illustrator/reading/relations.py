"""Who is where: what a prompt says about the places of its subjects to each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from service.generators.illustrator.reading.words.grammar import (
    AND,
    OF,
    POSSESSIVES,
    PRONOUNS,
    SIDE_OF,
    WITH,
)
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.scene import Relation, Thing

ABSOLUTE = ("left", "right", "middle")
"""Places that need no second subject: "a cat on the left"."""
NAMES_BOTH = (
    *("on", "in", "holding", "flying", "using", "tied", "leaning", "pushing", "leash", "hanging"),
)
"""Relations that are read between two subjects only, both named: "a cat in a box"."""
FAR = 6
"""Words between a relation and its subject at most: "under a very old and large oak tree"."""
PLACED = frozenset(
    {"left", "right", "middle", "above", "under", "behind", "front", "between", "beside"}
)
"""Relations that no verb reports where they cannot be read."""
PERSONAL = {"her", "him", "ihm", "ihr", "lei", "lui", "elle", "ella", "dela", "dele"}
"""Pronouns that stand for a person, if there is one."""
ADVERBS = {"davor", "dahinter", "daneben", "darunter", "daruber", "dazwischen"}
REACHED = 2
"""Words between a relation that is not understood and the subject it names."""
ALIKE = 4
"""Subjects joined by "and" share a relation if one is at most so many times as high."""
FLOWN = {"kite", "balloon", "drone", "hot-air-balloon", "airplane"}
HANDY = ("food", "drink", "musical-instrument", "flag", "own", "sport", "dishware", "book")
"""Kinds of things that who eats, drinks, plays or waves them has in the hands."""
SMALL, LARGE = 0.3, 1.0
"""Metres: what is pushed is larger, what is played in the arms is smaller."""
BY_HAND = ("using", "flying")
"""What people do with things, also where a seat is named between."""
BORNE = ("holding", "wearing", "pushing", "leash", "tied")
WITH_NEAR = 4
"""Words between who has something and the thing."""
HANDHELD = 0.55
"""Metres: what is larger stands beside its owner."""
CARRIED = (
    *HANDY,
    "game",
    "household",
    "tool",
    "event",
    "clothing",
    "plant-flower",
    "phone",
    "mail",
)
"""Kinds of things that people have in their hands."""
STOPS = {".", "!", "?", ";", "\n"}


class Spatial(NamedTuple):
    """Words of a relation in a prompt."""

    kind: str
    at: int
    end: int


class Referent(NamedTuple):
    """What one word names, a single subject or the members of a group."""

    at: int
    end: int
    members: tuple[int, ...]


class Relations:
    """Finds the two sides of each relation in the words around it."""

    def __init__(
        self,
        tokens: Sequence[str],
        found: Sequence[tuple[int, Thing]],
        spatial: Sequence[Spatial],
        scenery: Sequence[int],
        worn: Sequence[tuple[int, int]] = (),
        strange: Collection[int] = (),
    ) -> None:
        self.tokens = tokens
        self.things = [thing for _, thing in found]
        self.worn = [(self.index(found, at), self.index(found, wearer)) for at, wearer in worn]
        self.units = referents_of(found, {at for at, _ in worn})
        self.spatial = spatial
        self.strange = strange
        """Where nouns stand that nothing is drawn for."""
        self.barred = {*scenery, *(words.at for words in spatial)}
        self.unread: list[str] = []
        """What the prompt says of places and no relation came of."""

    def read(self) -> list[Relation]:
        result = [Relation("wearing", (wearer,), (what,)) for what, wearer in self.worn]
        for words in self.spatial:
            relation = self.resolve(words, result)
            relation = self.sensible(relation) if relation else None
            said, whole = self.phrase(words)
            if relation and set(relation.who).isdisjoint(relation.whom):
                result.append(replace(relation, words=said))
            elif whole and words.kind in PLACED:
                self.unread.append(said)
        return [*result, *self.accompanied(result)]

    def accompanied(self, found: Sequence[Relation]) -> Iterator[Relation]:
        """Small things that people have with them are in their hands: "a girl with a balloon"."""
        taken = {i for one in found if one.kind in BORNE for i in (*one.who, *one.whom)}
        for one, other in pairwise(self.units):
            between = set(self.tokens[one.end : other.at])
            who, what = self.things[one.members[0]], self.things[other.members[0]]
            near = other.at - one.end <= WITH_NEAR and WITH & between and "," not in between
            handy = what.metres < HANDHELD and what.count == 1 and what.kind.startswith(CARRIED)
            alone = len(one.members) == len(other.members) == 1 and who.count == 1
            free = taken.isdisjoint((*one.members, *other.members)) and who.on < 0 and what.on < 0
            if who.kind in ("person", "person-role") and near and handy and alone and free:
                yield Relation("holding", one.members, other.members)

    def phrase(self, words: Spatial) -> tuple[str, bool]:
        """The words of a relation up to its second side, and whether they name one."""
        end, whole = words.end, False
        after = self.after(words.end)
        if after:
            end, whole = after.end, True
        elif words.end < len(self.tokens) and self.is_pronoun(words.end):
            end, whole = words.end + 1, True
        else:  # "behind a marble counter": marble is scenery
            near = next((unit for unit in self.units if unit.at >= words.end), None)
            if near and near.at - words.end <= REACHED:
                between = set(self.tokens[words.end : near.at])
                if between.isdisjoint(STOPS | AND | WITH | OF):
                    end, whole = near.end, True
        return " ".join(self.tokens[words.at : end]), whole

    def sensible(self, relation: Relation) -> Relation | None:
        """The relation as it can be drawn; None if these subjects have none of the kind."""
        kind = relation.kind
        if not relation.whom:
            return relation
        who, whom = self.things[relation.who[0]], self.things[relation.whom[0]]
        person = who.kind.startswith("person")
        match kind:
            case "flying":
                fits, kind = person and whom.art in FLOWN, "holding"
            case "using":
                fits, kind = (
                    person and whom.kind.startswith(HANDY) and whom.metres < LARGE,
                    "holding",
                )
            case "pushing":
                fits = person and whom.metres > SMALL
                fits = fits and (not whom.kind.startswith("person") or "wheelchair" in whom.art)
            case "leash":
                fits = person and whom.kind.startswith("animal")
            case "holding":
                fits = who.metres > whom.metres * 0.4 and not (person and whom.kind == "person")
            case "on" if person and whom.art not in lexicon().seats and whom.metres > SMALL:
                fits, kind = True, "beside"  # "a teacher writing on a blackboard"
            case "in":  # "a girl in a red coat feeding ducks"
                fits = not whom.kind.startswith(("animal", "person"))
            case _:
                fits = True
        return Relation(kind, relation.who, relation.whom) if fits else None

    @staticmethod
    def index(found: Sequence[tuple[int, Thing]], at: int) -> int:
        return next(i for i, (start, _) in enumerate(found) if start == at)

    def named_before(self, words: Spatial) -> list[Referent] | None:
        """The subjects before a relation; None if it is that of a noun that is not drawn."""
        before = [unit for unit in self.units if unit.at < words.at]
        before = [unit for unit in before if STOPS.isdisjoint(self.tokens[unit.at : words.at])]
        strange = before and self.is_of_stranger(before[-1].end, words.at)
        return None if strange else before

    def resolve(self, words: Spatial, earlier: Sequence[Relation]) -> Relation | None:
        before = self.named_before(words)
        return None if before is None else self.between(words, before, earlier)

    def between(
        self, words: Spatial, before: list[Referent], earlier: Sequence[Relation]
    ) -> Relation | None:
        """The relation of the subjects before and after its words."""
        kind, after = words.kind, self.after(words.end)
        opens = not before or self.tokens[words.at - 1] in AND
        if kind in ABSOLUTE and not self.is_relative(words):
            who = after if after and opens else before[-1] if before else None
            return Relation(kind, who.members, ()) if who else None
        if not after:
            return self.trailing(words, before)
        if before and self.tokens[words.at] in ADVERBS:  # "ein Zaun, davor ein Junge"
            return Relation(kind, after.members, before[-1].members)
        whom = self.pair(after) if kind == "between" else after.members
        whom = self.all_held(after) if kind == "holding" else whom
        end = max(unit.end for unit in self.units if set(unit.members) <= set(whom))
        following = self.after(end)
        ahead = self.placed_ahead(kind, end, following) if opens and following else ()
        if ahead:
            return Relation(kind, ahead, whom)
        if not before or (kind in NAMES_BOTH and self.is_barred(before[-1].end, words.at)):
            return None
        if kind in BY_HAND and not self.is_person(before[-1]):
            people = [unit for unit in before if self.is_person(unit)]
            before = before[: before.index(people[-1]) + 1] if people else before
        subjects = self.joined(before, earlier)
        holders = [one.who for one in earlier if one.kind == "holding" and one.whom == subjects]
        return Relation(kind, holders[0] if holders else subjects, whom)

    def is_of_stranger(self, start: int, end: int) -> bool:
        """Whether a noun behind a comma is meant that is not drawn: "a counter, a sign above"."""
        marks = [at for at in range(start, end) if self.tokens[at] == ","]
        return bool(marks) and any(marks[-1] < at < end for at in self.strange)

    def placed_ahead(self, kind: str, end: int, following: Referent) -> tuple[int, ...]:
        """Who is there if the place is said first: "on the table a pumpkin"; () for no one."""
        if kind not in NAMES_BOTH:
            return following.members
        told = kind == "on" and self.is_counted(end, following.at)
        return self.listed(following) if told else ()

    def is_counted(self, start: int, end: int) -> bool:
        """Whether only an article or a number stands before a subject there."""
        between = [word for word in self.tokens[start:end] if word != ","]
        return 0 < len(between) <= WITH_NEAR and between[0] in lexicon().counts

    def listed(self, first: Referent) -> tuple[int, ...]:
        """A subject and those that follow in its list."""
        members, last = first.members, first
        for one in self.units:
            between = self.tokens[last.end : one.at]
            told = [word for word in between if word not in AND | {"a", "an", "some"}]
            plain = all(word in lexicon().counts or lexicon().colour(word) for word in told)
            if one.at >= last.end and between and between[0] in AND and plain:
                members, last = (*members, *one.members), one
        return members

    def trailing(self, words: Spatial, before: list[Referent]) -> Relation | None:
        """A relation whose second side stands before it: "a bench with a tree behind it"."""
        pronoun = any(self.is_pronoun(at) for at in (words.end, words.end + 1))
        pronoun |= self.tokens[words.at : words.end] == ["on", "top"]  # of what was named first
        following = self.after(words.end + 1) if pronoun else None
        if not before or (words.kind == "in" and not pronoun):
            return None
        if self.is_barred(before[-1].end, words.at):
            return None  # "mountains behind him", "the sea behind"
        opens = self.tokens[words.at - 1] in AND
        if following and (opens or len(before) == 1):
            return Relation(words.kind, following.members, before[-1].members)
        if len(before) < 2:  # noqa: PLR2004 - two sides
            return None
        who, whom = before[-1], self.meant(words.kind, before[:-1])
        if PERSONAL & set(self.tokens[words.end - 1 : words.end + 1]):
            people = [one for one in before[:-1] if self.is_person(one)]
            whom = people[-1] if people else whom
        if words.kind == "holding":  # "a girl with a balloon in her hand"
            who, whom = whom, who
        elif self.is_barred(words.end, self.clause_end(words.end)):
            return None  # "a dog and a cat under the stars"
        return Relation(words.kind, who.members, whom.members)

    def meant(self, kind: str, before: Sequence[Referent]) -> Referent:
        """What "it" stands for: on it can be who is before, if that carries others."""
        seats = lexicon().seats
        fit = [unit for unit in before if self.things[unit.members[0]].art in seats]
        return fit[-1] if kind in ("on", "in") and fit else before[-1]

    def after(self, start: int) -> Referent | None:
        """The subject that the words from `start` on name, if nothing else comes first."""
        unit = next((unit for unit in self.units if unit.at >= start), None)
        if unit is None or unit.at - start > FAR or self.is_barred(start, unit.at):
            return None
        if any(self.is_pronoun(at) for at in range(start, unit.at)):
            return None
        return unit if (STOPS | AND).isdisjoint(self.tokens[start : unit.at]) else None

    def is_person(self, unit: Referent) -> bool:
        return self.things[unit.members[0]].kind.startswith("person")

    def is_pronoun(self, at: int) -> bool:
        """Whether the word stands for a subject: "her" does not in "behind her dog"."""
        word, after = (*self.tokens[at : at + 2], "", "")[:2]
        return word in PRONOUNS and not (
            word in POSSESSIVES and after[:1].isalpha() and after not in AND
        )

    def is_barred(self, start: int, end: int) -> bool:
        """Whether scenery or another relation stands there."""
        return any(start <= at < end for at in self.barred)

    def clause_end(self, start: int) -> int:
        """Where the words end that belong to a relation: at a comma, or after a few."""
        marks = STOPS | {","}
        ends = (at for at in range(start, min(start + FAR, len(self.tokens))))
        return next((at for at in ends if self.tokens[at] in marks), start + FAR)

    def is_relative(self, words: Spatial) -> bool:
        """Whether "left" has a second side: "left of", "links von"."""
        here = {self.tokens[words.end - 1], *self.tokens[words.end : words.end + 1]}
        return bool(here & SIDE_OF)

    def pair(self, first: Referent) -> tuple[int, ...]:
        """Both sides of "between a tree and a house"."""
        for one, other in pairwise(self.units):
            if one is first and AND & set(self.tokens[one.end : other.at]):
                return (*one.members, *other.members)
        return first.members

    def all_held(self, first: Referent) -> tuple[int, ...]:
        """What is held: "a mug and a newspaper" are two."""
        members, last = first.members, first
        for one in self.units:
            between = self.tokens[last.end : one.at]
            near = one.at >= last.end and len(between) <= 3 and AND & set(between)  # noqa: PLR2004
            thing = self.things[one.members[0]]
            if near and thing.metres < LARGE and not thing.kind.startswith(("person", "animal")):
                members, last = (*members, *one.members), one
        return members

    def joined(self, before: Sequence[Referent], earlier: Sequence[Relation]) -> tuple[int, ...]:
        """The last subject and those joined with it: "a dog and a cat under a tree"."""
        last = before[-1]
        members = list(last.members)
        taken = {member for relation in earlier for member in relation.whom}
        for one, other in reversed(list(pairwise(before))):
            between = self.tokens[one.end : other.at]
            heights = self.things[one.members[0]].metres / self.things[last.members[0]].metres
            alike = 1 / ALIKE <= heights <= ALIKE
            apart = self.is_barred(one.end, other.at) or not AND & set(between)
            if apart or not alike or taken & set(one.members) or len(between) > FAR:
                break
            members = [*one.members, *members]
        return tuple(members)


def referents_of(found: Sequence[tuple[int, Thing]], worn: set[int]) -> list[Referent]:
    """The subjects by the word that names them, without clothes, which go with their wearer."""
    units: dict[int, Referent] = {}
    for i, (at, thing) in enumerate(found):
        if at in worn or (thing.on >= 0 and thing.kind == "clothing"):
            continue
        members = units[at].members if at in units else ()
        units[at] = Referent(at, at + len(thing.word.split()), (*members, i))
    return sorted(units.values())
