"""The layouts of posters: a form, the font of the headline, and the kinds that it suits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from service.generators.illustrator.poster.forms import (
    Plan,
    band,
    beside,
    card,
    corner,
    footer,
    framed,
    quoted,
    spoken,
    stacked,
    ticket,
)
from service.generators.illustrator.poster.palettes import Palette
from service.generators.illustrator.poster.wording import Kind

SANS, SERIF, TEXT = "montserrat-extrabold", "serif-extrabold", "montserrat-semibold"

Form = Callable[[float, float, Palette], Plan]
SAID: tuple[Kind, ...] = ("invitation", "offer", "announcement", "")
QUOTED: tuple[Kind, ...] = ("quote",)


@dataclass(frozen=True, slots=True)
class Layout:
    """A form with the font of its headline.

    `lines`: it needs words below the headline. `inverse`: a part of it has the colour of the
    letters as its ground. `narrow`: it suits pictures that are much higher than wide.
    """

    name: str
    form: Form
    headline: str
    object: bool = True
    lines: bool = False
    inverse: bool = False
    narrow: bool = True
    kinds: tuple[Kind, ...] = SAID


LAYOUTS: tuple[Layout, ...] = (
    Layout("above", partial(stacked, above=True, centred=True), SANS),
    Layout("below", partial(stacked, above=False, centred=True), SERIF),
    Layout("below-left", partial(stacked, above=False, centred=False), SANS),
    Layout("left", partial(beside, left=True), SANS, narrow=False),
    Layout("right", partial(beside, left=False), SERIF, narrow=False),
    Layout("band", partial(band, dark=True), SANS, lines=True, inverse=True),
    Layout("halves", partial(band, dark=False), SERIF, lines=True),
    Layout("footer", partial(footer, curved=False), SANS, lines=True, inverse=True),
    Layout("hill", partial(footer, curved=True), SERIF, lines=True, inverse=True),
    Layout("card", partial(card, badge=True), SERIF),
    Layout("inside", partial(card, badge=False), SANS),
    Layout("corner", partial(corner, left=False), SANS),
    Layout("corner-left", partial(corner, left=True), SERIF),
    Layout("ticket", ticket, SANS, lines=True, inverse=True),
    Layout("frame", partial(framed, double=True, thing=True), SERIF),
    Layout("words-bar", partial(spoken, bar=True), SANS, object=False),
    Layout("words-foot", partial(spoken, bar=False), SANS, object=False, lines=True, inverse=True),
    Layout(
        "words-frame",
        partial(framed, double=True, thing=False),
        SERIF,
        object=False,
        kinds=(*SAID, *QUOTED),
    ),
    Layout("mark", partial(quoted, mark=True), SERIF, object=False, kinds=QUOTED),
    Layout("panel", partial(quoted, mark=False), SERIF, object=False, kinds=QUOTED),
)


def suited(
    kind: Kind, *, thing: bool, lines: bool, inverse: bool = True, narrow: bool = False
) -> list[Layout]:
    """The layouts for a poster with or without an object and facts."""
    return [
        layout
        for layout in LAYOUTS
        if kind in layout.kinds
        and layout.object == thing
        and (lines or not layout.lines)
        and (inverse or not layout.inverse)
        and (layout.narrow or not narrow)
    ]
