"""Emoji for a text that has to have some."""

from __future__ import annotations

import re

EMOJI: tuple[tuple[str, str], ...] = (
    (r"coffee|caf[eé]|espresso", "\u2615"),
    (r"cake|bak(?:e|ery|er)|bread|pastr", "\U0001f950"),
    (r"pizza|burger|lunch|dinner|menu|restaurant|food", "\U0001f37d"),
    (r"concert|band|music|jazz|choir|song", "\U0001f3b6"),
    (r"book|read|library", "\U0001f4da"),
    (r"christmas", "\U0001f384"),
    (r"birthday|party|anniversary", "\U0001f389"),
    (r"garden|flower|plant|spring", "\U0001f337"),
    (r"dog|puppy", "\U0001f436"),
    (r"cat|kitten", "\U0001f431"),
    (r"run|marathon|gym|yoga|football|sport", "\U0001f3c3"),
    (r"summer|beach|sun", "\U0001f31e"),
)
ANY_EMOJI = ("\u2728", "\U0001f44b", "\U0001f31f", "\U0001f64c", "\U0001f389", "\U0001f4ab")


def emoji(number: int, prompt: str) -> str:
    """As many as are asked for, those that fit the prompt first."""
    fitting = [one for sign, one in EMOJI if re.search(rf"\b(?:{sign})", prompt, re.IGNORECASE)]
    chosen = list(dict.fromkeys((*fitting, *ANY_EMOJI)))
    return "".join((chosen * (number // len(chosen) + 1))[:number])
