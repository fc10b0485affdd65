"""`run.py completion`: prints the script with which a shell completes the installed command."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from service.config import Config
from service.installation import COMPLETIONS

WHAT = "print the script with which a shell completes `feedmill`"
SHELLS = ("bash", "zsh", "fish")


def add(commands: Any) -> None:
    """Describe `completion`."""
    parser = commands.add_parser("completion", help=WHAT, description=WHAT)
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(do=show)


def show(arguments: argparse.Namespace, _config: Config) -> int:
    """Print the script that was made with the package."""
    try:
        script = (COMPLETIONS / arguments.shell).read_bytes()
    except FileNotFoundError:
        print("Only the installed command has them (`feedmill completion bash`).", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(script)
    return 0
