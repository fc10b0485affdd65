"""What results use is counted once for each day, key and model, in the commit that stores them."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.generators.protocol import Drawn, GenerationFailed, Job, Written
from service.messages import Generated, Origin
from service.store.sql.keys import usage as module
from service.store.sql.keys.usage import KEPT_DAYS, Usage, UsageQuery, UsageRow, today
from tests.support.pictures import picture
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.waiting import wait_until

PRICES = (
    'text.prices={"m" = {input = 1000000, output = 2000000}}',
    'image.prices={"p" = {each = 0.25}}',
)


async def counted(job: Job) -> Written:
    return Written(job.prompt, "m", 1, 2)


async def drawn(_: Job) -> Drawn:
    return Drawn(picture(), "image/png", 1, 1, model="p")


async def rows(usage: Usage) -> list[UsageRow]:
    everything = UsageQuery(0, 10**6)
    return await usage.page(everything, (-1, "", ""), 100, "")


async def of(mill: Pipeline) -> dict[tuple[str, str], tuple[object, ...]]:
    """What each key has used of each model today; instant generations take no seconds."""
    found = await rows(mill.services.stores.usage)
    assert all(row.day == today() and row.seconds >= 0 for row in found)
    return {(row.owner, row.model): (*row[3:7], row.cost) for row in found}


async def test_tokens_pictures_and_cost_are_counted_by_key_and_model(
    tmp_path: Path, redis_url: str
) -> None:
    draft = Scripted(counted)
    settings = (*PRICES, "models.draft.kind=text", "models.draft.generator=simulated")
    async with running_pipeline(
        tmp_path, redis_url, Scripted(counted), Scripted(drawn), *settings, models={"draft": draft}
    ) as mill:
        await mill.finished(
            *[await mill.submit(f"a {number}", owner="ann") for number in range(3)],
            await mill.submit("b", "instagram", owner="bob"),
            await mill.submit("c", "image"),
            await mill.submit("d", owner="ann", models={"text": "draft"}),
        )
        assert await of(mill) == {
            ("ann", "text"): (3, 3, 6, 0, 15.0),
            ("ann", "draft"): (1, 1, 2, 0, None),
            ("bob", "text"): (1, 1, 2, 0, 5.0),
            ("bob", "image"): (1, 0, 0, 1, 0.25),
            ("", "image"): (1, 0, 0, 1, 0.25),
        }
        used = mill.services.monitor.metrics.used
        await wait_until(lambda: sum(used["prompt_tokens"].values()) == 5, "all texts count")
        await wait_until(lambda: used["pictures"]["image"] == 2, "all pictures count")
        assert used["prompt_tokens"] == {"text": 4, "draft": 1}
        assert used["completion_tokens"] == {"text": 8, "draft": 2}
        assert used["pictures"] == {"image": 2}
        assert used["cost"] == {"text": 20.0, "image": 0.5}
    async with running_pipeline(
        tmp_path, redis_url, Scripted(counted), Scripted(drawn), *PRICES
    ) as mill:
        await mill.finished(await mill.submit("later", owner="ann"))
        assert (await of(mill))["ann", "text"] == (4, 4, 8, 0, 20.0)


@pytest.mark.parametrize("tag", ["text", "instagram"])
async def test_a_result_counts_once(tmp_path: Path, redis_url: str, tag: str) -> None:
    failures = iter([GenerationFailed("Again.", retryable=True)])

    async def once_failing(job: Job) -> Written:
        for failure in failures:
            raise failure
        return await counted(job)

    text = Scripted(once_failing)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(drawn), *PRICES) as mill:
        id_ = await mill.submit("a", "instagram" if tag == "instagram" else "text", owner="ann")
        await mill.finished(id_)
        origin = Origin("g", "w", 1.0, 1.0, "m", 7, 1, 2)
        again = Generated(id_, "text", 2, origin, text="t", sole=tag == "text")
        settled = await mill.services.stores.requests.settle([again, again], [None, None])
        assert not settled.parts
        assert (await of(mill))["ann", "text"] == (1, 1, 2, 0, 5.0)


async def test_old_days_are_forgotten(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_pipeline(tmp_path, redis_url, Scripted(counted), Scripted()) as mill:
        usage, now = mill.services.stores.usage, today()
        await mill.finished(await mill.submit("a"))
        monkeypatch.setattr(module, "today", lambda: now + KEPT_DAYS)
        await usage.expire()
        assert len(await rows(usage)) == 1
        monkeypatch.setattr(module, "today", lambda: now + KEPT_DAYS + 1)
        await usage.expire()
        assert await rows(usage) == []
