"""The hashtags that a prompt brings along, asks for or does not want."""

from __future__ import annotations

import re

from service.generators.prompt.language.numbers import NUMBER, number
from service.generators.prompt.language.words import words

WITH = r"with|includ(?:e|ing)|add(?:ing)?|and|plus|use|using|con|usa|avec|mit|com"
WITHOUT = r"no|without|not|don't|never|avoid|zero|sin|sans|senza|sem|ohne|keine?|pas\s+de"
WISHED = re.compile(rf"\b(?:{WITH})\s+(?:[\w-]+\s+){{0,2}}?hashtags?\b", re.IGNORECASE)
UNWISHED = re.compile(rf"\b(?:{WITHOUT})\s+(?:[\w-]+\s+){{0,2}}?hashtags?\b", re.IGNORECASE)
NUMBERED = re.compile(rf"\b{NUMBER}\s+(?:[\w-]+\s+)?hashtags?\b", re.IGNORECASE)
GIVEN = re.compile(r"[#]([^\W\d]\w*)")
ONLY = re.compile(r"\b(?:only|just)\b[^#.]{0,30}#|hashtags?\s*:\s*#", re.IGNORECASE)
ABOUT_TAGS = re.compile(
    rf"""[\s,;(]*(?:\b(?:{WITH}|{WITHOUT}|only|just|exactly|the)\s+){{1,4}}
    (?:[\w-]+\s+){{0,2}}?hashtags?\b(?:\s*(?:[,:]|\band\b)?\s*{GIVEN.pattern})*[)]?|
    [\s,]*\b{NUMBER}\s+hashtags?\b|
    [\s,;]*(?:\b(?:please|only|just|include|add|use|using|with|and|the|tag|tagged|hashtags?)\s+){{0,4}}{GIVEN.pattern}""",
    re.VERBOSE | re.IGNORECASE,
)


def given_tags(prompt: str) -> list[str]:
    """The hashtags of a prompt, without their sign."""
    return GIVEN.findall(prompt)


def wants_tags(prompt: str) -> bool | None:
    """Whether a prompt asks for hashtags (True) or for none (False); None if it says nothing."""
    if UNWISHED.search(prompt):
        return False
    return True if given_tags(prompt) or WISHED.search(prompt) or NUMBERED.search(prompt) else None


def number_of_tags(prompt: str) -> int | None:
    """How many hashtags a prompt asks for; those it brings along, if it wants only them."""
    counted = NUMBERED.search(prompt)
    if counted:
        return number(counted["number"])
    return len(given_tags(prompt)) if ONLY.search(prompt) else None


def without_tags(prompt: str) -> str:
    """The prompt without its hashtags and the request for some, unless there is nothing else."""
    rest = " ".join(ABOUT_TAGS.sub(" ", prompt).split()).replace(" .", ".")
    rest = re.sub(
        r"^(write|create|give\s+me|make|draft)\s+and\s+", r"\1 ", rest, flags=re.IGNORECASE
    )
    return rest if words(rest) else " and ".join(given_tags(prompt)) or prompt
