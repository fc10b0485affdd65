"""The last look at a text that code makes: no order, no scrap and no torn sentence is posted."""

from __future__ import annotations

import re

from service.generators.prompt.heading.words import NOUNS
from service.generators.prompt.language import sentences

VERBS = (
    r"(?:write|draft|compose|prepare|create|schreib\w*|verfass\w*|formulier\w*|erstell"
    r"\w*|escrib\w+|redact\w+|\u00e9cri\w*|r\u00e9dig\w*|scriv\w+|escrev\w+|redig\w+)"
)
TEXTS = "|".join(words for kinds in NOUNS.values() for words in kinds.values())
DETERMINERS = (
    r"(?:an?|the|our|some|this|me|us|two|three|four|\d|eine?n?|un|una|une|uma?|mir|uns|moi|nous)"
)
ORDER = re.compile(
    rf"(?:(?:please|can\s+you|could\s+you|bitte|por\s+favor|per\s+favore)\s+)*(?:{VERBS})\s+(?:{DETERMINERS}\s+)+(?:(?!(?:comment|under|below|on|in|to|for|with)\b)[\w-]+\s+){{0,3}}?(?:{TEXTS}|sentences|post|caption|tweet|e-?mail|ad|advert|poster|flyer)\b(?!['\u2019])",
    re.IGNORECASE,
)
"""A sentence that orders a text, and is none."""
TO_WRITER = re.compile(
    r"(?:(?:please\s+)?(?:keep|make|write|phrase|word)\s+it\s+(?:(?:very|nice\s+and|all)\s+)?(?:short|brief|formal|informal|simple|friendly|polite|funny|cheerful|professional|neutral|sober|factual)\b|(?:write|put|phrase|format)\s+(?:this|that|it)\s+(?:as|into|in)\s+(?:an?\s+)?\w+|use\s+(?:an?\s+)?(?:\w+\s+){0,2}(?:tone|style|emojis?|hashtags?)\b|"
    r"(?:schreib|formulier)\w*\s+(?:es|das)\b|(?:hazlo|escríbelo|écris-le|scrivilo)\b)",
    re.IGNORECASE,
)
"""A sentence about the text itself."""
FRAGMENT = re.compile(
    r"(?:(?-i:Dass)\s[^,?!]*|(?:and|und|et|y|e|or|oder)|(?:Mit|With|Con|Avec|Com)\s+(?:an?|eine[mnr]?|una?|une|uma?)?)[.!]?",
    re.IGNORECASE,
)
"""What a cut leaves of a sentence."""


def scrap_in(text: str) -> str:
    """The first sentence of a text that is none for its readers; empty if all are."""
    for line in filter(None, text.split("\n")):
        parts, rest = sentences.split(line)
        for part in filter(None, (*parts, rest.strip())):
            if ORDER.match(part) or TO_WRITER.match(part) or FRAGMENT.fullmatch(part):
                return part
    return ""
