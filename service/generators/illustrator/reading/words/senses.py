"""Which drawing a word of a prompt means, and whether it means one at all."""

from __future__ import annotations

from dataclasses import dataclass

from service.generators.illustrator.reading.words.grammar import ACTORS, LIVING, OBJECTS, OF
from service.generators.illustrator.reading.words.lexicon import Lexicon, kind_of
from service.generators.illustrator.reading.words.tokens import singulars

LONG_WORD = 8
"""Letters from which on a German word may be put together of others."""


@dataclass
class Senses:
    """The words of a prompt and what each may mean in its language."""

    tokens: list[str]
    lexicon: Lexicon
    language: str

    def says_nothing(self, word: str) -> bool:
        """Whether a word names nothing; "kind" does so in German."""
        foreign = self.language not in ("", "en") and word in self.lexicon.things
        native = word in self.lexicon.native.get(self.language, {})
        return word in self.lexicon.skip and not (foreign or native)

    def is_verb(self, at: int) -> bool:
        """Whether an English word that may be a thing is a verb: "to book"."""
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
        told = not before.isalpha() or before in lex.skip or bool(lex.colour(before))
        if self.language not in ("", "en") or told:
            return False
        animal = kind_of(art).startswith("animal")
        kinds = set(lex.chain(f"{before} {form}"))
        if kinds and animal:
            return kinds.isdisjoint(LIVING)
        guessed = art not in (lex.things.get(form), lex.names["en"].get(form))
        return (animal or guessed) and lex.is_inanimate(before)

    def in_context(self, at: int, form: str, art: str) -> str:
        """What a word of several senses means beside the prompt's others: a seal on a letter."""
        others = {*self.tokens[:at], *self.tokens[at + 1 :]}
        others |= {single for word in others for single in singulars(word, foreign=False)}
        if self.language not in ("", "en"):
            return art
        for near, sense in self.lexicon.senses.get(form, ()):
            if near & others:
                return sense
        return art

    def from_tables(self, form: str) -> str:
        native = self.lexicon.native.get(self.language, {})
        if form in native:
            return native[form]
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
