"""A dozen layouts and the palettes by season and mood; the seed chooses among those that suit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from service.generators.illustrator.poster.wording import Kind

Ground = Literal["plain", "frame", "disc", "panel", "dots", "rays", "arch", "stripes"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a poster is arranged; on a wide picture the object always stands beside the words."""

    ground: Ground
    above: bool
    """Whether the object stands above the words."""
    centred: bool
    headline: str
    """The font of the headline."""


SANS, SERIF, TEXT = "montserrat-extrabold", "serif-extrabold", "montserrat-semibold"

LAYOUTS = (
    Layout("disc", True, True, SANS),
    Layout("disc", False, False, SERIF),
    Layout("arch", True, True, SERIF),
    Layout("arch", False, True, SANS),
    Layout("panel", True, True, SANS),
    Layout("panel", False, False, SANS),
    Layout("panel", True, False, SERIF),
    Layout("dots", True, True, SANS),
    Layout("rays", True, True, SANS),
    Layout("rays", False, True, SANS),
    Layout("frame", True, True, SERIF),
    Layout("stripes", True, False, SANS),
)
SUITED: dict[Kind, tuple[Ground, ...]] = {
    "quote": ("frame", "arch", "disc"),
    "offer": ("rays", "panel", "dots", "stripes"),
    "invitation": ("arch", "dots", "frame", "disc", "panel"),
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Four colours: the ground, the shape on it, the headline, and the facts."""

    ground: str
    shape: str
    headline: str
    facts: str


PALETTES: dict[str, tuple[Palette, ...]] = {
    "spring": (
        Palette("#f3f7e9", "#c5dfa5", "#2f5233", "#3c4a3a"),
        Palette("#fdeef1", "#f6bccb", "#8c1f46", "#57303f"),
    ),
    "summer": (
        Palette("#fff4d6", "#ffc94d", "#b3331b", "#4d3a26"),
        Palette("#e3f5fa", "#8fd3e3", "#0d4f6b", "#23444f"),
    ),
    "autumn": (
        Palette("#fbf0e1", "#eaa55c", "#86340f", "#4f3827"),
        Palette("#5b2a1d", "#b5532a", "#ffe8c7", "#ffdcb0"),
    ),
    "winter": (
        Palette("#eef4fa", "#b5d0e8", "#1b3f6b", "#33475c"),
        Palette("#14304f", "#2f5f8f", "#ffffff", "#dbe9f7"),
    ),
    "christmas": (
        Palette("#124230", "#1f6a4d", "#fdf1d7", "#f6dfae"),
        Palette("#fbf3e6", "#d8463c", "#8f1d1d", "#2f4a3a"),
    ),
    "loud": (
        Palette("#c3272b", "#e8563f", "#ffffff", "#ffffff"),
        Palette("#ffd93b", "#ffb400", "#1d1d1f", "#2b2618"),
        Palette("#16213e", "#e94560", "#ffffff", "#e6e9f5"),
    ),
    "night": (
        Palette("#1a1433", "#4b2f83", "#ffe9a8", "#efe6ff"),
        Palette("#101b2d", "#23506b", "#ffffff", "#cfe3ee"),
    ),
    "calm": (
        Palette("#f5efe6", "#dcc9ae", "#3a2d22", "#54463a"),
        Palette("#e8efec", "#aecbc0", "#1f4a45", "#36524d"),
        Palette("#f1ecf6", "#cdbbe2", "#43296b", "#4b4257"),
        Palette("#22333b", "#4f6f7a", "#f8efe0", "#e7e0d2"),
    ),
}
MOODS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (mood, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for mood, words in (
        ("christmas", r"christmas|xmas|advent|santa|navidad|noël|weihnacht|natale|natal\b"),
        (
            "winter",
            r"winter|snow|ski\b|ice rink|january|february|invierno|hiver|inverno|schnee|neige",
        ),
        (
            "autumn",
            r"autumn|harvest|pumpkin|halloween|october|november|otoño|automne|herbst|outono",
        ),
        (
            "spring",
            r"spring\b|easter|april|flower|garden|primavera|printemps|frühling|ostern|jardin",
        ),
        (
            "summer",
            r"summer|beach|ice cream|july|august|terrace|verano|été\b|sommer|estate\b|verão",
        ),
        (
            "night",
            r"concert|jazz|gig\b|dj\b|band\b|night|cinema|film|konzert|concierto|noche|nuit|nacht",
        ),
    )
)

OBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (art, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for art, words in (
        ("hot-beverage", r"caf[eé]|coffee|kaffee|caffè|cappuccino|tea\b|breakfast"),
        (
            "musical-notes",
            r"concert|choir|song|konzert|chor\b|concierto|concerto|coro\b|chorale|music",
        ),
        ("guitar", r"band\b|gig\b|jazz|rock\b|open mic"),
        ("books", r"book|library|reading|libro|livre|bücher|lesung|biblio"),
        ("clapper-board", r"film|movie|cinema|kino|cine\b|ciné"),
        ("artist-palette", r"\bart\b|exhibition|gallery|paint|ausstellung|exposi|mostra"),
        ("running-shoe", r"\brun\b|race|marathon|lauf|carrera|course à"),
        ("soccer-ball", r"football|soccer|fußball|fútbol|calcio|futebol"),
        ("scissors", r"hair|barber|salon|friseur|peluquer|coiff|parrucch"),
        ("briefcase", r"hiring|job\b|apply|position|staff|stelle|empleo|emploi|lavoro|emprego"),
        ("wrapped-gift", r"gift|voucher|birthday|geschenk|regalo|cadeau"),
        (
            "bouquet",
            r"wedding|flower|florist|mother's day|hochzeit|boda|mariage|matrimonio|casamento",
        ),
        (
            "shopping-bags",
            r"sale|discount|% off|offer|shop|store|rabatt|rebajas|soldes|saldi|desconto",
        ),
        ("pizza", r"pizz"),
        ("house", r"\bopen house|apartment|flat\b|rent\b|wohnung|piso\b|appartement"),
    )
)
FALLBACK: dict[Kind, str] = {
    "invitation": "party-popper",
    "offer": "shopping-bags",
    "quote": "",
    "announcement": "megaphone",
}


def mood_of(prompt: str, kind: Kind) -> str:
    for mood, pattern in MOODS:
        if pattern.search(prompt):
            return mood
    return "loud" if kind == "offer" else "calm"


def object_of(prompt: str, kind: Kind) -> str:
    """The drawing that fits when the prompt names none; "" for none."""
    for art, pattern in OBJECTS:
        if pattern.search(prompt):
            return art
    return FALLBACK.get(kind, "")


def suited(kind: Kind) -> tuple[Layout, ...]:
    grounds = SUITED.get(kind)
    return tuple(one for one in LAYOUTS if grounds is None or one.ground in grounds)
