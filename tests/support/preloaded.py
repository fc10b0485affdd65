"""Imports what every start of `run.py` imports, for the server of `forked.py`."""

from __future__ import annotations

import sys

sys.modules["rich"] = None  # type: ignore[assignment] # as run.py does: structlog must not load it
import uvloop  # noqa: E402

from service import app, commands, config  # noqa: E402
from service.telemetry import logs  # noqa: E402

del sys.modules["rich"]
__all__ = ["app", "commands", "config", "logs", "uvloop"]
