"""Words around an order: how its text is to sound, where it goes, whom it is written to."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.form.briefing import TAILS
from service.generators.prompt.form.tags import without_tags
from service.generators.prompt.tidy import tidy

MANNER = r"(?:friendly|formal|informal|funny|warm|cheerful|polite|professional|short|simple|brief|upbeat|casual)"
TONE = re.compile(
    r"[\s,;]*\b(?:(?:do|write|say)\s+it\s+)?(?:in|with)\s+an?\s+(?:[\w-]+(?:,?\s+(?:and\s+|but\s+)?)){1,3}(?:tone|style|voice|way)\b|"
    rf"[\s,;]+(?:in\s+)?(?:an?\s+)?{MANNER}(?:(?:,|\s+and|\s+but)\s+{MANNER})*\s+(?:tone|style|voice)\b|"
    r",\s+(?:politely|kindly|nicely),?(?=\s)|"
    rf"[\s,;.]+(?:and\s+)?(?:please\s+)?(?:keep|make)\s+it\s+(?:very\s+)?{MANNER}(?:(?:,|\s+and|\s+but)\s+{MANNER})*(?=\s*(?:[.,;!?)]|$))",
    re.IGNORECASE,
)
"""How a text is to sound: no model of this size can promise it, and it is no part of the text."""

CHANNEL_TAIL = re.compile(
    r"[\s,]+(?:for|on)\s+(?:our|my|the|[\w']+'s)(?:\s+[\w'-]+){0,2}?\s+(?:(?:instagram|insta|facebook|fb|linkedin|twitter|whatsapp)"
    r"(?:\s+(?:page|group|channel|account|story))?|newsletter|website|noticeboard|social\s+media)(?=[.?!:]|$)",
    re.IGNORECASE,
)
"""Where a text goes, at the end of its order."""

FOR_WHOM = re.compile(
    r"^(?:(?:can|could)\s+(?:you|u)\s+)?(?:please\s+)?(?:write|make|create|draft)\s+(?:me\s+)?(?:something|an?\s+(?:\w+\s+)?(?:post|text|caption|note))"
    r"\s+(?:for|from)\s+(?:our|my|the|an?)\s+[\w'\u2019 -]{2,40}?\s+saying\s+(?:that\s+)?(?=\w)",
    re.IGNORECASE,
)
"""An order that names its writer before what is said: "something for my shop saying that"."""
POLITE_END = re.compile(
    r"^((?:please\s+)?(?:release\s+notes?|changelog|listing|recipe|invitation|reminder|notice|announcement|job|post|write|caption|text|make|create|ad|draft|something)\b(?:[^.!?,:;]|\.(?=\d)){3,80}?),?\s+(?:please|pls|plz)(?=\s*[,.!:;]|$)",
    re.IGNORECASE,
)
"""An order with "please" behind its subject."""

EMAILED = re.compile(
    r"^((?:please\s+)?)e-?mail\s+(?!to\b|for\b)(?=(?:my|our|the|all|every\w+|[A-Z]\w+)\b.*\b(?:that|about)\b)",
    re.IGNORECASE,
)
"""An order to e-mail a person: the same as one for an e-mail that tells them."""


OCCASION = re.compile(
    r"^(?:[\w']+\s+){0,4}?(wedding|engagement|graduation|retirement|promotion)\s+congratulations?\s+"
    r"(?:(?:post|message|note|card|text)\s+)?(?:to|for)\s+(.+?)[.!]*$",
    re.IGNORECASE,
)
"""Congratulations with their occasion before them: "wedding congratulations for Ada"."""

SAYING = re.compile(
    r"^(?:please\s+)?(?:e-?mail|write\s+to)\s+((?:(?:my|our|the|all)\s+)[\w'-]+(?:\s+[\w'-]+)?|[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)?)"
    r"\s+to\s+(?:say|(?:tell|inform)\s+(?:him|her|them)|let\s+(?:him|her|them)\s+know)\s+(?=(?:that|about)\b)",
    re.IGNORECASE,
)
"""An order to write to a person and say something."""

WRITTEN_TO = re.compile(
    r"^(?:please\s+)?(?:e-?mail|write\s+to)\s+((?:(?:my|our|the|all)\s+)[\w'-]+(?:\s+[\w'-]+)?|[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)?)"
    r"\s+((?i:asking|inviting|reminding|thanking|telling))\s+(?:(?:them|him|her)\s+)?",
    re.IGNORECASE,
)
"""An order to write to a person and ask, invite or remind them."""


def unwrapped(bare: str, *, longest: int) -> str:
    """The prompt on one line, without what stands around its order."""
    plain = without_tags(tidy(TONE.sub("", bare), longest=longest))
    plain = POLITE_END.sub(r"\1", FOR_WHOM.sub("", plain))
    plain = CHANNEL_TAIL.sub("", TAILS.sub("", plain))
    plain = re.sub(
        r"\s+for\s+(?:an?|our|the)\s+(?:[\w-]+\s+)?(?:listing|post|caption|ad|flyer|poster)(?=\s*:)",
        "",
        plain,
    )
    plain = re.sub(r"\s+([,.])(?=\s|$)", r"\1", plain)
    plain = re.sub(r"(?<=\w)([.!?])\s*\.(?=\s|$)", r"\1", plain)  # of a constraint between them
    plain = OCCASION.sub(r"congratulations to \2 on the \1", plain)
    plain = SAYING.sub(r"write an e-mail telling \1 ", plain)
    plain = WRITTEN_TO.sub(r"write an e-mail \2 \1 ", plain)
    plain = re.sub(r"^(?:to\s+(?=\w+\s)|about\s+)", "", plain)
    return EMAILED.sub(r"\1write an e-mail telling ", plain)
