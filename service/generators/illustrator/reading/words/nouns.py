"""The nouns of a prompt: what the illustrator reads in it, without drawing anything."""

from __future__ import annotations

from service.generators.illustrator.reading.reader import Reader
from service.generators.illustrator.reading.words.lexicon import language_of, lexicon
from service.generators.illustrator.reading.words.tokens import capitals, singulars, words
from service.generators.prompt.subject.negation import without_negated

ENGLISH = ("", "en")
ADJECTIVES = ("weather",)
"""Tables whose values stand for adjectives: "snow" for "snowy"."""
VAGUE = {"day", "clear", "field", "table", "room", "studio", "path", "outside"}
"""Values of the tables of scenery that say little about a post."""


def nouns(prompt: str) -> list[str]:
    """The things that a prompt names, drawn or not, and then its place, weather and hour."""
    spoken = words(prompt)
    language, lex = language_of(spoken), lexicon()
    tokens, _ = without_negated(spoken, language)
    reader = Reader(tokens, lex, language, nouns=capitals(prompt))
    reader.read()
    named = [
        *(thing.word for _, thing in reader.found),
        *(word for word in reader.missing if not word[:1].isdigit()),  # "3 cats" too many
    ]
    things = [noun for phrase in named for noun in (phrase, *heads(phrase, language))]
    scenery = [token for token in tokens if is_noun_of_scenery(reader, token)]
    spelled = {form for token in tokens for form in singulars(token)}
    meant = [
        value
        for table, values in reader.said.items()
        for value in values
        if value not in VAGUE
        and (value in spelled or table in ADJECTIVES or language not in ENGLISH)
    ]
    return list(dict.fromkeys([*things, *scenery, *meant]))


def is_noun_of_scenery(reader: Reader, word: str) -> bool:
    """Whether a word of scenery is a noun: "bakery", "lake", and the hours, as "morning"."""
    setting, lex = reader.setting(word), reader.lexicon
    if not setting:
        return False
    return singular(word) in lex.nouns or any(table == "time" for table, _ in lex.scene[setting])


def heads(phrase: str, language: str) -> list[str]:
    """What a phrase is about besides the whole: an oak tree is a tree, but no hot dog is a dog.

    A cup of coffee is about both. In other languages than English and German the head comes first.
    """
    if language not in ENGLISH:
        return [phrase.split()[-1 if language == "de" else 0]]
    first, of, second = phrase.partition(" of ")
    if of:
        return [second, first]
    rest, _, last = phrase.rpartition(" ")
    whole, last = f"{rest} {singular(last)}", singular(last)
    kinds = lexicon().chain(whole)
    return [last] if rest and (last in kinds or not kinds) else []


def singular(word: str) -> str:
    """An English noun in the singular; any other word unchanged."""
    known = lexicon().nouns
    if word in known:
        return word
    forms = singulars(word, foreign=False)
    next(forms)  # the word itself
    return next((form for form in forms if form in known), word)
