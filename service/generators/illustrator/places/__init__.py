"""The places there are: one painter each. A new place is one function and one line here."""

from __future__ import annotations

from collections.abc import Callable

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.city import paint_city
from service.generators.illustrator.places.indoors import paint_room, paint_table
from service.generators.illustrator.places.land import paint_land
from service.generators.illustrator.places.sea import paint_beach, paint_sea, paint_underwater
from service.generators.illustrator.places.space import paint_space
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.places.studio import paint_studio
from service.generators.illustrator.places.wall import paint_wall
from service.generators.illustrator.scene import Scene

Painter = Callable[[Composition, Scene, Light], StageLayout]

PLACES: dict[str, Painter] = {
    "field": paint_land,
    "forest": paint_land,
    "jungle": paint_land,
    "mountain": paint_land,
    "desert": paint_land,
    "sea": paint_sea,
    "beach": paint_beach,
    "underwater": paint_underwater,
    "city": paint_city,
    "space": paint_space,
    "table": paint_table,
    "room": paint_room,
    "wall": paint_wall,
    "studio": paint_studio,
}
