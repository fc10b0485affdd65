"""The alternative text of a scene: what was drawn, in the words of the prompt where it has them."""

from __future__ import annotations

import re
from collections.abc import Collection

from service.generators.illustrator.reading.omission.unseen import SHOWN
from service.generators.illustrator.reading.words.lexicon import lexicon
from service.generators.illustrator.reading.words.tokens import fold, words
from service.generators.illustrator.scene import MANY, Scene, Thing
from service.generators.illustrator.settings_in_words import AND, OPENING, SETTINGS

PLACES = {
    "studio": "",
    "table": "on a table",
    "room": "in a room",
    "wall": "in front of a wall",
    "city": "in a city",
    "sea": "at sea",
    "beach": "on a beach",
    "underwater": "under water",
    "space": "in space",
    "field": "in a field",
    "forest": "in a forest",
    "jungle": "in a jungle",
    "mountain": "in the mountains",
    "desert": "in a desert",
}
TIMES = {"night": "at night", "sunset": "at sunset", "dawn": "at dawn"}
WEATHERS = {
    "storm": "in a storm",
    "rain": "in the rain",
    "snow": "in the snow",
    "fog": "in the fog",
}


BEHIND_GLASS = {
    "storm": "with a storm outside the window",
    "rain": "with rain outside the window",
    "snow": "with snow outside the window",
    "fog": "with fog outside the window",
}
SCENERY = {
    "neon": "neon signs",
    "golden": "golden light",
    "crescent": "crescent moon",
    "window": "a window",
    "picnic": "a picnic",
    "village": "a village",
    "path": "a path",
    "canal": "a canal",
    "garden": "a garden",
    "lake": "a lake",
    "river": "a river",
    "sun": "the sun",
    "moon": "the moon",
}
UNSAID = {"outside", "city", "room", "no-moon", "no-cacti", "moon-ground", "mars-ground", "pastel"}
UNSAID |= {"brick", "spring", "autumn", "towers", "skyline", "marble"}
"""Features that the place says already, or that are no things."""


def described(
    scene: Scene, prompt: str, away: Collection[int] = (), pale: Collection[int] = ()
) -> str:
    """One line: the subjects, the scenery, the place, the hour and the weather.

    `away` are the subjects that the finished picture does not show, `pale` those without
    their colour.
    """
    counts: dict[str, int] = {}
    foreign = scene.language in SETTINGS
    for i, thing in enumerate(scene.things):
        if i in away:
            continue
        plain = foreign or i in pale
        word = spelled(thing.word, prompt) if plain else named(thing, prompt)
        if thing.word in scene.unshown and not foreign:
            word = thing.art.replace("-", " ")  # what stands in for it
        if word == thing.art and "-" in word:  # an emoji of the prompt
            word = word.replace("-", " ") + "s" * (thing.count > 1)
        counts[word] = counts.get(word, 0) + thing.count
    things = [f"{count} {word}" if count > 1 else word for word, count in counts.items()]
    shown = (scene.features & SHOWN[scene.place]) - UNSAID - {*scene.missing, *scene.unshown}
    scenery = (SCENERY.get(name, name.replace("-", " ")) for name in shown)
    if foreign:
        words = SETTINGS[scene.language]
        told = [words[one] for one in (scene.place, scene.time, scene.weather) if one in words]
        what = " ".join([listed(things, AND[scene.language]), *told]).strip()
        return f"{OPENING[scene.language]}: {what}" if what else OPENING[scene.language]
    subjects = listed([*things, *sorted(name for name in scenery if name not in counts)])
    glazed = scene.place in ("table", "room") and not scene.has("outside", "picnic")
    weather = BEHIND_GLASS if glazed else WEATHERS
    around = (
        PLACES.get(scene.place, ""),
        TIMES.get(scene.time, ""),
        weather.get(scene.weather, ""),
    )
    setting = " ".join(filter(None, around))
    what = " ".join(filter(None, (subjects, setting)))
    return f"Illustration: {what}" if what else "Illustration: an abstract studio picture"


def named(thing: Thing, prompt: str) -> str:
    """A subject by its word, with the colour that the prompt gives it: "red mugs"."""
    word, lex = spelled(thing.word, prompt), lexicon()
    spoken = words(prompt)
    if not thing.colour or thing.colour == MANY or thing.kind.startswith("person"):
        return word
    pairs = (" ".join(spoken[at : at + size]) for size in (2, 1) for at in range(len(spoken)))
    said = (one for one in pairs if (lex.colour(one) or lex.colour_things.get(one)) == thing.colour)
    colour = next(said, "")
    return f"{colour} {word}" if colour and colour not in word else word


def spelled(word: str, prompt: str) -> str:
    """A word as the prompt has it, with its accents: words are read without them."""
    spoken = re.findall(r"\w+", prompt)
    plain = [fold(written) for written in spoken]
    parts = word.split()
    for at in range(len(plain) - len(parts) + 1):
        if plain[at : at + len(parts)] == parts:
            return " ".join(spoken[at : at + len(parts)]).lower()
    return word


def listed(names: list[str], link: str = "and") -> str:
    return f" {link} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
