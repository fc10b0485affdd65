"""What happens to the hosts of a run, and schedules of it, drawn from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout

from service.store.errors import RedisUnavailable
from tests.chaos.load import Clients
from tests.hosts.network import Host
from tests.hosts.operating import Postgres
from tests.hosts.world import MORE, HostNode, HostsWorld
from tests.support.waiting import eventually, wait_until

NOTICE_SECONDS = 1.0  # until the operator's tool believes that the primary is gone


@dataclass
class Run:
    """A world under load, and what was done to it."""

    world: HostsWorld
    clients: Clients
    chance: random.Random
    seconds: tuple[float, float]
    """How long a fault lasts, at least and at most."""
    done: Counter[str] = field(default_factory=Counter)
    measured: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def pause(self) -> None:
        """The time that a fault lasts."""
        await asyncio.sleep(self.chance.uniform(*self.seconds))

    def node(self) -> HostNode:
        """One of the nodes that are always there."""
        return self.chance.choice([node for node in self.world.nodes if node.host.name != MORE])


# ------------------------------------------------------------------ any host
@contextlib.asynccontextmanager
async def no_cable(host: Host) -> AsyncIterator[None]:
    host.pull_cable()
    try:
        yield
    finally:
        host.plug_cable()


@contextlib.asynccontextmanager
async def rules(host: Host, incoming: str = "", outgoing: str = "") -> AsyncIterator[None]:
    host.filter(incoming, outgoing)
    try:
        yield
    finally:
        host.unfilter()


@contextlib.asynccontextmanager
async def stopped(host: Host) -> AsyncIterator[None]:
    host.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        host.signal(signal.SIGCONT)


# ------------------------------------------------------------------ nodes
async def kill_node(run: Run) -> None:
    node = run.node()
    await node.kill()
    await run.pause()
    await node.start()
    await node.up()


async def rename_node(run: Run) -> None:
    node = run.node()
    await node.kill()
    node.name = run.world.new_name(node.host.name)
    await node.start()
    await node.up()


async def restart_node(run: Run) -> None:
    node = run.node()
    await node.stop()
    await node.start()
    await node.up()


async def kill_leader(run: Run) -> None:
    if (before := await leader(run)) is None:
        return
    await before.kill()
    began = time.monotonic()

    async def another() -> bool:
        return await leader(run) not in {None, before}

    with contextlib.suppress(AssertionError):
        await eventually(another, "another node leads", seconds=20)
        run.measured["another leader after"].append(time.monotonic() - began)
    await before.start()
    await before.up()


async def cut_node(run: Run) -> None:
    async with no_cable(run.node().host):
        await run.pause()


async def stop_node(run: Run) -> None:
    async with stopped(run.node().host):
        await run.pause()


async def deaf_node(run: Run) -> None:
    async with rules(run.node().host, incoming="drop"):
        await run.pause()


async def lossy_node(run: Run) -> None:
    async with rules(run.node().host, incoming="numgen random mod 100 < 30 drop"):
        await run.pause()


async def reset_node(run: Run) -> None:
    reject = "meta l4proto tcp numgen random mod 100 < 5 reject with tcp reset"
    async with rules(run.node().host, incoming=reject):
        await run.pause()


async def scale(run: Run) -> None:
    node = next((node for node in run.world.nodes if node.host.name == MORE), None)
    if node is None:
        node = run.world.add_node(MORE, ("mill", "worker"))
    node.name = run.world.new_name(MORE)
    node.clock.set(run.chance.choice((-5, 5)))
    await node.start()
    await node.up()
    await run.pause()
    node.clock.set(0)
    await run.pause()
    await node.stop()


async def wrong_clock(run: Run) -> None:
    node = run.node()
    node.clock.set(run.chance.choice((-5, 5)))
    await run.pause()
    node.clock.set(0)


async def leader(run: Run) -> HostNode | None:
    """The node that leads, as the others show it."""
    for asked in run.world.served:
        with contextlib.suppress(ClientError, TimeoutError, OSError, KeyError):
            async with (
                ClientSession(timeout=ClientTimeout(1)) as http,
                http.get(f"{asked.url}/status") as answer,
            ):
                nodes = (await answer.json())["nodes"]
            names = {node["name"] for node in nodes if node["leads"]}
            return next((node for node in run.world.nodes if node.name in names), None)
    return None


# ------------------------------------------------------------------ PostgreSQL
async def kill_database(run: Run) -> None:
    run.world.operator.primary.host.signal(signal.SIGKILL)
    await asyncio.sleep(NOTICE_SECONDS)
    await run.world.operator.join(await promoted(run))


async def cut_database(run: Run) -> None:
    async with no_cable(run.world.operator.primary.host):
        await asyncio.sleep(NOTICE_SECONDS)
        old = await promoted(run)
        await run.pause()
        old.host.signal(signal.SIGKILL)  # fenced before it can be reached again
    await run.world.operator.join(old)


async def split_database(run: Run) -> None:
    """The primary is left alone with one node, which still reaches everything else.

    It is ended before another one is promoted, as the watchdog of such a tool does when the lease
    of a primary runs out: it would go on answering this node's reads.
    """
    node, host = run.node().host.address, run.world.operator.primary.host
    async with rules(host, f"ip saddr != {node} drop", f"ip daddr != {node} drop"):
        await run.pause()
        host.signal(signal.SIGKILL)
        old = await promoted(run)
    await run.world.operator.join(old)


async def kill_standby(run: Run) -> None:
    operator = run.world.operator
    server = run.chance.choice([each for each in operator.servers if each is not operator.primary])
    server.host.signal(signal.SIGKILL)
    await run.pause()
    await operator.join(server)


async def stop_database(run: Run) -> None:
    async with stopped(run.world.operator.primary.host):
        await run.pause()


async def slow_database(run: Run) -> None:
    for relay in run.world.relays:
        relay.seconds = run.chance.uniform(0.02, 0.2) / 2
    await run.pause()
    for relay in run.world.relays:
        relay.seconds = 0


async def promoted(run: Run) -> Postgres:
    """Promote a standby, and measure until a request is accepted; returns the old primary."""
    old = await run.world.operator.promote()
    began = time.monotonic()
    with contextlib.suppress(AssertionError):
        await wait_until(lambda: run.clients.silent.last > began, "a 202", seconds=20)
        run.measured["first 202 after a promotion"].append(run.clients.silent.last - began)
    return old


# ------------------------------------------------------------------ Redis
async def kill_redis(run: Run) -> None:
    host = await run.world.redis.primary()
    host.signal(signal.SIGKILL)
    await elected(run, host)
    await run.world.redis.start_host(host)
    await eventually(run.world.redis.settled, "Redis is whole")


async def cut_redis(run: Run) -> None:
    host = await run.world.redis.primary()
    async with no_cable(host):
        await elected(run, host)
        await run.pause()
    await eventually(run.world.redis.settled, "Redis is whole")


async def split_redis(run: Run) -> None:
    """The primary and its Sentinel are left alone with one node."""
    node, host = run.node().host.address, await run.world.redis.primary()
    async with rules(host, f"ip saddr != {node} drop", f"ip daddr != {node} drop"):
        await elected(run, host)
        await run.pause()
    await eventually(run.world.redis.settled, "Redis is whole")


async def stop_redis(run: Run) -> None:
    host = await run.world.redis.primary()
    async with stopped(host):
        await elected(run, host)
    await eventually(run.world.redis.settled, "Redis is whole")


async def flush_redis(run: Run) -> None:
    async def flushed() -> bool:
        with contextlib.suppress(RedisUnavailable):
            await run.world.redis.command("FLUSHALL")
            return True
        return False

    await eventually(flushed, "Redis is flushed")


async def elected(run: Run, before: Host) -> None:
    """Wait until the Sentinels have another primary, and measure until there is a result."""

    async def another() -> bool:
        return await run.world.redis.primary() is not before

    await eventually(another, "another primary of Redis")
    began = time.monotonic()
    with contextlib.suppress(AssertionError):
        await wait_until(lambda: run.clients.stuck.last > began, "a result", seconds=20)
        took = run.clients.stuck.last - began
        run.measured["first result after a new primary of Redis"].append(took)


# ------------------------------------------------------------------ the bucket
async def refusing_bucket(run: Run) -> None:
    run.world.bucket.relay.status = run.chance.choice((0, 500, 503))
    await run.pause()
    run.world.bucket.relay.status = None


async def kill_bucket(run: Run) -> None:
    run.world.bucket.host.signal(signal.SIGKILL)
    await run.pause()
    await run.world.bucket.start_server()
    await eventually(run.world.bucket.answers, "the bucket answers")


async def cut_bucket(run: Run) -> None:
    async with no_cable(run.world.bucket.host):
        await run.pause()


Fault = Callable[[Run], Awaitable[None]]
# Of each group there is one fault at a time: a second one of the same kind would leave no majority.
FAULTS: dict[str, dict[str, Fault]] = {
    "node": {
        "a node's host is killed": kill_node,
        "a node is killed and comes back under another name": rename_node,
        "a node is stopped and started": restart_node,
        "the leader is killed": kill_leader,
        "a node's cable is pulled": cut_node,
        "a node is stopped by SIGSTOP": stop_node,
        "a node receives nothing": deaf_node,
        "a node loses 30 % of what it receives": lossy_node,
        "a node's connections are reset": reset_node,
        "a node's clock is 5 s off": wrong_clock,
    },
    "more": {"a node joins and leaves": scale},
    "database": {
        "the primary of PostgreSQL is killed": kill_database,
        "the primary of PostgreSQL loses its cable": cut_database,
        "the primary of PostgreSQL is left with one node": split_database,
        "a standby of PostgreSQL is killed": kill_standby,
        "the primary of PostgreSQL is stopped by SIGSTOP": stop_database,
        "PostgreSQL is 20 to 200 ms away": slow_database,
    },
    "redis": {
        "the primary of Redis is killed": kill_redis,
        "the primary of Redis loses its cable": cut_redis,
        "the primary of Redis is left with one node": split_redis,
        "the primary of Redis is stopped by SIGSTOP": stop_redis,
        "FLUSHALL": flush_redis,
    },
    "bucket": {
        "the bucket refuses": refusing_bucket,
        "the bucket's host is killed": kill_bucket,
        "the bucket's cable is pulled": cut_bucket,
    },
}


def schedule(chance: random.Random) -> Iterator[tuple[str, str, float]]:
    """Endless faults: group, name and the pause before it. All come before any comes again."""
    while True:
        cards = [(group, name) for group, faults in FAULTS.items() for name in faults]
        chance.shuffle(cards)
        for group, name in cards:
            yield group, name, chance.uniform(0.2, 1.5)
