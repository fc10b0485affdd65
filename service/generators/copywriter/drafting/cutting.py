"""Makes a sentence shorter that is only too long."""

from __future__ import annotations

import re

from service.generators.prompt.language.lexicon import ENGLISH


def cut_at_clause(sentence: str, limit: int) -> str:
    """The longest start of a sentence that fits and ends where a clause does; else empty."""
    cut = sentence[: limit - 1]
    clause = max(cut.rfind(mark) for mark in (", ", "; ", " - ", " and ", " because ", " while "))
    return cut[:clause] if clause > limit // 3 else ""


def shorten(sentence: str, limit: int) -> str:
    """The longest start of a sentence that fits and still reads as one; empty if none does."""
    if len(sentence) <= limit:
        return sentence
    cut = cut_at_clause(sentence, limit) or sentence[: limit - 1].rpartition(" ")[0]
    while cut and re.split(r"\s+", cut)[-1].lower().strip(",;:-") in ENGLISH:
        cut = cut.rpartition(" ")[0]
    return f"{cut.rstrip(' ,;:-')}." if cut else ""
