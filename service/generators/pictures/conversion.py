"""Conversion of pictures between formats, each in a separate child process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from service.generators.protocol import GenerationFailed
from service.process.child_process import environment

CONVERTER = Path(__file__).with_name("converter.py")
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
CONVERT_TIMEOUT_SECONDS = 30.0  # seconds for one picture: the largest takes two or three
CHILDREN = asyncio.Semaphore(2)  # processes at a time, which take a core and some memory each


async def converted(data: bytes, media_type: str) -> bytes:
    """The picture in the format of `media_type`. Raises GenerationFailed if it cannot be read."""
    async with CHILDREN:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",  # so that no stray file is imported instead of the standard library
            CONVERTER,
            FORMATS[media_type],
            stdin=PIPE,
            stdout=PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,  # Ctrl-C in the terminal goes to the service only
        )
        try:
            async with asyncio.timeout(CONVERT_TIMEOUT_SECONDS):
                picture, _ = await child.communicate(data)
        except BaseException as problem:
            child.kill()
            await child.communicate()
            if isinstance(problem, TimeoutError | OSError):
                raise _failure() from problem
            raise
    if child.returncode or not picture:
        raise _failure()
    return picture


def _failure() -> GenerationFailed:
    return GenerationFailed("The picture cannot be converted to this format.", retryable=False)
