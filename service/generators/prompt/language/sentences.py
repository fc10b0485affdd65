"""Cuts a text into sentences while it is being written."""

from __future__ import annotations

import re

ABBREVIATIONS = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Mt|Jr|Sr|vs|etc|e\.g|i\.e|approx|min|max|Messrs|Hnos|Gebr|Bros|resp|No|U\.S|a\.m|p\.m|[Ii]ncl|[Ee]xcl|[Ii]nkl|[Tt]el|[Ee]xt|[Cc]a|bzw|(?<=\s)e|Nr|Str|Sig|Dott|Sra?|Mme)|\b[A-Z])\.$"
)
GERMAN_NUMBERED = re.compile(
    r"[a-zäöü]|(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Geburtstag|Jubiläum|Stock|Klasse|Platz|Mal|"
    r"Etage|Ausgabe|Jahr|Woche|Lauf|Fest|Tag|Hochzeit|Advent|Oberg|Turnier)"
)
"""What a number with a dot stands before in German: "12. Juni", "3. Stock"."""
BOUNDARY = re.compile(r"[.!?…]+[\"'\u201d\u2019)]*(?=\s+\S)")

IN_BRACKETS = re.compile(r"[.!?\u2026]+[\"\u201d]?\)\s+[a-z\u00df-\u00ff]")
"""An end in brackets inside a sentence: "their piano (a Bechstein!) to our club"."""


def split(text: str) -> tuple[list[str], str]:
    """The sentences known to be complete, and the rest: a sentence ends where the next begins."""
    found = []
    start = 0
    for end in BOUNDARY.finditer(text):
        sentence = text[start : end.end()].strip()
        inside = sentence.count("(") > sentence.count(")") or IN_BRACKETS.match(text, end.start())
        if ABBREVIATIONS.search(sentence) or inside:
            continue
        found.append(sentence)
        start = end.end()
    return found, text[start:].lstrip() if found else text


def is_complete(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    return bool(re.search(r"[.!?…][\"'\u201d\u2019)]*\s*$", text)) and not ABBREVIATIONS.search(
        text.strip()
    )
