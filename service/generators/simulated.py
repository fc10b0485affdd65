"""Simulated generators for tests and benchmarks: valid results without a model."""

from __future__ import annotations

import asyncio
import os
import random
import struct
import zlib
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Annotated, ClassVar, Self

import msgspec

from service.generators.abilities import IMAGE_ABILITIES
from service.generators.protocol import Drawn, GenerationFailed, Job, Say, Written

PIECES = 5  # pieces of a slow text: enough to see it stream
HOLD_LOOK_SECONDS = 0.02  # between two looks whether a generation is still held


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    delay: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Seconds that one generation takes."""
    failure_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """Share of the attempts that fail, 0 … 1; every failure is retryable."""
    seed: int = 0
    """Which attempts fail: the same seed and order of jobs give the same failures."""
    distinct: bool = False
    """For tests: whether each prompt gets a picture in a different colour."""
    record: str = ""
    """For tests: a file to which every generation appends a line when it begins; "" for none."""
    hold: str = ""
    """For tests: while there is this file, no generation ends; a text has some words by then."""


class _Simulated:
    kind: ClassVar[str]

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # this generator keeps no files
        self._settings = settings
        self._attempts = count()
        self._record: int | None = None

    async def __aenter__(self) -> Self:
        if self._settings.record:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._record = os.open(self._settings.record, flags, 0o600)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._record is not None:
            os.close(self._record)

    def _begin(self, job: Job) -> None:
        """Record that a generation begins, before anything else can happen."""
        if self._record is not None:
            # one appending write: atomic even with several processes, and kept even if this
            # process is killed right after it
            os.write(self._record, msgspec.json.encode([self.kind, job.seed, job.prompt]) + b"\n")

    async def _held(self) -> None:
        """Wait until nothing holds this generation."""
        while self._is_held():  # noqa: ASYNC110 - nothing says when a file is removed
            await asyncio.sleep(HOLD_LOOK_SECONDS)

    def _is_held(self) -> bool:
        return bool(self._settings.hold) and Path(self._settings.hold).exists()

    def _fail_sometimes(self, job: Job) -> None:
        """Fail some attempts; the attempt is part of the seed, so a retry may succeed."""
        if not self._settings.failure_rate:
            return
        key = f"{self._settings.seed} {job.seed} {next(self._attempts)} {job.prompt}"
        if random.Random(key).random() < self._settings.failure_rate:
            raise GenerationFailed("The simulated generator failed this time.", retryable=True)


class SimulatedText(_Simulated):
    """Texts that repeat the prompt. Without a delay it never waits and does not call `say`."""

    kind = "text"
    model_name = "simulated-text"
    abilities = frozenset({"seed", "max_tokens", "temperature"})

    async def generate(self, job: Job, say: Say) -> Written:
        self._begin(job)
        self._fail_sometimes(job)
        text = f"generated text for {job.prompt}"
        if job.instagram:
            text += "\n\n#generated #simulated"
        if self._settings.delay or self._settings.hold:
            size = -(-len(text) // PIECES)
            for start in range(0, len(text), size):
                await asyncio.sleep(self._settings.delay / PIECES)
                say(text[start : start + size])
                await self._held()
        return Written(text, model=self.model_name)


class SimulatedImage(_Simulated):
    """Tiny pictures of one size, whatever is requested: always the same, unless `distinct`.

    One that is made from another picture has a colour of its own.
    """

    kind = "image"
    abilities = IMAGE_ABILITIES

    async def generate(self, job: Job, say: Say) -> Drawn:
        del say  # a picture has nothing to say
        self._begin(job)
        self._fail_sometimes(job)
        if self._settings.delay:
            await asyncio.sleep(self._settings.delay)
        await self._held()
        if job.image is not None:
            return _picture(zlib.crc32(job.image.data).to_bytes(4)[:3])
        return _distinct(job.prompt) if self._settings.distinct else _PICTURE


def _png(side: int, colour: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    rows = zlib.compress((b"\0" + colour * side) * side)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def _picture(colour: bytes) -> Drawn:
    return Drawn(_png(8, colour), "image/png", 8, 8, model="simulated-image")


def _distinct(prompt: str) -> Drawn:
    return _picture(zlib.crc32(prompt.encode()).to_bytes(4)[:3])


_PICTURE = _picture(b"\x3a\x7c\xa5")
