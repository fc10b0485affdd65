"""The studio: a plain backdrop of harmonious colours for products and for anything unplaced."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.colours import from_hls, hls, mix
from service.generators.illustrator.sprites.svg import circle, ellipse, path

PALETTES = (  # wall, disc, accents
    ("#f7d4cd", "#fff0e4", "#8fc1b5", "#f2a48f"),
    ("#d3e9db", "#f4fbee", "#f4b183", "#7fb69b"),
    ("#d9d2f5", "#f4eeff", "#f6a6b2", "#a6b1e1"),
    ("#c9e5f5", "#f2fbff", "#ffd07b", "#77b6d8"),
    ("#fbdfae", "#fff5dc", "#ef8f6b", "#8dc6bf"),
)
DARK = ("#23263a", "#353a58", "#c9a86a", "#5a628c")


def palette(picture: Composition, scene: Scene) -> tuple[str, str, str, str]:
    """The colours the prompt asks for, or one of the ready sets."""
    if not scene.colours:
        if scene.time == "night":
            return DARK
        return PALETTES[int(picture.rng.integers(len(PALETTES)))]
    hue, lightness, saturation = hls(scene.colours[0])
    soft = scene.has("pastel") or lightness > 0.75
    if saturation < 0.1:
        wall = "#26272b" if lightness < 0.3 else mix("#ffffff", scene.colours[0], 0.25)
        return (wall, mix(wall, "#ffffff", 0.35 if lightness > 0.3 else 0.1), "#d9b36c", "#9aa0ad")
    wall = from_hls(hue, 0.86 if soft else 0.66, min(0.75, saturation))
    accent = scene.colours[1] if len(scene.colours) > 1 else from_hls(hue + 0.45, 0.70, 0.5)
    return (wall, mix(wall, "#ffffff", 0.55), accent, from_hls(hue + 0.06, 0.62, 0.5))


def paint_studio(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    del light  # the lamps of a studio are always the same
    wall, disc, accent, second = palette(picture, scene)
    high, wide, layer, rng = picture.height, picture.width, picture.layer, picture.rng
    floor = high * 0.78
    if scene.has("white", "minimal"):
        return bare(picture, scene, wall)
    picture.coat(0, high, mix(wall, "#ffffff", 0.25), wall)
    side = 1 if rng.random() < 0.5 else -1
    middle = wide / 2
    layer.add(
        circle(middle, high * 0.47, 345, disc),
        circle(middle + side * 330, high * 0.20, 84, accent, fill_opacity=0.85),
        circle(middle - side * 400, high * 0.60, 46, second, fill_opacity=0.8),
        circle(middle + side * 418, high * 0.36, 22, second, fill_opacity=0.9),
    )
    layer.add(
        path(
            f"M-5 {floor:.0f}H{wide + 5:.0f}V{high + 5:.0f}H-5Z",
            layer.blend(mix(wall, "#2b2440", 0.10), mix(wall, "#ffffff", 0.12)),
        )
    )
    if scene.things:
        podium(picture, wall, disc, floor)
    else:
        abstract(picture, (wall, disc, accent, second))
    return StageLayout(
        horizon=floor,
        back=high * 0.80,
        front=high * 0.815,
        hero=high * 0.50,
        shadows=0.34,
        ceiling=high * 0.05,
        width_alone=0.6,
        lifesize=False,
    )


def bare(picture: Composition, scene: Scene, wall: str) -> StageLayout:
    """Nothing but one colour: white, or the wall's."""
    high = picture.height
    light = "#ffffff" if scene.has("white") else mix(wall, "#ffffff", 0.3)
    picture.coat(0, high, light, light)
    return StageLayout(
        horizon=high * 0.70,
        back=high * 0.72,
        front=high * 0.74,
        hero=high * 0.44,
        shadows=0.24,
        ceiling=high * 0.08,
        width_alone=0.5,
        wide=0.8,
        lifesize=False,
    )


def podium(picture: Composition, wall: str, disc: str, floor: float) -> None:
    layer, wide = picture.layer, picture.width
    top = floor + 24
    half = min(430.0, wide * 0.43)
    side = mix(wall, "#2b2440", 0.16)
    layer.shadow(wide / 2, top + 92, half * 1.16, 58, 0.30)
    layer.add(
        path(
            f"M{wide / 2 - half:.0f} {top:.0f}v62a{half:.0f} 62 0 0 0 {2 * half:.0f} 0v-62z",
            layer.fade(
                [
                    (0, mix(side, "#ffffff", 0.2), 1),
                    (0.5, side, 1),
                    (1, mix(side, "#2b2440", 0.2), 1),
                ],
                down=False,
            ),
        ),
        ellipse(wide / 2, top, half, 62, mix(disc, wall, 0.25)),
        ellipse(wide / 2, top - 3, half * 0.97, 57, disc),
    )


def abstract(picture: Composition, colours: tuple[str, str, str, str]) -> None:
    """A quiet composition for a prompt that names nothing: arcs, a ball, a cone, a block."""
    layer, rng = picture.layer, picture.rng
    middle, floor = picture.width / 2, picture.height * 0.84
    wall, disc, accent, second = colours
    for i, share in enumerate((1.0, 0.78, 0.56, 0.34)):
        radius = 300 * share
        colour = mix((accent, disc, second, wall)[i], "#ffffff", 0.12)
        layer.add(
            path(
                f"M{middle - radius:.0f} {floor:.0f}"
                f"a{radius:.0f} {radius:.0f} 0 0 1 {2 * radius:.0f} 0z",
                colour,
            )
        )
    flip = 1 if rng.random() < 0.5 else -1
    ball = layer.spot([(0, mix(accent, "#ffffff", 0.65), 1), (1, accent, 1)])
    cone = layer.fade(
        [(0, mix(second, "#ffffff", 0.35), 1), (1, mix(second, "#2b2440", 0.25), 1)], down=False
    )
    x = middle + flip * 300
    layer.shadow(x, floor + 4, 110, 18, 0.3)
    layer.add(circle(x, floor - 84, 86, ball))
    x = middle - flip * 310
    layer.shadow(x, floor + 4, 110, 18, 0.3)
    layer.add(
        path(
            f"M{x:.0f} {floor - 230:.0f}L{x + 84:.0f} {floor:.0f}Q{x:.0f} {floor + 26:.0f}"
            f" {x - 84:.0f} {floor:.0f}Z",
            cone,
        )
    )
