"""The alternative text of a scene: what was drawn, in the words of the prompt where it has them."""

from __future__ import annotations

import re

from service.generators.illustrator.reading.tokens import fold
from service.generators.illustrator.scene import Scene
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


def described(scene: Scene, prompt: str) -> str:
    """One line: the subjects, the scenery, the place, the hour and the weather."""
    counts: dict[str, int] = {}
    foreign = scene.language in SETTINGS
    for thing in scene.things:
        word = spelled(thing.word, prompt)
        if thing.word in scene.unshown and not foreign:
            word = thing.art.replace("-", " ")  # what stands in for it
        counts[word] = counts.get(word, 0) + thing.count
    things = [f"{count} {word}" if count > 1 else word for word, count in counts.items()]
    scenery = (SCENERY.get(name, name.replace("-", " ")) for name in scene.features - UNSAID)
    if foreign:
        words = SETTINGS[scene.language]
        told = [words[one] for one in (scene.place, scene.time, scene.weather) if one in words]
        what = " ".join([listed(things, AND[scene.language]), *told]).strip()
        return f"{OPENING[scene.language]}: {what}" if what else OPENING[scene.language]
    subjects = listed([*things, *sorted(name for name in scenery if name not in counts)])
    around = (
        PLACES.get(scene.place, ""),
        TIMES.get(scene.time, ""),
        WEATHERS.get(scene.weather, ""),
    )
    setting = " ".join(filter(None, around))
    what = " ".join(filter(None, (subjects, setting)))
    return f"Illustration: {what}" if what else "Illustration: an abstract studio picture"


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
