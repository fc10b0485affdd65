"""Where the subjects go: how large, beside, behind and on top of each other, and in which light."""

# ruff: noqa: PLR2004 - the numbers here are shapes and chances, each beside what it shapes

from __future__ import annotations

from dataclasses import replace

from service.generators.illustrator.painting.atmosphere.light import Light
from service.generators.illustrator.painting.cast import (
    COMPRESSION,
    Bearing,
    Figure,
    actors,
    umbrella_held,
    under_umbrella,
)
from service.generators.illustrator.painting.one_figure import draw_one
from service.generators.illustrator.painting.picture import Composition
from service.generators.illustrator.painting.placement.arrangement import Arrangement
from service.generators.illustrator.painting.placement.fidelity import parted
from service.generators.illustrator.painting.placement.framing import NEAR, frame, soften
from service.generators.illustrator.painting.placement.hands import arms_of, held_by_sitters
from service.generators.illustrator.painting.placement.interiors import (
    beside_people,
    place_hung,
    place_sill,
    suit_doors,
)
from service.generators.illustrator.painting.placement.placing import (
    AIR,
    BACK,
    COVER,
    FRONT,
    GROUND,
    WATER,
    Placed,
)
from service.generators.illustrator.painting.placement.rows import (
    balanced,
    flat,
    sized,
    spread,
    squeezed,
)
from service.generators.illustrator.places.stage import StageLayout
from service.generators.illustrator.scene import Scene
from service.generators.illustrator.sprites.art import Tint
from service.generators.illustrator.sprites.svg import rect

LONGEST_ROW, SHORT_ROW = 6, 3
"""Subjects: more than the first always stand in two rows, no more than the second never do."""
SHALLOW = 0.06
"""Of the height: on a floor that is less deep there is no room for a second row."""
STANCES = ("air", "water", "swim", "ground", "small", "back", "hung", "sill")

BORNE = ("holding", "wearing")
"""Relations in which the second subject is on the first one."""
ON_GROUND = ("plant", "sport", "game")
"""Small things that may well lie in the grass."""
SILL_PLACES = {"city", "mountain", "field", "forest", "jungle", "sea"}

Groups = dict[str, list[list[Figure]]]
"""stance -> for each thing its actors."""


def compose(picture: Composition, scene: Scene, light: Light, stage: StageLayout) -> list[Placed]:
    """Draw all subjects onto the picture, far ones first; where each is, in that order."""
    if light.dark > 0.9 and scene.place not in ("studio", "table", "room", "space"):
        stage = replace(stage, halo=0.34)
    on_ledge = not (stage.close or stage.floating or stage.flat) and needs_ledge(scene)
    placed = placements(picture, scene, stage, on_ledge=on_ledge)
    Arrangement(scene, placed, (picture.width, picture.height)).arrange()
    if scene.place in ("room", "wall"):
        suit_doors(scene, placed)
    parted(placed)
    placed.sort(key=lambda one: one.layer)
    covered = scene.framing in NEAR
    if covered:
        cover(picture, stage, light, on_ledge=False)
        soften(picture)
        frame(picture, scene, placed)
    for one in placed:
        if one.layer > COVER - 0.5 and not covered:
            cover(picture, stage, light, on_ledge=on_ledge)
            covered = True
        draw_one(picture, stage, light, one, tint_of(scene, stage, light))
    if not covered:
        cover(picture, stage, light, on_ledge=on_ledge)
    return placed


def cover(picture: Composition, stage: StageLayout, light: Light, *, on_ledge: bool) -> None:
    """Paint what is before those who stand: a table top or a sill."""
    stage.cover()
    if on_ledge:
        ledge(picture, light)


def tint_of(scene: Scene, stage: StageLayout, light: Light) -> Tint:
    if not stage.close:
        return light.on_subjects()
    return Tint((1, 1, 1)) if scene.time != "night" else Tint((0.88, 0.84, 0.9))


