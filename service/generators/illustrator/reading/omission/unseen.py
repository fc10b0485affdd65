"""What a prompt names as scenery and the place of the picture does not show."""

from __future__ import annotations

from collections.abc import Iterable

from service.generators.illustrator.reading.reader import Setting
from service.generators.illustrator.reading.words.lexicon import Lexicon

SKY = {"moon", "crescent", "stars", "sun", "clouds", "rainbow", "aurora", "fireworks", "golden"}
SKY |= {"shooting-star", "lightning", "no-moon"}
TREES = {"trees", "pines", "palms", "birches", "bare-trees", "blossom", "autumn", "cacti"}
TREES |= {"fruit-trees", "no-cacti"}
FLOWERS = {"flowers", "sunflowers", "tulips", "roses", "lavender", "poppies", "daisies"}
LAND = SKY | TREES | FLOWERS | {"mountains", "volcano", "village", "lake", "river", "path"}
LAND |= {"garden", "spring", "outside", "canal"}
SHOWN = {
    **dict.fromkeys(("field", "forest", "jungle", "mountain", "desert"), LAND),
    "city": SKY | TREES | {"mountains", "canal", "towers", "neon", "skyline", "city", "room"},
    "sea": SKY | {"mountains", "skyline", "city", "island", "cliffs", "waves", "palms"},
    "beach": SKY | {"mountains", "skyline", "city", "island", "cliffs", "waves", "palms"},
    "underwater": {"reef", "waves"},
    "space": {"moon-ground", "mars-ground", "planets", "stars", "moon"},
    "table": {"picnic", "outside", "room", "marble", "window", "skyline", "city", "garden"},
    "room": {"window", "skyline", "city", "room", "marble"},
    "wall": {"brick"},
    "studio": {"pastel", "white", "minimal"},
}
"""Place -> the features that its painter knows."""
ALSO = {("wall", "room"), ("sea", "beach"), ("room", "table"), ("sea", "underwater")}
"""A place that a picture of another one shows as well."""
SURE = ("time", "weather", "framing")
"""Tables whose values every picture shows, or is."""


def unseen(settings: Iterable[Setting], place: str, lex: Lexicon) -> list[str]:
    """The words of the settings that a picture of this place does not show."""
    missing = []
    for setting in settings:
        if setting.subject or setting.words in lex.unspecific:
            continue
        shown = any(
            table in SURE
            or (table == "place" and (value == place or (value, place) in ALSO))
            or (table == "feature" and value in SHOWN[place])
            for table, value in setting.sets
        )
        if not shown or setting.words in lex.approximate:
            missing.append(setting.words)
    return missing
