"""Another primary: every accepted request ends once, whatever the failover lost."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from service.actors import relay
from service.actors.maintenance import primary_watch
from service.messages import TEXT
from service.store.errors import RedisUnavailable
from service.store.redis.server.embedded import CannotStartRedis
from service.store.redis.server.external import external_redis
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline
from tests.support.sentinels import LINKS, NAME, SentinelWorld, Server, sentinel_world
from tests.support.waiting import eventually, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SentinelWorld]:
    """Servers and Sentinels for all tests of this module; each leaves them settled."""
    async with sentinel_world(tmp_path_factory.mktemp("sentinels") / "world") as world:
        yield world


@contextlib.asynccontextmanager
async def submitting(mill: Pipeline) -> AsyncIterator[list[str]]:
    """Submit one request after another while the context lasts; yields their ids."""
    ids: list[str] = []
    enough = asyncio.Event()

    async def submit() -> None:
        while not enough.is_set():
            ids.append(await mill.submit(f"prompt {len(ids)}", user="ann", publish=True))
            await asyncio.sleep(0.02)  # the rate: some fifty a second

    task = asyncio.create_task(submit())
    try:
        yield ids
    finally:
        enough.set()
        await task


async def ended_once(*mills: Pipeline, ids: list[str]) -> None:
    """Wait until all of these are completed; each is counted and posted once."""
    records = await mills[0].finished(*ids)
    assert {record.status for record in records} == {"completed"}
    for mill in mills:
        await mill.quiet()
    counted = sum(
        count for mill in mills for count in mill.services.monitor.metrics.finished.values()
    )
    assert counted == len(ids)
    posts = await mills[0].database.all("SELECT id FROM posts")
    assert sorted(id_ for (id_,) in posts) == sorted(ids)


async def test_everything_accepted_ends_once_over_failovers(
    tmp_path: Path, world: SentinelWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "YOUNG_SECONDS", 0.3)
    monkeypatch.setattr(primary_watch, "LOOK_SECONDS", 0.2)
    text = Scripted()
    async with running_pipeline(tmp_path, world.url, text, Scripted(), alone=False) as mill:
        async with submitting(mill) as ids:
            await wait_until(lambda: len(text.jobs) > 20, "they are generated")

            async def goes_on(before: Server) -> None:
                """Wait until there is another primary, and a request is accepted and finished."""
                await world.failed_over(before)
                latest = len(ids)
                await wait_until(lambda: len(ids) > latest, "one is accepted after it")
                await mill.finished(ids[latest])

            primary = await world.primary()
            primary.signal(signal.SIGSTOP)
            await goes_on(primary)
            primary.signal(signal.SIGCONT)
            await world.settled()  # it is a replica now

            primary = await world.primary()
            await world.fail_over(primary)
            await goes_on(primary)
            await world.settled()

            primary = await world.primary()
            await primary.kill()
            await goes_on(primary)
        await ended_once(mill, ids=ids)
    await primary.start()
    await world.settled()


async def test_a_process_beside_a_primary_that_is_cut_off_notices_nothing(
    tmp_path: Path, world: SentinelWorld
) -> None:
    # It reaches the old primary, and no Sentinel. Another process does the same work on the side of
    # the new primary.
    near, far = Scripted(), Scripted()
    gate = Gate()
    primary, witness = await world.primary(), world.sentinels[2]
    here, there = world.url_of(witness.port), world.url_of(world.sentinels[0].port)
    async with running_pipeline(
        tmp_path, here, near, Scripted(), "text.workers=1", node="a", alone=False
    ) as cut_off:
        ids = [await cut_off.submit(f"early {n}", user="ann", publish=True) for n in range(5)]
        await cut_off.finished(*ids)
        witness.signal(signal.SIGSTOP)
        # else it would notice soon: without replicas its primary accepts nothing
        await primary.call("CONFIG", "SET", "min-replicas-to-write", 0)
        await primary.call("ACL", "SETUSER", LINKS, "off")
        await primary.call("CLIENT", "KILL", "USER", LINKS)
        await world.failed_over(primary)
        late = [await cut_off.submit(f"late {n}", user="ann", publish=True) for n in range(20)]
        await cut_off.finished(*late)
        assert "late 19" in near.prompts
        near.behaviour = gate
        held = [await cut_off.submit(f"held {n}", user="ann", publish=True) for n in range(5)]
        await wait_until(lambda: near.at_work, "it works on one")
        ids += [*late, *held]
        async with running_pipeline(
            tmp_path, there, far, Scripted(), node="b", alone=False
        ) as other:
            await other.finished(*held)  # put back on the new primary, where they never were
            gate.open.set()
            await primary.call("ACL", "SETUSER", LINKS, "on")
            witness.signal(signal.SIGCONT)
            await world.settled()
            await eventually(lambda: set_again(primary), "it is a replica with the setting")
            healed = [
                await cut_off.submit(f"healed {n}", user="ann", publish=True) for n in range(5)
            ]
            ids += healed
            await ended_once(other, cut_off, ids=ids)


async def test_what_goes_unnoticed_is_found_every_thirty_seconds(
    tmp_path: Path, world: SentinelWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 0.3)  # also if a check takes long
    monkeypatch.setattr(relay, "RECHECK_PAUSE_FACTOR", 1e9)
    monkeypatch.setattr(relay, "YOUNG_SECONDS", 0.3)
    text, gate = Scripted(), Gate()
    text.behaviour = gate
    async with running_pipeline(
        tmp_path, world.url, text, Scripted(), "text.workers=1", alone=False
    ) as mill:
        ids = [await mill.submit_and_start(text, "at work", user="ann", publish=True)]
        ids.append(await mill.submit("lost", user="ann", publish=True))
        primary = await world.primary()
        await wait_for_length(primary, TEXT, 2)
        # another process acknowledges an entry of this id, which a primary that was cut off gave
        [*_, (entry, _)] = await primary.call("XRANGE", TEXT, "-", "+")
        await primary.call("XDEL", TEXT, entry.decode())
        gate.open.set()
        await ended_once(mill, ids=ids)


async def set_again(server: Server) -> bool:
    """Restore its setting; the Sentinels have closed the connection to it."""
    with contextlib.suppress(RedisUnavailable):
        return bool(await server.call("CONFIG", "SET", "min-replicas-to-write", 1))
    return False


async def wait_for_length(server: Server, stream: str, length: int) -> None:
    async def is_long() -> bool:
        return bool(await server.call("XLEN", stream) >= length)

    await eventually(is_long, f"{length} entries on {stream}")


async def test_a_name_that_no_sentinel_knows_stops_the_start(world: SentinelWorld) -> None:
    with pytest.raises(CannotStartRedis, match="No such master with that name"):
        async with external_redis(world.url.replace(f"/{NAME}", "/another")):
            pass


async def test_a_wrong_password_of_sentinels_stops_the_start(world: SentinelWorld) -> None:
    with pytest.raises(CannotStartRedis, match="WRONGPASS"):
        async with external_redis(world.url.partition("?")[0] + "?sentinel_password=wrong"):
            pass