def placements(
    picture: Composition, scene: Scene, stage: StageLayout, *, on_ledge: bool
) -> list[Placed]:
    """Where everything is by itself, before the prompt's relations move it."""
    everything = gathered(scene)
    bound = {i for one in scene.relations if one.kind in BORNE for i in one.whom}
    groups = {
        stance: [group for group in some if group[0].thing not in bound]
        for stance, some in everything.items()
    }
    placed = [  # their bearers say where
        Placed(figure, picture.width / 2, stage.back, GROUND)
        for some in everything.values()
        for group in some
        for figure in group
        if group[0].thing in bound
    ]
    behind, before = middles(picture, groups)
    placed += place_back(picture, stage, flat(groups["back"]), behind)
    placed += place_air(picture, scene, stage, groups["air"])
    crowd = [*groups["ground"], *groups["small"], *groups["back"]]
    placed += place_hung(picture, stage, flat(groups["hung"]), aside=bool(flat(crowd)))
    placed += place_sill(
        picture, stage, flat(groups["sill"]), [*groups["ground"], *groups["small"]]
    )
    small, ground = groups["small"], groups["ground"]
    if stage.flat:
        return placed + place_flat(picture, [one for some in groups.values() for one in flat(some)])
    if stage.floating:
        return placed + place_floating(picture, stage, flat([*groups["swim"], *ground, *small]))
    ashore = max((one.size for one in flat([*ground, *small])), default=0.0)
    afloat = flat([*groups["water"], *groups["swim"]])
    placed += place_water(picture, stage, afloat, ashore)
    on_land = len(flat([*ground, *small]))
    if ashore and not stage.close and len(afloat) <= 3 and on_land <= 2:
        step = min(0.4 / len(afloat), 0.2) if afloat else 0.0  # beside who is ashore, not behind
        for i, one in enumerate(placed[len(placed) - len(afloat) :]):
            one.x = picture.width * (0.24 + step * (i - (len(afloat) - 1) / 2) * 0.9)
            one.scale(min(1.0, picture.width * step * 0.86 / one.width) if len(afloat) > 1 else 1)
        before = picture.width * 0.66 if afloat else before
    if stage.close:
        placed += place_behind_table(picture, stage, ground)
        shorter = replace(stage, hero=beside_people(picture, stage, ground, small))
        few = len(flat(ground)) == 1 and 1 <= len(flat(small)) <= 2
        aside = picture.width * 0.68 if few else None
        return placed + place_ground(picture, shorter, small, FRONT, aside)
    if on_ledge:
        farther = replace(stage, front=stage.back + 10, hero=stage.hero * 0.8)
        placed += place_ground(picture, farther, ground, GROUND)
        nearer = replace(
            stage,
            back=picture.height * 0.925,
            front=picture.height * 0.955,
            hero=picture.height * (0.11 if ground else 0.26),
            lifesize=False,
        )
        return placed + place_ground(picture, nearer, small, FRONT)
    return placed + place_ground(picture, stage, [*ground, *small], GROUND, before)


def gathered(scene: Scene) -> Groups:
    """The actors of a scene by their stance; what is carried or held belongs to its bearer."""
    groups: Groups = {stance: [] for stance in STANCES}
    umbrella = held = umbrella_held(scene)
    arms = arms_of(scene)
    sat = held_by_sitters(scene)
    held_there = {id(scene.things[who]): scene.things[what] for what, who in sat.items()}
    for i, thing in enumerate(scene.things):
        if (thing.on >= 0 and thing.on != i) or thing is umbrella or i in sat:
            continue
        carried = [
            other
            for k, other in enumerate(scene.things)
            if other.on == i and other is not thing and k not in sat
        ]
        covered = held is not None and thing.kind.startswith("person")
        inner = {
            id(one): [other for other in scene.things if other.on == k and other is not one]
            for k, one in enumerate(scene.things)
            if one in carried
        }
        bearing = Bearing(held_there, inner)
        group = actors(thing, carried, "bent" if covered else arms.get(i, ""), bearing)
        if held is not None and covered:
            group[0], held = under_umbrella(group[0], held), None
        group = [replace(figure, thing=i) for figure in group]
        groups[thing.stance if thing.stance in groups else "ground"].append(group)
    return groups


