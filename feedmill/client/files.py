"""Saves pictures under the names in their addresses; no file is overwritten."""

from __future__ import annotations

import itertools
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedmill.client.transport import plain


def write_new(folder: Path, url: str, data: bytes) -> Path:
    """Write `data` to a new file, named after the end of a URL; returns its path.

    If that name is taken, a number follows it. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(Path(plain(unquote(urlsplit(url).path)).lstrip("./")).name or "picture")
    for number in itertools.count(1):
        path = folder / (name if number == 1 else f"{name.stem}-{number}{name.suffix}")
        try:
            file = path.open("xb")
        except FileExistsError:
            continue
        try:
            with file:
                file.write(data)
        except OSError:
            path.unlink()  # half of a picture is of no use
            raise
        return path
    raise AssertionError  # never reached: there are more numbers than files
