"""Loads what every start of `run.py` imports, and what a first post reads, for `forked.py`."""

from __future__ import annotations

import sys

sys.modules["rich"] = None  # type: ignore[assignment] # as run.py does: structlog must not load it
import uvloop  # noqa: E402

from service import app, commands, config  # noqa: E402
from service.subjects import subjects_of  # noqa: E402
from service.telemetry import logs  # noqa: E402

subjects_of("a fox", "")  # else the first post of each service loads the words of the illustrator
del sys.modules["rich"]
__all__ = ["app", "commands", "config", "logs", "uvloop"]
