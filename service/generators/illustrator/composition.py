"""Where the subjects go: how large, beside, behind and on top of each other, and in which light."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

from dataclasses import replace

from service.generators.illustrator.art import Tint
from service.generators.illustrator.cast import (
    COMPRESSION,
    Figure,
    actors,
    umbrella_held,
    under_umbrella,
)
from service.generators.illustrator.light import Light
from service.generators.illustrator.picture import Composition
from service.generators.illustrator.places.sea import ripples
from service.generators.illustrator.places.stage import Stage
from service.generators.illustrator.rows import balanced, sized, spread, squeezed
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.svg import ellipse, rect

LONGEST_ROW, SHORT_ROW = 6, 3
"""Subjects: more than the first always stand in two rows, no more than the second never do."""
SHALLOW = 0.06
"""Of the height: on a floor that is less deep there is no room for a second row."""
STANCES = ("air", "water", "swim", "ground", "small", "back")

ON_GROUND = ("plant", "sport", "game")
"""Small things that may well lie in the grass."""
SILL_PLACES = {"city", "mountain", "field", "forest", "jungle", "sea"}

Groups = dict[str, list[list[Figure]]]
"""stance -> for each thing its actors."""


def compose(picture: Composition, scene: Scene, light: Light, stage: Stage) -> None:
    """Draw all subjects onto the picture, far ones first."""
    tint = light.on_subjects()
    if stage.close:
        tint = Tint((1, 1, 1)) if scene.time != "night" else Tint((0.88, 0.84, 0.9))
    groups = gathered(scene)
    if light.dark > 0.9 and scene.place not in ("studio", "table", "room", "space"):
        stage = replace(stage, halo=0.34)
    behind, before = middles(picture, groups)
    draw_back(picture, stage, flat(groups["back"]), tint, behind)
    draw_air(picture, scene, stage, groups["air"], tint)
    if stage.floating:
        draw_floating(
            picture, stage, flat([*groups["swim"], *groups["ground"], *groups["small"]]), tint
        )
        return
    draw_water(picture, stage, light, flat([*groups["water"], *groups["swim"]]), tint)
    small, ground = groups["small"], groups["ground"]
    if stage.close:
        draw_behind_table(picture, stage, ground, tint)
        stage.cover()
        draw_table(picture, stage, small, tint, crowded=bool(ground))
    elif small and needs_ledge(scene):
        draw_ground(
            picture, replace(stage, front=stage.back + 10, hero=stage.hero * 0.8), ground, tint
        )
        ledge(picture, light)
        on_ledge = replace(
            stage,
            back=picture.height * 0.925,
            front=picture.height * 0.955,
            hero=picture.height * (0.17 if ground else 0.26),
            lifesize=False,
        )
        draw_ground(picture, on_ledge, small, tint)
    else:
        draw_ground(picture, stage, [*ground, *small], tint, before)


def gathered(scene: Scene) -> Groups:
    """The actors of a scene by their stance; what is carried or held belongs to its bearer."""
    groups: Groups = {stance: [] for stance in STANCES}
    umbrella = held = umbrella_held(scene)
    for i, thing in enumerate(scene.things):
        if (thing.on >= 0 and thing.on != i) or thing is umbrella:
            continue
        carried = [other for other in scene.things if other.on == i and other is not thing]
        group = actors(thing, carried)
        if held is not None and thing.kind.startswith("person"):
            group[0], held = under_umbrella(group[0], held), None
        groups[thing.stance if thing.stance in groups else "ground"].append(group)
    return groups


def middles(picture: Composition, groups: Groups) -> tuple[float, float]:
    """Where buildings and where the others gather: a lone subject steps aside from a lone house."""
    side = 0.14 if picture.rng.random() < 0.5 else -0.14
    back, front = flat(groups["back"]), flat([*groups["ground"], *groups["small"]])
    if len(back) == 1 and 1 <= len(front) <= 2:
        return picture.width * (0.5 - side), picture.width * (0.5 + side * 1.25)
    return picture.width / 2, picture.width / 2


def flat(groups: list[list[Figure]]) -> list[Figure]:
    return [actor for group in groups for actor in group]


def needs_ledge(scene: Scene) -> bool:
    """Food and cups do not lie in the street or the grass: they stand on a sill in front."""
    small = [thing for thing in scene.things if thing.stance == "small"]
    eaten = any(thing.kind.startswith(("food", "drink", "dishware")) for thing in small)
    alone = len(small) == len(scene.things) and not any(t.kind.startswith(ON_GROUND) for t in small)
    return (eaten or alone) and scene.place in SILL_PLACES


def draw_ground(
    picture: Composition,
    stage: Stage,
    groups: list[list[Figure]],
    tint: Tint,
    middle: float | None = None,
) -> None:
    """Those that stand, side by side; more than six in two rows."""
    crowd = flat(groups)
    if not crowd:
        return
    middle = picture.width / 2 if middle is None else middle
    wide = picture.width * stage.wide - 2 * abs(middle - picture.width / 2)
    alone = len(crowd) == 1
    hero = stage.hero * (1.12 if alone else 1.0) * nearness(stage, crowd)
    if alone:
        wide = picture.width * stage.width_alone
    rows = [crowd]
    deep = stage.front - stage.back > picture.height * SHALLOW
    crowded = len(crowd) > LONGEST_ROW or squeezed(crowd, hero, wide)
    if deep and len(crowd) > SHORT_ROW and crowded:
        half = len(crowd) // 2
        order = balanced(crowd)
        rows = [order[:half], order[half:]]
        hero = min(hero * 0.62, (stage.front - stage.back) * 1.6)  # the farther row stays visible
    for rank, row in enumerate(rows):
        share = 1.0 if len(rows) == 1 else float(rank)
        foot = stage.back + (stage.front - stage.back) * (0.55 if len(rows) == 1 else share)
        fitting = sized(balanced(row), hero * (0.86 + 0.14 * share), wide)
        for i, (actor, x) in enumerate(spread(fitting, middle)):
            depth = (stage.front - stage.back) * 0.16 * (1 if i % 2 else -1) * (not alone)
            stand(picture, stage, actor, (x, foot + depth), tint)


def nearness(stage: Stage, crowd: list[Figure]) -> float:
    """Small animals do not fill a landscape, elephants may."""
    if stage.close or not stage.lifesize:
        return 1.0
    metres = max(actor.size for actor in crowd) ** (1 / COMPRESSION)
    return float(min(1.12, max(0.62, (metres / 1.7) ** 0.22)))


def stand(
    picture: Composition, stage: Stage, actor: Figure, foot: tuple[float, float], tint: Tint
) -> None:
    x, y = foot
    if stage.halo:  # a black cat at night is seen against the light
        pale = [
            (0.0, "#a9bdf5", stage.halo),
            (0.6, "#8fa6ea", stage.halo * 0.5),
            (1.0, "#8fa6ea", 0.0),
        ]
        spot = picture.layer.spot(pale)
        wide, high = actor.width * 0.72, actor.size * 0.68
        picture.layer.add(ellipse(x, y - actor.size * 0.48, wide, high, spot))
    if stage.shadows:
        wide = actor.width * 0.5
        picture.layer.shadow(x, y - 2, wide * 1.05, max(7.0, min(wide * 0.16, actor.size * 0.14)),
                             stage.shadows)  # fmt: skip
    picture.layer.place(actor.sprite, x, y, actor.size, tint=tint)


def draw_back(
    picture: Composition, stage: Stage, row: list[Figure], tint: Tint, middle: float
) -> None:
    """Buildings stand farther away, on the horizon."""
    if not row:
        return
    foot = stage.horizon + 14
    tower = len(row) == 1 and row[0].sprite.aspect < 0.6
    high = min(foot - picture.height * 0.10, picture.height * (0.62 if tower else 0.46))
    for actor, x in spread(sized(balanced(row), high, picture.width * 0.9), middle):
        picture.layer.shadow(x, foot - 3, actor.width * 0.6, 12, stage.shadows or 0.25)
        picture.layer.place(actor.sprite, x, foot, actor.size, tint=tint)


def draw_air(
    picture: Composition, scene: Scene, stage: Stage, groups: list[list[Figure]], tint: Tint
) -> None:
    """Flying things, spread over the sky in a loose line, never the same height twice."""
    flyers = flat(groups)
    if not flyers:
        return
    rng = picture.rng
    alone = len(scene.things) == 1
    count = len(flyers)
    sky = min(stage.horizon, picture.height * 0.62)
    largest = max(actor.size for actor in flyers)
    room = picture.width * 0.84 / count
    for i, actor in enumerate(flyers):
        tall = sky * (0.52 if alone and count == 1 else 0.36) * (actor.size / largest)
        tall = min(tall, room * 0.92 / actor.sprite.aspect)
        if actor.sprite.name in ("butterfly", "honeybee", "balloon") or actor.size < 0.56:
            tall = min(tall, picture.height * 0.17)
        x = picture.width * 0.08 + room * (i + 0.5) + room * 0.12 * (rng.random() - 0.5)
        if count == 1 and not alone:
            x = picture.width * (0.24 if rng.random() < 0.5 else 0.76)
        wave = (0.0, 0.5, 0.16, 0.7, 0.3)[i % 5] if count > 1 else 0.3
        top = picture.height * 0.06 + (sky * 0.5 - tall * 0.5) * wave
        picture.layer.place(actor.sprite, x, max(top, stage.ceiling) + tall, tall, tint=tint,
                            flip=bool(i % 2) and count > 1)  # fmt: skip


def draw_floating(picture: Composition, stage: Stage, row: list[Figure], tint: Tint) -> None:
    """Under water and in deep space: around the middle, in gentle waves."""
    if not row:
        return
    alone = len(row) == 1
    fitting = sized(balanced(row), stage.hero * (1.0 if alone else 0.8), picture.width * 0.84)
    for i, (actor, x) in enumerate(spread(fitting, picture.width / 2)):
        drift = 0.0 if alone else picture.height * 0.09 * (1 if i % 2 else -1)
        middle = picture.height * 0.50 + drift
        picture.layer.place(actor.sprite, x, middle + actor.size / 2, actor.size, tint=tint)


def draw_water(
    picture: Composition, stage: Stage, light: Light, row: list[Figure], tint: Tint
) -> None:
    if not row:
        return
    line = stage.water or stage.back
    beach = stage.water < stage.back - 60
    tallest = stage.hero * (0.62 if beach else 1.05)
    for actor, x in spread(sized(balanced(row), tallest, picture.width * 0.8),
                           picture.width / 2):  # fmt: skip
        picture.layer.place(actor.sprite, x, line, actor.size, tint=tint)
        ripples(picture, light, x, line - actor.size * 0.012, actor.width)


def draw_behind_table(
    picture: Composition, stage: Stage, groups: list[list[Figure]], tint: Tint
) -> None:
    """People and animals sit behind the table; its edge will hide the rest of them."""
    row = flat(groups)
    if not row:
        return
    fitting = sized(balanced(row), stage.edge * 1.06, picture.width * 0.8)
    tallest = max(actor.size for actor in fitting)
    for actor, x in spread(fitting, picture.width / 2):
        hidden = min(0.38 * tallest, 0.45 * actor.size)
        picture.layer.place(actor.sprite, x, stage.edge + hidden, actor.size, tint=tint)


def draw_table(
    picture: Composition, stage: Stage, groups: list[list[Figure]], tint: Tint, *, crowded: bool
) -> None:
    """What stands on the table; smaller when a person sits behind it."""
    if groups:
        shorter = replace(stage, hero=stage.hero * (0.60 if crowded else 1.0))
        draw_ground(picture, shorter, groups, tint)


def ledge(picture: Composition, light: Light) -> None:
    """A wooden sill along the lower edge, for small things in front of a wide view."""
    layer, wide, high = picture.layer, picture.width, picture.height
    top = high * 0.885
    layer.add(
        rect(-5, top, wide + 10, high, layer.blend(light.of("#b57d4d"), light.of("#7d5130"))),
        rect(-5, top, wide + 10, 6, light.of("#e8c294")),
        *(
            rect(-5, top + 28 + i * (high - top) / 4, wide + 10, 2.5, "#3a2413", fill_opacity=0.22)
            for i in range(3)
        ),
    )
