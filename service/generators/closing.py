"""Closes a generator: what goes wrong in its `__aexit__` is logged, and ends nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

log = structlog.get_logger()


async def close(generator: Any, name: str, *error: Any) -> None:
    """Close an open generator; `error` are the arguments of `__aexit__` if there are any.

    Raises CancelledError only if the caller is cancelled.
    """
    try:
        await generator.__aexit__(*(error or (None, None, None)))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        log.exception("generator not closed", generator=name)  # it cancelled a task of its own
    except Exception:
        log.exception("generator not closed", generator=name)
