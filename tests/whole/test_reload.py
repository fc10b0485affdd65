"""config.toml may be edited while the service runs, in whatever way an editor does it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from service import config
from service.actors.maintenance import config_reloader as module
from service.actors.maintenance.config_reloader import ConfigReloader, LiveConfig
from service.config import Config
from service.store.redis.connection import RedisConnection
from tests.support.running import Running, running_service
from tests.support.waiting import eventually, wait_until

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def consumers(redis: RedisConnection, stream: str, group: str) -> list[str]:
    """What XINFO CONSUMERS shows."""
    rows: list[list[Any]] = await redis.one("XINFO", "CONSUMERS", stream, group)
    return sorted(row[1].decode() for row in rows)


async def workers_are(redis: RedisConnection, texts: int, images: int) -> None:
    """Wait until the consumers are this many."""

    async def so_many() -> bool:
        found = [
            await consumers(redis, f"content:{kind}", f"{kind}-workers")
            for kind in ("text", "image")
        ]
        return [[name.rpartition("-")[2] for name in names] for names in found] == [
            [str(number) for number in range(1, count + 1)] for count in (texts, images)
        ]

    await eventually(so_many, f"{texts} text and {images} image workers")


def said(service: Running, event: str) -> list[dict[str, Any]]:
    return [line for line in service.log_lines() if line["event"] == event]


async def test_pools_follow_the_file_while_the_service_runs(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[text]\nworkers = 2\n[image]\nworkers = 1\n")
    async with running_service(tmp_path, *SIMULATED) as service:
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        await workers_are(redis, 2, 1)

        file.write_text("[text]\nworkers = 4\n[image]\nworkers = 3\n")  # in place
        await workers_are(redis, 4, 3)

        (tmp_path / "new").write_text("[text]\nworkers = 1\n[image]\nworkers = 2\n")
        (tmp_path / "new").replace(file)  # as most editors do
        await workers_are(redis, 1, 2)

        file.unlink()
        refused = await service.logged("configuration refused")
        assert str(file) in refused["reason"]
        await workers_are(redis, 1, 2)
        file.write_text("[text]\nworkers = 3\n")
        await workers_are(redis, 3, 1)

        file.write_text("[text]\nworkers = 'many'\n")
        await wait_until(lambda: len(said(service, "configuration refused")) == 2, "it is refused")
        assert "[text] workers is" in said(service, "configuration refused")[1]["reason"]
        await workers_are(redis, 3, 1)

        file.write_text("[text]\nworkers = 2\n[feed]\nmax_posts = 5\n[text.simulated]\ndelay = 1\n")
        await workers_are(redis, 2, 1)
        late = await service.logged("takes effect at the next start")
        assert late["keys"] == ["feed.max_posts", "text.simulated"]
        assert said(service, "configuration changed")[-1]["text_workers"] == 2

        before = len(said(service, "takes effect at the next start"))
        service.process.send_signal(signal.SIGHUP)
        await wait_until(
            lambda: len(said(service, "takes effect at the next start")) > before, "it read again"
        )
        redis.close()


# --------------------------------------------------------------------- the reloader alone


class Watched:
    """A reloader at work over a file, and what it has applied."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.reads = 0
        self.applied: list[Config] = []
        self.live = LiveConfig(config.load(file, {}))
        self.config_reloader = ConfigReloader(self.live, self._read, self.applied.append)

    def _read(self) -> Config:
        self.reads += 1
        return config.load(self.file, {})

    @property
    def workers(self) -> int:
        return self.live().workers("text").most


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    file = tmp_path / "config.toml"
    file.write_text("[text]\nworkers = 3\n")
    monkeypatch.setattr(module, "POLL_SECONDS", 0.005)
    watched = Watched(file)
    file.write_text("[text]\nworkers = 4\n")  # before the reloader has begun
    task = asyncio.create_task(watched.config_reloader.run())
    await wait_until(lambda: watched.applied, "the edit is in force")
    yield watched
    await watched.config_reloader.stop()
    await task


async def test_an_edit_during_the_start_is_not_missed(watched: Watched) -> None:
    await wait_until(lambda: watched.workers == 4, "the edit is in force")


