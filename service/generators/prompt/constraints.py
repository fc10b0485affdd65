"""Constraints of a prompt that are kept by code, and those that are refused before a text is made.

Lengths are read by `lengths`, hashtags by `hashtags`.
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re
from dataclasses import dataclass

from service.generators.protocol import GenerationFailed

PLUG_IN = 'Set text.generator to "openai" or text.local.model to a larger model for that.'

QUOTED = '["\'\u201c\u2018\u00ab](?P<{0}>[^"\u201d\u201c\u00bb]+?)["\'\u201d\u2019\u00bb](?!\\w)'
JOIN = r"[\s,;(]*\b(?:and\s+|but\s+|please\s+|it\s+should\s+|it\s+must\s+|(?:write|keep|put)\s+(?:it|everything)\s+)*"

READ: dict[str, str] = {
    "begins": rf"{JOIN}(?:begin|start)(?:s|ning|ing)?\s+(?:it\s+)?with\s+(?:the\s+words?\s+)?{QUOTED.format('x')}",
    "question": rf"{JOIN}(?:(?:end|finish|clos)(?:s|ing|e)?\s+(?:it\s+)?with|as|phrased\s+as)\s+an?\s+(?:open\s+)?question(?:\s+(?:to|for)\s+(?:the|our|my)\s+\w+)?(?=[\s.!,;]|$)",
    "ends": rf"{JOIN}(?:end|finish|clos)(?:s|ing|e)?\s+(?:it\s+)?with\s+(?:the\s+words?\s+)?{QUOTED.format('x')}",
    "upper": rf"{JOIN}in\s+(?:all\s+)?(?:caps|capitals|capital\s+letters|upper\s?-?case)(?:\s+letters)?\b",
    "lower": rf"{JOIN}(?:in\s+(?:all\s+)?(?:lower\s?-?case|small\s+letters)(?:\s+letters)?|(?:no|without)\s+capital\s+letters)\b",
    "commas": rf"{JOIN}(?:with\s+)?(?:no|without(?:\s+any)?|do\s+not\s+use|don't\s+use|avoid)\s+commas\b",
    "avoid": rf"{JOIN}(?:without(?:\s+using)?|avoid(?:ing)?|(?:do\s+not|don't|never|not)\s+(?:use|mention|say))\s+the\s+words?\s+{QUOTED.format('x')}",
    "include": rf"{JOIN}(?:with|includ(?:e|ing)|us(?:e|ing)|contain(?:ing)?|mention(?:ing)?)\s+the\s+(?:words?|phrase)\s+{QUOTED.format('x')}",
    "no_emoji": rf"{JOIN}(?:with\s+)?(?:no|without(?:\s+any)?|zero|do\s+not\s+use|don't\s+use|avoid)\s+emojis?\b",
    "emoji": rf"{JOIN}(?:with|using|use|add|includ(?:e|ing))?\s*(?:exactly\s+)?(?P<x>one|an?|two|three|four|five|some|a\s+few|[1-9])\s+(?:\w+\s+)?emojis?\b",
    "some_emoji": rf"{JOIN}(?:with|using|use|add|includ(?:e|ing))\s+emojis?\b",
}
"""How each constraint is asked for."""

LANGUAGES = r"(?:german|french|spanish|italian|portuguese|dutch|polish|russian|chinese|japanese|arabic|turkish|hindi|korean)"

REFUSED: tuple[tuple[str, str], ...] = (
    (r"\b(?:as|in|return|output|valid)\s+(?:an?\s+)?(?:json|xml|yaml|csv|html|markdown|sql)\b", "write data formats"),
    (r"\b(?:as|in)\s+(?:an?\s+)?(?:table|spreadsheet)\b", "make tables"),
    (r"\b(?:with|add|includ(?:e|ing))\s+an?\s+(?:\w+\s+)?p\.?\s?s\b", "write a postscript"),
    (r"\bwith\s+(?:an?\s+)?(?:catchy\s+|short\s+|own\s+)?(?:title|heading|subheadings?)\b", "add a title"),
    (r"\b(?:exactly|precisely)\s+(?:\d+|\w+)\s+(?:words|characters|letters)\b", "count to an exact number of words or characters"),
    (r"\bat\s+least\s+(?:\d+|\w+)\s+(?:words|characters)\b", "promise a least length"),
    (r"\bin\s+(?:two|three|four|five|[2-9])\s+(?:short\s+)?paragraphs\b", "write several paragraphs"),
    (r"\bin\s+the\s+style\s+of\b|\bacrostic\b|\brhym(?:e|es|ing)\b.*\bin\s+rhyme", "imitate a style"),
    (rf"^(?:please\s+)?(?:write|create|compose|draft)\b[^.]*\bin\s+{LANGUAGES}[\s.!]*$|\b(?:post|caption|text|message|note|tweet|it|everything|answer)\s+in\s+{LANGUAGES}\b|[,.]\s*in\s+{LANGUAGES}[\s.!]*$", "translate: write the prompt in the language of the text"),
)  # fmt: skip
"""What a small model cannot do, and how that is called."""

COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "some": 2, "three": 3, "a few": 3, "four": 4} | {
    "five": 5
}
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


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the form of a text has to be."""

    begins: str = ""
    ends: str = ""
    avoid: str = ""
    include: str = ""
    case: str = ""
    commas: bool = True
    question: bool = False
    emoji: int = 0

    def styled(self, text: str) -> str:
        """The text in its case, without commas if it must have none; changes letter by letter."""
        if not self.commas:
            text = text.replace(",", "")
        return {"upper": text.upper(), "lower": text.lower()}.get(self.case, text)

    def emojis(self, prompt: str) -> str:
        """As many as are asked for, first those of the subject."""
        fitting = [one for sign, one in EMOJI if re.search(rf"\b(?:{sign})", prompt, re.IGNORECASE)]
        return "".join(dict.fromkeys((*fitting, *ANY_EMOJI)))[: self.emoji]


def constraints(prompt: str) -> tuple[str, Constraints]:
    """Take the constraints out of a prompt; GenerationFailed for one that cannot be kept."""
    bare = re.sub(r"[\"\u201c\u00ab][^\"\u201d\u00bb]*[\"\u201d\u00bb]", " ", prompt)
    for sign, name in REFUSED:
        if re.search(sign, bare, re.IGNORECASE):
            raise GenerationFailed(
                f"The local text model cannot {name}. {PLUG_IN}", retryable=False
            )
    found: dict[str, str] = {}
    for name, pattern in READ.items():
        if match := re.search(pattern, prompt, re.IGNORECASE):
            found[name] = match.groupdict().get("x") or "yes"
            prompt = prompt[: match.start()] + prompt[match.end() :]
    count = COUNTS.get(found.get("emoji", "").lower(), 0) or int(
        found["emoji"] if found.get("emoji", "").isdigit() else 2 * ("some_emoji" in found)
    )
    asked = Constraints(
        begins=found.get("begins", "").strip(),
        ends=found.get("ends", "").strip(),
        avoid=found.get("avoid", "").strip(),
        include=found.get("include", "").strip(),
        case="upper" if "upper" in found else "lower" if "lower" in found else "",
        commas="commas" not in found,
        question="question" in found,
        emoji=count,
    )
    return " ".join(prompt.split()).replace(" .", "."), asked
