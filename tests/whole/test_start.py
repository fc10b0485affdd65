"""The start and the stop: one command, one sentence when it cannot be, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from service.store.redis.server.embedded import find_server
from tests.support.outside import unused_port
from tests.support.programs import ended
from tests.support.running import HOME, Running, running_service
from tests.support.waiting import HANGS_SECONDS, eventually, is_listening, wait_until

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the service until it ends by itself; its data folder is `tmp_path / "data"`."""
    inherited = {key: value for key, value in os.environ.items() if "FEEDMILL_" not in key}
    settings = [word for setting in SIMULATED for word in ("--set", setting)]
    data = ["--data-dir", str(tmp_path / "data"), "--config", os.devnull]
    return subprocess.run(
        [sys.executable, HOME / "run.py", *data, *settings, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=inherited,
        cwd=tmp_path,
        timeout=HANGS_SECONDS,
    )


def descendants(pid: int) -> set[int]:
    """The processes that a process has started, and those that they have."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):  # it has just ended
            continue
    pids = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in pids} - pids
        if not more:
            return pids - {pid}
        pids |= more


def alive(pids: set[int]) -> set[int]:
    """Those of these processes that still run."""
    pids_alive = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            pids_alive.add(pid)
    return pids_alive


async def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        data = json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own service
            url, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
            content: dict[str, Any] = json.load(answer)
            return content

    return await asyncio.to_thread(ask)


# --------------------------------------------------------------------- arguments


def test_check_reports_a_valid_configuration_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("[http]\nport = 1234\n")
    result = run(tmp_path, "--check", "--config", "my.toml")
    assert (result.returncode, result.stderr) == (0, "")
    assert str(tmp_path / "my.toml") in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["my.toml"]


def test_check_names_the_local_file_as_well(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("[http]\nport = 1234\n")
    (tmp_path / "my.local.toml").write_text("[http]\nport = 1235\n")
    result = run(tmp_path, "--check", "--config", "my.toml")
    assert (
        result.stdout
        == f"The configuration is valid ({tmp_path}/my.toml, {tmp_path}/my.local.toml).\n"
    )


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (("--check", "--config", "none.toml"), "{here}/none.toml: cannot be read ("),
        (("--data-dir", ""), '--set service.data_dir: [service] data_dir is "": '),
    ],
)
def test_a_refused_configuration_is_one_sentence_and_starts_nothing(
    tmp_path: Path, arguments: tuple[str, ...], begins: str
) -> None:
    result = run(tmp_path, *arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(begins.format(here=tmp_path))
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_version_and_help_are_printed(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout.startswith("Feedmill 0.")
    result = run(tmp_path, "--help")
    for option in ("--config", "--set", "--data-dir", "--check", "--version"):
        assert option in result.stdout


# --------------------------------------------------------------------- what stops the start


def cannot_start(tmp_path: Path, *settings: str) -> str:
    """The sentence with which the start is given up."""
    result = run(tmp_path, *(word for setting in settings for word in ("--set", setting)))
    assert result.returncode == 1
    assert result.stderr.startswith("Feedmill cannot start: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr + result.stdout
    assert '"ready"' not in result.stdout
    return result.stderr


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = cannot_start(tmp_path, f"http.port={port}")
    assert result == (
        f"Feedmill cannot start: 127.0.0.1:{port} is not available (Address already in use): "
        "choose another address with --set http.port=PORT or --set http.host=ADDRESS.\n"
    )


def test_a_missing_model_is_reported_and_nothing_is_left_behind(tmp_path: Path) -> None:
    result = cannot_start(
        tmp_path, "http.port=0", "text.generator=local", "text.local.model=/no/such.gguf"
    )
    assert "/no/such.gguf is not there" in result
    assert not (tmp_path / "data" / "redis" / "redis.sock").exists()  # the server has ended


def test_a_data_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert f"The data folder {tmp_path}/data cannot be written (" in cannot_start(tmp_path)


def test_a_newer_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data" / "feedmill.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert "is of version 99, newer than" in cannot_start(tmp_path, "http.port=0")


async def test_a_second_process_on_the_same_folder_leaves_the_first_unharmed(
    tmp_path: Path,
) -> None:
    async with running_service(tmp_path, *SIMULATED) as service:
        result = await asyncio.to_thread(cannot_start, tmp_path, "http.port=0", "service.node=b")
        assert "Another Feedmill process already uses the data folder" in result
        await finished(service, await submit(service))


# --------------------------------------------------------------------- ready, and its story


async def submit(service: Running, **more: Any) -> str:
    answer = await post(f"{service.url}/content", {"prompt": "a fox", "tag": "text", **more})
    return str(answer["RequestId"])


async def finished(service: Running, id_: str) -> dict[str, Any]:
    """The state of a request when it is final."""

    async def final() -> dict[str, Any] | None:
        view = await post(f"{service.url}/content/view", {"request-id": id_})
        return view if view["status"] in {"completed", "failed"} else None

    # pictures give way to all else
    return await eventually(final, "it is final", seconds=3 * HANGS_SECONDS)


def story(service: Running, id_: str) -> list[str]:
    """The events that a search for the id finds in the log."""
    return [line["event"] for line in service.log_lines() if id_ in json.dumps(line)]


async def test_everything_is_written_below_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    here = tmp_path / "a é%41"
    here.mkdir()
    home = {"HOME": str(elsewhere), "TMPDIR": str(elsewhere), "XDG_CACHE_HOME": str(elsewhere)}
    async with running_service(here, "text.generator=simulated", environment=home) as service:
        id_ = await submit(service, tag="instagram", **{"user-id": "ann", "publish": True})
        assert (await finished(service, id_))["status"] == "completed"
        await service.logged("published")
        [ready] = [line for line in service.log_lines() if line["event"] == "ready"]
        assert list(ready)[:3] == ["timestamp", "level", "event"]
        if shutil.which("redis-cli"):
            answer = await asyncio.create_subprocess_shell(  # as a person would paste it
                f"{ready['redis']} PING", stdout=subprocess.PIPE
            )
            assert (await answer.communicate())[0] == b"PONG\n"
        await service.logged("published")
        assert story(service, id_) == ["accepted", "finished", "published"]
    assert list(elsewhere.iterdir()) == []
    assert sorted(path.name for path in here.iterdir()) == ["config.toml", "data"]


async def test_the_log_of_a_failure_is_found_by_the_request_id(tmp_path: Path) -> None:
    settings = ("text.simulated.failure_rate=1", "text.attempts=2", "text.backoff=0")
    async with running_service(tmp_path, *SIMULATED, *settings) as service:
        id_ = await submit(service)
        assert (await finished(service, id_))["status"] == "failed"
        await service.logged("finished")
        assert story(service, id_) == ["accepted", "attempt failed", "attempt failed", "finished"]


async def test_an_unread_log_does_not_stop_the_service(tmp_path: Path) -> None:
    port = unused_port()
    settings = (*SIMULATED, f"http.port={port}")
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(HOME / "run.py"), "--data-dir", str(tmp_path / "data")),
        *(word for setting in settings for word in ("--set", setting)),
        stdout=full,
    )
    os.close(full)
    service = Running.__new__(Running)  # its log cannot be read
    service.url = f"http://127.0.0.1:{port}"

    async def submitted() -> str | None:
        try:
            return await submit(service)
        except OSError:
            return None

    try:
        id_ = await eventually(submitted, "it listens")
        assert (await finished(service, id_))["status"] == "completed"
    finally:
        code = await ended(process)
    assert code == 0


# --------------------------------------------------------------------- the stop


async def test_a_signal_lets_running_generations_finish(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED, "text.simulated.delay=0.5") as service:
        id_ = await submit(service)
        await wait_until(lambda: status(tmp_path, id_) == "generating", "it is at work")
        service.process.send_signal(signal.SIGINT)
        await service.logged("stopped")
        assert await service.process.wait() == 0
        await service.stop()  # there is nothing to stop any more
    assert status(tmp_path, id_) == "completed"


def status(tmp_path: Path, id_: str) -> str:
    """The state of a request, as the database has it."""
    uri = f"file:{tmp_path}/data/feedmill.db?mode=ro"
    with sqlite3.connect(uri, uri=True) as database:
        [value] = database.execute("SELECT status FROM requests WHERE id = ?", (id_,)).fetchone()
    database.close()
    return str(value)


async def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    settings = ("text.simulated.delay=600", "service.drain=600", "text.timeout=900")
    async with running_service(tmp_path, *SIMULATED, *settings) as service:
        children = descendants(service.process.pid)
        id_ = await submit(service)
        await wait_until(lambda: status(tmp_path, id_) == "generating", "it is at work")
        service.process.send_signal(signal.SIGINT)
        await service.logged("stopping")
        assert await service.stop() == 0
    assert not alive(children)
    assert status(tmp_path, id_) == "generating"


async def starting(tmp_path: Path, *settings: str) -> Running:
    """A service that has just been started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(HOME / "run.py"), "--data-dir", str(tmp_path / "data")),
        *(word for s in (*SIMULATED, "http.port=0", *settings) for word in ("--set", s)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    return Running(process)


async def test_a_service_stopped_before_it_is_ready_never_logs_ready(tmp_path: Path) -> None:
    url = f"redis://me:geheim@127.0.0.1:{unused_port()}"  # a closed port
    service = await starting(tmp_path, f"redis.url={url}")
    waits = await service.logged("starting")
    assert "redis" in waits["waiting_for"]
    assert await service.stop() == 0
    assert "ready" not in [line["event"] for line in service.log_lines()]
    assert "geheim" not in "\n".join(service.lines)


async def test_a_stop_interrupts_a_slow_start(tmp_path: Path) -> None:
    path = tmp_path / "data" / "redis" / "redis.sock"
    path.parent.mkdir(parents=True)
    hangs = await asyncio.create_subprocess_exec(
        *(find_server(), "--port", "0", "--unixsocket", str(path), "--save", ""),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await wait_until(lambda: is_listening(path), "it listens")
        hangs.send_signal(signal.SIGSTOP)
        service = await starting(tmp_path)
        await service.logged("ending a redis that was left behind")
        assert await service.stop() == 0
        assert "ready" not in [line["event"] for line in service.log_lines()]
        assert hangs.returncode is None  # it was not waited for
    finally:
        if hangs.returncode is None:
            hangs.kill()
        await hangs.wait()


async def test_no_child_outlives_a_killed_service(tmp_path: Path) -> None:
    async with running_service(tmp_path, "text.generator=simulated") as service:
        await finished(service, await submit(service, tag="image"))
        children = descendants(service.process.pid)
        assert len(children) >= 2  # Redis and the illustrator's
        await service.kill()
    await wait_until(lambda: not alive(children), "they have ended as well")
