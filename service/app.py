"""The service as a whole: opens resources in order, starts the actors, and stops in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import structlog

from service import __version__
from service.config import Config, Model
from service.generators import catalogue, custom
from service.generators.closing import close
from service.generators.elsewhere import Elsewhere
from service.generators.protocol import CannotStart
from service.http.app import application
from service.http.guards.access import OpenToNetwork, refuse_unauthenticated_bind
from service.http.server.server import Server, bind
from service.http.services import Ready
from service.local_models.discovery import Discovery
from service.messages import KINDS
from service.pipeline import Process, pipeline
from service.process import systemd
from service.process.shutdown import Shutdown
from service.store.data_folder import NODES, FolderInUse, claimed, names_after
from service.store.database import Database
from service.store.engines import open_database
from service.store.errors import DatabaseUnavailable, MediaUnavailable, NodeRefused
from service.store.media.opening import open_media
from service.store.private_files import make_private, use_temporary_folder
from service.store.redis.addresses import how_to_inspect
from service.store.redis.server.embedded import CannotStartRedis, embedded_redis
from service.store.redis.server.external import external_redis
from service.store.redis.server.memory import memory_for
from service.store.redis.streams import Streams
from service.store.sql.keys.api_keys import ApiKeys
from service.store.sql.requests.request_records import Load
from service.store.stores import Stores
from service.telemetry.tracing import tracer
from service.webhooks import signing
from service.webhooks.signing import NoSecret

log = structlog.get_logger()

SECRET_FILE = "webhook-secret"  # noqa: S105 - in the data folder, if no secret is configured

MIN_READY_PAUSE_SECONDS = 0.005
MAX_READY_PAUSE_SECONDS = 0.5

CANNOT_START = (
    FolderInUse,
    CannotStartRedis,
    CannotStart,
    DatabaseUnavailable,
    MediaUnavailable,
    NodeRefused,
    NoSecret,
    OpenToNetwork,
    OSError,
)
"""What `serve` raises when it cannot start; each message is a sentence for users."""


async def serve(config: Config, reread: Callable[[], Config]) -> None:
    """Run the service until SIGINT or SIGTERM; a second one stops it at once.

    Raises one of CANNOT_START.
    """
    shutdown = Shutdown()
    embedded = config.redis.url == "embedded"
    folder = config.data_dir
    open_generator = _generator if "worker" in config.service.roles else _elsewhere
    async with contextlib.AsyncExitStack() as stack:
        traced = stack.enter_context(tracer(__version__))
        node = stack.enter_context(claimed(folder, alone=embedded, node=config.service.node))
        make_private(folder)
        use_temporary_folder(folder)
        await refuse_unauthenticated_bind(config, lambda: _any_key(config))
        discovery = await stack.enter_async_context(Discovery(wanted=config.service.discover))
        keys = signing.keys(config.webhooks.secrets, os.environ, folder / SECRET_FILE)
        address = stack.enter_context(bind(config.http.host, config.http.port))
        opened = await shutdown.unless_requested(
            _open_all(
                stack,
                embedded_redis(folder / "redis", max_memory=_redis_memory(config))
                if embedded
                else external_redis(config.redis.url),
                open_database(config),
                *(open_generator(config.models[kind], folder) for kind in KINDS),
            )
        )
        if opened is None:
            log.info("stopped")
            return
        url, database, *generators = opened
        _log_durability(database)
        names = [node] if config.service.node else names_after(node)
        may_lead = "mill" in config.service.roles
        seat = await stack.enter_async_context(
            database.seat(names, may_lead=may_lead, alone=embedded)
        )
        node = seat.name
        stores = Stores.over(
            database,
            Streams(url),
            open_media(config.media, folder / "media", node),
            config.feed,
            alone=embedded,
        )
        if seat.is_shared:
            await stores.nodes.check(node, alone=embedded)
        if database.is_remote and not config.webhooks.secrets:
            keys = [await _common_key(stores, keys[0])]
        process = Process(
            config,
            reread,
            dict(zip(KINDS, generators, strict=True)),
            lambda model: open_generator(model, folder),
            seat,
            config.service.roles,
            folder / NODES,
            shutdown,
            keys,
            traced,
            discovery,
        )
        async with pipeline(process, stores) as services:
            server = Server(application(services))
            base = await server.start(address)
            try:
                if await _until_ready(services.not_at_work, shutdown):
                    inspect = how_to_inspect(url)
                    where = {"url": base, "redis": inspect, "data": str(folder), "node": node}
                    log.info("ready", **where, **discovery.fields())
                    systemd.notify("READY=1")  # before all else, which may fill the queue
                    await stack.enter_async_context(systemd.watchdog())
                await shutdown.requested.wait()
            finally:
                log.info("stopping")
                systemd.notify("STOPPING=1")
                await shutdown.unless_forced(server.stop(shutdown.left(config.service.drain)))
                if shutdown.forced.is_set():
                    await server.stop(0)
    log.info("stopped")


def _log_durability(database: Database) -> None:
    if (durability := database.durability) is not None:
        log.info("database", engine=database.engine, **durability.settings)
        if durability.warning:
            log.warning("commits are not replicated", consequence=durability.warning)


async def _any_key(config: Config) -> bool:
    async with open_database(config) as database:
        return await ApiKeys(database).any()


async def _common_key(stores: Stores, own: bytes) -> bytes:
    """The key of the first node that had to make one. Raises NoSecret."""
    secret = await stores.shared_values.kept("webhook secret", signing.written(own))
    try:
        return signing.key_in(secret)
    except ValueError:
        raise NoSecret("The database holds no webhook secret in `shared_values`.") from None


def _redis_memory(config: Config) -> int:
    """Bytes the embedded Redis may use: as configured, or what full queues and feeds need."""
    pools = [model.pool for model in config.models.values()]
    queues = [Load(pool.max_queued, pool.max_queued_bytes) for pool in pools]
    return config.redis.max_memory or memory_for(queues)


async def _open_all(stack: contextlib.AsyncExitStack, *contexts: Any) -> list[Any]:
    """Open independent contexts concurrently; raises the first error."""
    opened = await asyncio.gather(
        *(stack.enter_async_context(context) for context in contexts), return_exceptions=True
    )
    for result in opened:
        if isinstance(result, BaseException):
            raise result
    return opened


@contextlib.asynccontextmanager
async def _elsewhere(model: Model, home: Path) -> AsyncIterator[Any]:
    """In the place of a generator, where there are no workers."""
    table, name = catalogue.OF_KIND[model.kind], model.pool.generator
    yield Elsewhere(model.kind, table[name](model.settings, home) if name in table else None)


@contextlib.asynccontextmanager
async def _generator(model: Model, home: Path) -> AsyncIterator[Any]:
    table, name = catalogue.OF_KIND[model.kind], model.pool.generator
    if name in table:
        opening: Any = table[name](model.settings, home)
    else:
        opening = custom.Custom(model.kind, name, model.settings or custom.NoSettings(), home)
    generator = await opening.__aenter__()
    try:
        yield generator
    finally:
        await close(opening, f"{model.kind}.generator {name}")


async def _until_ready(missing: Ready, shutdown: Shutdown) -> bool:
    """Wait until everything is at work; False if a stop is requested before."""
    logged: list[str] = []
    began = time.monotonic()
    while not shutdown.requested.is_set():
        waiting_for = await missing()
        if not waiting_for:
            return not shutdown.requested.is_set()
        elapsed = time.monotonic() - began
        if list(waiting_for) != logged and elapsed > 1:
            logged = list(waiting_for)
            log.info("starting", waiting_for=waiting_for)
        # rarer the longer it lasts: Redis may be away for hours
        pause = min(max(MIN_READY_PAUSE_SECONDS, elapsed / 50), MAX_READY_PAUSE_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(shutdown.requested.wait(), pause)
    return False
