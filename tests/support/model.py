"""Helpers for tests of the bundled model and its server processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp

from service.generators.local.model_process import Command, ModelProcess
from service.generators.local.text import BUNDLED


def bundled(*, slots: int = 2) -> Command:
    return Command(BUNDLED, slots=slots, threads=1, context=1024)


async def slots(model: ModelProcess) -> list[dict[str, Any]]:
    """The slots of the model's server, as it reports them."""
    url = (await model.url()).removesuffix("/v1") + "/slots"
    headers = {"Authorization": f"Bearer {model.key}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        states: list[dict[str, Any]] = await response.json()
        return states


async def all_free(model: ModelProcess) -> bool:
    return not any(slot["is_processing"] for slot in await slots(model))


def alive(pid: int) -> bool:
    """Whether a process still runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def seen_by_others(pid: int) -> str:
    """The command line and environment of a process, as other users of /proc see it."""
    return "".join(Path(f"/proc/{pid}/{what}").read_text() for what in ("cmdline", "environ"))