def middles(picture: Composition, groups: Groups) -> tuple[float, float]:
    """Where buildings and where the others gather: a lone subject steps aside from a lone house."""
    side = 0.14 if picture.rng.random() < 0.5 else -0.14
    back, front = flat(groups["back"]), flat([*groups["ground"], *groups["small"]])
    if len(back) == 1 and 1 <= len(front) <= 2:
        return picture.width * (0.5 - side), picture.width * (0.5 + side * 1.25)
    return picture.width / 2, picture.width / 2


def needs_ledge(scene: Scene) -> bool:
    """Food and cups do not lie in the street or the grass: they stand on a sill in front."""
    borne = {i for one in scene.relations if one.kind in BORNE for i in one.whom}
    small = [
        thing
        for i, thing in enumerate(scene.things)
        if thing.stance == "small" and thing.on < 0 and i not in borne
    ]
    beasts = any(thing.kind.startswith("animal") for thing in scene.things)
    raw = ("food-fruit", "food-vegetable")  # these lie in the grass before a rabbit
    eaten = any(
        thing.kind.startswith(("food", "drink", "dishware"))
        and not (beasts and thing.kind.startswith(raw))
        for thing in small
    )
    alone = len(small) == len(scene.things) and not any(t.kind.startswith(ON_GROUND) for t in small)
    return bool(small) and (eaten or alone) and scene.place in SILL_PLACES


def place_ground(
    picture: Composition,
    stage: StageLayout,
    groups: list[list[Figure]],
    layer: float,
    middle: float | None = None,
) -> list[Placed]:
    """Those that stand, side by side; more than six in two rows."""
    crowd = flat(groups)
    if not crowd:
        return []
    middle = picture.width / 2 if middle is None else middle
    wide = picture.width * stage.wide - 2 * abs(middle - picture.width / 2)
    alone = len(crowd) == 1
    hero = stage.hero * (1.12 if alone else 1.0) * nearness(stage, crowd)
    if alone:
        wide = picture.width * stage.width_alone
    rows = [crowd]
    deep = stage.front - stage.back > picture.height * SHALLOW
    crowded = len(crowd) > LONGEST_ROW or squeezed(crowd, hero, wide)
    beside = max(one.size for one in sized(crowd, hero, wide))
    roomy = len(crowd) > 2 * LONGEST_ROW or (stage.front - stage.back) * 1.6 > beside
    if deep and len(crowd) > SHORT_ROW and crowded and roomy:
        half = len(crowd) // 2
        order = balanced(crowd)
        rows = [order[:half], order[half:]]
        hero = min(hero * 0.62, (stage.front - stage.back) * 1.6)  # the farther row stays visible
    placed = []
    for rank, row in enumerate(rows):
        share = 1.0 if len(rows) == 1 else float(rank)
        foot = stage.back + (stage.front - stage.back) * (0.55 if len(rows) == 1 else share)
        fitting = sized(balanced(row), hero * (0.86 + 0.14 * share), wide)
        for i, (actor, x) in enumerate(spread(fitting, middle)):
            depth = (stage.front - stage.back) * 0.16 * (1 if i % 2 else -1) * (not alone)
            placed.append(Placed(actor, x, foot + depth, layer, stands=True))
    return placed


def nearness(stage: StageLayout, crowd: list[Figure]) -> float:
    """Small animals do not fill a landscape, elephants may."""
    if stage.close or not stage.lifesize:
        return 1.0
    metres = max(actor.size for actor in crowd) ** (1 / COMPRESSION)
    return float(min(1.12, max(0.62, (metres / 1.7) ** 0.22)))


def place_back(
    picture: Composition,
    stage: StageLayout,
    row: list[Figure],
    middle: float,
) -> list[Placed]:
    """Buildings stand farther away, on the horizon."""
    if not row:
        return []
    foot = stage.horizon + 14
    tower = len(row) == 1 and row[0].sprite.aspect < 0.6
    high = min(foot - picture.height * 0.10, picture.height * (0.62 if tower else 0.46))
    spots = spread(sized(balanced(row), high, picture.width * 0.9), middle)
    return [Placed(actor, x, foot, BACK, backdrop=True) for actor, x in spots]


