"""Holds simulated generations: a state in between lasts until a test has seen it."""

from __future__ import annotations

from pathlib import Path


class Hold:
    """A file: while it is there, texts have their first words and no generation ends."""

    def __init__(self, tmp_path: Path) -> None:
        self._file = tmp_path / "hold"
        self.texts = f"text.simulated.hold={self._file}"
        """A setting of the service."""
        self.pictures = f"image.simulated.hold={self._file}"
        self.begin()

    def begin(self) -> None:
        """Hold what begins from now on."""
        self._file.touch()

    def release(self) -> None:
        """Let all end."""
        self._file.unlink()
