"""Ornaments that need no drawing: stripes, squares, dots and lines at the edges."""

from __future__ import annotations

import re

from service.generators.illustrator.looks.reading import kind_of_words
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.poster.commission.positions import sides_of
from service.generators.illustrator.poster.commission.reading import Commission
from service.generators.illustrator.poster.palettes import Palette
from service.generators.illustrator.sprites.svg import circle, rect

KINDS: dict[str, re.Pattern[str]] = {
    "squares": re.compile(
        r"squares|checks|chessboard|checkerboard|karos?|cuadros|carreaux|quadretti|quadrados",
        re.IGNORECASE,
    ),
    "dots": re.compile(r"dott?s|dotted|punkte|lunares|puntos|pois|bolinhas", re.IGNORECASE),
    "stripes": re.compile(
        r"stripe|band|streifen|raya|rayure|riga\b|righe|striscia|strisce|risca|listra",
        re.IGNORECASE,
    ),
    "frame": re.compile(
        r"border|frame|rahmen|borde|marco|cadre|bordo|cornice|moldura", re.IGNORECASE
    ),
}
EDGE = re.compile(
    r"edge|border|side|margin|around|rand|rundherum|drumherum|borde|alrededor|bords|autour|bordo|bordi|intorno|attorno|bordas|redor|volta|top|bottom|unten|oben|arriba|abajo|haut|bas|alto|basso|cima|baixo",
    re.IGNORECASE,
)
DEPTH = 26.0
"""Of an edging, in the units of the sheet: letters stay further from the edge."""


def edging_of(pattern: str) -> str:
    """Which edging words mean; "" if there is none for them."""
    return next((kind for kind, words in KINDS.items() if words.search(pattern)), "")


def is_edge(position: str) -> bool:
    """Whether a position is one where edgings are."""
    return bool(EDGE.search(position))


def colours_in(pattern: str) -> list[str]:
    """The colours that are said of a pattern."""
    found = (kind_of_words(word) for word in re.findall(r"[^\W_]+", pattern.lower()))
    return [value for kind, value in found if kind == "colour"]


def edging(picture: Composition, kind: str, made: Commission | None, palette: Palette) -> None:
    """Draw an edging at the edges that the prompt names, below and above if it names none."""
    if not kind or made is None:
        return
    pattern = next((one for one in made.patterns if edging_of(one) == kind), "")
    colours = colours_in(pattern) or [palette.headline]
    named = {side for one in made.edges for side in sides_of(one)}
    wide, high = picture.width, picture.height
    one_stripe = kind == "stripes" and re.search(r"\b(?:one|an?|ein\w*|un\w?|uma)\b", pattern)
    sides = named & {"top", "bottom"} or ({"bottom"} if one_stripe else {"top", "bottom"})
    for side in sorted(sides):
        top = 0.0 if side == "top" else high - DEPTH
        strip(picture, kind, colours, (top, wide), palette)
    if kind == "frame":
        for left in (0.0, wide - DEPTH):
            picture.layer.add(rect(left, 0, DEPTH, high, colours[0]))
    picture.flatten()


def strip(
    picture: Composition,
    kind: str,
    colours: list[str],
    where: tuple[float, float],
    palette: Palette,
) -> None:
    """One edging along the sheet: `where` is its upper edge and how wide it is."""
    top, wide = where
    pair = colours if colours[1:] else [colours[0], palette.ground]
    count = round(wide / DEPTH / 2) * 2
    step = wide / count
    if kind == "squares":
        for at in range(count):
            picture.layer.add(rect(at * step, top, step, DEPTH, pair[at % 2]))
    elif kind == "dots":
        for at in range(0, count, 2):
            picture.layer.add(
                circle(
                    (at + 1) * step, top + DEPTH / 2, DEPTH * 0.3, colours[at // 2 % len(colours)]
                )
            )
    else:
        part = DEPTH / len(colours)
        for at, colour in enumerate(colours):
            picture.layer.add(rect(0, top + at * part, wide, part, colour))
