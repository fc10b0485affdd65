"""Open country: meadows, forests, mountains, deserts, lakes, farms and villages."""

from __future__ import annotations

from dataclasses import dataclass

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.atmosphere.sky import paint_sky
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.places.terrain import (
    Ridge,
    fill_below,
    flowers,
    grass,
    mountains,
    pebbles,
    ridge,
    tree,
    trees_along,
)
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.art import drawing
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.svg import ellipse, path

HORIZON = 0.60


@dataclass(frozen=True, slots=True)
class Country:
    """The colours of a kind of land, far to near, and what grows there."""

    hills: tuple[str, str, str]
    ground: tuple[str, str]
    blades: str
    trees: tuple[str, ...] = ()
    few: bool = False
    """Few trees, far apart."""


COUNTRIES = {
    "field": Country(
        ("#9cc3b0", "#84ba7c", "#74b062"),
        ("#86c25f", "#4f8f45"),
        "#3f7d3a",
        ("deciduous-tree", "round-tree"),
        few=True,
    ),
    "forest": Country(
        ("#7fae9c", "#5d9679", "#4c8a66"),
        ("#6ba65a", "#3a6f3f"),
        "#2f6337",
        ("pine", "pine", "deciduous-tree"),
    ),
    "jungle": Country(
        ("#7fb592", "#4f9a63", "#3d8a53"),
        ("#5fa64c", "#2c6b35"),
        "#22592c",
        ("palm-tree", "deciduous-tree"),
    ),
    "mountain": Country(
        ("#8fb0b4", "#74a58a", "#679b6c"), ("#7db566", "#47804a"), "#3b7340", ("pine",), few=True
    ),
    "desert": Country(
        ("#e5b98b", "#e3ac6b", "#dea05a"), ("#efc07c", "#cf9150"), "#b98746", ("cactus",), few=True
    ),
}

MEADOWS = (
    COUNTRIES["field"],
    Country(
        ("#b9c79a", "#c9c079", "#c6b862"),
        ("#d8c667", "#a8923f"),
        "#8f7c30",
        ("deciduous-tree", "round-tree"),
        few=True,
    ),
    Country(
        ("#a5d3c4", "#97d08a", "#86c777"),
        ("#a4d878", "#5fae52"),
        "#4a9a45",
        ("birch", "round-tree"),
        few=True,
    ),
    Country(
        ("#8fb7b6", "#6fa586", "#5d9a72"),
        ("#7fb968", "#4a8650"),
        "#3a7443",
        ("pine", "round-tree"),
        few=True,
    ),
    Country(
        ("#b7aec9", "#a99cba", "#93a87a"),
        ("#9bb86c", "#647f45"),
        "#54703a",
        ("birch", "pine"),
        few=True,
    ),
)
"""Grounds of a picture whose prompt names none."""
HILLS = (1.0, 1.9, 0.45)
"""How high the hills are, by that of the usual ones."""

SNOW = Country(("#d5e2ee", "#e2ecf5", "#ecf3fa"), ("#ffffff", "#cbdcec"), "#b9cbdf", ("pine",))

SEASONS: dict[str, tuple[tuple[str, ...], tuple[str, str]]] = {
    "autumn": (("maple-orange", "maple-red", "maple-yellow"), ("#c2a653", "#8a6d33")),
    "blossom": (("blossom-tree",), ("#97cc6b", "#5a9b4c")),
}
"""What trees and ground become."""
TREES = {
    "pines": ("pine",),
    "palms": ("palm-tree",),
    "birches": ("birch",),
    "bare-trees": ("leafless-tree",),
    "blossom": ("blossom-tree",),
    "autumn": ("maple-orange", "maple-red", "maple-yellow"),
    "cacti": ("cactus",),
    "trees": ("deciduous-tree", "round-tree"),
    "fruit-trees": ("fruit-tree",),
}
FLOWERS = {
    "flowers": ("daisy", "poppy", "cornflower"),
    "sunflowers": ("sunflower",),
    "tulips": ("tulip",),
    "roses": ("rose",),
    "lavender": ("lavender",),
    "poppies": ("poppy",),
    "daisies": ("daisy",),
}


