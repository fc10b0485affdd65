"""Walking over the words of a prompt: things with their numbers and colours, and scenery."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from service.generators.illustrator.grammar import (
    ACTORS,
    AND,
    DOZENS,
    LABELS,
    LIVING,
    MANY_ENDINGS,
    NO_COUNT,
    OBJECTS,
    OF,
    PLURALS,
    SAME_PLURAL,
    WITH,
)
from service.generators.illustrator.lexicon import Lexicon, kind_of
from service.generators.illustrator.scene import MANY, Thing
from service.generators.illustrator.tokens import singulars

LONGEST_PHRASE = 4
SHORTEST_WORD = 2
LONG_WORD = 8
"""Letters from which on a German word may be put together of others."""
MOST_COUNT = 12
"""More than a dozen of a kind is drawn as a dozen."""
DOZEN = 12
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
class Reader:
    """Walks over the words once and collects what they say."""

    tokens: list[str]
    lexicon: Lexicon
    language: str
    nouns: frozenset[str] = frozenset()
    """The words with a capital letter."""
    found: list[tuple[int, Thing]] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    """Colours that no thing took."""
    colour: tuple[int, str] = NO_COLOUR
    """The colour said last that is still without a thing, and where its words end."""
    count: tuple[int, int] = NO_COUNT_YET
    relation: tuple[int, str] = NO_RELATION
    pose: str = ""
    last_end: int = LONG_AGO
    """Where the words of the last thing end."""

    def read(self) -> None:
        at = 0
        while at < len(self.tokens):
            for size in range(min(LONGEST_PHRASE, len(self.tokens) - at), 0, -1):
                if self.phrase(at, size):
                    at += size
                    break
            else:
                self.unknown(at)
                at += 1
        if self.colour[1]:
            self.loose.append(self.colour[1])
        self.loose = [colour for colour in self.loose if colour != MANY]

    def phrase(self, at: int, size: int) -> bool:
        """Understand the words at..at+size as one; False if they mean nothing together."""
        key = " ".join(self.tokens[at : at + size])
        steps = (self.is_relation, self.is_count, self.is_colour, self.is_group, self.is_scenery)
        if any(step(key, at, size) for step in steps):
            return True
        if size == 1 and (self.says_nothing(key) or len(key) < SHORTEST_WORD):
            return True
        if size > 1 and key in self.lexicon.idioms:
            return True
        known = key in self.lexicon.poses or bool(self.setting(key))
        self.pose = self.lexicon.poses.get(key, self.pose)
        return self.is_thing(at, size) or known

    def says_nothing(self, word: str) -> bool:
        """Whether a word names nothing; "kind" does so in German."""
        foreign = self.language not in ("", "en") and word in self.lexicon.things
        return word in self.lexicon.skip and not foreign

    def is_relation(self, key: str, at: int, size: int) -> bool:
        del size
        if key in self.lexicon.relations:
            self.relation = (at, self.lexicon.relations[key])
        return key in self.lexicon.relations or key in self.lexicon.measures

    def is_count(self, key: str, at: int, size: int) -> bool:
        if key in self.lexicon.counts and self.lexicon.means(key, self.language):
            number = self.lexicon.counts[key]
        elif size == 1 and key.isdecimal():
            number = int(key[:4])
        else:
            return False
        before = self.tokens[at - 1] if at else ""
        after = self.tokens[at + size] if at + size < len(self.tokens) else ""
        if key in DOZENS:
            number = DOZEN * (self.count[1] if self.count[0] == at else 1)
        if number > 1 and (after in NO_COUNT or before in LABELS or before in NO_COUNT - {"in"}):
            return True  # "50%", "a five-year-old girl", "Room 5"
        self.count = (at + size, max(1, number))
        return True

    def is_colour(self, key: str, at: int, size: int) -> bool:
        if key in self.lexicon.many_coloured:
            self.colour = (at + size, MANY)
            return True
        colour = self.lexicon.colours.get(key, "")
        if not colour and key in self.lexicon.colour_things and at + size < len(self.tokens):
            after = self.tokens[at + size]
            if any(self.lexicon.art_for(form, self.language) for form in singulars(after)):
                colour = self.lexicon.colour_things[key]
        if not colour:
            return False
        together = f"{key} {self.tokens[at + size]}" if at + size < len(self.tokens) else ""
        if together in self.lexicon.things:  # "black cat", "orange tree" are words of their own
            return False
        if self.found and self.last_end == at and self.language not in ("en", "de"):
            index, thing = self.found[-1]  # "un gato negro": the colour comes after
            self.found[-1] = (index, replace(thing, colour=thing.colour or colour))
            return True
        if self.colour[1]:
            self.loose.append(self.colour[1])
        self.colour = (at + size, colour)
        return True

    def is_scenery(self, key: str, at: int, size: int) -> bool:
        """Whether the words set the scene and are nothing more; what they say is noted anyway."""
        del size
        setting = "" if self.counted(at) > 1 and self.names_thing(key) else self.setting(key)
        if not setting:
            return False
        subject = any(form in self.lexicon.both for form in (setting, *singulars(setting)))
        for table, value in self.lexicon.scene[setting]:
            self.said.setdefault(table, []).append(value)
        if subject:
            return False
        if self.colour[1] and self.colour[0] == at:  # "a green field": the sheep on it stay white
            self.loose.append(self.colour[1])
            self.colour = NO_COLOUR
        if self.relation[1] != "riding":  # "fährt auf dem Mond Fahrrad"
            self.relation = NO_RELATION
        return True

    def names_thing(self, key: str) -> bool:
        """Whether it is a word for a thing: "five tulips" are subjects, "tulips" are scenery."""
        return any(self.lexicon.things.get(form) for form in singulars(key))

    def counted(self, at: int) -> int:
        """The number that was said for a thing at this place; 0 if none was."""
        return self.count[1] if 0 <= at - self.count[0] <= REACH else 0

    def setting(self, key: str) -> str:
        """The phrase of the scene tables that this is, perhaps in the plural; "" if none."""
        if not self.lexicon.means(key, self.language):
            return ""
        if key in self.lexicon.scene:
            return key
        if key in self.lexicon.things or key in self.lexicon.skip:
            return ""
        head, _, last = key.rpartition(" ")
        forms = (
            f"{head} {form}".strip() for form in singulars(last, foreign=self.language != "en")
        )
        return next((form for form in forms if form in self.lexicon.scene), "")

    def is_group(self, key: str, at: int, size: int) -> bool:
        arts = self.lexicon.groups.get(key)
        if arts is None:
            return False
        if self.found and self.last_end == at and self.found[-1][1].kind.startswith("animal"):
            index, animal = self.found[-1]  # "a penguin family"
            self.found[-1] = (index, replace(animal, count=PLURAL))
            return True
        number = self.counted(at)
        self.count = NO_COUNT_YET
        for i in range(number if number > 1 else len(arts)):
            self.add(at, size, arts[i % len(arts)], plural=False)
        return True

    def is_thing(self, at: int, size: int) -> bool:
        key = " ".join(self.tokens[at : at + size])
        head, _, last = key.rpartition(" ")
        foreign = self.language != "en"
        if size > 1 and self.tokens[at] in self.lexicon.colours and key not in self.lexicon.things:
            return False  # "red apple" is an apple, in red
        if size == 1 and self.is_verb(at):
            return True
        forms = [f"{head} {form}".strip() for form in singulars(last, foreign=foreign)]
        forms = [form for form in forms if not self.says_nothing(form)]
        for look in (self.from_tables, self.from_names, self.from_kin, self.from_compound):
            for form in forms:
                art = look(form)
                if art and size == 1 and self.is_doubtful(at, form, art):
                    self.missing.append(f"{self.tasted(at)}{key}")
                    return True
                if art:
                    single = self.lexicon.things.get(key.removesuffix("s")) == art
                    self.add(at, size, art, plural=form != key or (key[-1] == "s" and single))
                    return True
        return False

    def is_verb(self, at: int) -> bool:
        """Whether an English word that may be a thing is what somebody does: "to book"."""
        word = self.tokens[at]
        if self.language != "en" or not self.lexicon.verbs & {
            word,
            *singulars(word, foreign=False),
        }:
            return False
        before = self.tokens[at - 1] if at else "."
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        return before in ACTORS or (before in ".!?:\n" and after in OBJECTS)

    def is_doubtful(self, at: int, form: str, art: str) -> bool:
        """Whether the noun right before makes it another thing: "baseball bat", "phone charger"."""
        before = self.tokens[at - 1] if at else ""
        lex = self.lexicon
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        if after in OF and form not in lex.things and lex.is_half(form, self.language):
            return True  # "rollos de canela" are no "rollo de papel"
        if self.language not in ("", "en") or not before.isalpha() or before in lex.skip:
            return False
        animal = kind_of(art).startswith("animal")
        kinds = set(lex.chain(f"{before} {form}"))
        if kinds and animal:
            return kinds.isdisjoint(LIVING)
        guessed = art not in (lex.things.get(form), lex.names["en"].get(form))
        return (animal or guessed) and lex.is_inanimate(before)

    def from_tables(self, form: str) -> str:
        known = self.lexicon.means(form, self.language)
        return self.lexicon.things.get(form, "") if known else ""

    def from_names(self, form: str) -> str:
        return self.lexicon.art_for(form, self.language)

    def from_kin(self, form: str) -> str:
        return self.lexicon.kin(form) if self.language in ("", "en") else ""

    def from_compound(self, form: str) -> str:
        """In German the end of a long word says what the thing is: "Sahnetorte"."""
        if self.language == "de" and len(form) >= LONG_WORD and " " not in form:
            for start in range(3, len(form) - 3):
                art = self.lexicon.things.get(form[start:], "")
                if art:
                    return art
        return ""

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
        self.found.append((at, replace(thing, count=max(1, count), colour=colour)))
        self.last_end = at + size

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

    def unknown(self, at: int) -> None:
        word = self.tokens[at]
        lex = self.lexicon
        if not word[0].isalnum():
            return
        if self.last_end == at and word.endswith(("ing", "ed")):
            return  # "a bat hanging", "the dog chased": what it does
        if self.language in ("", "en"):
            forms = [form for form in singulars(word, foreign=False) if form in lex.nouns]
            if not forms and self.ends_a_phrase(at):
                self.missing.append(word)  # a name that no list of nouns has: "a quokka"
            if not forms or any(form in lex.hollow or form in lex.skip for form in (word, *forms)):
                return
        elif self.language == "de":
            if word not in self.nouns or word in lex.hollow:
                return
        elif not self.after_article(at):
            return
        word = f"{self.tasted(at)}{word}"
        if word not in self.missing:
            self.missing.append(word)

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

    def ends_a_phrase(self, at: int) -> bool:
        """Whether a word stands alone behind an article or a number: "a quokka in the sun"."""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        lex = self.lexicon
        ends = after.endswith("ing") or (after in lex.skip and after not in lex.nouns)
        alone = not after or ends
        return alone and self.after_article(at) and self.tokens[at] not in self.missing

    def after_article(self, at: int) -> bool:
        """Outside English no nouns are packed: a long word after an article is taken for one."""
        before = self.tokens[at - 1] if at else ""
        return len(self.tokens[at]) > 3 and before in self.lexicon.counts  # noqa: PLR2004 - no particles
