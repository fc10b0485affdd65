"""Simple shapes that posters are ordered with and no drawing is of: stars, snowflakes, drops."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import math
import re

from service.generators.illustrator.looks.reading import kind_of_words
from service.generators.illustrator.sprites.art import Sprite

SIDE = 100.0
"""Of a shape's square, in its own units."""
SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (name, colour, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, colour, words in (
        ("star", "#f6c92e", r"stars?|sterne?n?|estrellas?|étoiles?|stell[ae]|estrelas?"),
        ("snowflake", "#8ecdf2", r"snow\s?flakes?|schneeflocken?|copos?\s+de\s+nieve|flocons?|fiocch?[oi]\s+di\s+neve|flocos?\s+de\s+neve"),
        ("warning", "#f6c92e", r"warning\s+(?:triangle|sign)|warndreieck|triángulo\s+de\s+(?:aviso|advertencia)|triangle\s+d.avertissement|triangolo\s+di\s+avviso"),
        ("sun", "#f6c92e", r"suns?|sonne|sol|soleil|sole"),
        ("moon", "#f3e3a0", r"moon|crescent|mond|luna|lune|lua"),
        ("drop", "#5bb4ea", r"drops?|tropfen|gotas?|gouttes?|gocc(?:ia|e)"),
        ("check", "#38a34a", r"ticks?|tick\s+marks?|check\s?marks?|häkchen|coche|spunta|visto"),
        ("percent", "#e23b32", r"percent\s+signs?|prozentzeichen|signos?\s+de\s+porcentaje"),
        ("dot", "#e23b32", r"circles?|kreise?|círculos?|cercles?|cerch[io]"),
    )
)  # fmt: skip


def shape_of(words: str) -> Sprite | None:
    """The shape that words name, in the colour that they say."""
    for name, colour, pattern in SHAPES:
        if pattern.search(words):
            said = (kind_of_words(word) for word in re.findall(r"[^\W_]+", words.lower()))
            fill = next((value for kind, value in said if kind == "colour"), colour)
            return Sprite(f"shape-{name}", SIDE, SIDE, body_of(name, fill))
    return None


def is_phrase(words: str) -> bool:
    """Whether several words name a shape together: "fiocchi di neve"."""
    found = [pattern.search(words) for _, _, pattern in SHAPES]
    return any(" " in one[0] for one in found if one)


def body_of(name: str, fill: str) -> str:
    """The drawing of a shape."""
    return {
        "star": f'<path d="{spikes(5, 48, 20)}" fill="{fill}"/>',
        "sun": f'<path d="{spikes(12, 49, 36)}" fill="{fill}"/><circle cx="50" cy="50" r="28" fill="{fill}" stroke="#ffffff" stroke-opacity=".5" stroke-width="3"/>',
        "snowflake": f'<g stroke="{fill}" stroke-width="6" stroke-linecap="round" fill="none"><path d="{flake()}"/></g>',
        "warning": f'<path d="M50 8L96 90H4Z" fill="{fill}" stroke="#2b2c31" stroke-width="6" stroke-linejoin="round"/><path d="M50 36V62" stroke="#2b2c31" stroke-width="9" stroke-linecap="round"/><circle cx="50" cy="77" r="5.5" fill="#2b2c31"/>',
        "moon": f'<path d="M66 6A45 45 0 1 0 94 66A36 36 0 0 1 66 6Z" fill="{fill}"/>',
        "drop": f'<path d="M50 4C62 26 82 44 82 65A32 32 0 0 1 18 65C18 44 38 26 50 4Z" fill="{fill}"/>',
        "check": f'<path d="M10 54L38 82L90 20" stroke="{fill}" stroke-width="15" fill="none" stroke-linecap="round" stroke-linejoin="round"/>',
        "percent": f'<g stroke="{fill}" stroke-width="11" fill="none" stroke-linecap="round"><path d="M80 14L20 86"/><circle cx="26" cy="26" r="15"/><circle cx="74" cy="74" r="15"/></g>',
        "dot": f'<circle cx="50" cy="50" r="46" fill="{fill}"/>',
    }[name]  # fmt: skip


def spikes(points: int, outer: float, inner: float) -> str:
    """The outline of a star."""
    corners = []
    for at in range(points * 2):
        angle, radius = math.pi * at / points - math.pi / 2, inner if at % 2 else outer
        corners.append(f"{50 + radius * math.cos(angle):.1f} {50 + radius * math.sin(angle):.1f}")
    return f"M{'L'.join(corners)}Z"


def flake() -> str:
    """Six arms with two barbs each."""
    parts = []
    for at in range(6):
        angle = math.pi / 3 * at

        def point(radius: float, turn: float = 0.0, *, angle: float = angle) -> str:
            x, y = 50 + radius * math.cos(angle + turn), 50 + radius * math.sin(angle + turn)
            return f"{x:.1f} {y:.1f}"

        parts.append(f"M50 50L{point(45)}")
        parts += [f"M{point(24)}L{point(40, turn)}" for turn in (0.35, -0.35)]
    return "".join(parts)
