"""Walking over the words of a prompt: things with their numbers and colours, and scenery."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from service.generators.illustrator.reading.relations import Spatial
from service.generators.illustrator.reading.subjects.acts import is_attribute, is_stack
from service.generators.illustrator.reading.subjects.furniture import Furniture
from service.generators.illustrator.reading.subjects.subjects import PLURAL, REACH
from service.generators.illustrator.reading.words.compounds import (
    NO_COLOUR,
    NO_COUNT_YET,
    NO_RELATION,
)
from service.generators.illustrator.reading.words.grammar import (
    ARTICLES,
    DEFINITE,
    FULL,
    OF,
    WITH,
)
from service.generators.illustrator.reading.words.tokens import singulars
from service.generators.illustrator.scene import MANY

LONGEST_PHRASE = 5
SHORTEST_WORD = 2
ENGLISH = ("", "en")
SAFE_PARTS = (
    *("garten", "holz", "stein", "kuchen", "stall", "dorf", "park", "wald", "strand", "feld"),
    *("bauern", "metall", "eisen", "leder", "obst", "winter", "sommer", "kinder", "haus"),
)
"""How German compounds begin whose last part is what they are: "Gartenzaun"."""
TREES = {"tree", "trees"}
"""One of no kind stands for each kind."""
ADVERBS = {"outside", "inside", "outdoors", "indoors", "home", "above", "moon", "sun", "clouds"}
DOORS = {"porta", "porte"}
"""In Italian and French also "carries"."""
ON_WALL = {
    "on",
    "en",
    "sur",
    "au",
    "aux",
    "an",
    "alla",
    "sulla",
    "sul",
    "na",
    "no",
    "nas",
    "auf",
    "sobre",
}
HANGS = 1.3
"""Metres: what is larger does not hang on a wall."""


class Setting(NamedTuple):
    """Words of a prompt that set the scene."""

    at: int
    words: str
    sets: tuple[tuple[str, str], ...]
    subject: bool
    """Whether they name a subject as well: "a cactus"."""


@dataclass
class Reader(Furniture):
    """Walks over the words once and collects what they say."""

    nouns: frozenset[str] = frozenset()
    """The words with a capital letter."""
    said: dict[str, list[str]] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    """Colours that no thing took."""
    pose: str = ""
    settings: list[Setting] = field(default_factory=list)

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
        if size > 1 and (
            key in self.lexicon.idioms or self.is_opaque(key) or is_stack(key, self.language)
        ):
            return True
        parted = size > 1 and (self.is_part_of_them(at, size) or self.is_each(at, size))
        if parted or (size > 1 and is_attribute(key)):
            self.understood |= set(range(at, at + size))
            return True
        settled = (self.is_relation, self.is_count, self.is_colour)
        steps = (*settled, self.is_group, self.is_furniture, self.is_scenery)
        if self.is_portion(at, size) or any(step(key, at, size) for step in steps):
            return True
        if size == 1 and (
            self.is_possessive(at)
            or self.is_action(at)
            or self.says_nothing(key)
            or len(key) < SHORTEST_WORD
        ):
            return True
        known = key in self.lexicon.poses or bool(self.setting(key))
        self.pose = self.lexicon.poses.get(key, self.pose)
        return self.is_thing(at, size) or known

    def is_opaque(self, key: str) -> bool:
        """Whether the words together are another thing than each, one without a drawing."""
        head, _, last = key.rpartition(" ")
        forms = {f"{head} {form}" for form in singulars(last, foreign=False)}
        known = any(form in self.lexicon.things for form in (key, *forms))
        if known or self.lexicon.opaque.isdisjoint(forms):
            return False
        self.missing.append(key)
        return True

    def is_relation(self, key: str, at: int, size: int) -> bool:
        if self.is_named_door(key, at):
            return False
        relation = self.lexicon.relations.get(key, "")
        if key == "su" and self.language == "es":
            return False  # "con su perro"
        if relation:
            self.relation = (at, relation)
        kind = self.lexicon.spatial.get(self.language, {}).get(key, "")
        after = self.tokens[at + size] if at + size < len(self.tokens) else ""
        before = self.tokens[at - 1] if at else ""
        if key == "over" and before.endswith(("ing", "ed")):
            kind = ""  # "quarrelling over a biscuit"
        if kind == "leash" and after not in self.lexicon.counts and after not in ARTICLES:
            kind = ""  # "walking on the beach"
        kind = kind or (relation if relation in ("on", "in") else "")
        if kind:
            self.spatial.append(Spatial(kind, at, at + size))
        measure = key in self.lexicon.measures or self.is_cup_of(key, at, size)
        if measure:
            self.understood |= set(range(at, at + size))
            self.measured = at + size
        return bool(relation or kind) or measure

    def is_named_door(self, key: str, at: int) -> bool:
        """Whether "porte" is the door: behind an article, or at the beginning."""
        return key in DOORS and (
            at == 0 or self.tokens[at - 1] in DEFINITE | OF | {"un", "una", "une"}
        )

    def is_colour(self, key: str, at: int, size: int) -> bool:
        if key in self.lexicon.many_coloured:
            self.colour = (at + size, MANY)
            return True
        colour = self.lexicon.colour(key)
        if not colour and key in self.lexicon.colour_things and at + size < len(self.tokens):
            after = self.tokens[at + size]
            if any(self.lexicon.art_for(form, self.language) for form in singulars(after)):
                colour = self.lexicon.colour_things[key]
        after = self.tokens[at + size] if at + size < len(self.tokens) else ""
        flower = (
            size == 1
            and self.lexicon.colour(after)
            and self.lexicon.art_for(key[:-1], self.language)
        )
        if not colour or flower:  # "rosas rojas" are roses
            return False
        together = f"{key} {self.tokens[at + size]}" if at + size < len(self.tokens) else ""
        if together in self.lexicon.things:  # "black cat", "orange tree" are words of their own
            return False
        if self.found and self.last_end == at and self.language not in ("en", "de"):
            index, thing = self.found[-1]  # "un gato negro": the colour comes after
            own = "" if thing.colour == MANY else thing.colour  # "globos azules"
            self.found[-1] = (index, replace(thing, colour=own or colour))
            return True
        if self.colour[1]:
            self.loose.append(self.colour[1])
        self.colour = (at + size, colour)
        return True

    def is_scenery(self, key: str, at: int, size: int) -> bool:
        """Whether the words set the scene and are nothing more; what they say is noted anyway."""
        del size
        picked = self.counted(at) > 1 or (self.colour[0] == at and self.has_vase)
        picked = picked or self.in_vessel or (self.is_placed(at) and key not in self.lexicon.shops)
        setting = "" if picked and self.names_thing(key) else self.setting(key)
        if not setting:
            return False
        subject = any(form in self.lexicon.both for form in (setting, *singulars(setting)))
        spots = {table for table, _ in self.lexicon.scene[setting]} & {"place", "feature"}
        noun = setting in self.lexicon.nouns and setting not in ADVERBS
        noun |= setting in self.lexicon.furniture  # "a stone table", "a birthday table"
        if spots and noun and not subject and self.touches(at) and self.language in ENGLISH:
            self.understood |= self.drop_describing()
        outside = self.is_outside(at)
        for table, value in self.lexicon.scene[setting]:
            street = outside and table == "place" and value in ("table", "room")
            self.said.setdefault(table, []).append("city" if street else value)
        self.hang(at, key)
        self.settings.append(Setting(at, key, self.lexicon.scene[setting], subject=subject))
        if subject:
            return False
        if self.colour[1] and self.colour[0] == at:  # "a green field": the sheep on it stay white
            self.loose.append(self.colour[1])
            self.colour = NO_COLOUR
        if self.relation[1] != "riding":  # "fährt auf dem Mond Fahrrad"
            self.relation = NO_RELATION
        return True

    def hang(self, at: int, key: str) -> None:
        """Hang the subject before on the wall, if the words say so: "a clock on the wall"."""
        walls = ("place", "wall") in self.lexicon.scene.get(self.setting(key), ())
        near = self.tokens[max(0, at - 2) : at]
        if not (walls and self.found and ON_WALL & set(near)):
            return
        index, thing = self.found[-1]
        if thing.kind.startswith(("animal", "person")):
            self.missing.append(key)  # a wall to sit on
        elif thing.metres <= HANGS and not thing.kind.startswith(("food", "transport")):
            art = "wall-clock" if thing.art == "alarm-clock" else thing.art
            self.found[-1] = (index, replace(thing, art=art, stance="hung"))

    @cached_property
    def has_vase(self) -> bool:
        """Whether flowers stand in a vase, where they have colours: "yellow tulips in a vase"."""
        return any(self.lexicon.things.get(word) == "vase" for word in self.tokens)

    @property
    def in_vessel(self) -> bool:
        """Whether the words before say so: "a bucket of" flowers."""
        vessel = self.found[-1][1].art if self.found else ""
        near = self.tokens[self.last_end : self.last_end + 1]
        filled = bool((OF | FULL | WITH - {","}) & set(near))
        return vessel in self.lexicon.containers and filled

    def is_placed(self, at: int) -> bool:
        """Whether another subject is said to be beside, behind or under it: "under a palm tree"."""
        last = self.spatial[-1] if self.spatial else None
        return (
            last is not None
            and 0 <= at - last.end <= 1
            and last.kind not in ("on", "in")
            and self.tokens[at - 1] in self.lexicon.counts
        )

    def is_outside(self, at: int) -> bool:
        """Whether the words before say so: "a bicycle in front of a bakery"."""
        last = self.spatial[-1] if self.spatial else None
        near = last is not None and 0 <= at - last.end <= REACH
        return near and last is not None and last.kind in ("front", "beside", "behind")

    def names_thing(self, key: str) -> bool:
        """Whether it is a word for a thing: "five tulips" are subjects, "tulips" are scenery."""
        return any(self.lexicon.things.get(form) for form in singulars(key))

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
                if art:
                    lasts = singulars(last, foreign=foreign) if size > 1 else ()
                    drawn = (self.lexicon.art_for(one, self.language) for one in lasts)
                    head = next(filter(None, drawn), "")
                    plain = head == art and (is_attribute(key.partition(" ")[0]) or last in TREES)
                    if look == self.from_kin and not plain:
                        self.stand_ins.append(key)
                    half = form not in self.lexicon.things and self.lexicon.is_half(
                        form, self.language
                    )
                    safe = form.startswith(SAFE_PARTS) and self.language == "de"
                    guess = look in (self.from_kin, self.from_compound) and not safe
                    if (guess and head != art) or half:
                        self.guessed.add(at)
                    self.draws(at, size, form, art)
                    return True
        return False

    def draws(self, at: int, size: int, form: str, art: str) -> None:
        """Take a word for its drawing, or report it if it means something else here."""
        key = " ".join(self.tokens[at : at + size])
        if size == 1:
            seen = self.in_context(at, form, art)
            if not seen or (seen == art and self.is_doubtful(at, form, art)):
                self.missing.append(f"{self.tasted(at)}{key}")
                return
            art = seen
        flavour = self.flavours(at)
        if flavour and not self.found[-1][1].kind.startswith("food"):
            self.stand_ins.append(key)  # "barcos de pesca": which kind they are of
        if not (self.belongs_to_unknown(at) or flavour):
            genitive = self.language == "de" and self.tokens[at - 1 : at] in (["eines"], ["des"])
            singles = [*singulars(key, foreign=False)][1:]
            single = any(self.lexicon.things.get(one) == art for one in singles)
            plural = (form != key or (key[-1] == "s" and single)) and not genitive
            self.add(at, size, art, plural=plural)

    def unknown(self, at: int) -> None:
        word = self.tokens[at]
        if not word[0].isalnum():
            return
        if self.last_end == at and word.endswith(("ing", "ed")):
            return  # "a bat hanging", "the dog chased": what it does
        if not self.is_seen(at, word):
            return
        kind = self.tasted(at)
        if kind:
            self.unset({at - len(kind.split())})  # "a lighthouse keeper" is not at sea
        word = f"{kind}{word}"
        if word not in self.missing:
            self.missing.append(word)

    def unset(self, places: Collection[int]) -> None:
        """Take back what subjects at these places say of where and when the picture plays."""
        for one in self.settings:
            if one.subject and one.at in places:
                for table, value in one.sets:
                    if value in self.said.get(table, ()):
                        self.said[table].remove(value)

    def is_seen(self, at: int, word: str) -> bool:
        """Whether an unknown word names something that a reader expects to see."""
        lex = self.lexicon
        if self.language == "de":
            return word in self.nouns and word not in lex.hollow
        if self.language not in ("", "en"):
            return self.after_article(at)
        singles = [*singulars(word, foreign=False)]
        if self.touches(at) and not lex.heads.isdisjoint(singles):
            return True  # "a mouse pad"
        forms = [form for form in singles if form in lex.nouns]
        if not forms:
            return self.ends_a_phrase(at)  # a name that no list of nouns has: "a quokka"
        return not any(form in lex.hollow or form in lex.skip for form in (word, *forms))

    def ends_a_phrase(self, at: int) -> bool:
        """Whether a word stands alone behind an article or a number: "a quokka in the sun"."""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        lex = self.lexicon
        ends = after.endswith("ing") or (after in lex.skip and after not in lex.nouns)
        alone = not after or ends
        before = self.tokens[at - 1] if at else ""
        described = is_attribute(before) or bool(self.lexicon.colour(before))
        return (
            alone and (described or self.after_article(at)) and self.tokens[at] not in self.missing
        )

    def after_article(self, at: int) -> bool:
        """Outside English no nouns are packed: a long word after an article is taken for one."""
        before = self.tokens[at - 1] if at else ""
        return len(self.tokens[at]) > 3 and before in self.lexicon.counts  # noqa: PLR2004 - no particles
