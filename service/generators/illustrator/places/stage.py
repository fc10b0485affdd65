"""Where the subjects of a picture can be: what each place tells the composition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageLayout:
    """Heights in picture units, counted downwards."""

    horizon: float
    """Buildings and the far end of the ground."""
    back: float
    """Where the feet of the farthest subjects are."""
    front: float
    """Where the feet of the nearest subjects are."""
    hero: float
    """How high the highest subject may be."""
    water: float = 0.0
    """Where floating things lie in the water; 0 when there is none."""
    ceiling: float = 0.0
    """What hangs or flies stays below this."""
    shadows: float = 0.42
    """Strength of the shadow that a subject throws on the ground."""
    halo: float = 0.0
    """Strength of the pale light around subjects, so that dark ones are seen at night."""
    floating: bool = False
    """Nothing stands: subjects hover (under water, in deep space)."""
    flat: bool = False
    """Seen from above: subjects lie all over the picture."""
    wide: float = 0.88
    """How much of the picture's width a row of subjects may take."""
    width_alone: float = 0.55
    """How much of the picture's width a lone subject may take."""
    lifesize: bool = True
    """Small animals are drawn smaller than large ones; in a studio all are shown large."""
    close: bool = False
    """A table top: small things are shown large, people sit behind it."""
    sill: float = 0.0
    """The upper edge of the windowsill; 0 where there is no window."""
    edge: float = 0.0
    """The far edge of the table, behind which people sit."""
    cover: Callable[[], None] = lambda: None
    """Paints what is in front of the people: the table top."""