def paint_land(picture: Composition, scene: Scene, light: Light) -> StageLayout:
    country = country_of(scene)
    snowy = scene.weather == "snow" or scene.has("snow")
    horizon = picture.height * HORIZON
    paint_sky(picture, scene, light, horizon)
    if scene.place == "mountain" or scene.has("mountains"):
        mountains(picture, light, horizon + 30, snowy=snowy)
    if scene.has("volcano"):
        volcano(picture, light, horizon)
    near = hills(picture, scene, light, country, horizon)
    if scene.has("village"):
        village(picture, light, near)
    if scene.has("lake", "river"):
        lake(picture, scene, light, horizon)
    growth(picture, scene, light, country, near)
    if scene.has("path"):
        road(picture, light, near.at(picture.width / 2), desert=scene.place == "desert")
    foreground(picture, scene, light, country)
    return StageLayout(
        horizon=picture.height * (0.695 if scene.has("lake", "river") else 0.74),
        back=picture.height * (0.83 if scene.has("lake") else 0.80),
        front=picture.height * 0.94,
        hero=picture.height * 0.46,
        shadows=0.36,
        water=picture.height * (0.81 if carries(scene) else 0.76)
        if scene.has("lake", "river")
        else 0.0,
    )


def country_of(scene: Scene) -> Country:
    if (scene.weather == "snow" or scene.has("snow")) and scene.place != "desert":
        trees = ("pine",) if scene.place in ("forest", "mountain") else ("pine", "leafless-tree")
        return Country(SNOW.hills, SNOW.ground, SNOW.blades, trees, few=scene.place != "forest")
    country = COUNTRIES.get(scene.place, COUNTRIES["field"])
    if "place" in scene.open and scene.place == "field":
        country = MEADOWS[scene.variant % len(MEADOWS)]
    for name, (kinds, ground) in SEASONS.items():
        if scene.has(name):
            return Country(country.hills, ground, ground[1], kinds, country.few)
    return country


