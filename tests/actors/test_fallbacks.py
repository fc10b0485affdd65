"""Fallback: what a model cannot do goes on with the next one, and the events say so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from service.actors.workers.failures.mover import Mover
from service.generators.protocol import GenerationFailed, Job
from service.messages import Tag
from service.store.redis.connection import RedisConnection
from service.store.sql.requests.requests import Requests
from tests.actors.test_models import draw_at_once, model
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline
from tests.support.waiting import at_once, eventually, wait_until

GOOD: Any = {"models": {"text": "good"}}


async def fail(_job: Job) -> Any:
    raise GenerationFailed("Not now.", retryable=True)


async def refuse(_job: Job) -> Any:
    raise GenerationFailed("It is not allowed.", retryable=False)


async def be_away(_job: Job) -> Any:
    raise GenerationFailed("It does not answer.", retryable=True, cause="away")


def events(mill: Pipeline, id_: str) -> list[tuple[str, dict[str, Any]]]:
    log = at_once(mill.services.stores.events.log(id_))
    assert log is not None
    return [(event.name, json.loads(event.data)) for event in log.events]


def made_by(record: Any) -> list[str]:
    return [(part.origin or {}).get("pool", part.kind) for part in record.parts]


async def test_without_a_fallback_a_paused_model_keeps_its_jobs(
    tmp_path: Path, redis_url: str
) -> None:
    good = Scripted()
    settings = [*model("good"), *model("other")]
    models = {"good": good, "other": Scripted()}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        await mill.services.stores.pool_pauses.pause("good")
        await mill.pool("good").check_pause()
        id_ = await mill.submit("waits", **GOOD)
        await mill.finished(await mill.submit("goes"))
        assert mill.record(id_).status == "queued"
        await mill.services.stores.pool_pauses.resume("good")
        await mill.pool("good").check_pause()
        [record] = await mill.finished(id_)
        assert made_by(record) == ["good"]


async def test_jobs_of_a_paused_model_go_on_with_the_next(tmp_path: Path, redis_url: str) -> None:
    gate = Gate()
    good, other = Scripted(gate), Scripted()
    settings = [*model("good", fallback='["other"]'), *model("other")]
    models = {"good": good, "other": other}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        running = await mill.submit_and_start(good, "running", **GOOD)
        waiting = [await mill.submit(f"waiting {n}", **GOOD) for n in range(20)]
        await mill.services.stores.pool_pauses.pause("good")
        await mill.pool("good").check_pause()
        later = await mill.submit("later", **GOOD)
        records = await mill.finished(*waiting, later)
        assert {tuple(made_by(record)) for record in records} == {("other",)}
        assert {record.request.text_model for record in records} == {"good"}
        assert other.prompts == [*(f"waiting {n}" for n in range(20)), "later"]
        names = [name for name, _ in events(mill, later)]
        assert names == ["fallback", "started", "text.delta", "completed"]
        assert events(mill, later)[0][1] == {
            "part": "text",
            "attempt": 1,
            "from": "good",
            "model": "other",
            "reason": "The good workers are paused.",
        }
        gate.open.set()
        [record] = await mill.finished(running)
        assert made_by(record) == ["good"]
        admission = mill.services.admission
        assert [admission[name] for name in ("text", "good", "other")] == [0, 0, 0]
        assert mill.services.monitor.metrics.fallbacks["good"] == 21
        await mill.quiet()


async def test_a_job_whose_attempts_failed_goes_on_with_a_new_series(
    tmp_path: Path, redis_url: str
) -> None:
    good, other = Scripted(fail), Scripted(fail)
    settings = [
        *model("good", attempts=2, fallback='["other", "text"]'),
        *model("other", attempts=3),
    ]
    text = Scripted()
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), *settings, models={"good": good, "other": other}
    ) as mill:
        id_ = await mill.submit("a fox", **GOOD)
        [record] = await mill.finished(id_)
        assert (record.status, made_by(record), record.parts[0].attempts) == (
            "completed", ["text"], 6,
        )  # fmt: skip
        assert [len(each.jobs) for each in (good, other, text)] == [2, 3, 1]
        moves = [data for name, data in events(mill, id_) if name == "fallback"]
        assert [(data["from"], data["model"], data["attempt"]) for data in moves] == [
            ("good", "other", 3),
            ("other", "text", 6),
        ]
        assert {data["reason"] for data in moves} == {"Not now."}


async def test_what_no_model_can_do_fails(tmp_path: Path, redis_url: str) -> None:
    good, other = Scripted(fail), Scripted(fail)
    settings = [*model("good", attempts=1, fallback='["other"]'), *model("other", attempts=1)]
    models = {"good": good, "other": other}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        [record] = await mill.finished(await mill.submit("a fox", **GOOD))
        assert (record.status, made_by(record)) == ("failed", ["other"])
        # a redrive begins with the wanted one again
        good.behaviour = other.behaviour = Scripted().behaviour
        await mill.redrive(record.request.id)
        [record] = await mill.finished(record.request.id)
        assert (record.status, made_by(record)) == ("completed", ["good"])


async def test_a_final_failure_stays_one(tmp_path: Path, redis_url: str) -> None:
    other = Scripted()
    settings = [*model("good", fallback='["other"]'), *model("other")]
    models = {"good": Scripted(refuse), "other": other}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        [record] = await mill.finished(await mill.submit("a fox", **GOOD))
        assert (record.status, record.error) == ("failed", "text: It is not allowed.")
    assert not other.jobs


async def test_a_model_that_is_away_loses_nothing(tmp_path: Path, redis_url: str) -> None:
    """It is tried from time to time, and gets its requests back when it is there again."""
    good, other = Scripted(be_away), Scripted()
    settings = [*model("good", workers=2, fallback='["other"]'), *model("other", workers=2)]
    async with running_pipeline(
        tmp_path,
        redis_url,
        Scripted(),
        Scripted(),
        *settings,
        models={"good": good, "other": other},
    ) as mill:
        ids = [await mill.submit(str(n), **GOOD) for n in range(30)]
        records = await mill.finished(*ids)
        assert {record.status for record in records} == {"completed"}
        assert {tuple(made_by(record)) for record in records} == {("other",)}
        good.behaviour = Scripted().behaviour

        async def is_good_again() -> bool:
            [record] = await mill.finished(await mill.submit("again", **GOOD))
            return made_by(record) == ["good"]

        await eventually(is_good_again, "it goes on with the model itself")


async def test_jobs_that_cannot_move_are_read_once(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: Counter[str] = Counter()
    looks = Counter[int]()
    record, move_on = Requests.record, Mover.move_on

    async def counted(self: Requests, id_: str) -> Any:
        reads[id_] += 1
        return await record(self, id_)

    async def seen(self: Mover) -> None:
        await move_on(self)
        looks[len(self._executor.jobs)] += 1

    monkeypatch.setattr(Mover, "move_on", seen)
    settings = [*model("good", fallback='["other"]'), *model("other")]
    models = {"good": Scripted(), "other": Scripted()}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        for name in ("good", "other"):
            await mill.services.stores.pool_pauses.pause(name)
            await mill.pool(name).check_pause()
        with monkeypatch.context() as patch:
            patch.setattr(Requests, "record", counted)
            ids = [await mill.submit(f"waits {n}", **GOOD) for n in range(10)]
            await wait_until(lambda: looks[len(ids)] > 2, "all are held, and were looked at")
            assert reads == dict.fromkeys(ids, 1)
        await mill.services.stores.pool_pauses.resume("other")
        await mill.pool("other").check_pause()
        assert {tuple(made_by(record)) for record in await mill.finished(*ids)} == {("other",)}


async def test_out_of_budget(tmp_path: Path, redis_url: str) -> None:
    settings = [*model("good", requests_per_minute=2, fallback='["text"]')]
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models={"good": Scripted()}
    ) as mill:
        ids = [await mill.submit(str(n), **GOOD) for n in range(5)]
        records = await mill.finished(*ids)
        assert sorted(name for record in records for name in made_by(record)) == [
            "good", "good", "text", "text", "text",
        ]  # fmt: skip
        reasons = {
            d["reason"] for id_ in ids for name, d in events(mill, id_) if name == "fallback"
        }
        assert reasons == {"The budget of 2 requests a minute is used up."}


async def test_the_first_that_can_work_is_taken_and_what_moved_survives_a_flush(
    tmp_path: Path, redis_url: str
) -> None:
    gate = Gate()
    last = Scripted(gate)
    settings = [
        *model("good", fallback='["other"]'),
        *model("other", workers=0, fallback='["last"]'),
        *model("last"),
    ]
    models = {"good": Scripted(), "other": Scripted(), "last": last}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        await mill.services.stores.pool_pauses.pause("good")
        await mill.pool("good").check_pause()
        ids = [await mill.submit(str(n), **GOOD) for n in range(4)]
        await wait_until(lambda: mill.services.admission["last"] == 4, "they wait for the last")
        [place] = await mill.services.positions.positions_of([mill.record(ids[-1]).waiting])
        assert not place.paused
        redis = RedisConnection(redis_url)
        await redis.one("FLUSHALL")
        redis.close()
        gate.open.set()
        records = await mill.finished(*ids)
        assert {tuple(made_by(record)) for record in records} == {("last",)}
        assert not models["other"].jobs


@pytest.mark.parametrize("tag", ["image", "instagram"])
async def test_the_kinds_have_fallbacks_as_well(tmp_path: Path, redis_url: str, tag: Tag) -> None:
    flux = Scripted(draw_at_once)
    settings = ['image.fallback=["flux"]', "image.attempts=1", *model("flux", "image")]
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(fail), *settings, models={"flux": flux}
    ) as mill:
        [record] = await mill.finished(await mill.submit("a fox", tag))
        assert record.status == "completed"
        assert made_by(record)[0 if tag == "image" else -1] in {"flux", "text"}
        assert len(flux.jobs) == 1


async def test_one_is_killed_and_one_paused_under_load_and_nothing_is_lost(
    tmp_path: Path, redis_url: str
) -> None:
    """Three text models and two picture models; Redis is lost on the way as well."""
    good, draft, flux = Scripted(), Scripted(), Scripted(draw_at_once)
    settings = [
        "text.workers=2",
        *model("good", workers=2, fallback='["draft", "text"]'),
        *model("draft", workers=2, fallback='["text"]'),
        *model("flux", "image", workers=2, fallback='["image"]'),
    ]
    models = {"good": good, "draft": draft, "flux": flux}
    plan: list[tuple[Tag, Any]] = [
        ("text", {}),
        ("text", {"text": "good"}),
        ("text", {"text": "draft"}),
        ("image", {"image": "flux"}),
        ("instagram", {"text": "good", "image": "flux"}),
    ]
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(draw_at_once), *settings, models=models
    ) as mill:
        ids = []
        for number in range(150):
            tag, wanted = plan[number % len(plan)]
            ids.append(await mill.submit(str(number), tag, models=wanted))
            if number == 40:  # the server of two models dies
                good.behaviour = flux.behaviour = be_away
            if number == 70:
                await mill.services.stores.pool_pauses.pause("draft")
                await mill.pool("draft").check_pause()
            if number == 100:
                redis = RedisConnection(redis_url)
                await redis.one("FLUSHALL")
                redis.close()
        records = await mill.finished(*ids)
        assert {record.status for record in records} == {"completed"}
        assert len({record.request.id for record in records}) == 150
        late = [record for record in records[110:] if record.request.tag == "instagram"]
        assert {tuple(made_by(record)) for record in late} == {("image", "text")}
        loads = await mill.services.stores.requests.backlog()
        assert {load.parts for load in loads.values()} == {0}
        await mill.quiet()


async def test_a_fallback_that_cannot_do_what_is_asked_is_passed_over(
    tmp_path: Path, redis_url: str
) -> None:
    good, able = Scripted(fail), Scripted()
    good.abilities = able.abilities = frozenset({"stop", "seed"})  # type: ignore[attr-defined] # what a plug-in may declare
    settings = [
        *model("good", attempts=1, fallback='["plain", "able"]'),
        *model("plain"),
        *model("able"),
    ]
    models = {"good": good, "plain": Scripted(), "able": able}
    chat: Any = {"chat": json.dumps({"stop": ["."], "top_p": 1})}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        failed, free = await mill.submit("a", options=chat, **GOOD), await mill.submit("b", **GOOD)
        records = await mill.finished(failed, free)
        assert [made_by(record) for record in records] == [["able"], ["plain"]]
        await mill.services.stores.pool_pauses.pause("good")
        await mill.pool("good").check_pause()
        paused = await mill.submit("c", options=chat, **GOOD)
        [record] = await mill.finished(paused)
        assert made_by(record) == ["able"]
        reasons = [
            data["reason"]
            for id_ in (failed, free, paused)
            for name, data in events(mill, id_)
            if name == "fallback"
        ]
        passed = "plain is passed over: its generator does not honour stop."
        assert reasons == [
            f"Not now. {passed}",
            "Not now.",
            f"The good workers are paused. {passed}",
        ]


async def test_a_job_that_its_generator_cannot_do_any_more_fails_with_a_sentence(
    tmp_path: Path, redis_url: str
) -> None:
    text = Scripted()
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        id_ = await mill.submit("a", options={"chat": '{"stop": ["."]}'})
        [record] = await mill.finished(id_)
        assert (record.status, record.error) == (
            "failed",
            "text: The generator local does not honour stop.",
        )
        assert not text.jobs


async def test_a_part_that_is_on_a_stream_twice_moves_once(tmp_path: Path, redis_url: str) -> None:
    """Messages are delivered at least once: the queues count each part once all the same."""
    settings = [*model("good", fallback='["other"]'), *model("other", fallback='["text"]')]
    models = {"good": Scripted(), "other": Scripted()}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, models=models
    ) as mill:
        pauses = mill.services.stores.pool_pauses
        for name in ("good", "other", "text"):
            await pauses.pause(name)
            await mill.pool(name).check_pause()
        ids = [await mill.submit(f"waiting {n}", **GOOD) for n in range(5)]
        for id_ in ids:
            for message in await mill.services.stores.requests.unfinished_parts(id_):
                await mill.services.stores.streams.add([message.wanted("text")] * 3)
        await pauses.resume("other")
        await mill.pool("other").check_pause()
        records = await mill.finished(*ids)
        assert {tuple(made_by(record)) for record in records} == {("other",)}
        await mill.quiet()
        admission = mill.services.admission
        assert {name: admission[name] for name in ("text", "good", "other")} == {
            "text": 0,
            "good": 0,
            "other": 0,
        }
        for id_ in ids:
            assert [name for name, _ in events(mill, id_)].count("fallback") == 1
        assert mill.services.monitor.metrics.fallbacks["good"] == 5
