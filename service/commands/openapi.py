"""`run.py openapi`: prints the API document, under the limits that are configured."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from service import __version__
from service.config import Config

WHAT = "print the API document (OpenAPI 3.1)"


def add(commands: Any) -> None:
    """Describe `openapi`."""
    commands.add_parser("openapi", help=WHAT, description=WHAT).set_defaults(do=show)


def show(_arguments: argparse.Namespace, config: Config) -> int:
    """Print the API document as JSON."""
    from service.http.openapi.document import document
    from service.http.routes import ENDPOINTS

    described = msgspec.json.encode(document(ENDPOINTS, __version__, config.http))
    sys.stdout.buffer.write(msgspec.json.format(described, indent=2) + b"\n")  # UTF-8 everywhere
    return 0
