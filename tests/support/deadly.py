"""A generator that kills its process on prompts that start with "deadly"."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from service.generators.protocol import Job, Say, Written

SECONDS = 0.3  # duration of a harmless text


class Settings(msgspec.Struct, frozen=True):
    pass


class Deadly:
    """Records every prompt it begins; on "deadly" it dies after others have begun as well."""

    def __init__(self, settings: Settings, home: Path) -> None:
        del settings
        self._begun = home / "begun"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return

    async def generate(self, job: Job, say: Say) -> Written:
        del say
        with self._begun.open("a", encoding="utf-8") as begun:
            begun.write(f"{job.prompt}\n")
        if job.prompt.startswith("deadly"):
            await asyncio.sleep(SECONDS / 3)  # others begin, and none has ended
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(SECONDS)
        return Written(f"about {job.prompt}", "deadly")
