"""Results that cannot be encoded: they fail like any other attempt, and stop no pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import structlog

from service.generators.protocol import Drawn, GenerationFailed, Job, Say, Written
from service.messages import Failed, TextWanted
from service.request_ids import new_id
from service.store.media import claims
from tests.support.pictures import picture
from tests.support.pipelines import Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import at_once, wait_until

HALF = "\ud83c"
"""Half of a surrogate pair: it has no UTF-8."""

ODD: dict[str, Any] = {
    "half a character in the text": Written(f"a {HALF}", "m"),
    "half a character in the model": Written("a text", HALF),
    "a failure with half a character": GenerationFailed(HALF, retryable=False),
    "its detail with half a character": GenerationFailed("No.", retryable=False, detail=HALF),
}


class Odd(Scripted):
    """Gives one odd answer to prompts that are odd."""

    def __init__(self, answer: Any) -> None:
        super().__init__(self._answer)
        self._odd = answer

    async def _answer(self, job: Job) -> Any:
        if job.prompt != "odd":
            return await write_at_once(job)
        if isinstance(self._odd, Exception):
            raise self._odd
        return self._odd


async def fails_alone(mill: Pipeline) -> None:
    """An odd result fails its request, the next request completes, and nothing is left over."""
    odd, fine = [await mill.submit(prompt) for prompt in ("odd", "fine")]
    failed, completed = await mill.finished(odd, fine)
    assert (failed.status, completed.status) == ("failed", "completed")
    await mill.quiet()


@pytest.mark.parametrize("answer", ODD.values(), ids=list(ODD))
async def test_a_result_that_cannot_be_encoded_is_a_failure(
    tmp_path: Path, redis_url: str, answer: Any
) -> None:
    async with running_pipeline(tmp_path, redis_url, Odd(answer), Scripted()) as mill:
        await fails_alone(mill)
        odd = TextWanted(new_id(), "odd", 7)
        assert isinstance(await mill.pool("text").generate(odd), Failed)


async def test_half_a_character_in_the_missing_words_is_a_failure(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LINGER_SECONDS", 0.0)

    data = picture()

    async def draw(job: Job) -> Any:
        return Drawn(data, "image/png", 1, 1, "m", (HALF,) if job.prompt == "odd" else ())

    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(draw)) as mill:
        odd, fine = [await mill.submit(prompt, "image") for prompt in ("odd", "fine")]
        records = await mill.finished(odd, fine)
        assert [record.status for record in records] == ["failed", "completed"]
        await mill.quiet()
        kept = mill.services.stores.media
        [image] = [picture for shard in range(256) for picture in await kept.in_shard(shard)]
        assert await kept.unclaimed([image]) == [image]


async def test_half_a_character_in_a_piece_of_text_delays_nothing(
    tmp_path: Path, redis_url: str
) -> None:
    ids: list[str] = []

    def is_generating() -> bool:
        views = [at_once(mill.services.stores.requests.view(id_)) for id_ in ids]
        return any(view is not None and view[0] == "generating" for view in views)

    class Talking(Scripted):
        async def generate(self, job: Job, say: Say) -> Any:
            say(HALF)
            await wait_until(is_generating, "there was time for a message about it")
            return await super().generate(job, say)

    with structlog.testing.capture_logs() as log:
        async with running_pipeline(tmp_path, redis_url, Talking(), Scripted()) as mill:
            ids += [await mill.submit(f"a fox {number}") for number in range(2)]
            records = await mill.finished(*ids)
            assert [record.status for record in records] == ["completed", "completed"]
            await mill.quiet()
    assert "actor failed" not in [line["event"] for line in log]
