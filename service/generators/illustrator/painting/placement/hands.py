"""What people hold: how their arms are for it, and where it is in their hands."""

from __future__ import annotations

from typing import Literal

from service.generators.illustrator.painting.placement.placing import Placed, Tie
from service.generators.illustrator.scene import Scene, Thing

Grip = Literal["string", "hanging", "front", "long", "hand"]
"""On a string, hanging from the hand, in both arms, a long handle, or in the hand."""
HANGING = {
    *("bucket", "handbag", "luggage", "watering-can", "shopping-bag", "shopping-bags", "lantern"),
    *("birdcage", "briefcase", "backpack", "clutch-bag", "kettle", "red-paper-lantern", "toolbox"),
    *("basket", "purse", "gem-stone", "necktie"),
}
LONG = {
    *("broom", "rake", "shovel", "fishing-pole", "axe", "surfboard", "skis", "ladder", "whisk"),
    *("field-hockey", "cricket-game", "trident-emblem", "snowboard", "paintbrush", "pick"),
    *("lacrosse", "tennis-racket", "hammer", "magic-wand", "candy-cane", "white-cane"),
}
SMALL = {
    *("mug", "hot-beverage", "beer-mug", "wine-glass", "soft-ice-cream", "ice-cream", "tulip"),
    *("rose", "sunflower", "daisy", "poppy", "bouquet", "microphone", "candle", "bottle", "key"),
    *("cup-with-straw", "tumbler-glass", "glass-of-milk", "bottle-with-popping-cork", "flashlight"),
    *("mobile-phone", "camera", "umbrella", "wine-bottle", "whistle", "sparkler", "lollipop"),
    *("clinking-glasses", "tropical-drink", "cocktail-glass", "wrench", "screwdriver", "trophy"),
    *("scissors", "kitchen-knife", "spoon", "fork", "magnifying-glass-tilted-left", "balloon"),
}
TWO_HANDED = 0.12
"""Metres: from this height on both arms hold a thing that is not made for one hand."""
LAP = 0.27
"""Of the holder's height: what is not higher rests on the hands before the chest."""
HEAD = 0.31
"""Of the holder's height, from the top: what is held stays below."""


def grip_of(thing: Thing) -> Grip:
    if thing.stance == "air":
        return "string"
    if thing.art in HANGING:
        return "hanging"
    if thing.art in LONG:
        return "long"
    if thing.art in SMALL or thing.metres < TWO_HANDED:
        return "hand"
    return "front"


ARMS: dict[Grip, str] = {
    "string": "up",
    "hanging": "",
    "front": "front",
    "long": "bent",
    "hand": "bent",
}


def arms_of(scene: Scene) -> dict[int, str]:
    """How the arms of each person are who has something to do with them."""
    arms: dict[int, str] = {}
    for relation in scene.relations:
        if not relation.whom:
            continue
        thing = scene.things[relation.whom[0]]
        for who in relation.who:
            if relation.kind == "holding":
                kinds = [ARMS[grip_of(scene.things[i])] for i in relation.whom]
                two = len(kinds) > 1 or arms.get(who)
                arms[who] = "both" if two and "front" not in kinds else kinds[0]
            elif relation.kind in ("pushing", "leash"):
                arms[who] = "out"
            elif relation.kind == "tied" and thing.kind.startswith("person"):
                arms[who] = "up"
    return arms


def held_by_sitters(scene: Scene) -> dict[int, int]:
    """What people on a seat hold -> who holds it, both by their index."""
    return {
        relation.whom[0]: relation.who[0]
        for relation in scene.relations
        if relation.kind == "holding"
        and is_seated(scene.things[relation.who[0]])
        and scene.things[relation.whom[0]].stance != "air"
    }


def is_seated(thing: Thing) -> bool:
    return thing.on >= 0 and not thing.rides and thing.kind.startswith("person")


def hand(holder: Placed, side: int) -> Tie:
    """The hand of a person: 1 is the right one, seen from the front."""
    sprite = holder.figure.sprite
    left, top, right, bottom = sprite.box
    if not sprite.hands:
        return Tie(holder, (0.06, 0.94)[side], 0.6)
    x, y = sprite.hands[side]
    return Tie(holder, (x - left) / (right - left), (y - top) / (bottom - top))


def put_in_hand(item: Placed, holder: Placed, thing: Thing, share: float, side: int) -> None:
    """Size and place one thing in a hand of its holder, who is drawn already."""
    grip = grip_of(thing)
    at = hand(holder, side)
    (x, y), seen = at.point, bool(holder.figure.sprite.hands)
    outwards = 1 if side else -1
    if grip != "string":
        item.scale(holder.size * min(0.5, max(0.15, share)) / item.size)
    if item.width > holder.width * 0.95 and grip != "string":
        item.scale(holder.width * 0.95 / item.width)
    match grip:
        case "string":
            kite = thing.art != "balloon"
            item.scale(holder.size * (0.34 if kite else 0.3) / item.size)
            item.x = x + outwards * (item.width * 0.3 + holder.width * (0.9 if kite else 0.12))
            item.foot = y - holder.size * (0.42 if kite else 0.16)
            item.ties = (at._replace(string=True),)
            return
        case "hanging":
            item.x, item.foot = x, y + item.size * 0.97
            room = holder.foot - y
            if item.size > room > 0:
                item.scale(room / item.size)
                item.foot = holder.foot
        case "long":
            item.x, item.foot = x, min(holder.foot, y + item.size * 0.5)
        case "front":
            item.x = holder.x
            rests = item.size <= holder.size * LAP
            low = y + holder.size * 0.015
            item.foot = (
                low if rests else min(holder.foot - holder.size * 0.06, y + item.size * 0.42)
            )
            item.foot = max(item.foot, holder.top + holder.size * HEAD + item.size * 0.8)
            if seen:
                item.ties = (hand(holder, 0), at)
            return
        case "hand":
            item.x, item.foot = x + outwards * item.width * 0.08, y + item.size * 0.34
    item.ties = (at,) if seen else ()