def place_air(
    picture: Composition, scene: Scene, stage: StageLayout, groups: list[list[Figure]]
) -> list[Placed]:
    """Flying things, spread over the sky in a loose line, never the same height twice."""
    flyers = flat(groups)
    if not flyers:
        return []
    rng = picture.rng
    alone = len(scene.things) == 1
    count = len(flyers)
    sky = min(stage.horizon, picture.height * 0.62)
    largest = max(actor.size for actor in flyers)
    room = picture.width * 0.84 / count
    placed = []
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
        flip = bool(i % 2) and count > 1
        foot = max(top, stage.ceiling) + tall
        placed.append(Placed(replace(actor, size=tall), x, foot, AIR, flip=flip))
    return placed


def place_floating(picture: Composition, stage: StageLayout, row: list[Figure]) -> list[Placed]:
    """Under water and in deep space: around the middle, in gentle waves."""
    if not row:
        return []
    alone = len(row) == 1
    fitting = sized(balanced(row), stage.hero * (1.0 if alone else 0.8), picture.width * 0.84)
    placed = []
    for i, (actor, x) in enumerate(spread(fitting, picture.width / 2)):
        drift = 0.0 if alone else picture.height * 0.09 * (1 if i % 2 else -1)
        foot = picture.height * 0.50 + drift + actor.size / 2
        placed.append(Placed(actor, x, foot, GROUND))
    return placed


def place_flat(picture: Composition, crowd: list[Figure]) -> list[Placed]:
    """Seen from above: in the cells of a grid over the whole picture, a little out of line."""
    if not crowd:
        return []
    rng, count = picture.rng, len(crowd)
    columns = max(1, round((count * picture.width / picture.height) ** 0.5))
    rows = -(-count // columns)
    largest = max(actor.size for actor in crowd)
    placed = []
    for i, actor in enumerate(sorted(crowd, key=lambda actor: actor.thing)):
        row, column = divmod(i, columns)
        inside = min(columns, count - row * columns)
        wide, high = picture.width * 0.88 / inside, picture.height * 0.88 / rows
        room = min(high * 0.8, wide * 0.8 / actor.sprite.aspect, picture.height * 0.62)
        size = room * max(0.55, (actor.size / largest) ** 0.7)
        shift = 0.12 * (count > 1)
        x = picture.width * 0.06 + wide * (column + 0.5 + shift * (rng.random() - 0.5))
        y = picture.height * 0.06 + high * (row + 0.5 + shift * (rng.random() - 0.5))
        placed.append(Placed(replace(actor, size=size), x, y + size / 2, GROUND, lies=True))
    return placed


def place_water(
    picture: Composition, stage: StageLayout, row: list[Figure], ashore: float
) -> list[Placed]:
    """Afloat; ducks beside a person on the shore, of this size, are small."""
    if not row:
        return []
    line = stage.water or stage.back
    beach = stage.water < stage.back - 60
    tallest = stage.hero * (0.62 if beach else 1.05)
    if ashore:
        tallest = min(tallest, stage.hero * max(one.size for one in row) / ashore)
    spots = spread(sized(balanced(row), tallest, picture.width * 0.8), picture.width / 2)
    return [Placed(actor, x, line, WATER, floats=True) for actor, x in spots]


def place_behind_table(
    picture: Composition, stage: StageLayout, groups: list[list[Figure]]
) -> list[Placed]:
    """People and animals sit behind the table; its edge will hide the rest of them."""
    row = flat(groups)
    if not row:
        return []
    fitting = sized(balanced(row), stage.edge * 1.06, picture.width * 0.8)
    tallest = max(actor.size for actor in fitting)
    return [
        Placed(actor, x, stage.edge + min(0.38 * tallest, 0.45 * actor.size), GROUND)
        for actor, x in spread(fitting, picture.width / 2)
    ]


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
