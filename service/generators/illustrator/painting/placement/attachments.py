"""Who is tied to another, leans on it, pushes it or hangs from it."""

from __future__ import annotations

from collections.abc import Sequence

from service.generators.illustrator.painting.placement.hands import hand
from service.generators.illustrator.painting.placement.placing import AIR, Placed, Tie

LEANS = 13
"""Degrees."""
WIDE = 1.8
"""Width by height from which it is a branch or a line that something hangs from."""
NARROW = 0.9
"""Width by height up to which a thing is seen to lean."""


def attach(
    kind: str, items: Sequence[Placed], base: Sequence[Placed], share: float, high: float
) -> None:
    """Size and place the figures of one subject at those of another.

    `share` is their size by that of the other.
    """
    layer = base[0].layer
    for i, item in enumerate(items):
        to = base[i % len(base)]
        if item.layer != AIR:
            item.layer = layer + 0.01
        match kind:
            case "tied":
                tie(item, to, (i + 0.5) / len(items), share, high)
                if i and item.layer != AIR:  # the second one at the other side, others behind
                    item.x = 2 * to.x - items[i - 1].x + (i // 2) * item.width * 0.5
            case "leaning":
                lean(item, to, i, share)
            case "hanging":
                if to.width > to.size * WIDE and i == 0:
                    to.foot, to.stands = high * 0.44, False  # a branch is up in the tree
                hang(item, to, (i + 0.5) / len(items), share)
            case _:
                lead(item, to, share, leash=kind == "leash")


def tie(item: Placed, to: Placed, at: float, share: float, high: float) -> None:
    """Balloons above on strings, boats and dogs beside on a rope."""
    if item.layer == AIR:
        tall = min(item.size, max(to.size * 0.5, high * 0.1), high * 0.17)
        item.scale(tall / item.size)
        spread = max(to.width * 0.9, tall * 0.9)
        item.x = to.x + (at - 0.5) * spread
        item.foot = to.top - high * (0.08 + 0.07 * (round(at * 10) % 2))
        item.ties = (Tie(to, 0.5 + (at - 0.5) * 0.86, 0.08, string=True),)
        return
    item.scale(to.size * min(1.4, max(0.2, share)) / item.size)
    item.x = to.right + item.width * 0.62 if item.x >= to.x else to.left - item.width * 0.62
    item.foot = to.foot + 6
    item.ties = (Tie(to, 0.5, 0.62, string=True),)


def lean(item: Placed, to: Placed, order: int, share: float) -> None:
    """Against the side of a thing, its top towards it."""
    item.scale(to.size * min(1.1, max(0.18, share)) / item.size)
    side = 1 if (item.x >= to.x) == (order % 2 == 0) else -1
    trunk = to.width * (0.12 if to.backdrop and to.size > to.width else 0.42)
    beside = (order // 2) * item.width * 1.1
    item.x = to.x + side * (trunk + item.width * 0.5 + item.size * 0.04 + beside)
    item.foot = max(to.foot, item.foot if item.stands else to.foot) + 4
    if item.width < item.size * NARROW:
        item.turn = -side * LEANS


def hang(item: Placed, to: Placed, at: float, share: float) -> None:
    """From the crown of a tree, the arm of a lamp, the lower edge of others."""
    reach = max(to.size, to.width * 0.7)
    item.scale(reach * min(0.42, max(0.12, share)) / item.size)
    item.x = to.x + (at - 0.5) * to.width * 0.7
    top = to.top + to.size * (0.5 if to.size > to.width * 0.7 else 0.7)
    wide = to.width > to.size * WIDE
    item.foot = top + item.size if wide else min(top + item.size, to.foot - to.size * 0.04)
    item.stands = False
    item.ties = (Tie(to, 0.5 + (at - 0.5) * 0.7, 0.3, string=True),)


def lead(item: Placed, to: Placed, share: float, *, leash: bool) -> None:
    """Beside its leader, at the hand or on a leash."""
    item.scale(to.size * min(1.1, max(0.22, share)) / item.size)
    grasp = hand(to, 1)
    x, _ = grasp.point
    item.foot = to.foot + to.size * 0.015
    if leash:
        item.x = x + item.width * 0.5 + to.size * 0.16
        item.ties = (grasp._replace(string=True),)
    else:
        item.x = x + item.width * 0.47
        item.ties = (grasp,)
