"""The words of a poster that is ordered: "a poster that says X" has X and the facts on it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from service.generators.illustrator.poster.commission.motifs import PICTURE, PICTURE_OF, is_motif
from service.generators.illustrator.poster.commission.reading import (
    Commission,
    commissioned,
    unadorned,
)
from service.generators.illustrator.poster.facts import facts_in
from service.generators.illustrator.poster.lines import capital, in_lines
from service.generators.prompt.directions.pieces import pieces, without
from service.generators.prompt.directions.posters import GIVEN, PosterOrder, bare, poster_order
from service.generators.prompt.directions.reading import directed

PURPOSE = re.compile(
    r"^\s*(?:(?:it's|this\s+is|use\s+it)\s+)?(?:for|für|para|pour|per|at|on|in|an|am|im|auf|na|no|en|à|au|alla|al|to\s+(?:hang|put|be)|zum\s+(?:aufhängen))\s+(?:\w+\s+)?(?:the|our|my|an?|a|unser\w*|die|den|das|dem|mein\w*|nuestr\w+|el|la|"
    r"los|las|un|una|notre|nos|le|les|l['\u2019]|une|(?:il\s+|la\s+)?nostr\w+|il|lo|gli|(?:o\s+|a\s+)?noss\w+|o|os|as|um|uma)\b",
    re.IGNORECASE,
)
"""Where a poster hangs or for whom it is: no words of it, where its words are given."""
EVENT_WORDS = 3
"""Words of a kind of event before "poster" that is a headline: "Halloween party"."""


class OrderedWords(NamedTuple):
    """The words of an ordered poster and what is to be drawn on it."""

    headline: str
    lines: tuple[str, ...]
    motif: str
    commission: Commission | None = None
    """Where, and in which look, if the words are quoted."""


def ordered_words(prompt: str) -> OrderedWords | None:
    """The words of a poster that a prompt orders; None if its words are read as any others."""
    if made := commissioned(prompt):
        return OrderedWords(made.headline, tuple(made.lines), ", ".join(made.motifs), made)
    rest, made = unadorned(prompt)
    found = _unquoted(rest)
    if found is None or not (made.motifs or made.patterns or made.look.ordered):
        return found
    motif = ", ".join(filter(None, (found.motif, *made.motifs)))
    return OrderedWords(found.headline, found.lines, motif, made)


def _unquoted(prompt: str) -> OrderedWords | None:
    """The words of an order that quotes none, or quotes them in the middle of a sentence."""
    order = poster_order(prompt)
    if (
        order is not None and order.words[1:]
    ):  # a direction is no line, but `heading "X"` may be one
        return _given(replace(order, rest=directed(order.rest).rest))
    order = poster_order(directed(prompt).rest)
    if order is None:
        return None
    if order.words or order.rest.startswith(GIVEN):
        return _given(order)
    if order.name:
        more, motif = _others(order.rest)
        subject = (bare(order.subject),) if order.subject else ()
        return OrderedWords(capital(order.name), (*subject, *more), motif)
    if order.kind:
        return _of_kind(order)
    return _of_subject(order.rest)


def _of_subject(rest: str) -> OrderedWords | None:
    """The words of a poster for something, where it says what is to be drawn; else None."""
    cuts = pieces(rest)
    drawn = {
        at: PICTURE_OF.sub("", cut.text).strip(" .")
        for at, cut in enumerate(cuts)
        if at and is_motif(cut.text.strip(" ."), marked=True)
    }
    if not drawn:
        return None
    headline, lines = in_lines(capital(without(cuts, drawn.keys())))
    return OrderedWords(headline, lines, ", ".join(drawn.values()))


def _given(order: PosterOrder) -> OrderedWords:
    """The words that are given, and the facts behind them."""
    if not order.words:
        text, motif = _said(order.rest.removeprefix(GIVEN))
        headline, lines = in_lines(text)
        return OrderedWords(headline, lines, motif)
    headline, lines = in_lines(order.words[0])
    more, motif = _others(order.rest, given=True, whole=len(order.words) > 1)
    return OrderedWords(headline, (*lines, *map(capital, order.words[1:]), *more), motif)


def _said(text: str) -> tuple[str, str]:
    """Words without quotation marks: they end where the poster's place or purpose begins."""
    cuts = pieces(text)
    gone = {
        at
        for at, cut in enumerate(cuts)
        if at and PURPOSE.match(cut.text) and not facts_in(cut.text)
    }
    drawn = {
        at: PICTURE_OF.sub("", cut.text)
        for at, cut in enumerate(cuts)
        if at and is_motif(cut.text, marked=True)
    }
    return without(cuts, gone | drawn.keys()) or text, ", ".join(drawn.values())


def _others(rest: str, *, given: bool = False, whole: bool = False) -> tuple[tuple[str, ...], str]:
    """The lines behind the words that are given, and what is to be drawn.

    `whole`: several are given, so they are all words but for facts.
    """
    said: list[str] = []
    motifs: list[str] = []
    for cut in pieces(rest):
        text = DETAIL.sub("", cut.text.strip(" .,;:"))
        if not re.search(r"\w", text):
            continue
        aside = PURPOSE.match(text) and not facts_in(text)
        if not aside and is_motif(text, marked=not given):
            motifs.append(PICTURE.sub("", PICTURE_OF.sub("", text)).strip())
        elif whole and not facts_in(text):
            motifs.append(PICTURE_OF.sub("", text))
        elif not (aside and given):
            said.append(f"{cut.before if said else ''}{DETAIL.sub('', cut.text.strip(' ,;:'))}")
    text = "".join(said).strip(" ,;:")
    if not text:
        return (), ", ".join(motifs)
    headline, lines = in_lines(text)
    return (headline, *lines), ", ".join(motifs)


DETAIL = re.compile(
    r"^(?:and|und|y|et|e)\s+(?:the|our|die|der|das|el|la|l['\u2019]|il|le|a|o)?\s*(?:address|date|time|website|phone(?:\s+number)?|adresse|datum|dirección|fecha|indirizzo|data|endereço)\s+",
    re.IGNORECASE,
)
"""What a fact is, before it: "and the address Market Row 3"."""
NAMED = re.compile(r"[A-Z\u00c0-\u00de]\w+|['\u2019]s\b|\d")
"""A subject that is a headline: "Mia's 5th birthday"."""


def _of_kind(order: PosterOrder) -> OrderedWords:
    """The event ("Halloween party" flyer), its facts, and whose it is."""
    kind = capital(order.kind)
    more, motif = _others(order.rest)
    if order.subject and " " not in kind and NAMED.search(order.subject):
        return OrderedWords(bare(order.subject), (kind, *more), motif)
    if order.subject:
        return OrderedWords(kind, (*more, bare(order.subject)), motif)
    if more and len(order.kind.split()) < EVENT_WORDS - 1:
        return OrderedWords(more[0], (kind, *more[1:]), motif)
    return OrderedWords(kind, more, motif)
