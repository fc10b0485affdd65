"""Real stores for every test: a separate Redis, and SQLite in its folder."""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio
import structlog
from aiohttp import ClientSession

from service import clock, request_ids
from service.store.database import Database
from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import embedded_redis
from service.store.redis.streams import Streams
from tests.support.client_table import MARK, ClientTable, calls_of
from tests.support.databases import ENGINES, OF_SQLITE, OVER_BOTH, open_database, postgres
from tests.support.postgres import NO_SERVER, Cluster, cluster, programs
from tests.support.running import MEASURED, Running, running_service

HERE = Path(__file__).parent
SLOW_FOLDERS = ("chaos", "whole", "generators")
WAITING_FILES_BESIDE = 3  # for each file with a browser
UNMOVED_SECONDS = 1.0  # that the clock may differ from the wall clock after a test


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run soak and chaos tests as well")
    parser.addoption("--long-minutes", type=float, default=15, help="how long each of them takes")
    parser.addoption(
        "--write-client-table",
        action="store_true",
        help="write the table in docs/clients.md from what the tests of clients do",
    )
    parser.addoption("--chaos-seed", type=int, help="repeat the faults of another chaos run")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # else the process that started this one collects
        config.pluginmanager.register(ClientTable(write=config.getoption("write_client_table")))
    # how long an example takes says more about the machine
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("patient")
    # Both would make each of the many starts of the service longer by half: compiling all of it,
    # and reading the system's certificates, although nothing here speaks TLS.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["SSL_CERT_FILE"] = os.devnull
    # as the service does; the values of all variables take longer to print than most tests last
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure([structlog.processors.add_log_level, plain])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end, so no collection of garbage looks at it."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties += [(MARK, tuple(call)) for call in calls_of(item)]
    places = _places(items)
    items.sort(key=lambda item: places[item.path])
    if not config.getoption("--long"):
        config.hook.pytest_deselected(items=[item for item in items if _is_long(item)])
        items[:] = [item for item in items if not _is_long(item)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if OVER_BOTH in marks and OF_SQLITE not in marks and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES, indirect=True)


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is not None


def _places(items: list[pytest.Item]) -> dict[Path, float]:
    """The place of each file among all: lower is earlier.

    The slowest files are first: at the end other processes would wait for them. Those with a
    browser keep the processor busy, those of whole services mostly wait: they run side by side.
    """
    tests = Counter(item.path for item in items)
    browser = {item.path for item in items if item.get_closest_marker("browser")}
    folders = {file: file.relative_to(HERE).parts[0] for file in tests}
    slow = [file for file in tests if folders[file] in SLOW_FOLDERS and file not in browser]
    slow.sort(key=lambda file: SLOW_FOLDERS.index(folders[file]))
    places = dict.fromkeys(tests, float(len(tests)))
    places |= {file: place for place, file in enumerate(slow)}
    for number, file in enumerate(file for file, _ in tests.most_common() if file in browser):
        places[file] = number * WAITING_FILES_BESIDE - 0.5
    return places


@pytest.fixture(autouse=True)
def unmoved_clock() -> Iterator[None]:
    """Fails a test that leaves the clock or the ids of this process ahead or behind.

    Tests that come later in the process would see times of another hour.
    """
    yield
    ids = request_ids._Ids  # noqa: SLF001 - nothing else shows how far ahead the ids are
    right = time.time()
    moved = {
        "clock": clock.now() - right,
        "shown time": clock.wall() - right,
        "ids": max(0.0, ids.last / 1e6 - right),
        "lead of ids": ids.lead / 1e6,
    }
    clock.adopt(right - time.monotonic(), ())
    ids.last, ids.lead = min(ids.last, int(right * 1e6)), 0
    far = {what: seconds for what, seconds in moved.items() if abs(seconds) > UNMOVED_SECONDS}
    assert not far, f"seconds that it leaves behind: {far}"


@pytest.fixture
async def redis_url(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of an empty Redis that is this test's own."""
    async with embedded_redis(tmp_path / "redis") as url:
        yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisConnection]:
    """A connection to look into the Redis of this test."""
    connection = RedisConnection(redis_url)
    yield connection
    connection.close()


@pytest.fixture
async def streams(redis_url: str) -> AsyncIterator[Streams]:
    """The streams and groups, made."""
    streams = Streams(redis_url)
    await streams.ensure_groups()
    yield streams
    await streams.aclose()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for the tests that run over both engines."""
    if programs() is None:
        assert not os.environ.get("FEEDMILL_REQUIRE_POSTGRES"), NO_SERVER
        pytest.skip(NO_SERVER)
    with cluster() as running:
        yield running


@pytest.fixture
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The engine that `open_database` opens: SQLite, but for tests `over_both_engines`."""
    name: str = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    async with postgres(request.getfixturevalue("postgres_cluster")):
        yield name


@pytest.fixture
async def database(tmp_path: Path, engine: str) -> AsyncIterator[Database]:
    """An empty database that is this test's own."""
    assert engine
    async with open_database(tmp_path) as database:
        yield database


@pytest.fixture(scope="session")
def service_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared service keeps its configuration and, in `data`, everything else."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="session")
def data_folder(service_folder: Path) -> Path:
    """The data folder of the shared service."""
    return service_folder / "data"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(service_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    """The real service with simulated generators, shared by all tests of the HTTP API.

    Tests that use it run in the session's loop and give every user a unique name. Nothing
    that any of them sends may leave an error in the log.
    """
    simulated = ("text.generator=simulated", "image.generator=simulated")
    python = MEASURED if request.config.pluginmanager.hasplugin("_cov") else ()
    async with running_service(service_folder, *simulated, python=python) as running:
        yield running
        bad = [event for event in running.log_lines() if event.get("level") == "error"]
        assert not bad, bad
        assert "Traceback" not in "\n".join(running.lines)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(service: Running) -> AsyncIterator[ClientSession]:
    """A client of the shared service."""
    async with ClientSession(service.url) as client:
        yield client
