"""The items of a list that a prompt brings along: a recipe, a packing list, release notes."""

from __future__ import annotations

import re
from typing import NamedTuple

LIST = re.compile(
    r"(?:please\s+)?(?:(?:write|make|create|draft|prepare|post|share)\s+)?(?:an?\s+|the\s+|our\s+|some\s+)?"
    r"(?:(?P<notes>release\s+notes?|changelog)|(?P<recipe>recipe)|(?P<list>(?:(?:to-?do|shopping|packing|check|price|"
    r"wish|guest|reading|grocery|bullet(?:ed)?)[\s-]*)?list)|(?P<agenda>agenda|programme|timetable)"
    r"|(?P<advice>(?:(?:\w+\s+)?(?:tips|reasons|steps|ideas|ways|rules|things)\b)(?=[^:]*:)))"
    r"(?P<of>\s+(?:for|of|to|on|against|why|in)\s+[^:]+?)?\s*(?::|\bwith\b(?!\s+\d+\s+\w+$))\s*(?P<items>.+)",
    re.IGNORECASE | re.DOTALL,
)
BULLETS = re.compile(r"\s*(?:;|,(?!\d)|\n)\s*(?:and\s+)?|\s+and\s+(?=[^,;]+$)")


class ItemList(NamedTuple):
    """A list of the prompt's own items."""

    name: str
    """What kind of list: "notes", "recipe", "list", "agenda" or "advice"."""
    words: str
    """How the prompt calls it: "packing list"."""
    of: str
    items: tuple[str, ...]
    behind: str = ""
    """The sentences behind the list."""


SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d\u00c0-\u00de])(?<!\bNo\.\s)")
LABELLED = re.compile(r"[A-Z][\w ]{2,20}:\s")
"""A sentence with a label: "Fixed: a crash"; it is a list of its own."""


def item_list(prompt: str) -> ItemList | None:
    """The list that a prompt asks for and has the items of; None without at least two."""
    found = LIST.match(prompt)
    if not found:
        return None
    points, *behind = SENTENCE.split(found["items"].strip())
    name = ""
    if found["recipe"] and behind and not re.search(r"\d|,", points):
        name, points, behind = points.rstrip(" ."), behind[0], behind[1:]
    if any(LABELLED.match(sentence) for sentence in behind):
        return None
    own = tuple(item.strip(" .") for item in BULLETS.split(points) if item.strip(" ."))
    if len(own) < 2:  # noqa: PLR2004 - one is no list
        return None
    titled, name = (
        name,
        next(name for name in ("notes", "recipe", "list", "agenda", "advice") if found[name]),
    )
    if name == "advice":
        return ItemList(
            name, found[name], f"{found[name]}{found['of'] or ''}", own, " ".join(behind)
        )
    of = re.sub(r"^\s*(?:for|of)\s+", "", found["of"] or "").strip()
    of = re.sub(r"^.*\bwhat(?:'s|\s+is)\s+new\s+(?:in|with)\s+", "", of, flags=re.IGNORECASE)
    return ItemList(name, found[name], titled or of, own, " ".join(behind))
