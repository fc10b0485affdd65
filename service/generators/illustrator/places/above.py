"""The view from above: a ground that fills the picture, on which things lie."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.indoors import WALLS
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import circle, ellipse, line, path, rect

MEADOW, SAND, WATER, SNOW = "#7fbf5e", "#efd9a8", "#4fb3d9", "#f2f7fc"
ROOFS = ("#d9694a", "#c9825a", "#e0a96d", "#b5563f", "#8f9aa8")


def paint_above(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    high = picture.height
    match scene.place:
        case "city":
            blocks(picture, light)
        case "beach" | "sea":
            shore(picture, light, open_sea=scene.place == "sea")
        case "field" | "forest" | "jungle" | "mountain":
            meadow(picture, scene, light)
        case "desert":
            plain(picture, light.of(SAND))
        case "table" | "room":
            planks(picture, marble=scene.has("marble"))
        case _:
            colour = scene.colours[0] if scene.colours else None
            chosen = colour or WALLS[int(picture.rng.integers(len(WALLS)))]
            plain(picture, mix(chosen, "#ffffff", 0.25 if colour else 0.0))
    return StageLayout(horizon=0, back=high * 0.5, front=high * 0.5, hero=high * 0.5, flat=True)


def plain(picture: Composition, colour: str) -> None:
    picture.coat(0, picture.height, mix(colour, "#ffffff", 0.10), mix(colour, "#20203a", 0.06))


def planks(picture: Composition, *, marble: bool) -> None:
    """A table top that fills the picture."""
    layer, rng, wide, high = picture.layer, picture.rng, picture.width, picture.height
    if marble:
        plain(picture, "#f0f0f3")
        return
    step = high / 6
    for i in range(7):
        wood = mix("#b98757", "#5a3418", 0.05 + 0.16 * rng.random())
        layer.add(rect(-5, i * step, wide + 10, step + 1, wood))
        layer.add(line((0, i * step), (wide, i * step), "#5a3418", 2.4, stroke_opacity=0.55))
        for _ in range(3):
            y = (i + 0.15 + 0.7 * rng.random()) * step
            grain = line((0, y), (wide, y + 14 * (rng.random() - 0.5)), "#5c371d", 1.3,
                         stroke_opacity=0.25)  # fmt: skip
            layer.add(grain)


def meadow(picture: Composition, scene: Scene, light: Light) -> None:
    """Grass with flowers, or the crowns of a forest."""
    layer, rng, wide, high = picture.layer, picture.rng, picture.width, picture.height
    green = SNOW if scene.weather == "snow" else MEADOW
    plain(picture, light.of(green))
    wooded = scene.place in ("forest", "jungle", "mountain")
    for _ in range(90 if wooded else 26):
        x, y, size = wide * rng.random(), high * rng.random(), 34 + 44 * rng.random()
        shade = light.of(mix(green, "#1d5a33", 0.25 + 0.3 * rng.random()))
        if wooded:
            layer.add(circle(x + 6, y + 8, size, "#0b2a18", fill_opacity=0.25))
            layer.add(circle(x, y, size, shade))
            layer.add(circle(x - size * 0.25, y - size * 0.28, size * 0.5, "#ffffff",
                             fill_opacity=0.10))  # fmt: skip
        else:
            layer.add(ellipse(x, y, size * 1.6, size, shade, fill_opacity=0.35))
    for _ in range(0 if wooded or "flowers" in scene.absent else 40):
        x, y = wide * rng.random(), high * rng.random()
        colour = ("#ffffff", "#ffe27a", "#f7a9c4")[int(rng.integers(3))]
        layer.add(circle(x, y, 6, light.of(colour)), circle(x, y, 2.4, light.of("#e0a020")))


def shore(picture: Composition, light: Light, *, open_sea: bool) -> None:
    """Sand at the left and water at the right with a line of foam; or water alone."""
    layer, wide, high = picture.layer, picture.width, picture.height
    plain(picture, light.of(WATER if open_sea else SAND))
    bends = picture.wander(13, 3, 0.5, 3) * 34
    edge = [(wide * 0.64 + float(bends[i]), high * i / 12) for i in range(13)]
    if not open_sea:
        for shift, colour, opacity in ((0, "#ffffff", 0.95), (18, WATER, 1.0)):
            d = "M" + "L".join(f"{x + shift:.0f} {y:.0f}" for x, y in edge)
            layer.add(path(f"{d}H{wide + 5:.0f}V-5H{edge[0][0] + shift:.0f}Z", light.of(colour),
                           fill_opacity=opacity))  # fmt: skip
    low = 0.0 if open_sea else 0.72
    for _ in range(26):
        x, y = wide * (low + (1 - low) * picture.rng.random()), high * picture.rng.random()
        layer.add(path(f"M{x:.0f} {y:.0f}q14-9 28 0t28 0", stroke="#ffffff", stroke_width=3,
                       stroke_opacity=0.5))  # fmt: skip


def blocks(picture: Composition, light: Light) -> None:
    """Roofs between streets, with trees along them."""
    layer, rng, wide, high = picture.layer, picture.rng, picture.width, picture.height
    plain(picture, light.of("#9aa0a8"))
    step = 166.0
    for row in range(int(high / step) + 1):
        for column in range(int(wide / step) + 1):
            x, y = column * step + 14, row * step + 14
            if rng.random() < 0.14:
                layer.add(rect(x, y, step - 36, step - 36, light.of(MEADOW), rx=10))
                for _ in range(5):
                    spot = (x + 18 + 94 * rng.random(), y + 18 + 94 * rng.random())
                    layer.add(circle(*spot, 17, light.of("#3f8a45")))
                continue
            for i in range(2):
                for j in range(2):
                    roof = light.of(ROOFS[int(rng.integers(len(ROOFS)))])
                    left, top, side = x + i * 66, y + j * 66, 58.0
                    layer.add(
                        rect(left + 5, top + 6, side, side, "#20242c", fill_opacity=0.3),
                        rect(left, top, side, side, roof),
                        rect(left, top, side, side / 2, "#ffffff", fill_opacity=0.16),
                    )
