"""Direct calls wait in a short separate queue, ahead of the stream."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.actors.workers.direct_calls import DirectCalls
from service.messages import TextWanted
from service.request_ids import new_id
from tests.support.waiting import HANGS_SECONDS


async def test_a_stop_ends_the_calls_that_wait() -> None:
    context: Any = None  # only used for a refusal
    calls = DirectCalls(context, lambda: None)
    waiting = [
        asyncio.create_task(calls.outcome(TextWanted(new_id(), "a fox", 7), print))
        for _ in range(2)
    ]
    await asyncio.sleep(0)
    assert calls
    calls.close()
    assert not calls
    async with asyncio.timeout(HANGS_SECONDS):
        for task in waiting:
            with pytest.raises(asyncio.CancelledError):
                await task
