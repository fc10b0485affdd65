"""The nouns of a prompt: what the illustrator reads in it, without drawing anything."""

from __future__ import annotations

from service.generators.illustrator.lexicon import language_of, lexicon
from service.generators.illustrator.reader import Reader
from service.generators.illustrator.tokens import capitals, singulars, words
from service.generators.prompt.negation import without_negated

ALWAYS = ("time", "weather")
"""Tables whose values are nouns that may stand for another word: "snow" for "snowy"."""
USUAL = {"day", "clear"}
"""Values of these tables that say nothing about a post."""


def nouns(prompt: str) -> list[str]:
    """The things that a prompt names, drawn or not, and then its place, weather and hour."""
    spoken = words(prompt)
    language = language_of(spoken)
    tokens, _ = without_negated(spoken, language)
    reader = Reader(tokens, lexicon(), language, nouns=capitals(prompt))
    reader.read()
    named = [
        *(thing.word for _, thing in reader.found),
        *(word for word in reader.missing if not word[:1].isdigit()),  # "3 cats" too many
    ]
    things = [noun for phrase in named for noun in (phrase, *heads(phrase))]
    spelled = {form for token in tokens for form in singulars(token)}
    scenery = [
        value
        for table, values in reader.said.items()
        for value in values
        if value in spelled or (table in ALWAYS and value not in USUAL)
    ]
    return list(dict.fromkeys([*things, *scenery]))


def heads(phrase: str) -> list[str]:
    """What a phrase is about besides the whole: an oak tree is a tree, but no hot dog is a dog.

    A cup of coffee is about both.
    """
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
