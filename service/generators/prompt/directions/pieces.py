"""The pieces of a prompt between its marks: what may be a direction, and what stands if it goes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from service.generators.prompt.language.recognition import language_of
from service.generators.prompt.language.sentences import GERMAN_NUMBERED

BETWEEN = re.compile(
    r"\s*[,;]\s+|(?:(?<=[.!?\u2026])|(?<=[.!?\u2026][\"\u201d\u00bb')]))\s+|\s+[-\u2013\u2014]\s+|\s*\n+\s*|\s*\((?=[^()]{3,120}\))|\)\s*"
)
"""What stands between pieces: a comma, the end of a sentence, a dash, a bracket, a line."""
AND = re.compile(r"\s+(?:and|but|und|aber|y|pero|et|mais|e|ma|mas)\s+", re.IGNORECASE)
HELD = re.compile(
    r"[\"\u201c\u201e\u00ab][^\"\u201d\u201c\u00bb\n]{1,300}[\"\u201d\u201c\u00bb]|(?<!\w)'[^'\n]{3,160}'(?!\w)"
)
"""What is in quotation marks is not cut."""
ABBREVIATED = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Sr|Sra|Mme|Nr|No|Tel|ca|P\.?\s?S|max|min|inkl|bzw))\.$", re.IGNORECASE
)
NUMBERED = re.compile(r"\b\d{1,2}\.$")
MARK = re.compile(r"[.!?\u2026]+$")
MOST_PIECES = 60
NEXT = 40
"""Characters behind a boundary that say whether a number's full stop ends a sentence."""


class Cut(NamedTuple):
    """A piece of a prompt and what stands before it."""

    before: str
    text: str

    @property
    def opens(self) -> bool:
        """Whether a sentence begins with it."""
        return not self.before.strip(" ,;\u2013\u2014-(") and not self.before.strip().startswith(
            (",", ";")
        )


def pieces(prompt: str) -> list[Cut]:
    """The pieces of a prompt; together they are the prompt."""
    held = [found.span() for found in HELD.finditer(prompt)]
    result: list[Cut] = []
    begin, before = 0, ""
    for found in BETWEEN.finditer(prompt):
        if any(start < found.start() < end - 1 for start, end in held):
            continue
        if len(result) >= MOST_PIECES:
            break
        piece, after = prompt[begin : found.start()], prompt[found.end() : found.end() + NEXT]
        ordinal = NUMBERED.search(piece) and GERMAN_NUMBERED.match(after)
        numbered = bool(ordinal) and language_of(prompt) == "de"
        if (numbered or ABBREVIATED.search(piece)) and "\n" not in found[0]:
            continue
        if found.end() == begin:
            continue
        result.append(Cut(before, prompt[begin : found.start()]))
        begin, before = found.end(), found[0]
    return [*result, Cut(before, prompt[begin:])]


def without(cuts: Iterable[Cut], gone: Collection[int]) -> str:
    """The prompt without some of its pieces; a sentence that loses its end gets its mark."""
    text = ""
    separator = ""
    cut_before = False
    for at, cut in enumerate(cuts):
        if at in gone:
            cut_before = True
            mark = MARK.search(cut.text)
            if mark and text and not MARK.search(text):
                text += mark[0] if mark[0] in {"!", "?"} and not text.endswith(",") else "."
            separator = cut.before if cut.before.strip() == "" else separator
            continue
        between = cut.before if text else ""
        if (
            cut_before
            and MARK.search(text)
            and between.strip() in {",", ";", "(", ")", "-", "\u2013", "\u2014"}
        ):
            between = " "
        text += between + cut.text
        cut_before = False
    return text.strip(" ,;")
