"""The colours of posters, by season and mood."""

# ruff: noqa: E501 - tables of words

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from service.generators.illustrator.poster.wording import Kind

Garland = Literal["", "confetti", "snow", "leaves", "blossoms", "stars", "hearts", "bunting"]
"""What hangs in the margins."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Four colours: the ground, the shape on it, the headline, and the facts."""

    ground: str
    shape: str
    headline: str
    facts: str


@dataclass(frozen=True, slots=True)
class Mood:
    """The words that a mood is known by (beginnings of words), its colours and its garland."""

    words: str
    garland: Garland
    palettes: tuple[Palette, ...]


MOODS: dict[str, Mood] = {
    "christmas": Mood(
        r"christmas|xmas|advent|santa claus|navidad|noël|weihnacht|natale|natal\b|nikolaus",
        "stars",
        (
            Palette("#124230", "#1f6a4d", "#fdf1d7", "#f6dfae"),
            Palette("#fbf3e6", "#e0b04c", "#8f1d1d", "#2f4a3a"),
            Palette("#8a1c22", "#b3363b", "#fff4e0", "#ffe3c2"),
        ),
    ),
    "serious": Mood(
        r"sorry|apolog|closed\b|closure|cancel|lost\b|missing\b|warning|outage|is down\b|in memory|geschlossen|entschuldig|fällt aus|verloren|vermisst|cerrad|disculp|perdid|fermé|désolé|perdu|chius|scus|smarrit|fechad|desculp",
        "",
        (
            Palette("#eef0f2", "#c9d1d8", "#22313f", "#3c4b58"),
            Palette("#22333b", "#4f6f7a", "#f8efe0", "#e7e0d2"),
            Palette("#f4efe8", "#d9c8b2", "#6b2d1f", "#4d4038"),
        ),
    ),
    "winter": Mood(
        r"winter|snow|ski\b|ice rink|skating|january|february|invierno|hiver|inverno|schnee|neige|eislauf",
        "snow",
        (
            Palette("#eef4fa", "#b5d0e8", "#1b3f6b", "#33475c"),
            Palette("#14304f", "#2f5f8f", "#ffffff", "#dbe9f7"),
        ),
    ),
    "autumn": Mood(
        r"autumn|harvest|pumpkin|halloween|october|november|otoño|octubre|noviembre|automne|octobre|novembre|herbst|kürbis|oktober|autunno|ottobre|outono|outubro",
        "leaves",
        (
            Palette("#fbf0e1", "#eaa55c", "#86340f", "#4f3827"),
            Palette("#5b2a1d", "#b5532a", "#ffe8c7", "#ffdcb0"),
            Palette("#f6e3c3", "#c9682f", "#5c2a16", "#4a3423"),
        ),
    ),
    "love": Mood(
        r"wedding|married|marry|valentine|mother's day|thank you to|hochzeit|muttertag|boda|mariage|matrimonio|casamento",
        "hearts",
        (
            Palette("#fdeff0", "#f5bfc6", "#8c2340", "#5c3844"),
            Palette("#fbf4ee", "#e6cdb8", "#6d4527", "#54423a"),
            Palette("#5d1f36", "#94405c", "#ffe9e4", "#fbd6d6"),
        ),
    ),
    "party": Mood(
        r"birthday|party|anniversary|celebrat|congratulat|grand opening|carnival|geburtstag|jubiläum|feier|karneval|eröffnung|cumpleaños|fiesta|aniversari|inaugura|fête|anniversaire|ouverture|festa|compleanno|raffle|tombola",
        "confetti",
        (
            Palette("#fff3d9", "#ffc23d", "#c02942", "#4b3340"),
            Palette("#3c1a5b", "#7b3fa0", "#ffe27a", "#f5e6ff"),
            Palette("#e8f6f4", "#7fd0c3", "#b4244c", "#274a4b"),
        ),
    ),
    "spring": Mood(
        r"spring\b|easter|april|flower|garden|blumen|gärtner|garten|primavera|printemps|frühling|ostern|jardin|giardin|plant",
        "blossoms",
        (
            Palette("#f3f7e9", "#c5dfa5", "#2f5233", "#3c4a3a"),
            Palette("#fdeef1", "#f6bccb", "#8c1f46", "#57303f"),
            Palette("#234331", "#4d7f56", "#f8f3d4", "#e1ecd0"),
        ),
    ),
    "summer": Mood(
        r"summer|beach|ice cream|gelato|july|august\b|terrace|swim|pool\b|verano|julio|agosto|été\b|juillet|août|sommer|freibad|schwimm|estate\b|verão|praia|playa|plage|strand",
        "bunting",
        (
            Palette("#fff4d6", "#ffc94d", "#b3331b", "#4d3a26"),
            Palette("#e3f5fa", "#8fd3e3", "#0d4f6b", "#23444f"),
            Palette("#0f5c74", "#2d91a6", "#fff3c4", "#e4f6f7"),
        ),
    ),
    "night": Mood(
        r"concert|jazz|gig\b|dj\b|band\b|live music|play live|plays? at|open mic|karaoke|disco|quiz|cinema|film|theatre|comedy|konzert|kino|theater|concierto|noche|nuit\b|ciné|concerto|cabaret|improv|night\b",
        "",
        (
            Palette("#1a1433", "#4b2f83", "#ffe9a8", "#efe6ff"),
            Palette("#101b2d", "#23506b", "#ffffff", "#cfe3ee"),
            Palette("#23130f", "#a3352b", "#ffdf9e", "#f7e6da"),
            Palette("#ffd76a", "#f2a03d", "#3a1030", "#3d2433"),
        ),
    ),
    "food": Mood(
        r"coffee|caf[eé]|caffè|bakery|bread|soup|menu|lunch|dinner|breakfast|pizza|burger|cake|beer|wine|restaurant|kaffee|bäckerei|brot|suppe|mittag|kuchen|bier\b|wein|panader|sopa|almuerzo|cena|cerveza|vino|boulangerie|soupe|repas|bière|vin\b|pranzo|zuppa|birra|padaria|almoço|cerveja",
        "",
        (
            Palette("#f8efe2", "#e2b98a", "#6a2f14", "#4d3b2e"),
            Palette("#3d2317", "#7a4a2e", "#fbe6c6", "#f2dcc0"),
            Palette("#eef2e2", "#b9c98e", "#3f4d1d", "#434a35"),
            Palette("#fdf2e9", "#f3a27a", "#9c2f17", "#553a30"),
        ),
    ),
    "sport": Mood(
        r"run\b|runner|race\b|marathon|football|soccer|tennis|gym\b|fitness|yoga|training|tournament|match\b|cycling|bike|climb|hike|lauf|fußball|turnier|rad\b|fahrrad|wander|carrera|fútbol|torneo|course à pied|vélo|randonn|corsa|calcio|corrida|futebol|karate|judo|capoeira",
        "",
        (
            Palette("#eaf4ee", "#8fd0a6", "#0e5136", "#294a3d"),
            Palette("#0f3d4c", "#1f7a8c", "#f9f7d9", "#d9eef0"),
            Palette("#fff0e3", "#ff9d5c", "#8a2a0b", "#4f3526"),
        ),
    ),
    "children": Mood(
        r"kids?\b|child|toddler|school|nursery|playground|parents|schule|kinder|kita\b|eltern|niñ|colegio|escuela|enfant|école|bambin|scuola|criança|escola",
        "bunting",
        (
            Palette("#e9f3fd", "#9cc8f2", "#1c4a8a", "#31465f"),
            Palette("#fff6dc", "#ffd35c", "#2a5a4a", "#4a4434"),
            Palette("#fdeee6", "#f9b08c", "#7a2a52", "#52384a"),
        ),
    ),
    "work": Mood(
        r"hiring|job\b|apply|vacancy|position|release|version|webinar|software|app\b|update|workshop|seminar|stelle|mitarbeiter|auszubild|empleo|se busca|emploi|recrut|lavoro|emprego|vaga\b",
        "",
        (
            Palette("#eef1f8", "#b8c6e6", "#1f2f66", "#3a4461"),
            Palette("#182848", "#3b5b92", "#ffffff", "#d8e2f3"),
            Palette("#eaf3f2", "#a2cfca", "#0e4f4c", "#2f4b4a"),
        ),
    ),
    "loud": Mood(
        r"\d{1,3}\s?%|sale\b|half price|rebajas|soldes|ausverkauf|rabatt|saldi|promoção",
        "",
        (
            Palette("#c3272b", "#e8563f", "#ffffff", "#ffffff"),
            Palette("#ffd93b", "#ffb400", "#1d1d1f", "#2b2618"),
            Palette("#16213e", "#e94560", "#ffffff", "#e6e9f5"),
            Palette("#fdf0f3", "#f48aa7", "#a3123f", "#4d2836"),
        ),
    ),
    "calm": Mood(
        "",
        "",
        (
            Palette("#f5efe6", "#dcc9ae", "#3a2d22", "#54463a"),
            Palette("#e8efec", "#aecbc0", "#1f4a45", "#36524d"),
            Palette("#f1ecf6", "#cdbbe2", "#43296b", "#4b4257"),
            Palette("#22333b", "#4f6f7a", "#f8efe0", "#e7e0d2"),
            Palette("#fbeee6", "#f0b89a", "#7a2f1d", "#523c33"),
        ),
    ),
}
KNOWN = tuple(
    (name, re.compile(rf"(?<!\w)(?:{mood.words})", re.IGNORECASE))
    for name, mood in MOODS.items()
    if mood.words
)


def mood_of(prompt: str, kind: Kind) -> Mood:
    """The first mood that a word of the prompt belongs to; an offer is loud, the rest calm."""
    if kind == "quote":
        return MOODS["calm"]
    for name, pattern in KNOWN:
        if pattern.search(prompt):
            return MOODS[name]
    return MOODS["loud" if kind == "offer" else "calm"]
