"""`run.py init`: writes the annotated config.toml into a folder."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from service.config import Config
from service.installation import ANNOTATED_CONFIG

WHAT = "write the annotated config.toml into the current folder"


def add(commands: Any) -> None:
    """Describe `init`."""
    parser = commands.add_parser("init", help=WHAT, description=WHAT)
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="another folder")
    parser.set_defaults(do=write)


def write(arguments: argparse.Namespace, _config: Config) -> int:
    """Write the file, and never over one."""
    target = Path(arguments.folder) / "config.toml"
    os.umask(arguments.umask)  # no secret is in it, and the service may be another user
    try:
        with target.open("xb") as file:
            file.write(ANNOTATED_CONFIG.read_bytes())
    except FileExistsError:
        print(f"{target} is there already; nothing is written.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{target} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"Written: {target}. It shows the defaults; change what you need.")
    return 0