def hills(
    picture: Composition, scene: Scene, light: Light, country: Country, horizon: float
) -> Ridge:
    """Three ridges to the horizon, trees between them; the nearest one."""
    high = picture.height
    layer = picture.layer
    snowy = scene.weather == "snow" or scene.has("snow")
    kinds = wanted_trees(scene, country)
    forest = scene.place in ("forest", "jungle")
    calm = 0.6 if scene.place == "desert" else HILLS[scene.variant // 5 % len(HILLS)]
    far, middle, close = country.hills
    edge = ridge(picture, horizon - 0.015 * high, 0.05 * high * calm)
    fill_below(picture, edge, light.of(far, 0.42))
    if forest and kinds:
        trees_along(picture, light, kinds, edge, count=26, size=(70, 110), far=0.5, snowy=snowy)
    edge = ridge(picture, horizon + 0.045 * high, 0.035 * high * calm)
    fill_below(picture, edge, layer.blend(light.of(middle, 0.24), light.of(middle, 0.1)))
    count = 22 if forest else 5 if country.few else 12
    if kinds:
        trees_along(picture, light, kinds, edge, count=count, size=(95, 165), far=0.26, snowy=snowy)
    edge = ridge(picture, horizon + 0.115 * high, 0.02 * high * calm, bumps=2)
    fill_below(picture, edge, layer.blend(light.of(close, 0.06), light.of(country.ground[0])))
    return edge


def growth(picture: Composition, scene: Scene, light: Light, country: Country, near: Ridge) -> None:
    """The trees that stand on the nearest ridge, clear of the middle."""
    snowy = scene.weather == "snow" or scene.has("snow")
    kinds = wanted_trees(scene, country)
    if not kinds:
        return
    if scene.place in ("forest", "jungle"):
        trees_along(
            picture,
            light,
            kinds,
            near,
            count=12,
            size=(190, 300),
            far=0.12,
            clear=0.34,
            snowy=snowy,
        )
        for side in (0.03, 0.97):
            height = 470 + 90 * picture.rng.random()
            foot = (picture.width * side, picture.height * 0.84)
            tree(picture, light, kinds[0], foot, height, 0.0, snowy)
    elif scene.has(*TREES):
        trees_along(
            picture, light, kinds, near, count=9, size=(190, 270), far=0.08, clear=0.36, snowy=snowy
        )
    else:
        trees_along(
            picture, light, kinds, near, count=6, size=(130, 210), far=0.1, clear=0.5, snowy=snowy
        )


def wanted_trees(scene: Scene, country: Country) -> tuple[str, ...]:
    named = [kind for name, kinds in TREES.items() if scene.has(name) for kind in kinds]
    if "trees" in scene.absent or (scene.place == "desert" and not named and scene.has("no-cacti")):
        return ()
    return tuple(named) or country.trees


def foreground(picture: Composition, scene: Scene, light: Light, country: Country) -> None:
    high = picture.height
    layer = picture.layer
    edge = ridge(picture, high * 0.80, high * 0.012, bumps=2)
    upper, lower = country.ground
    fill_below(picture, edge, layer.blend(light.of(upper), light.of(lower)))
    snowy = scene.weather == "snow" or scene.has("snow")
    if scene.place == "desert":
        dunes(picture, light, high * 0.84)
        pebbles(picture, light, high * 0.83, "#b9894f", 12)
    elif not snowy:
        grass(picture, light, high * 0.82, country.blades)
    named = [kind for name, kinds in FLOWERS.items() if scene.has(name) for kind in kinds]
    if named:
        flowers(picture, light, named, high * 0.72, 100)
    elif "flowers" not in scene.absent and scene.has("spring", "blossom", "garden"):
        flowers(picture, light, FLOWERS["flowers"], high * 0.80, 26)


def dunes(picture: Composition, light: Light, top: float) -> None:
    """Wind ripples in the sand."""
    rng = picture.rng
    for i in range(9):
        y = top + (picture.height - top) * (i + 0.5) / 9
        x = picture.width * rng.random()
        wide = 160 + 240 * rng.random()
        d = f"M{x - wide:.0f} {y:.0f}q{wide / 2:.0f} -9 {wide:.0f} 0t{wide:.0f} 0"
        picture.layer.add(
            path(
                d,
                stroke=light.of("#a8743d"),
                stroke_width=3,
                stroke_opacity=0.28,
                stroke_linecap="round",
            )
        )


def village(picture: Composition, light: Light, near: Ridge) -> None:
    rng = picture.rng
    count = 6
    for i in range(count):
        x = picture.width * (0.1 + 0.8 * (i + 0.3 * rng.random()) / (count - 1))
        name = "church" if i == count // 2 else ("house", "house-with-garden")[i % 2]
        height = 150 if name == "church" else 100 + 20 * rng.random()
        picture.layer.place(
            drawing(name), x, near.at(x) + 8, height, tint=light.on_land(0.12), flip=i % 2 == 1
        )


def volcano(picture: Composition, light: Light, horizon: float) -> None:
    x, high = picture.width * 0.68, picture.height * 0.44
    picture.layer.place(drawing("volcano"), x, horizon + 40, high, tint=light.on_land(0.15))


def carries(scene: Scene) -> bool:
    """Whether boats or birds are alone on the water, without people ashore."""
    return any(thing.stance == "water" for thing in scene.things) and not any(
        thing.stance in ("ground", "small", "back") for thing in scene.things
    )


def lake(picture: Composition, scene: Scene, light: Light, horizon: float) -> None:
    """Water between the far hills and the foreground, with a soft mirror of the sky."""
    high, wide = picture.height, picture.width
    top = horizon + 0.10 * high
    low = (0.89 if carries(scene) else 0.83) * high
    layer = picture.layer
    deep = mix(light.sky[0], "#0e4a73", 0.35)
    fill = layer.blend(mix(light.haze, deep, 0.25), mix(light.sky[1], deep, 0.45), deep)
    layer.add(
        path(
            f"M-10 {top:.0f}Q{wide * 0.5:.0f} {top - 26:.0f} {wide + 10:.0f} {top + 8:.0f}"
            f"V{low:.0f}H-10Z",
            fill,
        )
    )
    rng = picture.rng
    for _ in range(26):
        x, y = wide * rng.random(), top + 14 + (low - top - 20) * rng.random()
        layer.add(
            ellipse(
                x,
                y,
                20 + 60 * rng.random(),
                1.8,
                mix(light.haze, "#ffffff", 0.5),
                fill_opacity=0.35,
            )
        )
    if scene.place in ("forest", "mountain"):
        edge = ridge(picture, top + 6, 8)
        kinds = wanted_trees(scene, country_of(scene))
        trees_along(picture, light, kinds, edge, count=9, size=(90, 150), far=0.2, clear=0.4)


def road(picture: Composition, light: Light, top: float, *, desert: bool) -> None:
    """A path from the middle distance to the viewer."""
    wide, high = picture.width, picture.height
    d = (
        f"M{wide * 0.5 - 14:.0f} {top + 4:.0f}C{wide * 0.62:.0f} {high * 0.8:.0f}"
        f" {wide * 0.3:.0f} {high * 0.85:.0f} {wide * 0.26:.0f} {high + 10:.0f}"
        f"H{wide * 0.66:.0f}C{wide * 0.56:.0f} {high * 0.87:.0f} {wide * 0.7:.0f} {high * 0.8:.0f}"
        f" {wide * 0.5 + 14:.0f} {top + 4:.0f}Z"
    )
    picture.layer.add(path(d, light.of("#8d8781" if desert else "#d9c6a0")))
