"""Which words of an ordered poster say what is to be drawn on it."""

from __future__ import annotations

import re

from service.generators.illustrator.poster.facts import facts_in
from service.generators.illustrator.reading.prompt import read

PICTURE_OF = re.compile(
    r"^\s*(?:(?:and|und|y|et|e)\s+)?(?:with|showing|mit|con|avec|com|dazu|plus)\s+(?:an?\s+|the\s+|eine[mrn]?\s+|una?\s+|une\s+|uma?\s+)?"
    r"(?:(?:picture|image|drawing|photo|illustration|icon|pictogram(?:me)?|symbol[eo]?|bild|zeichnung|foto|imagen|dibujo|image|dessin|photo|immagine|disegno|imagem|desenho)s?\s+(?:of|von|vom|mit|de|d['\u2019]|du|di|del|della|do|da)\s+)?",
    re.IGNORECASE,
)
"""What comes before what is to be drawn: "with a picture of"."""
DRAWN = ("food", "drink", "animal", "plant", "sky", "game", "sport", "music", "transport", "event")
"""Kinds of things that are drawn where only they are named; a library is a place."""
JOINED = re.compile(
    r"\b(?:of|the|in|at|on|from|for|der|des|dem|den|die|das|im|am|vom|zum|zur|de|del|du|des|la|le|el|di|della|dello|il|da|do|na|no)\b|l['\u2019]",
    re.IGNORECASE,
)
"""Words of a place or of what belongs to it: "cortile della biblioteca" is no drawing."""
PICTURE = re.compile(
    r"\b(?:picture|image|drawing|photo|illustration|icon|pictogram(?:me)?|symbol[eo]?|bild|zeichnung|foto|imagen|dibujo|dessin|immagine|disegno|imagem|desenho)s?\s+(?:of|von|vom|mit|de|d['\u2019]|du|di|del|della|do|da)\b",
    re.IGNORECASE,
)
NAME = re.compile(
    r"\w\s+[A-Z\u00c0-\u00de]|\b(?i:free|gratis|ingresso|entrada|entrée|eintritt|libero|libre|frei|bring|come|stalls?|music|band|live)\b"
)
"""Signs of a place or of what is offered: a line of the poster, and no drawing."""


def is_motif(text: str, *, marked: bool) -> bool:
    """Whether a piece says what is to be drawn; `marked` asks for a "with" before it."""
    if facts_in(text) or re.search(r"\d", text):
        return False
    bare_text = PICTURE_OF.sub("", text)
    if PICTURE.search(text) and (bare_text != text or PICTURE.match(text)):
        return True
    if marked and bare_text == text:
        return False
    if not marked and bare_text == text and JOINED.search(text):
        return False
    scene = read(bare_text)
    if not marked and not all(thing.kind.startswith(DRAWN) for thing in scene.things):
        return False
    named = scene.language != "de" and NAME.search(bare_text)
    return bool(scene.things) and not scene.missing and not named
