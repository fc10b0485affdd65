"""`run.py dashboards`: prints the Grafana dashboard, or the alert rules for Prometheus."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from service.config import Config

WHAT = "print the Grafana dashboard, or the alert rules for Prometheus"
FOLDER = Path(__file__).parents[1] / "dashboards"
FILES = {"grafana": "grafana.json", "alerts": "alerts.yml"}


def add(commands: Any) -> None:
    """Describe `dashboards`."""
    parser = commands.add_parser("dashboards", help=WHAT, description=WHAT)
    parser.add_argument("which", choices=tuple(FILES))
    parser.set_defaults(do=show)


def show(arguments: argparse.Namespace, _config: Config) -> int:
    """Print the file."""
    sys.stdout.buffer.write((FOLDER / FILES[arguments.which]).read_bytes())
    return 0
