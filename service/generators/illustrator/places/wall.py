"""A wall with the pavement before it: for doors, and for what leans or hangs there."""

from __future__ import annotations

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import box, path, rect

PLASTER = ("#f1dfc0", "#e9d3c4", "#dfe6dc", "#e6e0ee", "#f0e6d8")
BRICK = "#b9694e"
LONG, TALL = 84.0, 34.0
"""Picture units of a brick with its joint."""


def paint_wall(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    high, wide, layer = picture.height, picture.width, picture.layer
    low = high * 0.76
    brick = scene.has("brick")
    colour = PLASTER[scene.variant % len(PLASTER)]
    colour = BRICK if brick else scene.colours[0] if scene.colours else colour
    wall = light.of(mix(colour, "#ffffff", 0.0 if brick else 0.2))
    picture.coat(0, low + 4, mix(wall, "#ffffff", 0.12), mix(wall, "#2a2440", 0.07))
    if brick:
        layer.add(path(bricks(wide, low), mix(wall, "#3a1a14", 0.3), fill_opacity=0.5))
    plinth = mix(wall, "#3b3440", 0.24)
    layer.add(
        rect(-5, low - 34, wide + 10, 36, plinth),
        rect(-5, low - 34, wide + 10, 4, mix(plinth, "#ffffff", 0.3)),
        rect(-5, low, wide + 10, high, layer.blend(light.of("#b7b1a8"), light.of("#cbc6bd"))),
        rect(-5, low, wide + 10, 26, layer.fade([(0, "#1c1a22", 0.26), (1, "#1c1a22", 0.0)])),
    )
    joints = [box(-5, low + (high - low) * share, wide + 10, 2) for share in (0.22, 0.55)]
    shift = 120 * (scene.variant % 3)
    joints += [box(x, low, 2, (high - low) * 0.22) for x in range(shift % 90, int(wide), 180)]
    joints += [
        box(x, low + (high - low) * 0.22, 2, (high - low) * 0.33)
        for x in range((shift + 80) % 120, int(wide), 240)
    ]
    layer.add(path("".join(joints), light.of("#8c867d"), fill_opacity=0.6))
    return StageLayout(
        horizon=low - 10,
        back=high * 0.83,
        front=high * 0.93,
        hero=high * 0.46,
        shadows=0.36,
        ceiling=high * 0.04,
    )


def bricks(wide: float, low: float) -> str:
    """The joints of a brick wall."""
    d = []
    for row in range(int(low / TALL) + 1):
        y = row * TALL
        d.append(box(-5, y, wide + 10, 3))
        start = -LONG / 2 * (row % 2)
        d += [box(start + i * LONG, y, 3, TALL) for i in range(int(wide / LONG) + 2)]
    return "".join(d)
