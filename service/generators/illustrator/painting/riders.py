"""Riders: a person in the saddle, hands at the bar, as one sprite."""

from __future__ import annotations

from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.scene import Thing
from service.generators.illustrator.sprites.art import Sprite
from service.generators.illustrator.sprites.colours import mix
from service.generators.illustrator.sprites.figures import clothes_of
from service.generators.illustrator.sprites.svg import circle, group, path

HEAD_SHARE = 0.45
"""Of a standing figure's height: what is kept as the head and shoulders of a rider."""


def rider(mount: Sprite, art: str, thing: Thing, who: Sprite) -> Sprite:
    """A rider on a mount, in the mount's own units with room above."""
    if art in ("bicycle", "motorcycle", "motor-scooter") and thing.kind.startswith("person"):
        return cyclist(mount, who, low=art == "motor-scooter")
    left, top, right, bottom = mount.box
    high = bottom - top
    seat = bottom - high * lexicon().seats.get(art, 0.7)
    share = min(1.25, max(0.5, (thing.metres / max(0.3, lexicon().size(art))) ** 0.5))
    tall = high * share
    scale = tall / (who.box[3] - who.box[1])
    x = (left + right) / 2 - scale * (who.box[0] + who.box[2]) / 2
    y = seat + tall * (0.2 if thing.kind.startswith("person") else 0.06) - scale * who.box[3]
    room = max(0.0, top - (y + scale * who.box[1])) + 4
    sitter = group(who.body, f"translate({x:.1f} {y:.1f}) scale({scale:.3f})")
    # A person straddles an animal: the far part of the legs is hidden behind it.
    parts = [sitter, mount.body] if art in ("bicycle", "motorcycle") else [mount.body, sitter]
    if thing.kind.startswith("person") and art not in ("skateboard", "surfboard", "snowboard"):
        parts = [sitter, mount.body]
    body = group("".join(parts), f"translate(0 {room:.1f})")
    return Sprite(f"{who.name}-on-{mount.name}", mount.width, mount.height + room, body)


def cyclist(mount: Sprite, who: Sprite, *, low: bool) -> Sprite:
    """A person on a two-wheeler seen from the side: body and limbs are redrawn, facing left."""
    left, top, right, bottom = mount.box
    wide, high = right - left, bottom - top
    colour = chest_of(who)
    trousers = mix(colour, "#2a3048", 0.5)
    hip = (left + wide * 0.62, bottom - high * (0.66 if low else 0.80))
    neck = (left + wide * 0.46, hip[1] - wide * 0.34)
    hand = (left + wide * 0.30, bottom - high * 0.90)
    pedal = (left + wide * 0.50, bottom - high * 0.12)
    knee = (left + wide * 0.42, bottom - high * 0.52)
    shoulder = (neck[0] + wide * 0.02, neck[1] + wide * 0.13)
    elbow = (left + wide * 0.37, (shoulder[1] + hand[1]) / 2 + wide * 0.05)
    leg = wide * 0.095
    head_box = who.box
    head_size = wide * 0.46 / (head_box[2] - head_box[0])
    head_x = neck[0] - head_size * (head_box[0] + head_box[2]) / 2 - wide * 0.02
    cut = head_box[1] + (head_box[3] - head_box[1]) * HEAD_SHARE
    head_y = neck[1] - head_size * cut + wide * 0.16
    far = [
        limb(
            (
                hip,
                (knee[0] + wide * 0.09, knee[1] + 3),
                (pedal[0] + wide * 0.09, pedal[1] - high * 0.14),
            ),
            mix(trousers, "#10131f", 0.3),
            leg,
        ),
    ]
    near = [
        limb(
            (hip, ((hip[0] + neck[0]) / 2 + 2, (hip[1] + neck[1]) / 2), neck), colour, wide * 0.20
        ),
        limb((hip, knee, pedal), trousers, leg * 1.1),
        path(
            f"M{pedal[0] - wide * 0.09:.1f} {pedal[1] + 4:.1f}"
            f"h{wide * 0.12:.1f}v-7h-{wide * 0.08:.1f}z",
            "#3a3532",
        ),
        limb((shoulder, elbow, hand), mix(colour, "#1c2038", 0.12), wide * 0.085),
        group(head_of(who, cut), f"translate({head_x:.1f} {head_y:.1f}) scale({head_size:.3f})"),
        circle(hand[0], hand[1], wide * 0.045, mix(colour, "#fac036", 0.6)),
    ]
    room = max(0.0, top - head_y - head_size * head_box[1]) + 6
    body = group("".join([*far, mount.body, *near]), f"translate(0 {room:.1f})")
    return Sprite(f"{who.name}-on-{mount.name}", mount.width, mount.height + room, body)


def limb(points: tuple[tuple[float, float], ...], colour: str, width: float) -> str:
    d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return path(
        d,
        stroke=colour,
        stroke_width=round(width, 1),
        stroke_linecap="round",
        stroke_linejoin="round",
    )


def head_of(who: Sprite, cut: float) -> str:
    name = f"cut-{who.name}".replace("#", "")
    clip = f'<clipPath id="{name}"><rect width="{who.width}" height="{cut:.1f}"/></clipPath>'
    return f'{clip}<g clip-path="url(#{name})">{who.body}</g>'


def chest_of(who: Sprite) -> str:
    """The colour of a standing figure's chest."""
    image = who.pixels
    row = image.height * 52 // 100
    chest = image.crop((image.width * 3 // 8, row, image.width * 5 // 8, row + 1))
    strip = Sprite(f"{who.name}-chest", 1, 1, "")
    strip.__dict__["pixels"] = chest.resize((32, 8))
    return clothes_of(strip)
