"""Programs that use clients of others, in the environments that `dev.py clients` makes."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.running import HOME

HANGS_SECONDS = 180.0  # some of them take 10 s of a free core to import
FOLDER = HOME / ".clients"
LOCKS = {
    "python": HOME / "tests" / "clients" / "requirements.txt",
    "node": HOME / "tests" / "clients" / "package-lock.json",
}


async def run_python(program: str, environment: Mapping[str, str], folder: Path) -> str:
    """What a Python program prints; skips the test if its packages are not installed."""
    python = _installed("python") / "bin" / "python"
    return await run_program([str(python), "-c", program], environment, folder)


async def run_node(program: str, environment: Mapping[str, str], folder: Path) -> str:
    """What a program for Node prints; skips the test without Node or its packages."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node on PATH")
    # an imported package is looked for beside the program
    script = _installed("node") / f"{uuid.uuid4()}.mjs"
    script.write_text(program)
    try:
        return await run_program([node, str(script)], environment, folder)
    finally:
        script.unlink()


def _installed(name: str) -> Path:
    stamp = FOLDER / name / ".installed"
    wanted = hashlib.sha256(LOCKS[name].read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        pytest.skip("`python3 dev.py clients` installs the packages of this test")
    return FOLDER / name


async def run_program(words: list[str], environment: Mapping[str, str], folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(HANGS_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AssertionError(f"{words[0]} still ran after {HANGS_SECONDS} s") from None
    assert process.returncode == 0, errors.decode()
    return output.decode()
