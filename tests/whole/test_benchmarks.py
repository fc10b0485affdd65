"""The benchmarks notice every job that is not done once with its own content."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from benchmarks import driver
from benchmarks.client import Client
from benchmarks.jobs import Jobs, Tally
from benchmarks.peers.catalogue import PACKAGES, PEERS, PROGRAMS
from benchmarks.report import tables
from benchmarks.results import Results
from benchmarks.summary import summary
from tests.support.running import HOME

LOST_SECONDS = 3.0  # until a job counts as lost; the others take less on a busy machine, too
JOBS = 40

Fault = Callable[[dict[str, object]], None]


@asynccontextmanager
async def scripted(fault: Fault) -> AsyncIterator[Client]:
    """A client of a server that does everything well but for the job with number 5."""
    prompts: list[str] = []

    async def submit(request: web.Request) -> web.Response:
        prompts.append(request.query["prompt"])
        answer: dict[str, object] = {"status": 202, "RequestId": str(len(prompts))}
        if len(prompts) == 5:
            fault(answer)
        return web.json_response(answer, status=int(str(answer.pop("status"))))

    async def view(request: web.Request) -> web.Response:
        id_ = request.query["request-id"]
        text = f"generated text for {prompts[int(id_) - 1]}"
        answer: dict[str, object] = {"status": "completed", "text": text, "imageUri": None}
        if id_ == "5":
            fault(answer)
        return web.json_response(answer)

    app = web.Application()
    app.add_routes([web.post("/content/", submit), web.post("/content/view/", view)])
    async with TestServer(app) as server:
        client = Client(str(server.make_url("/")))
        yield client
        client.close()


async def tally_with(fault: Fault) -> Tally:
    async with scripted(fault) as client:
        jobs = Jobs(client)
        _, fates = await driver.end_to_end(jobs, JOBS, os.getpid(), LOST_SECONDS)
        return jobs.tally(fates.values())


def none(_answer: dict[str, object]) -> None:
    """Nothing is wrong."""


def lost(answer: dict[str, object]) -> None:
    if "text" in answer:
        answer.update(status="queued", text=None)


def failed(answer: dict[str, object]) -> None:
    if "text" in answer:
        answer.update(status="failed", text=None)


def wrong(answer: dict[str, object]) -> None:
    if "text" in answer:
        answer["text"] = "generated text for somebody else"


def more_than_asked(answer: dict[str, object]) -> None:
    if "text" in answer:
        answer["imageUri"] = "/media/one/nobody-asked-for.webp"


def doubled(answer: dict[str, object]) -> None:
    if "text" in answer:
        answer["runs"] = 2


def rejected(answer: dict[str, object]) -> None:
    if "text" not in answer:
        answer["status"] = 503


def same_id(answer: dict[str, object]) -> None:
    if "text" not in answer:
        answer["RequestId"] = "4"


async def test_a_run_in_which_every_job_is_done_once_is_good() -> None:
    tally = await tally_with(none)
    assert tally.good
    assert tally.counts == {"done": JOBS}


@pytest.mark.parametrize(
    ("fault", "fate"),
    [
        (lost, "pending"),
        (failed, "failed"),
        (wrong, "wrong"),
        (more_than_asked, "wrong"),
        (doubled, "doubled"),
        (rejected, "rejected"),
        (same_id, "same id"),
    ],
)
async def test_one_wrong_job_of_forty_is_noticed(fault: Fault, fate: str) -> None:
    tally = await tally_with(fault)
    assert not tally.good
    assert tally.counts == {"done": JOBS - 1, fate: 1}


async def test_a_generation_that_ran_twice_or_never_is_noticed(tmp_path: Path) -> None:
    record = tmp_path / "record"
    async with scripted(none) as client:
        jobs = Jobs(client)
        await driver.all_of(jobs.submit, range(4), 1)
    one, two, three, four = jobs.prompts.values()
    began = [("text", 1, prompt) for prompt in (one, two, three, three)]
    record.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in began))
    tally = jobs.tally(["done"] * 4, record)
    assert not tally.good
    assert tally.counts == {"done": 4, "begun twice": 1, "never begun": 1}
    assert four


async def test_a_wrong_view_ends_the_phase() -> None:
    async with scripted(wrong) as client:
        jobs = Jobs(client)
        await driver.all_of(jobs.submit, range(JOBS), 1)
        with pytest.raises(driver.Unchecked):
            await driver.viewing(jobs, 10.0, os.getpid())


async def test_a_wrong_feed_ends_the_phase() -> None:
    async with scripted(none) as client:
        await Jobs(client).submit(0)
        calls = [("/content/view/?request-id=1", b"[]")]
        with pytest.raises(driver.Unchecked):
            await driver.reading_feeds(client, calls, 10.0, os.getpid())


async def test_a_lost_connection_is_reported() -> None:
    async def leave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(leave, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OSError, match=r"(?i)connection"):
            await Client(f"http://127.0.0.1:{port}").get("/")


def test_other_programs_are_shown_the_fastest_first() -> None:
    results = Results()
    for name, per_s, cpu in (("arq", 500, 2.0), ("bullmq", 2000, 0.8), ("service", 2500, 0.4)):
        results.note("peers", name, {"jobs_per_s": per_s, "cpu_ms_per_job": cpu})
    [*_, service, first, second] = tables(results, {}).splitlines()
    assert service.startswith("| **Feedmill** | 2,500 |  | 0.40 |  |  |  |")
    assert first.startswith(
        "| Fastify, BullMQ (Node) | 2,000 | 1.25 | 0.80 | 0.50 |  |  | run again"
    )
    assert second.startswith("| aiohttp, arq | 500 | 5.00 | 2.00 | 0.20 |")


def test_the_short_table_shows_what_was_measured() -> None:
    results = Results()
    results.note("peers", "service", {"jobs_per_s": 2500, "p50_ms": 3.0, "p99_ms": 5.0})
    results.note("peers", "bullmq", {"jobs_per_s": 2000})
    lines = summary(results, {"CPU": "2 cores"}).splitlines()
    assert "| texts from end to end (jobs/s) | **2,500** | 2,000 |  |" in lines
    done = "| from submit to done at 100/s, p50 · p99 (ms) | **3.00 · 5.00** |  |  |"
    assert done in lines
    assert not any("views" in line for line in lines)
    assert lines[-1] == "CPU: 2 cores"


def test_parts_that_were_measured_before_are_kept(tmp_path: Path) -> None:
    results = Results.kept(tmp_path / "kept.json")
    results.note("view", "service", {"per_s": 2.0})
    results.keep(tmp_path / "kept.json")
    assert Results.kept(tmp_path / "kept.json") == results


def test_every_other_program_has_its_files_and_its_lock() -> None:
    scripts = [(PROGRAMS / peer.npm, word) for peer in PEERS.values() for word in peer.front[1:]]
    assert all((at / word).exists() for at, word in scripts if word.endswith((".py", ".js")))
    for name, peer in PEERS.items():
        lock = PROGRAMS / peer.npm / "package-lock.json" if peer.npm else PACKAGES / f"{name}.txt"
        assert ("integrity" if peer.npm else "--hash=sha256:") in lock.read_text()


@pytest.mark.timeout(600)
def test_a_tiny_run_writes_its_tables_and_its_picture(tmp_path: Path) -> None:
    words = ["--jobs", "50", "--rounds", "1", "--seconds", "0.1", "--parts", "rounds", "--out"]
    command = [sys.executable, "-m", "benchmarks", *words, str(tmp_path)]
    run = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "| views (requests/s) |" in (tmp_path / "benchmarks.md").read_text()
    document = (tmp_path / "benchmark-details.md").read_text()
    assert "| text, from end to end (jobs/s) |" in document
    assert "cores" in document
    assert (tmp_path / "benchmarks.svg").read_text().startswith("<svg")
