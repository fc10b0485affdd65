"""Texts whose prompt begins with their heading: to the parents, from the nursery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from service.generators.copywriter.composing.own_words import (
    sentence,
    statement,
    to_readers,
    to_you,
)
from service.generators.copywriter.composing.salutations import salutation
from service.generators.prompt import Constraints
from service.generators.prompt.heading.reading import Heading
from service.generators.prompt.heading.words import WISHES

OPENINGS = {
    "en": {
        "remind": ("A reminder: ", ""),
        "invite": ("You are invited: ", "You are invited."),
        "apologise": ("We are sorry: ", "We are sorry."),
        "thank": ("Thank you! ", "Thank you!"),
        "condole": ("Our thoughts are with you. ", "Our thoughts are with you."),
    },
    "de": {
        "remind": ("Zur Erinnerung: ", ""),
        "invite": ("Herzliche Einladung: ", "Herzliche Einladung!"),
        "apologise": ("Wir bitten um Entschuldigung: ", "Wir bitten um Entschuldigung."),
        "thank": ("Vielen Dank! ", "Vielen Dank!"),
        "condole": ("Unser herzliches Beileid. ", "Unser herzliches Beileid."),
    },
    "es": {
        "remind": ("Recordatorio: ", ""),
        "invite": ("Invitaci\u00f3n: ", ""),
        "apologise": ("Pedimos disculpas: ", "Pedimos disculpas."),
        "thank": ("\u00a1Muchas gracias! ", "\u00a1Muchas gracias!"),
        "condole": ("Nuestro m\u00e1s sentido p\u00e9same. ", ""),
    },
    "fr": {
        "remind": ("Rappel : ", ""),
        "invite": ("Vous \u00eates invit\u00e9s : ", "Vous \u00eates invit\u00e9s."),
        "apologise": ("Nous vous prions de nous excuser : ", "Nous vous prions de nous excuser."),
        "thank": ("Merci beaucoup ! ", "Merci beaucoup !"),
        "condole": ("Toutes nos condol\u00e9ances. ", ""),
    },
    "it": {
        "remind": ("Promemoria: ", ""),
        "invite": ("Siete invitati: ", "Siete invitati."),
        "apologise": ("Ci scusiamo: ", "Ci scusiamo."),
        "thank": ("Grazie mille! ", "Grazie mille!"),
        "condole": ("Le nostre pi\u00f9 sentite condoglianze. ", ""),
    },
    "pt": {
        "remind": ("Lembrete: ", ""),
        "invite": ("Est\u00e3o todos convidados: ", ""),
        "apologise": ("Pedimos desculpa: ", "Pedimos desculpa."),
        "thank": ("Muito obrigado! ", "Muito obrigado!"),
        "condole": ("Os nossos sentimentos. ", ""),
    },
}
"""How a text begins by what it does: before what it says, and where that stands already."""
CLOSING = {
    "remind": "remind",
    "invite": "event",
    "apologise": "sorry",
    "ask": "ask",
    "thank": "thank",
}
"""The kind of closing line that fits each."""
SAID = re.compile(
    r"\b(?:sorry|apologi|invit|entschuldig|einlad|laden|disculp|excus|scus|desculp|convid)",
    re.IGNORECASE,
)
"""Words that say already what an opening would."""


def opened(found: Heading, first: str, *, others: Sequence[str]) -> str:
    """The first sentence of a text with its opening, behind sentences that stand before it."""
    if found.kind == "wish":
        return _wished(found, first)
    if found.language == "en" and found.kind not in {"condole", "wish"}:
        first = to_readers(first, "you")
    if speaks_to_one(found):
        first = to_one(first)
    opening, alone = OPENINGS.get(found.language, {}).get(found.kind, ("", ""))
    if found.kind == "thank" and found.language == "en":
        first = to_you(first)
    if not opening or SAID.search(first):
        return statement(first)
    if others:
        return f"{alone} {statement(first)}".strip()
    led = opening.rstrip().endswith(":")
    return sentence(f"{opening}{first}") if led else f"{opening}{statement(first)}"


def speaks_to_one(found: Heading) -> bool:
    """Whether what the prompt says of a person is to be said to that person."""
    close = found.letter or found.kind in {"apologise", "thank"}
    return (
        close
        and found.kind != "condole"
        and found.language == "en"
        and bool(ONE.search(found.reader))
    )


def _wished(found: Heading, first: str) -> str:
    """A wish and what the prompt says with it, unless its words hold the wish already."""
    line = next(
        line for word, line in WISHES[found.language] if re.search(word, found.words, re.IGNORECASE)
    )
    said = line.split(maxsplit=1)[0].strip("!\u00a1,").lower() in first.lower()
    return statement(first) if said else f"{line} {statement(first)}"


ONE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Frau|Herrn?|aunt|uncle)\b\.?\s+[A-Z]|^(?:to|for)\s+(?:(?:our|my)\s+(?:[a-z]+\s+){1,2})?[A-Z][a-z]+$"
)
"""A single person who is named."""
TO_ONE = (
    (r"\b(?:she|he)\s+(?:is|was)\b", "you are"),
    (r"\b(?:she|he)\s+has\b", "you have"),
    (r"\b(?:she|he)\s+gets\b", "you get"),
    (
        r"\b(?:she|he)\s+(?=\w+ed\b|sent\b|gave\b|lent\b|had\b|came\b|made\b|took\b|brought\b|will\b|can\b)",
        "you ",
    ),
    (r"\b(?:hers|his)(?=\s+(?:tomorrow|today|on|by|before|back)\b)", "yours"),
    (r"\b(?:her|his)\b", "your"),
)
"""What is said of one reader, said to that reader."""


def to_one(text: str) -> str:
    """A text about its only reader, to that reader."""
    for theirs, yours in TO_ONE:
        text = re.sub(theirs, yours, text, flags=re.IGNORECASE)
    return text


def addressed_to(found: Heading, asked: Constraints) -> Constraints:
    """What is asked of a text, with its readers before and its sender behind it."""
    ours = re.match(r"(?:our|us|my|me|unser|nuestr|notre|nostr|noss)", found.sender, re.IGNORECASE)
    sender = asked.signature or ("" if ours else found.sender)
    sender = f"{sender[:1].upper()}{sender[1:]}"
    return replace(asked, salutation=salutation(found), signature=sender)
