"""Edits of named models that fail, or cross each other: no request waits without a pool."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Self

import pytest

from service.generators.protocol import CannotStart
from service.messages import Failed, Generated, TextWanted
from tests.actors.test_models import model
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline
from tests.support.waiting import wait_until

GOOD: Any = {"models": {"text": "good"}}
GRACE = "queue.removed_model_grace=0.2"
REMOVED = "The model good was removed from the configuration."


class Starting(Scripted):
    """A generator whose next starts wait for `starts`, and fail while there is a `reason`."""

    def __init__(self) -> None:
        super().__init__()
        self.starts = asyncio.Event()
        self.starts.set()
        self.reason = ""
        self.begun = 0  # how many starts have begun
        self.ended = 0  # how many are over

    async def __aenter__(self) -> Self:
        self.begun += 1
        await self.starts.wait()
        self.ended += 1
        if self.reason:
            raise CannotStart(self.reason)
        return self


async def applied(mill: Pipeline, *settings: str) -> None:
    """Edit the configuration, and wait until it is in force."""
    mill.edit(*settings)
    named = mill.configs[-1].named
    await wait_until(lambda: mill.services.config().named == named, "it is in force")


async def test_a_model_goes_on_as_it_was_if_an_edit_cannot_start(
    tmp_path: Path, redis_url: str
) -> None:
    good = Starting()
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *model("good"), models={"good": good}
    ) as mill:
        good.reason = "Told not to."
        await applied(mill, *model("good", delay=1))
        await wait_until(lambda: good.ended == 2, "it was tried")
        [record] = await mill.finished(await mill.submit("meantime", **GOOD))
        assert record.status == "completed"
        good.reason = ""
        await applied(mill, *model("good"))
        [record] = await mill.finished(await mill.submit("after", **GOOD))
        assert record.status == "completed"
        assert good.prompts == ["meantime", "after"]
        outcome = await mill.services.generate["good"](TextWanted("id", "direct", 1, model="good"))
        assert isinstance(outcome, Generated)


async def test_a_new_model_that_cannot_start_has_its_fallback(
    tmp_path: Path, redis_url: str
) -> None:
    text, good, other = Scripted(), Starting(), Starting()
    good.reason = other.reason = "Told not to."
    models = {"good": good, "other": other}
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), GRACE, models=models
    ) as mill:
        other_keys = model("other", fallback='["text"]')
        await applied(mill, GRACE, *model("good"), *other_keys)
        id_ = await mill.submit("moves", models={"text": "other"})
        [record] = await mill.finished(id_)
        assert (record.status, text.prompts) == ("completed", ["moves"])
        waits = await mill.submit("waits", **GOOD)
        await wait_until(lambda: mill.pool("good").in_flight == 1, "it is in the pool")
        assert mill.pool("good").trouble == "Told not to."
        assert mill.record(waits).status != "failed"
        good.reason = ""
        await applied(mill, GRACE, *model("good", attempts=2), *other_keys)
        [record] = await mill.finished(waits)
        assert record.status == "completed"


async def test_a_start_that_fails_after_the_model_was_removed_leaves_no_pool(
    tmp_path: Path, redis_url: str
) -> None:
    good = Starting()
    good.reason = "Told not to."
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), GRACE, models={"good": good}
    ) as mill:
        good.starts.clear()
        await applied(mill, GRACE, *model("good"))
        await wait_until(lambda: good.begun == 1, "it starts")
        id_ = await mill.submit("waits", **GOOD)
        await applied(mill, GRACE)
        good.starts.set()
        [record] = await mill.finished(id_)
        assert (record.status, record.parts[0].error) == ("failed", REMOVED)
        await wait_until(lambda: "good" not in mill.services.monitor.pools, "it is forgotten")


@pytest.mark.parametrize("back", [True, False])
async def test_an_edit_while_the_old_pool_ends_wins(
    tmp_path: Path, redis_url: str, *, back: bool
) -> None:
    """The old keys come back, or the model is removed, while the last job of the old pool runs."""
    good, gate = Starting(), Gate()
    good.behaviour = gate
    before = [GRACE, *model("good", workers=1)]
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *before, models={"good": good}
    ) as mill:
        running = await mill.submit_and_start(good, "runs", **GOOD)
        await applied(mill, GRACE, *model("good", delay=1))
        await wait_until(lambda: good.ended == 2, "the new one is open")
        old = mill.pool("good")
        await applied(mill, *(before if back else [GRACE]))
        gate.open.set()
        await mill.finished(running)
        if back:
            await wait_until(lambda: good.ended == 3, "it is opened with the old keys")
            await wait_until(lambda: mill.pool("good") is not old, "it has a new pool")
            [record] = await mill.finished(await mill.submit("after", **GOOD))
            assert record.status == "completed"
        else:
            await wait_until(lambda: "good" not in mill.services.monitor.pools, "it is forgotten")


async def test_what_waits_for_a_model_that_cannot_start_fails(
    tmp_path: Path, redis_url: str
) -> None:
    good = Starting()
    good.reason = "Told not to."
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), models={"good": good}
    ) as mill:
        await applied(mill, *model("good", outage=0.2))
        await wait_until(lambda: "good" in mill.services.monitor.pools, "it has a pool")
        outcome = await mill.services.generate["good"](TextWanted("id", "direct", 1, model="good"))
        assert isinstance(outcome, Failed)
        assert (outcome.reason, outcome.retryable) == ("Told not to.", True)
        [record] = await mill.finished(await mill.submit("waits", **GOOD))
        assert record.status == "failed"
        assert (record.parts[0].error or "").startswith("Told not to. It was tried for")
