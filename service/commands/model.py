"""`run.py model`: fetches the bundled text model, or takes a copy of it, before the first start."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from service.config import Config
from service.installation import TEXT_MODEL

WHAT = "fetch the bundled text model, or take a copy of it"
MEGABYTE = 1_000_000


def add(commands: Any) -> None:
    """Describe `model`."""
    parser = commands.add_parser("model", help=WHAT, description=WHAT)
    parser.add_argument(
        "source",
        nargs="?",
        metavar="FROM",
        help="a file or URL of the same model; its checksum is compared",
    )
    parser.set_defaults(do=fetch)


def fetch(arguments: argparse.Namespace, _config: Config) -> int:
    """Put the model where the service looks for it."""
    from service.local_models import bundled_model

    os.umask(arguments.umask)  # the model is public: another user may run the service
    sources = [arguments.source] if arguments.source else []
    progress = _Progress()
    try:
        bundled_model.fetch(TEXT_MODEL, sources, progress)
    except (bundled_model.NotFetched, OSError) as error:
        progress.end()
        print(f"The text model could not be fetched. {error}", file=sys.stderr)
        return 1
    progress.end()
    print(f"The text model is there: {TEXT_MODEL}")
    return 0


class _Progress:
    """A line that counts megabytes, on a terminal only."""

    def __init__(self) -> None:
        self._written = False

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self._written = True
            size = f" of {total // MEGABYTE}" if total else ""
            print(f"\r{done // MEGABYTE}{size} MB", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._written:
            print(file=sys.stderr)
