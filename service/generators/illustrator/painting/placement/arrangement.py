"""Putting subjects where the prompt says: beside, behind, above, under and between each other."""

# ruff: noqa: PLR2004 - the numbers here are shares of a size, each beside what it sizes

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil

from service.generators.illustrator.painting.cast import COMPRESSION
from service.generators.illustrator.painting.placement.attachments import attach
from service.generators.illustrator.painting.placement.blocks import (
    MARGIN,
    Block,
    span,
    stand_aside,
)
from service.generators.illustrator.painting.placement.hands import put_in_hand
from service.generators.illustrator.painting.placement.placing import AIR, BACK, Placed
from service.generators.illustrator.scene import Relation, Scene

COLUMNS = (
    *("above", "under", "behind", "front", "in", "on", "holding", "wearing"),
    *("tied", "leaning", "pushing", "leash", "hanging"),
)
"""Relations in which one subject goes where the other is."""
SHELTERS = {"street-lamp", "gate", "umbrella-on-ground", "beach-umbrella", "signpost", "swing"}
"""Who is under these stands at their foot, however high they are."""
OPEN_ABOVE = {"market-stall"}
"""Who is behind these is seen between counter and roof."""
BARRIERS = {"stone-wall", "fence", "hedge"}
SPREAD = ("above", "under", "behind", "front", "in", "on")
"""Those in which several subjects share the room."""
HEADS = {
    "standing": (0.17, 0.29, 0.75),
    "seated": (0.2, 0.36, 0.75),
    "whole": (0.22, 0.40, 0.62),
    "sitting": (0.30, 0.58, 0.70),
    "": (0.20, 0.36, 0.40),
}
"""The ends of the names of figures -> where their eyes and neck are, by the height, and how wide
the head is, by the width."""
GAP = 0.025
"""Of the width: between neighbours."""
MOST_WIDE = 1 - 2 * MARGIN


