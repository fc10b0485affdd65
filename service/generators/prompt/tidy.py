"""Puts a prompt on one line, without characters that no model can read."""

from __future__ import annotations

import re
import unicodedata

EMOJI = {"heavy black heart": "love", "sparkles": "a little sparkle", "fire": "a good fire"} | {
    "hot beverage": "a hot drink",
    "black sun with rays": "the sun",
    "water wave": "the waves",
}
"""Names of emoji whose Unicode names are odd."""

KEPT = "\u00b0\u2116\u00a9\u00ae\u2122"
"""Signs that words need: of degrees and numbers."""
LONGEST_SUBJECT = 600
"""The most characters of a prompt for the small model."""

LONGEST_WORD = 40
"""The most characters of a word; longer ones are left out, unless they are links."""


LINK = re.compile(r"https?://|www\.|[\w.+-]+@", re.IGNORECASE)
"""How links and addresses begin."""


def tidy(prompt: str, *, longest: int = LONGEST_SUBJECT) -> str:
    """The prompt on one line, without what no model can read, and without quotation marks.

    Emoji are left out; a prompt of nothing else is read by their names.
    """
    text = unicodedata.normalize("NFC", prompt)
    text = re.sub('["\u201c\u201d\u201e\u00ab\u00bb]', " ", text)
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    spoken = "".join(c for c in plain if c in KEPT or unicodedata.category(c) not in {"So", "Sk"})
    if not any(c.isalnum() for c in spoken):
        names = [unicodedata.name(c, "").lower() for c in plain if unicodedata.category(c) == "So"]
        wanted = [n for n in dict.fromkeys(names) if n and not re.search("symbol|sign|selector", n)]
        spoken = " and ".join(EMOJI.get(n, f"a {n}") for n in wanted[:4])
    short = " ".join(
        w for w in spoken.split() if len(w) <= LONGEST_WORD or not w.isascii() or LINK.match(w)
    )
    short = short or "a surprise"
    if len(short) > longest:
        short = short[:longest]
        ends = [short.rfind(end) for end in (". ", "! ", "? ")]
        cut = max(ends) + 1 if max(ends) > longest // 3 else short.rfind(" ")
        short = short[:cut] if cut > 0 else short
    return short
