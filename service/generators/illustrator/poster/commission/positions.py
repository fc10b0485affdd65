"""Where on a poster an ornament is asked to be, in six languages."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

SIDE = r"(?:\s+(?:left|right|links|rechts|(?:a\s+la\s+|à\s+|a\s+)?(?:izquierda|derecha|gauche|droite|sinistra|destra|esquerda|direita)))?"
PLACES = (
    r"(?:(?:at|on|in|along|across|from|to|near)\s+(?:the\s+|each\s+|all\s+|both\s+|every\s+)?(?:very\s+)?(?:four\s+)?(?:top|bottom|left|right|middle|centre|center|corners?|edges?|borders?|sides?|background|margins?)(?:\s+(?:left|right|corner|edge|side|of\s+(?:it|the\s+(?:page|poster|sheet))))*"
    r"|(?:all\s+)?around(?:\s+(?:it|them|the\s+(?:edges?|words?|text|border|title|headline|quote)|everything))?|(?:bottom|top)\s+(?:left|right)(?:\s+corner)?|underneath(?:\s+it)?|below(?:\s+it)?|beneath(?:\s+it)?|above(?:\s+it)?|beside\s+it|next\s+to\s+it|behind\s+(?:it|the\s+(?:words?|text))|under\s+(?:it|the\s+(?:words?|text|title))|on\s+top|on\s+it|along\s+(?:one|two|both)\s+(?:edges?|sides?)|on\s+both\s+sides|(?:in|on)\s+(?:each|every)\s+corner"
    rf"|(?:ganz\s+)?(?:unten|oben){SIDE}|links|rechts|in\s+der\s+(?:mitte|ecke)|in\s+(?:den|allen|jeder)\s+ecken?|am\s+(?:unteren\s+|oberen\s+)?rand|rund(?:her)?um|um\s+(?:den|die|das)\s+(?:text|schrift|titel|worte)(?:\s+herum)?|drum\s?herum|außen\s?herum|daneben|darauf|drauf|darunter|darüber|im\s+hintergrund"
    rf"|(?:hacia\s+|en\s+la\s+parte\s+de\s+)?(?:arriba|abajo){SIDE}|a\s+la\s+(?:izquierda|derecha)|en\s+el\s+(?:centro|medio|fondo|borde)|en\s+las\s+esquinas|alrededor(?:\s+del?\s+(?:la\s+)?\w+)?|al\s+lado|debajo|encima|de\s+fondo|por\s+el\s+borde"
    rf"|en\s+(?:haut|bas){SIDE}|à\s+(?:gauche|droite)|au\s+(?:milieu|centre|fond)|(?:tout\s+)?autour(?:\s+(?:du|de\s+la|des)\s+\w+)?|dans\s+(?:les|le)\s+coins?|à\s+côté|en\s+dessous|au-dessus|au-dessous|en\s+arrière-plan|sur\s+les\s+bords"
    rf"|in\s+(?:alto|basso){SIDE}|a\s+(?:sinistra|destra)|al\s+centro|in\s+mezzo|(?:tutt'\s?)?intorno(?:\s+al(?:la)?\s+\w+)?|attorno(?:\s+al(?:la)?\s+\w+)?|agli\s+angoli|negli\s+angoli|accanto|sotto|sopra|sullo\s+sfondo|sui\s+bordi|lungo\s+il\s+bordo"
    rf"|em\s+(?:cima|baixo){SIDE}|embaixo|no\s+(?:topo|fundo|centro|meio){SIDE}|à\s+(?:esquerda|direita|volta)|à\s+volta\s+d[oa]\s+\w+|nos\s+cantos|ao\s+(?:redor|lado|centro)|por\s+baixo|nas\s+bordas)"
)
"""Where on the sheet, as people say it."""
POSITION = re.compile(rf"(?:^|\s+){PLACES}[.\s]*$", re.IGNORECASE)
"""A place on the sheet, at the end of a clause."""
FIRST = re.compile(
    rf"^(?P<place>{PLACES}),?\s+(?=(?:an?|the|one|two|three|some|small|eine?n?|ein|zwei|drei|kleine?|una?|unos|unas|dos|tres|une|des|deux|trois|due|tre|uma?|um|duas|dois|três)\s)",
    re.IGNORECASE,
)
"""A place before what is there: "unten ein Schuh"."""
SIDES: dict[str, re.Pattern[str]] = {
    "top": re.compile(
        r"\b(?:top|above|oben|oberen|darüber|arriba|encima|haut|dessus|alto|sopra|cima|topo)\b",
        re.IGNORECASE,
    ),
    "bottom": re.compile(
        r"\b(?:bottom|underneath|below|beneath|under|unten|unteren|darunter|abajo|debajo|bas|dessous|basso|sotto|baixo|embaixo)\b",
        re.IGNORECASE,
    ),
    "left": re.compile(r"\b(?:left|links|izquierda|gauche|sinistra|esquerda)\b", re.IGNORECASE),
    "right": re.compile(r"\b(?:right|rechts|derecha|droite|destra|direita)\b", re.IGNORECASE),
}
ON_IT = re.compile(r"\bon\s+it|drauf", re.IGNORECASE)
MIDDLE = re.compile(r"middle|cent|mitte|medio|milieu|mezzo|meio", re.IGNORECASE)
MIDDLE_HALF = 0.12
LOW, HIGH = 0.45, 0.55
"""The middle of what is on a side, as a share of the sheet, is beyond these."""


SCATTERED = re.compile(
    r"corner|around|edge|border|eck|rand|(?:her)?um$|esquina|alrededor(?:\s+del?\s+(?:la\s+)?\w+)?|coins?|autour|angoli|intorno|attorno|cantos|redor|volta",
    re.IGNORECASE,
)
"""Not one place but all around: small copies in the corners."""


def is_scattered(position: str) -> bool:
    """Whether something is to be all around the words."""
    return bool(SCATTERED.search(position))


def sides_of(position: str) -> frozenset[str]:
    """The sides of the sheet that words name; none for "around it"."""
    return frozenset(side for side, words in SIDES.items() if words.search(position))


def is_there(
    position: str, box: tuple[float, float, float, float], size: tuple[float, float]
) -> bool:
    """Whether a box is where the words say."""
    x, y = (box[0] + box[2]) / 2 / size[0], (box[1] + box[3]) / 2 / size[1]
    kept = {"top": y < LOW, "bottom": y > HIGH, "left": x < LOW, "right": x > HIGH}
    sides = sides_of(position)
    if ON_IT.search(position):
        return True
    if MIDDLE.search(position):
        return abs(x - 0.5) < MIDDLE_HALF
    return bool(sides) and all(kept[side] for side in sides)