class Arrangement:
    """The subjects of one picture, while they are put in their places."""

    def __init__(self, scene: Scene, placed: list[Placed], size: tuple[float, float]) -> None:
        self.scene, self.placed = scene, placed
        self.wide, self.high = size
        self.blocks: dict[int, Block] = {}
        for item in placed:
            if item.thing in self.blocks:
                self.blocks[item.thing].items.append(item)
            else:
                self.blocks[item.thing] = Block([item], scene.things[item.thing].metres)
        self.attached: dict[int, tuple[str, int]] = {}

    def arrange(self) -> None:
        relations = [found for one in self.scene.relations if (found := self.rooted(one))]
        if not relations:
            return
        for relation in relations:
            if relation.kind in COLUMNS:
                for who, whom in self.sides(relation):
                    self.attach(who, relation.kind, whom)
        for who, (kind, whom) in self.attached.items():
            block, base = self.blocks[who], self.blocks[whom]
            self.put(block, kind, base)
            same = [i for i, there in self.attached.items() if there == (kind, whom)]
            if kind in SPREAD and len(same) > 1:
                share = (same.index(who) + 0.5) / len(same) - 0.5
                block.move(share * max(base.width, block.width * len(same)))
            base.riders.append(block)
        self.centre(relations)
        self.line_up([one for one in relations if one.kind not in COLUMNS])
        stand_aside(self.blocks, self.attached, relations, self.wide)
        for i, block in self.blocks.items():
            if i not in self.attached and (block.riders or self.is_sideways(i, relations)):
                self.keep_inside(block)

    def rooted(self, relation: Relation) -> Relation | None:
        """The relation between what carries its subjects: a rider is where the horse is."""
        who, whom = (
            tuple(dict.fromkeys(root for i in side if (root := self.root(i)) in self.blocks))
            for side in (relation.who, relation.whom)
        )
        if not who or set(who) & set(whom) or bool(whom) != bool(relation.whom):
            return None
        return Relation(relation.kind, who, whom)

    def root(self, thing: int) -> int:
        for _ in self.scene.things:
            on = self.scene.things[thing].on
            thing = on if on >= 0 else thing
        return thing

    def sides(self, relation: Relation) -> Iterable[tuple[int, int]]:
        """Each subject that moves, and where to. Held things move to who holds them."""
        if relation.kind in ("holding", "wearing", "pushing", "leash"):
            return ((whom, relation.who[0]) for whom in relation.whom)
        return ((who, relation.whom[0]) for who in relation.who)

    def attach(self, who: int, kind: str, whom: int) -> None:
        above = whom
        while above in self.attached:
            above = self.attached[above][1]
        if who not in self.attached and above != who:
            self.attached[who] = (kind, whom)

    def is_sideways(self, thing: int, relations: Sequence[Relation]) -> bool:
        return any(thing in (*one.who, *one.whom) for one in relations if one.kind not in COLUMNS)

    def put(self, block: Block, kind: str, base: Block) -> None:
        """Size and place a block in the column of another."""
        share = (max(0.02, block.metres) / max(0.02, base.metres)) ** COMPRESSION
        match kind:
            case "above" | "on":
                self.put_above(block, base, share, gap=0.0 if kind == "on" else 0.04)
            case "under":
                self.put_under(block, base, share)
            case "behind":
                self.put_behind(block, base, share)
            case "front":
                self.put_before(block, base, share)
            case "in":
                self.put_in(block, base, share)
            case "wearing":
                self.put_on(block, base)
            case "holding":
                self.put_in_hand(block, base, share)
            case _:
                attach(kind, block.items, base.items, share, self.high)

    def to(self, block: Block, x: float, foot: float) -> None:
        block.move(x - block.x, foot - block.foot)

    def fit(self, block: Block, height: float) -> None:
        block.scale(height / block.height)

    def put_above(self, block: Block, base: Block, share: float, gap: float) -> None:
        if block.layer != AIR or gap == 0.0:
            self.fit(block, base.height * min(1.0, max(0.2, share)))
            block.level(base.layer + 0.01)
        if block.width > self.wide * MOST_WIDE:
            block.scale(self.wide * MOST_WIDE / block.width)
        between = gap * self.high
        room = base.foot - self.high * MARGIN
        needed = (base.foot - base.top) + between + block.height
        if needed > room:
            factor = max(0.2, (room - between) / (needed - between))
            base.scale(factor)
            block.scale(factor)
        foot = base.top - between
        if block.layer == AIR and block.foot < foot:
            foot = block.foot
        self.to(block, base.x, foot if gap else base.top + base.height * 0.03)

    def put_under(self, block: Block, base: Block, share: float) -> None:
        if self.scene.things[base.items[0].thing].art in SHELTERS:
            tall = block.height * (2.0 if block.metres < base.metres * 0.8 else 1.4)
            base.scale(max(1.0, min(tall, self.high * 0.72) / base.height))
            block.level(base.layer + 0.01)
            aside = block.width * 0.3 if block.width > base.width * 2 else 0.0
            self.to(block, base.x - aside, base.foot + min(10.0, block.height * 0.03))
        elif base.layer == AIR:  # a tree under a balloon: nothing but the columns changes
            self.fit_below(base, block)
            self.to(block, base.x, block.foot)
        elif share < 0.85:  # under a table, a tree, a bridge: before its foot
            self.fit(block, base.height * min(0.5, max(0.2, share)))
            if block.width > base.width * 0.8:
                block.scale(base.width * 0.8 / block.width)
            block.level(base.layer + 0.01)
            self.to(block, base.x, base.foot + min(8.0, base.height * 0.03))
        else:
            self.put_above(base, block, 1 / share, 0.04)

    def fit_below(self, base: Block, block: Block) -> None:
        """Make a block end below one in the air."""
        room = block.foot - base.foot - self.high * 0.03
        if block.height > room > 0:
            block.scale(max(0.25, room / block.height))

    def put_behind(self, block: Block, base: Block, share: float) -> None:
        if self.scene.things[base.items[0].thing].art in OPEN_ABOVE:
            self.fit(block, base.height * 0.58)
            block.level(base.layer - 0.01)
            self.to(block, base.x, base.foot - base.height * 0.14)
            return
        if not (block.layer < base.layer and block.foot < base.foot):
            self.fit(block, base.height * min(1.7, max(0.4, share)) * 0.94)
            block.level(base.layer - 0.01)
            down = base.foot - max(self.high * 0.02, base.height * 0.06)
            self.to(block, block.x, down)
        if base.width < block.width * 0.9 and not base.items[0].backdrop:
            base.scale(min(1.5, block.width * 0.9 / base.width))
        seen = base.top + block.height * 0.48
        if block.foot > seen and base.width > block.width * 0.5:
            self.to(block, block.x, seen)  # farther up the ground, seen over its top
        taller = block.top < base.top - base.height * 0.25
        side = 1 if block.x >= base.x else -1
        aside = 0.18 if taller else 0.5
        self.to(block, base.x + side * (base.width * aside + block.width * 0.12), block.foot)

    def put_before(self, block: Block, base: Block, share: float) -> None:
        if not (block.layer > base.layer and block.foot > base.foot):
            self.fit(block, base.height * min(1.2, max(0.25, share)))
            block.level(base.layer + 0.01)
            foot = min(
                self.high * (1 - MARGIN), base.foot + max(self.high * 0.03, base.height * 0.08)
            )
            self.to(block, block.x, foot)
        barrier = self.scene.things[block.items[0].thing].art in BARRIERS
        if barrier:  # who is behind it is seen above it
            self.fit(block, base.height * min(0.5, max(0.3, share)))
            self.widen(block, base)
        most = base.height * 0.85
        if block.height > most and block.metres < base.metres:
            self.fit(block, most)
        side = 1 if block.x >= base.x else -1
        wide = block.width > base.width * 0.45
        across = 0.0 if barrier else side * base.width * (0.38 if wide else 0.18)
        self.to(block, base.x + across, block.foot)

    def widen(self, block: Block, base: Block) -> None:
        """Repeat a wall or a fence until it is as wide as those behind it."""
        first = block.items[0]
        count = min(6, ceil(base.width * 1.1 / max(1.0, first.width)) | 1)
        for i in range(1, count):
            side = (i + 1) // 2 * (1 if i % 2 else -1)
            block.items.append(replace(first, x=first.x + side * first.width * 0.985))
        self.placed += block.items[1:]

    def put_in(self, block: Block, base: Block, share: float) -> None:
        vehicle = self.scene.things[base.items[0].thing].kind.startswith("transport")
        self.fit(block, base.height * min(0.6 if vehicle else 0.45, max(0.2, share)))
        if block.width > base.width * 0.7:
            block.scale(base.width * 0.7 / block.width)
        block.level(base.layer - 0.01 if vehicle else base.layer + 0.01)
        self.to(
            block,
            base.x,
            base.top + block.height * 0.45 if vehicle else base.foot - base.height * 0.25,
        )

    def put_in_hand(self, block: Block, base: Block, share: float) -> None:
        """Into the hands of the holders, one after the other, first the right ones."""
        block.level(base.layer + 0.01)
        thing = self.scene.things[block.items[0].thing]
        for i, item in enumerate(block.items):
            turn, holder = divmod(i, len(base.items))
            side = (1, 0)[(turn + len(base.riders)) % 2]
            put_in_hand(item, base.items[holder], thing, share, side)

    def put_on(self, block: Block, base: Block) -> None:
        """A scarf below the head of its wearer, glasses over the eyes."""
        name = base.items[0].figure.sprite.name
        eyes, neck, head = next(
            (heights for end, heights in HEADS.items() if name.endswith(end)), HEADS[""]
        )
        scarf = self.scene.things[block.items[0].thing].art == "scarf"
        block.scale(base.width * head * (0.55 if scarf else 0.8) / block.width)
        block.level(base.layer + 0.01)
        middle = base.top + base.height * (neck if scarf else eyes)
        self.to(block, base.x, middle + block.height * (0.95 if scarf else 0.5))

    def line_up(self, relations: Sequence[Relation]) -> None:
        """Put blocks side by side in the order that the relations say."""
        sideways = {i for one in relations for i in (*one.who, *one.whom)}
        layers = {self.blocks[i].layer for i in sideways if i in self.blocks}
        row = [
            i
            for i, block in self.blocks.items()
            if i not in self.attached
            and (i in sideways or block.layer in layers or (block.riders and block.layer != AIR))
        ]
        row.sort(key=lambda i: self.blocks[i].x)
        for relation in relations:
            row = ordered(row, relation)
        for relation in relations:
            if relation.kind == "between" and len(relation.whom) == 1:
                inner = [i for i in relation.who if i in row]
                self.part(self.blocks[relation.whom[0]], [self.blocks[i] for i in inner])
                row = [i for i in row if i not in inner]
        units = [self.blocks[i] for i in row]
        if len(units) < 2:
            return
        gap = self.wide * GAP
        gaps = gap * (len(units) - 1)
        total = sum(right - left for left, right in map(span, units))
        factor = min(1.0, (self.wide * MOST_WIDE - gaps) / total)
        for block in units:
            block.scale(factor)
        at = (self.wide - total * factor - gaps) / 2
        for block in units:
            left, right = span(block)
            block.move(at - left)
            at += right - left + gap

    def centre(self, relations: Sequence[Relation]) -> None:
        """Move a lone subject with all that goes with it to the middle, as large as fits."""
        absolute = any(not one.whom for one in relations)
        standing = [
            block
            for i, block in self.blocks.items()
            if i not in self.attached
            and block.layer not in (AIR, BACK)
            and not block.items[0].backdrop
        ]
        others = [one for one in self.blocks.values() if one.items[0].backdrop]
        if len(standing) != 1 or absolute or others or not standing[0].riders:
            return
        block = standing[0]
        left, right = span(block)
        tall = block.foot - min(item.top for item in block.whole)
        factor = min(self.high * 0.5 / tall, self.wide * 0.8 / (right - left))
        block.scale(max(1.0, factor))
        left, right = span(block)
        block.move(self.wide / 2 - (left + right) / 2)

    def part(self, block: Block, inner: Sequence[Block]) -> None:
        """Let the figures of one block, two trees, stand on both sides of others, its riders."""
        wide = sum(one.width for one in inner) + self.wide * 2 * GAP
        items = sorted(block.items, key=lambda item: item.x)
        half = (len(items) + 1) // 2
        x = block.x
        left = sum(item.width for item in items[:half])
        at = x - wide / 2 - left
        for i, item in enumerate(items):
            if i == half:
                at = x + wide / 2
            item.x = at + item.width / 2
            at += item.width
        for one in inner:
            if not one.bears(block):
                one.move(x - one.x)
                block.riders.append(one)

    def keep_inside(self, block: Block) -> None:
        """Move a block and what goes with it into the picture."""
        items = block.whole
        left, right = min(item.left for item in items), max(item.right for item in items)
        room = self.wide * MOST_WIDE
        if right - left > room:
            block.scale(room / (right - left))
            left, right = min(item.left for item in items), max(item.right for item in items)
        low, high = self.wide * MARGIN, self.wide * (1 - MARGIN)
        block.move(max(0.0, low - left) - max(0.0, right - high))
        foot = max(item.foot for item in items)
        block.move(0.0, -max(0.0, foot - self.high * 0.985))
        top = min(item.top for item in items)
        if top < self.high * 0.02:
            block.scale(max(0.2, (block.foot - self.high * 0.02) / (block.foot - top)))


def ordered(row: list[int], relation: Relation) -> list[int]:
    """The row with the subjects of a relation where it wants them, others as they were."""
    who = [i for i in relation.who if i in row]
    whom = [i for i in relation.whom if i in row]
    if not who or (relation.whom and not whom):
        return row
    rest = [i for i in row if i not in who]
    match relation.kind:
        case "left":
            at = min(rest.index(i) for i in whom) if whom else 0
        case "right":
            at = max(rest.index(i) for i in whom) + 1 if whom else len(rest)
        case "middle":
            at = len(rest) // 2
        case "between" if len(whom) == 1:
            return row
        case "between":
            first, last = whom[0], whom[-1]
            rest = [i for i in rest if i != last]
            rest.insert(rest.index(first) + 1, last)
            at = rest.index(last)
        case _:  # beside, on the side where it is already
            at = rest.index(whom[0]) + (row.index(who[0]) > row.index(whom[0]))
    return [*rest[:at], *who, *rest[at:]]
