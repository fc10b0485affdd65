"""The memory and time that the fair order costs Redis with very many clients."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from service.messages import PRIORITIES, REQUESTS, TEXT, Accepted, stream_of
from service.store.redis.connection import RedisConnection
from service.store.redis.fair import fair_queue
from service.store.redis.fair.fair_queue import TakeRules
from service.store.redis.server.embedded import embedded_redis
from service.store.redis.streams import Delivery, Streams, entries, read_new

STREAMS = [stream_of(TEXT, priority) for priority in PRIORITIES]
CLIENTS = 10_000
JOBS = 100_000
BATCH = 200
TAKES = 1000
PROMPT = "A rainy morning in Lisbon with a cup of coffee"
SEED = 2**52


class Memory(NamedTuple):
    """Bytes of Redis with one client and with many, and microseconds of CPU for a take."""

    one: int
    many: int
    take_us: float


async def memory(folder: Path) -> Memory:
    """The same requests, of one client and of many."""
    large = [f"{number:045x}" for number in range(JOBS)]
    small = [f"{number:045x}" for number in range(JOBS, JOBS + CLIENTS)]
    used, take_us = {}, 0.0
    for label in ("one", "many"):
        async with embedded_redis(folder / f"redis {label}") as url:
            redis, streams = RedisConnection(url), Streams(url)
            await streams.ensure_groups()
            await redis.call(*fair_queue.LOAD)
            empty = await _used(streams)
            await _dispatch(redis, streams, dict.fromkeys(large, "address:192.0.2.1"))
            await _dispatch(
                redis,
                streams,
                {
                    id_: f"user:client-{number}" if label == "many" else "address:192.0.2.1"
                    for number, id_ in enumerate(small)
                },
            )
            used[label] = await _used(streams) - empty
            if label == "many":
                take_us = await _takes(redis, streams)
            redis.close()
            await streams.aclose()
    return Memory(used["one"], used["many"], take_us)


async def _used(streams: Streams) -> int:
    return int((await streams.info())["used_memory"])


async def _dispatch(redis: RedisConnection, streams: Streams, clients: dict[str, str]) -> None:
    ids = list(clients)
    for first in range(0, len(ids), BATCH):
        await streams.add(
            [
                Accepted(id_, "text", PROMPT, SEED, ("text",), client=clients[id_])
                for id_ in ids[first : first + BATCH]
            ]
        )
        read = entries(await redis.one(*read_new(REQUESTS, "dispatcher", count=BATCH)))
        jobs = [
            item.message.wanted("text")
            for item in read
            if isinstance(item, Delivery) and isinstance(item.message, Accepted)
        ]
        await redis.call(fair_queue.dispatch(read, jobs))


async def _takes(redis: RedisConnection, streams: Streams) -> float:
    """Microseconds of CPU that Redis needs for a take of four workers."""
    names = [f"worker-{number}" for number in range(4)]
    command = fair_queue.take(STREAMS, names, 1, TakeRules(0.1, 0.1))
    before = await _cpu_seconds(streams)
    for _ in range(TAKES):
        fair_queue.taken(STREAMS, await redis.one(*command))
    return (await _cpu_seconds(streams) - before) / TAKES * 1_000_000


async def _cpu_seconds(streams: Streams) -> float:
    info = await streams.info()
    return sum(float(info[f"used_cpu_{kind}_main_thread"]) for kind in ("user", "sys"))
