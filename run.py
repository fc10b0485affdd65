#!/usr/bin/env python3
"""Feedmill: turns prompts into posts and posts into feeds. `run.py --help` lists the commands."""

from __future__ import annotations

import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
if sys.path[:1] != [str(HOME)]:  # as with -P, -I or PYTHONSAFEPATH
    sys.path.insert(0, str(HOME))

from service import command_line  # noqa: E402 - not found without that path

if __name__ == "__main__":
    sys.exit(command_line.run())
