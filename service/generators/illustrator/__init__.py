"""The illustrator: pictures composed from packed drawings. It is not a neural model.

The drawing happens in child processes of low priority: this module imports nothing heavy.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from service.generators.illustrator.processes.children import CannotDraw, ChildGone, Children
from service.generators.illustrator.processes.wire import DrawingJob, FinishedPicture
from service.generators.protocol import CannotStart, Drawn, GenerationFailed, Job, Say

MODEL = "illustrator-34"
"""Grows when the same prompt and seed begin to give another picture."""

INSTAGRAM = (1080, 1080)
SIDES = range(256, 2049)
"""Pixels of one side: smaller shows nothing, larger would break the promise of a second."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of the illustrator."""

    size: str = "1080x1080"
    """Pixels, "WIDTHxHEIGHT", each 256 to 2048; a job's own size goes first."""
    quality: int = 88
    """Of the WebP file, 1 to 100: below 70 edges smear, above 90 files double."""
    idle: float = 60.0
    """Seconds after which a surplus drawing process without work is ended; one always stays."""

    def __post_init__(self) -> None:
        parse_size(self.size)
        if not 1 <= self.quality <= 100:  # noqa: PLR2004 - WebP's own scale
            raise ValueError("quality must be 1 to 100.")
        if self.idle < 0:
            raise ValueError("idle must be seconds, 0 or more.")


class Illustrator:
    """Draws the words of a prompt. As many jobs at a time as wanted, each in its own process."""

    abilities = frozenset({"seed", "size", "style"})
    sides = SIDES

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # every generator is given it; the illustrator's art lies beside its code
        self._settings = settings
        self._children = Children(settings.idle)

    @property
    def pids(self) -> set[int]:
        """The drawing processes that live now, for operators and tests."""
        return self._children.pids

    async def __aenter__(self) -> Self:
        try:
            await self._children.start()
        except ChildGone as error:
            raise CannotStart(
                "The illustrator's drawing process does not start; the lines it wrote above say"
                " why. Reinstalling the locked packages usually helps."
            ) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._children.stop()

    def trouble(self) -> str | None:
        """Why it cannot draw now: no drawing process is there."""
        if self._children.ready:
            return None
        return "The drawing process stopped and is being started again."

    async def generate(self, job: Job, say: Say) -> Drawn:
        """One WebP picture. Cancelling ends the process that draws it."""
        del say  # a picture has no words to say
        width, height = self._size(job)
        style = str(job.options.get("style", "auto"))
        drawing_job = DrawingJob(job.prompt, job.seed, width, height, self._settings.quality, style)
        try:
            async with self._children.one() as child:
                answer = await child.draw(drawing_job)
        except CannotDraw as error:
            raise GenerationFailed(
                "The illustrator's drawing process does not start.",
                retryable=True,
                cause="away",
                detail=str(error),
            ) from error
        except ChildGone as error:
            raise GenerationFailed(
                "The illustrator stopped in the middle of the picture; please try again.",
                retryable=True,
            ) from error
        if not isinstance(answer, FinishedPicture):
            raise GenerationFailed(
                "The illustrator could not draw this prompt; other words may work.",
                retryable=False,
            )
        return Drawn(answer.data, "image/webp", width, height, MODEL, answer.missing, answer.alt)

    def _size(self, job: Job) -> tuple[int, int]:
        if job.instagram and "size" not in job.options:
            return INSTAGRAM
        try:
            return parse_size(str(job.options.get("size", self._settings.size)))
        except ValueError as error:
            raise GenerationFailed(str(error), retryable=False) from error


def parse_size(text: str) -> tuple[int, int]:
    """Width and height of "1080x1350". Raises ValueError with a sentence."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(side in SIDES for side in sides):
        raise ValueError(
            f'The size must be "WIDTHxHEIGHT" in pixels, each side {SIDES[0]} to {SIDES[-1]}.'
        )
    return sides