async def test_the_local_file_can_be_created_changed_and_deleted(watched: Watched) -> None:
    local = watched.file.with_name("config.local.toml")
    local.write_text("[text]\nworkers = 7\n")
    await wait_until(lambda: watched.workers == 7, "the new file is in force")
    local.write_text("[text]\nworkers = 8\n")
    await wait_until(lambda: watched.workers == 8, "the edit is in force")
    watched.file.write_text("[text]\nworkers = 5\ntimeout = 9\n")
    await wait_until(lambda: watched.live().text.timeout == 9, "the other keys are in force")
    assert watched.workers == 8
    with capture_logs() as log:
        local.write_text("<<<<<<< HEAD\n")
        await wait_until(lambda: log, "it says so")
    assert str(local) in log[0]["reason"]
    assert watched.workers == 8
    local.unlink()
    await wait_until(lambda: watched.workers == 5, "the other file counts again")


async def test_a_file_that_is_being_written_is_not_read(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a file may well be valid; what it leaves out would fall back to the defaults."""
    contents = iter([b"", b"[text]\n", b"[text]\nworkers = 6", b"[text]\nworkers = 64"])
    last = b"[text]\nworkers = 64\n"
    read = watched.reads
    written: list[bytes] = []

    def grows(_: Path) -> bytes:
        written.append(next(contents, last))
        watched.file.write_text(written[-1].decode())
        return written[-1]

    monkeypatch.setattr(Path, "read_bytes", grows)
    await wait_until(lambda: watched.workers == 64, "the whole file is in force")
    assert watched.reads == read + 1


async def test_a_change_that_keeps_size_and_time_is_noticed(watched: Watched) -> None:
    before = watched.file.stat()
    watched.file.write_text("[text]\nworkers = 5\n")
    os.utime(watched.file, ns=(before.st_atime_ns, before.st_mtime_ns))
    await wait_until(lambda: watched.workers == 5, "the edit is in force")


@pytest.mark.parametrize(
    "breaks",
    [
        Path.unlink,
        lambda file: file.write_text("[text]\nworkers = -1\n"),
        lambda file: file.write_text("[text\n"),
        lambda file: file.write_bytes(b"\xff\x00"),
        lambda file: file.write_text("a = " + "[" * 5000),
        lambda file: file.write_text("[text]\nworkers = " + "9" * 5000),
        lambda file: file.write_text("[text]\nworkers = 0x" + "f" * 5000),
        lambda file: file.write_text("text" + ".a" * 5000 + " = 1"),
        lambda file: (file.unlink(), file.mkdir()),
    ],
)
async def test_a_bad_edit_changes_nothing(watched: Watched, breaks: Callable[[Path], Any]) -> None:
    with capture_logs() as log:
        breaks(watched.file)
        watched.config_reloader.reload_soon()
        await wait_until(lambda: log, "it says so")
    assert {line["event"] for line in log} == {"configuration refused"}
    assert watched.workers == 4


async def test_a_failed_reload_is_followed_by_others(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> Config:
        raise KeyError("text")

    with capture_logs() as log, monkeypatch.context() as patched:
        patched.setattr(watched.config_reloader, "_reread", fails)
        watched.config_reloader.reload_soon()
        await wait_until(lambda: log, "it says so")
    assert (log[0]["event"], log[0]["actor"]) == ("actor failed", "reloader")
    watched.file.write_text("[text]\nworkers = 5\n")
    await wait_until(lambda: watched.workers == 5, "the edit is in force")


async def test_only_live_keys_change(watched: Watched) -> None:
    with capture_logs() as log:
        watched.file.write_text(
            "[text]\nworkers = 9\ntimeout = 9\n[http]\nport = 9\nmax_prompt = 9\n"
            "[image.openai]\nmodel = 'm'\n[redis]\nurl = 'redis://:geheim@h'\n"
        )
        await wait_until(lambda: watched.workers == 9, "the edit is in force")
    [late] = [line for line in log if line["event"] == "takes effect at the next start"]
    assert late["keys"] == ["http.port", "image.openai", "redis.url"]
    assert "geheim" not in str(log)
    now = watched.live()
    assert (now.text.timeout, now.http.max_prompt) == (9.0, 9)
    assert (now.http.port, now.redis.url) == (8000, "embedded")
    assert watched.applied[-1] == now
