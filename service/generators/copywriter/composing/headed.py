"""Texts whose prompt begins with their heading: to the parents, from the nursery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from service.generators.copywriter.composing.own_words import sentence, statement, to_you
from service.generators.copywriter.composing.salutations import salutation
from service.generators.prompt import Constraints
from service.generators.prompt.heading.reading import Heading

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
    opening, alone = OPENINGS.get(found.language, {}).get(found.kind, ("", ""))
    if found.kind == "thank" and found.language == "en":
        first = to_you(first)
    if not opening or SAID.search(first):
        return statement(first)
    if others:
        return f"{alone} {statement(first)}".strip()
    led = opening.rstrip().endswith(":")
    return sentence(f"{opening}{first}") if led else f"{opening}{statement(first)}"


def addressed_to(found: Heading, asked: Constraints) -> Constraints:
    """What is asked of a text, with its readers before and its sender behind it."""
    sender = asked.signature or found.sender
    sender = f"{sender[:1].upper()}{sender[1:]}"
    return replace(asked, salutation=salutation(found), signature=sender)
