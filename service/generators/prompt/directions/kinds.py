"""What a clause is: about the form of a text, about a look, or nothing but adjectives of tone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from service.generators.prompt.directions.vocabulary import Token
from service.generators.prompt.language.lexicon import several

MOST_UNKNOWN = 2
"""Words that name an emoji: "a pumpkin emoji"."""
MEASURES = frozenset({"words", "sentences", "characters", "paragraphs"})
TAGGED = frozenset(
    {"tag", "unit", "function", "verb", "bound", "no", "text", "place", "number", "medium"}
)
OF_LOOK = frozenset(
    {"look", "colour", "function", "tone", "text", "number", "bound", "no", "verb", "unit"}
)
"""What clauses with hashtags, and clauses about a look, are made of."""
FEW = 3
STYLE_NOUNS = several(
    "look style feel stil optik estilo stile vibe colours colors tones shades tonos colores tons "
    "teintes couleurs toni colori cores farben töne"
)
"""Behind an unknown word these make it one of style: "moonlit look"."""
ALONE = frozenset({"upper", "lower", "rhyme", "bullets", "numbered", "subjectline"})
"""Units that ask for something in one word: "Bullet points."."""
WITH = several("with mit con avec com as als como comme come only nur in en em")
SAYING = several("that dass que che saying")
LINES = several("line lines línea líneas ligne lignes zeile zeilen riga righe linha linhas")
QUESTIONS = several("questions preguntas fragen domande perguntas")
ALSO_ADDRESS = several("lei i usted du sie")
FOR = several("for für para pour per as als como comme come aux à ai")


def is_form(clause: Sequence[Token]) -> bool:
    """Whether a clause is about a text and nothing else."""
    if {"left", "right"} <= {token.word for token in clause}:  # "look left and right"
        return False
    units = [token.value("unit") for token in clause if token.value("unit")]
    unknown = sum(not token.meanings for token in clause)
    names_emoji = "emoji" in units and unknown <= MOST_UNKNOWN and _beside_emoji(clause)
    if (
        not clause
        or (unknown and not names_emoji)
        or _has_only(clause, "look")
        or _has_only(clause, "colour")
    ):
        return False
    has = {meaning.kind for token in clause for meaning in token.meanings}
    if "tag" in has:
        return has <= TAGGED
    if "quote" in has:
        return _asks_for_words(units, has)
    return any(_asks_for(unit, clause, has) for unit in units) or (
        not units and _toned(clause, has)
    )


def _beside_emoji(clause: Sequence[Token]) -> bool:
    """Whether the unknown words of a clause name its emoji: "a bee emoji", "un emoji de abeja"."""
    at = next(n for n, token in enumerate(clause) if token.value("unit") == "emoji")
    unknown = [n for n, token in enumerate(clause) if not token.meanings]
    return all(-MOST_UNKNOWN <= n - at <= FEW for n in unknown)


def _asks_for_words(units: Collection[str], has: Collection[str]) -> bool:
    """Whether a clause says what to do with words in quotation marks."""
    if {"verb", "place"} & set(has) or "title" in units:
        return True
    return bool(units) and ("no" in has or ("words" in units and "function" in has))


def _toned(clause: Sequence[Token], has: Collection[str]) -> bool:
    """Whether a clause without units is about address, medium or tone."""
    if "address" in has:
        return len(clause) > 1 or clause[0].word not in ALSO_ADDRESS
    if _counts(clause):
        return False
    if "medium" in has:
        return bool({"text", "tone"} & set(has)) or any(t.word in FOR for t in clause)
    carried = {"text", "verb", "no"} & set(has) or clause[0].word in WITH
    return "tone" in has and bool(carried)


def _asks_for(unit: str, clause: Sequence[Token], has: Collection[str]) -> bool:
    """Whether a clause with a unit of form asks for it: not "two lines, three colours"."""
    words = {token.word for token in clause}
    with_it, kinds = bool(words & WITH), set(has)
    if unit in MEASURES:
        return _measures(clause, kinds, words)
    asked = {
        "ps": not words & SAYING and len(clause) > 1,
        "question": bool({"verb", "no", "audience"} & kinds)
        or (not words & QUESTIONS and (with_it or "place" in kinds)),
        "title": with_it or bool({"verb", "no", "tone"} & kinds),
        "list": len(clause) > 1 and ("verb" in kinds or with_it),
        "accents": "no" in kinds,
        "adjectives": "no" in kinds,
        "manner": bool({"no", "verb"} & kinds),
        "thanks": "place" in kinds or bool(words & {"add", "include"}),
    }
    return asked.get(unit, len(clause) > 1 or unit in ALONE)


def _measures(clause: Sequence[Token], kinds: Collection[str], words: Collection[str]) -> bool:
    """Whether a clause gives the length of a text."""
    carried = {"bound", "text", "verb"} & set(kinds)
    if LINES & set(words) and not (carried or "tone" in kinds or WITH & set(words)):
        return False
    single = any(token.value("number") for token in clause)
    short = single and (len(clause) <= FEW or bool(carried))
    return _counts(clause) or short or "tone" in kinds


def _counts(clause: Sequence[Token]) -> bool:
    """Whether a clause has a number, beside articles and negations."""
    return any(
        token.value("number") and not (token.value("function") or token.value("no"))
        for token in clause
    )


def _has_only(clause: Sequence[Token], kind: str) -> bool:
    """Whether a word of a clause has that kind of meaning and no other."""
    return any(
        token.value(kind) and all(meaning.kind == kind for meaning in token.meanings)
        for token in clause
    )


def is_audience(clause: Sequence[Token]) -> bool:
    """Whether a clause only says for whom the text is: "For our customers."."""
    if len(clause) < 2 or clause[0].word not in FOR:  # noqa: PLR2004 - "for customers"
        return False
    known = all(t.value("function") or t.value("audience") or t.value("medium") for t in clause)
    return known and any(t.value("audience") or t.value("medium") for t in clause)


def is_bare(clause: Sequence[Token]) -> bool:
    """Whether a clause has nothing but adjectives of tone."""
    kinds = ("tone", "function", "no")
    toned = any(token.value("tone") for token in clause)
    return toned and all(any(token.value(kind) for kind in kinds) for token in clause)


def is_look(clause: Sequence[Token]) -> bool:
    """Whether a clause of an order for a poster is about its look and nothing else."""
    styled = bool(clause) and clause[-1].word in STYLE_NOUNS
    strange = [token for token in clause if not {m.kind for m in token.meanings} & OF_LOOK]
    if any(token.quoted for token in clause) or len(strange) > styled:
        return False
    seen = any(
        token.value("look") or (token.value("colour") and not token.value("function"))
        for token in clause
    )
    return seen or is_bare(clause)
