"""Writes the completion scripts of `feedmill` for shells: python -m tools.completions FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import shtab

from service import command_line, commands

SHELLS = ("bash", "zsh", "fish")


def main(folder: Path) -> None:
    """One file for each shell, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    _, parser = command_line.parsers(commands.COMMANDS)
    parser.prog = "feedmill"
    for shell in SHELLS:
        script = shtab.complete(parser, shell, root_prefix="feedmill")
        (folder / shell).write_text(script, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
