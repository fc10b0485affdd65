"""Pictures from servers: each is decoded in a child process before it counts as a picture."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from service.generators.protocol import Drawn, GenerationFailed
from service.generators.servers.http_failures import refusal_in
from service.process.child_process import environment

DECODER = Path(__file__).with_name("decoder.py")
DECODE_TIMEOUT_SECONDS = 30.0  # for one picture: the largest allowed takes one or two
WRITE_BYTES = 262_144  # at a time, so that a large picture is not buffered twice

_BROKEN = "The {service} service answered with something that is not a complete picture."
_FAILURES = {
    "no answer": (_BROKEN, True),
    "no picture": (_BROKEN, True),
    "too large": ("The picture of the {service} service is too large.", False),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A complete PNG, JPEG or WebP file that was decoded to its last pixel.

    It is upright, has one frame in sRGB, and nothing but the pixels.
    """

    data: bytes
    media_type: str
    width: int
    height: int

    def drawn(self, model: str, missing: tuple[str, ...] = (), alt: str = "") -> Drawn:
        """The result of a job with this picture, drawn by `model`."""
        return Drawn(self.data, self.media_type, self.width, self.height, model, missing, alt)


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a picture in a server's answer, not checked."""

    url: str


class _Verdict(msgspec.Struct):
    media_type: str = ""
    width: int = 0
    height: int = 0
    size: int = 0
    url: str = ""
    error: dict[str, str] = {}
    problem: str = ""


class PictureReader:
    """A decoder of pictures: a child process, started when first needed, one picture at a time.

    The child is kept, as starting one takes longer than decoding. Its memory is limited. It is
    killed when a picture takes too long or its caller is cancelled; the next picture then gets a
    new one.
    """

    def __init__(self, service: str, max_bytes: int) -> None:
        """`service` is the server's name in failures ("image"), `max_bytes` the largest file."""
        self._service = service
        self._max_bytes = max_bytes
        self._process: Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._drop()

    async def read(self, data: bytes) -> Picture:
        """Decode a file's bytes; raises GenerationFailed if they are no picture."""
        verdict, clean = await self._ask(data, wrapped=False)
        return Picture(clean or data, verdict.media_type, verdict.width, verdict.height)

    async def unwrap(self, answer: bytes) -> Picture | Link:
        """The picture, or the link to one, in an answer in OpenAI's format.

        The child does this, too: decoding megabytes of base64 here would block the event loop.
        """
        verdict, data = await self._ask(answer, wrapped=True)
        if verdict.url:
            return Link(verdict.url)
        return Picture(data, verdict.media_type, verdict.width, verdict.height)

    async def shrink(self, data: bytes, width: int) -> bytes | None:
        """A WebP of this width, or None if the picture is no wider. Raises GenerationFailed."""
        verdict, small = await self._ask(data, wrapped=False, width=width)
        return small if verdict.size else None

    async def _ask(self, body: bytes, *, wrapped: bool, width: int = 0) -> tuple[_Verdict, bytes]:
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(DECODE_TIMEOUT_SECONDS):
                    verdict, data = await self._converse(await self._child(), body, wrapped, width)
            except (OSError, EOFError, ValueError, msgspec.DecodeError) as problem:
                await self._drop()
                raise self._failure("no picture") from problem
            except BaseException:
                await self._drop()  # its next answer would still belong to this picture
                raise
        if verdict.error:
            failure, _ = refusal_in(self._service, verdict.error)
            raise failure
        if verdict.problem:
            raise self._failure(verdict.problem)
        return verdict, data

    async def _converse(
        self, process: Process, body: bytes, wrapped: bool, width: int
    ) -> tuple[_Verdict, bytes]:
        assert process.stdin is not None  # noqa: S101 - for mypy: both are pipes
        assert process.stdout is not None  # noqa: S101 - the same
        request = {"size": len(body), "wrapped": wrapped, "limit": self._max_bytes, "width": width}
        process.stdin.write(msgspec.json.encode(request) + b"\n")
        for start in range(0, len(body), WRITE_BYTES):
            process.stdin.write(body[start : start + WRITE_BYTES])
            await process.stdin.drain()
        line = await process.stdout.readline()
        verdict = msgspec.json.decode(line, type=_Verdict)
        return verdict, await process.stdout.readexactly(verdict.size)

    async def _child(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",  # so that no stray file is imported instead of the standard library
                DECODER,
                stdin=PIPE,
                stdout=PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),  # the decoder sees no keys
                start_new_session=True,  # Ctrl-C in the terminal goes to the service only
            )
        return self._process

    async def _drop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        # Reads the rest until both pipes are closed, so that no transport stays open.
        with suppress(OSError):
            await process.communicate()

    def _failure(self, problem: str) -> GenerationFailed:
        sentence, retryable = _FAILURES[problem]
        return GenerationFailed(sentence.format(service=self._service), retryable=retryable)
