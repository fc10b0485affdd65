"""The illustrator's drawing processes: started, reused, cancelled, crashed, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.generators.illustrator import Illustrator, Settings
from service.generators.protocol import Drawn, GenerationFailed, Job
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
SMALL = {"size": "256x256"}


def say(piece: str) -> None:
    raise AssertionError(f"a picture says nothing, not {piece!r}")


def job(prompt: str = "a fox in the snow", seed: int = 1) -> Job:
    return Job(prompt, seed, options=SMALL)


def alive(pid: int) -> bool:
    """True for a process that still runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before, or while it was read
        return False


@pytest.fixture
async def illustrator() -> AsyncIterator[Illustrator]:
    async with Illustrator(Settings(), ROOT) as opened:
        yield opened


async def test_a_prompt_becomes_a_webp_picture_of_the_wanted_size(illustrator: Illustrator) -> None:
    prompt = Job("a drawing of a fox and a theodolite", 1, options={"size": "320x256"})
    drawn = await illustrator.generate(prompt, say)
    assert drawn.data[:4] == b"RIFF"
    assert drawn.data[8:12] == b"WEBP"
    assert (drawn.width, drawn.height, drawn.media_type) == (320, 256, "image/webp")
    assert drawn.missing == ("theodolite",)
    post = Job("a fox", 1, instagram=True, options={"size": "256x320"})
    drawn = await illustrator.generate(post, say)
    assert (drawn.width, drawn.height) == (256, 320)


async def test_jobs_one_after_the_other_share_one_process_of_low_priority(
    illustrator: Illustrator,
) -> None:
    [pid] = illustrator.pids
    for seed in range(2):
        await illustrator.generate(job(seed=seed), say)
    assert illustrator.pids == {pid}
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, own + 10)


async def test_processes_start_with_jobs_and_end_when_idle_or_closed() -> None:
    async with Illustrator(Settings(idle=0.0), ROOT) as illustrator:
        drawn = await asyncio.gather(*(illustrator.generate(job(), say) for _ in range(2)))
        assert len({picture.data for picture in drawn}) == 1, "one job gave two pictures"
        pids = illustrator.pids
        await wait_until(lambda: len(illustrator.pids) == 1, "the surplus process ended")
    assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)


async def test_an_impossible_size_fails_with_a_sentence(illustrator: Illustrator) -> None:
    with pytest.raises(GenerationFailed, match="WIDTHxHEIGHT") as failure:
        await illustrator.generate(Job("a fox", 1, options={"size": "9x9"}), say)
    assert not failure.value.retryable


async def test_a_cancelled_job_ends_its_process_and_the_next_job_works(
    illustrator: Illustrator,
) -> None:
    [first] = illustrator.pids
    task = asyncio.create_task(illustrator.generate(job(), say))
    os.kill(first, signal.SIGSTOP)  # it cannot finish before it is cancelled
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_until(lambda: not alive(first), "the cancelled process ended")
    assert isinstance(await illustrator.generate(job(), say), Drawn)
    assert first not in illustrator.pids


async def test_a_crashed_process_fails_the_job_as_retryable(illustrator: Illustrator) -> None:
    [pid] = illustrator.pids
    os.kill(pid, signal.SIGSTOP)
    task = asyncio.create_task(illustrator.generate(job(), say))
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(GenerationFailed, match="try again") as failure:
        await task
    assert failure.value.retryable
    assert isinstance(await illustrator.generate(job(), say), Drawn)


async def test_a_process_that_ends_is_replaced_before_the_next_job(
    illustrator: Illustrator,
) -> None:
    [first] = illustrator.pids
    assert illustrator.trouble() is None
    os.kill(first, signal.SIGKILL)
    await wait_until(illustrator.trouble, "it is noticed")
    assert illustrator.trouble() == "The drawing process stopped and is being started again."
    await wait_until(lambda: not illustrator.trouble(), "there is another one")
    [second] = illustrator.pids
    assert second != first
    assert isinstance(await illustrator.generate(job(), say), Drawn)
    assert illustrator.pids == {second}


async def test_a_process_that_does_not_start_uses_up_no_attempt(
    illustrator: Illustrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    [pid] = illustrator.pids
    os.kill(pid, signal.SIGKILL)
    await wait_until(illustrator.trouble, "it is noticed")
    with pytest.raises(GenerationFailed, match="does not start") as failure:
        await illustrator.generate(job(), say)
    assert failure.value.retryable
    assert failure.value.cause == "away"
    monkeypatch.undo()
    await wait_until(lambda: not illustrator.trouble(), "it is started again by itself")


PARENT = """
import asyncio
from pathlib import Path
from service.generators.illustrator import Illustrator, Settings

async def main() -> None:
    async with Illustrator(Settings(), Path()) as illustrator:
        print(*illustrator.pids, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_service_leaves_no_drawing_process_behind() -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs in this test
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
        await wait_until(lambda: not alive(child), "the orphan ended")


def test_the_main_process_imports_nothing_heavy() -> None:
    code = (
        "import sys, service.generators.illustrator;"
        "print(sorted({'numpy', 'PIL', 'resvg_py'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
