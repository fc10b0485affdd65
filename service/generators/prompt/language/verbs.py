"""Tells a sentence from a noun phrase by its verb."""

from __future__ import annotations

import re

from service.generators.prompt.language.lexicon import several

AUXILIARIES = several(
    """
    is are was were am has have had can could will would should must do does did don't
    doesn't didn't isn't aren't won't can't cannot it's we're we've we'll i'm i've i'll
    they're you're there's here's that's
    """
)
VERBS = several(
    """
    open close start begin end finish play sing perform offer serve sell come go arrive
    leave move move change bring need want love like host organise organize celebrate
    welcome invite look find give get take make bake cook build launch release present
    introduce publish add remove run walk visit meet join help collect repair fix clean
    paint grow plant win lose reach cost include show return reopen stay wait expect
    happen fall rise continue last travel drive fly deliver ship accept teach learn
    train read write speak talk tell ask call work hire become turn keep wish thank
    apologise apologize announce remind replace support share receive earn sleep sit
    stand wear wake know think feel see hear live stop switch post
    sponsor supply operate produce prepare create design develop teach train cater handle fit
    feature require need mean allow let provide recommend suggest use hold lead rent book
    order pay save spend check test close close sell run lie lay shine cross
    sail depart brew roast weave knit hatch bloom ripen donate lend borrow refund waive resume
    restart commence remain permit celebrate contain consist weigh measure suit belong depend
    occur appear disappear
    """
)
PAST = several(
    """
    began sang sold came went left brought found gave got took made built ran won lost
    grew met cost fell rose taught wrote spoke told kept became sat stood woke knew
    thought felt saw
    """
)
DETERMINERS = several(
    """
    a an the our my your his her their its this that these those some any no every each
    new two three of and in on at for with from by to de
    """
)


BESIDE = re.compile(r"\b(?:left|right)\s+of\b", re.IGNORECASE)
"""A place, and no verb: "a bowl left of a pot"."""


def has_verb(text: str) -> bool:
    """Whether a text tells something: a subject with a finite verb."""
    text = BESIDE.sub(" beside ", text)
    found = [word.lower().replace("\u2019", "'") for word in re.findall(r"[\w'\u2019-]+", text)]
    stop = next((i for i, w in enumerate(found) if w in {"who", "which", "that", "where"}), None)
    return any(_is_verb(found, at) for at in range(len(found[:stop])))


ADVERBS = several(
    """
    now always also just currently finally still already only even again never often usually
    soon once really proudly gladly officially
    """
)


def _is_verb(found: list[str], at: int) -> bool:
    word, start = found[at], at - 1
    while start > 0 and found[start] in ADVERBS:
        start -= 1
    before = found[start] if at else ""
    if word in AUXILIARIES:
        return not (word == "am" and before[-1:].isdigit())
    if not at or before in DETERMINERS:
        return False
    if before in {"we", "i", "they", "you", "it", "he", "she"}:
        return word.isalpha() and word not in {"all", "both", "who", "in", "at", "on"}
    stems = {word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"}
    third = word.endswith("s") and bool(stems & VERBS)
    goes_on = at + 1 < len(found)
    plural = before.endswith("s") and word in VERBS and at + 1 < len(found)
    return (third and goes_on) or plural or word in PAST
