"""The colours of a poster in the look that its prompt asks for."""

# ruff: noqa: PLR2004 - the numbers here are shares of colours, each beside what it mixes

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.generators.illustrator.looks.reading import Look
from service.generators.illustrator.poster.contrast import contrast, luminance, readable
from service.generators.illustrator.poster.palettes import MOODS, Mood, Palette
from service.generators.illustrator.sprites.colours import from_hls, hls, mix

WHITE, BLACK, PAPER, NIGHT = "#ffffff", "#141416", "#fbf7ef", "#15171c"
GREY = (
    Palette(WHITE, "#d8d8d8", BLACK, "#3a3a3a"),
    Palette(BLACK, "#3c3c3c", WHITE, "#e2e2e2"),
    Palette("#f0f0f0", "#bdbdbd", "#1c1c1c", "#3a3a3a"),
)
VINTAGE = (
    Palette("#f3e5c4", "#d9a35f", "#8c2f1b", "#4a3222"),
    Palette("#2f4f4f", "#5f8275", "#f6e3b8", "#ecd9ae"),
    Palette("#eadbb6", "#7fa095", "#2c4a4a", "#54402c"),
    Palette("#7c2d21", "#b0573a", "#f7e4bd", "#f0d6a6"),
)
DARK = (
    Palette("#15171c", "#363c49", "#f6efe0", "#d9d4c8"),
    Palette("#1a1433", "#4b2f83", "#ffe9a8", "#efe6ff"),
    Palette("#10242b", "#27525d", "#f5f2e6", "#cfe0e0"),
)
LIGHT = (
    Palette("#fbfaf6", "#e3ddd0", "#26323a", "#4a555c"),
    Palette("#f2f7fb", "#c9deee", "#1d4668", "#3d5266"),
)
PASTEL = (
    Palette("#fdeef3", "#f7cbd9", "#7d3558", "#5c4452"),
    Palette("#eaf5ef", "#c2e2d1", "#2c5a48", "#44584f"),
    Palette("#f0edfa", "#d3c9ef", "#4a3a80", "#4f4a66"),
    Palette("#fff6e3", "#fbe0ac", "#7a5216", "#5c4c33"),
)
COLOURFUL = (
    Palette("#ffd23f", "#ee4266", "#3a1767", "#3a1767"),
    Palette("#3a1c71", "#ff5f8f", "#ffe156", "#f4ecff"),
    Palette("#0f7173", "#f6c453", "#fff3d6", "#eaf6f2"),
    Palette("#fff1d6", "#ff8a5c", "#9b1b5a", "#3b3355"),
)
MODERN = (
    Palette("#f4f5f7", "#ffcf4a", "#14213d", "#2f3a52"),
    Palette("#14213d", "#2f6f9f", "#ffffff", "#dbe5ee"),
    Palette("#ecf2ef", "#8ed1b2", "#0d3b3e", "#2d4b4c"),
)
ELEGANT = (
    Palette("#f6f1e7", "#d8c39a", "#2b2622", "#54493c"),
    Palette("#1c2530", "#8a7440", "#f2e4c0", "#e4dcc8"),
    Palette("#f3efe9", "#c9b7a4", "#4a2c3a", "#554a4a"),
)
EFFECTS = {"sepia": VINTAGE[:1], "watercolour": PASTEL, "grey": GREY}
BY_MOOD = {"vintage": VINTAGE, "dark": DARK, "light": LIGHT, "pastel": PASTEL,
           "colourful": COLOURFUL, "modern": MODERN, "elegant": ELEGANT}  # fmt: skip


def in_look(mood: Mood, look: Look) -> Mood:
    """The mood of a poster with the colours and the quiet that are asked for."""
    hanging = mood.garland
    if look.has("plain") or look.has("elegant") or look.has("words") or look.effects:
        hanging = "stars" if look.effect == "pixels" else ""
    elif look.has("playful") or look.has("colourful"):
        hanging = hanging or "confetti"
    return replace(mood, garland=hanging, palettes=palettes(mood, look))


def palettes(mood: Mood, look: Look) -> tuple[Palette, ...]:
    """The palettes that a poster chooses from."""
    if look.all_colours:
        return of_colours(look)
    if look.effect == "grey" and look.has("dark"):
        return GREY[1:2]
    if look.effect in EFFECTS:
        return EFFECTS[look.effect]
    for name, some in BY_MOOD.items():
        if look.has(name):
            kept = own_of(mood, name)
            return kept or some
    if look.has("playful") and mood is MOODS["calm"]:
        return MOODS["party"].palettes
    return mood.palettes


def own_of(mood: Mood, name: str) -> tuple[Palette, ...]:
    """Those of the season that look so: dark ones in winter."""
    if mood is MOODS["calm"] or name not in ("dark", "light"):
        return ()
    return tuple(one for one in mood.palettes if (luminance(one.ground) < 0.2) == (name == "dark"))


def of_colours(look: Look) -> tuple[Palette, ...]:
    """The palettes of the colours that are asked for, the first of them as the ground."""
    named = look.all_colours
    if look.ground or not look.ink:
        return grounded(look, named)
    others = [one for one in named if one != look.ink]
    if others:
        return (made(others[0], look.ink, others[1:]),)
    grounds = [NIGHT] if look.has("dark") else [PAPER, WHITE, NIGHT]
    best = max(grounds, key=lambda one: contrast(one, look.ink) + (one == PAPER))
    return (made(best, look.ink, ()),)


def grounded(look: Look, named: Sequence[str]) -> tuple[Palette, ...]:
    ground = look.ground or named[0]
    others = [one for one in named if one != ground]
    if look.ink:
        return (made(ground, look.ink, [one for one in others if one != look.ink]),)
    if others:
        clear = max(others, key=lambda one: contrast(one, ground))
        if contrast(clear, ground) < 3 and len(others) == 1 and not look.only:
            return (made(ground, on(ground), [clear]),)  # two alike: the second is the shape
        return (made(ground, clear, [one for one in others if one != clear]),)
    if look.has("light") or look.has("pastel"):
        hue, _, strength = hls(ground)
        return (made(from_hls(hue, 0.92, min(0.8, strength)), ground, ()),)
    if look.has("dark"):
        ground = mix(ground, BLACK, 0.45)
    return (made(ground, on(ground), ()),)


def on(ground: str) -> str:
    """The colour of letters on a coloured ground: white, or its own colour much darker."""
    hue, _, strength = hls(ground)
    dark = from_hls(hue, 0.13, min(0.6, strength))
    return WHITE if contrast(WHITE, ground) >= 3.6 else dark


def made(ground: str, ink: str, others: Sequence[str]) -> Palette:
    """A palette of a ground and letters, which are made to stand out from each other."""
    ground, ink = apart(ground, ink)
    shape = others[0] if others else mix(ground, ink, 0.22)
    return Palette(ground, shape, ink, mix(ink, ground, 0.08))


def apart(ground: str, ink: str) -> tuple[str, str]:
    """The two colours, one of them darker or lighter until letters can be read on the ground."""
    if contrast(ground, ink) >= 4.5:
        return ground, ink
    dark, light = sorted((ground, ink), key=luminance)
    for step in range(1, 10):
        deeper = shade(dark, step * 0.06)
        if contrast(deeper, light) >= 4.5:
            return (deeper, light) if ground == dark else (light, deeper)
    return ground, readable(ink, ground)


def shade(colour: str, by: float) -> str:
    """The colour so much darker, as strong as before."""
    hue, lightness, strength = hls(colour)
    return from_hls(hue, lightness * (1 - by), strength)
