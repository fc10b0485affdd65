"""Facts that make a poster: days, hours, prices, percents, links, handles and phone numbers."""

from __future__ import annotations

import re

from service.generators.prompt.subject.facts import PATTERN

DATED = frozenset({"day", "hour"})
WEIGHTY = frozenset({"price", "percent", "link", "email", "handle", "phone"})
ENOUGH = 2
"""Days and hours that make an announcement: "a market on Sunday" is a scene."""


AT = re.compile(
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi"
    r"|vendredi|samedi|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica"
    r"|segunda|terça|quarta|quinta|sexta)s?(?:-feira)?\s+(?:at|um|à|a las|alle|às|dalle|ab)\s+\d",
    re.IGNORECASE,
)
"""A day with an hour, whatever unit the hour has."""


def facts_in(text: str) -> list[re.Match[str]]:
    """The facts of a text in their order, without plain numbers and the word "free"."""
    return [
        fact
        for fact in PATTERN.finditer(text)
        if fact.lastgroup in DATED | WEIGHTY
        and (fact.lastgroup != "price" or any(char.isdigit() for char in fact[0]))
    ]


def announces(text: str) -> bool:
    """Whether its facts make an announcement of a text: a date or a price does alone."""
    if AT.search(text):
        return True
    dated = 0
    for fact in facts_in(text):
        numbered = any(char.isdigit() for char in fact[0])
        if fact.lastgroup in WEIGHTY:
            return True
        if fact.lastgroup == "day" and numbered:
            return True
        dated += fact.lastgroup in DATED
    return dated >= ENOUGH
