"""Named models: each is a pool with its own streams, consumers, shares, metrics and positions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.config import WorkerBounds
from service.generators.protocol import Drawn, GenerationFailed, Job
from service.messages import MODEL
from service.store.redis.connection import RedisConnection
from service.stream_groups import group_of
from tests.support.pictures import picture
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.waiting import eventually, wait_until

PICTURE = Drawn(picture(), "image/png", 48, 32, "scripted")


def model(name: str, kind: str = "text", **keys: Any) -> Sequence[str]:
    """The settings of a named model."""
    all_ = {"kind": kind, "generator": "simulated", "backoff": 0, **keys}
    return [f"models.{name}.{key}={value}" for key, value in all_.items()]


async def draw_at_once(_job: Job) -> Drawn:
    return PICTURE


async def on_stream(redis: RedisConnection, count: int) -> None:
    """Wait until the stream of the model `good` has this many entries."""

    async def so_many() -> bool:
        return bool(await redis.one("XLEN", f"{MODEL}good") == count)

    await eventually(so_many, f"{count} entries are on the stream")


async def test_each_model_has_its_streams_consumers_and_results(
    tmp_path: Path, redis_url: str
) -> None:
    text, image, good, flux = Scripted(), Scripted(draw_at_once), Scripted(), Scripted(draw_at_once)
    settings = [*model("good", workers=2), *model("flux", "image")]
    models = {"good": good, "flux": flux}
    async with running_pipeline(tmp_path, redis_url, text, image, *settings, models=models) as mill:
        await mill.consumers_are(f"{MODEL}good", ["here.good-1", "here.good-2"])
        await mill.consumers_are(f"{MODEL}flux:high", ["here.flux-1"])
        plain = await mill.submit("plain")
        named = await mill.submit("named", models={"text": "good"})
        both = await mill.submit("both", "instagram", models={"text": "good", "image": "flux"})
        half = await mill.submit("half", "instagram", models={"image": "flux"})
        records = await mill.finished(plain, named, both, half)
        assert [record.status for record in records] == ["completed"] * 4
        assert sorted(text.prompts) == ["half", "plain"]
        assert sorted(good.prompts) == ["both", "named"]
        assert sorted(flux.prompts) == ["both", "half"]
        assert not image.prompts
        pools = {part.kind: (part.origin or {}).get("pool") for part in records[3].parts}
        assert pools == {"text": None, "image": "flux"}
        admission, metrics = mill.services.admission, mill.services.monitor.metrics
        names = ("text", "image", "good", "flux")
        await wait_until(lambda: not any(admission[pool] for pool in names), "all places are free")
        assert sum(metrics.times["good"].service.counts) == 2
        assert sum(metrics.times["image"].service.counts) == 0


async def test_what_waits_for_a_model_comes_back_to_it(tmp_path: Path, redis_url: str) -> None:
    """After FLUSHALL, after a restart, and in the order of acceptance."""
    gate, text = Gate(), Scripted()
    good = Scripted(gate)
    redis = RedisConnection(redis_url)
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), *model("good"), models={"good": good}
    ) as mill:
        await mill.submit("0", models={"text": "good"})
        await wait_until(lambda: good.at_work == 1, "the first one is generated")
        ids = [await mill.submit(str(number), models={"text": "good"}) for number in range(1, 6)]
        await on_stream(redis, 6)
        await redis.one("FLUSHALL")
        gate.open.set()
        await mill.finished(*ids)
        assert [int(prompt) for prompt in dict.fromkeys(good.prompts)] == [*range(6)]
        gate.open.clear()
        kept = [await mill.submit(f"kept {number}", models={"text": "good"}) for number in range(3)]
        mill.pool("good").abandon()
    await redis.one("FLUSHALL")
    redis.close()
    after = Scripted()
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), *model("good"), models={"good": after}
    ) as mill:
        await mill.finished(*kept)
    assert sorted(after.prompts) == ["kept 0", "kept 1", "kept 2"]
    assert not text.prompts


async def test_a_retry_stays_with_its_model(tmp_path: Path, redis_url: str) -> None:
    async def fail_once(job: Job) -> Any:
        if len(good.jobs) == 1:
            raise GenerationFailed("Not now.", retryable=True)
        return await Scripted().behaviour(job)

    text, good = Scripted(), Scripted(fail_once)
    settings = model("good", attempts=2)
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), *settings, models={"good": good}
    ) as mill:
        [record] = await mill.finished(await mill.submit("a fox", models={"text": "good"}))
        assert (record.status, record.parts[0].attempts) == ("completed", 2)
        metrics = mill.services.monitor.metrics
        assert (metrics.retries["good"], metrics.retries["text"]) == (1, 0)
    assert not text.prompts


async def test_positions_are_those_of_the_model(tmp_path: Path, redis_url: str) -> None:
    gate = Gate()
    text, good = Scripted(gate), Scripted(gate)
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), *model("good"), models={"good": good}
    ) as mill:
        ids = [await mill.submit("plain") for _ in range(5)]
        await mill.submit_and_start(good, "first", models={"text": "good"})
        later = await mill.submit("later", models={"text": "good"})
        positions = mill.services.positions
        [place] = await positions.positions_of([mill.record(later).waiting])
        assert place.position <= 1  # whether or not the first one is known to run
        mill.pool("text").resize(WorkerBounds(0))
        [there, here] = await positions.positions_of(
            [mill.record(later).waiting, mill.record(ids[-1]).waiting]
        )
        assert (there.paused, here.paused) == (False, True)
        ages = await mill.services.stores.requests.ages(of_models=True)
        assert {pool for pool, age in ages.items() if age.waiting is not None} == {"text", "good"}
        loads = await mill.services.stores.requests.backlog()
        assert (loads["text"].parts, loads["good"].parts, loads["image"].parts) == (5, 2, 0)
        gate.open.set()


async def test_clients_share_a_model(tmp_path: Path, redis_url: str) -> None:
    """The index beside the stream is that of the model, and its bell wakes its workers."""
    gate = Gate()

    async def take_a_while(job: Job) -> Any:
        # as a model does: of jobs that take less than 1 ms a worker fetches sixteen at a time
        await asyncio.sleep(0.005)
        return await gate(job)

    good = Scripted(take_a_while)
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *model("good"), models={"good": good}
    ) as mill:
        choice: Any = {"models": {"text": "good"}}
        await mill.submit_and_start(good, "first", user="ann", **choice)
        ann = [await mill.submit(f"ann {number}", user="ann", **choice) for number in range(4)]
        bob = await mill.submit("bob", user="bob", **choice)
        redis = RedisConnection(redis_url)
        await on_stream(redis, 6)
        assert await redis.one("EXISTS", f"fair:{MODEL}good")
        redis.close()
        gate.open.set()
        await mill.finished(*ann, bob)
        assert good.prompts.index("bob") <= 2  # before most of what waits of the other client
        await mill.quiet()


def test_the_group_of_a_model_is_named_after_it() -> None:
    assert group_of("content:model:flux.1:high") == "flux.1-workers"
    assert group_of("content:model:high") == "high-workers"
    assert group_of("content:text:high") == "text-workers"
