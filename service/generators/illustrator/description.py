"""The alternative text of a scene: what was drawn, in the words of the prompt where it has them."""

from __future__ import annotations

from service.generators.illustrator.scene import Scene

PLACES = {
    "studio": "",
    "table": "on a table",
    "room": "in a room",
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


def described(scene: Scene) -> str:
    """One line: the subjects, the scenery, the place, the hour and the weather."""
    things = [
        f"{thing.count} {thing.word}" if thing.count > 1 else thing.word for thing in scene.things
    ]
    subjects = listed([*things, *sorted(name.replace("-", " ") for name in scene.features)])
    around = (
        PLACES.get(scene.place, ""),
        TIMES.get(scene.time, ""),
        WEATHERS.get(scene.weather, ""),
    )
    setting = " ".join(filter(None, around))
    what = " ".join(filter(None, (subjects, setting)))
    return f"Illustration: {what}" if what else "Illustration: an abstract studio picture"


def listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
