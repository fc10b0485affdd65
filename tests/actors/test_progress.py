"""What is noticed of what workers are at, and in which order they take it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from service.actors.workers.attempt import WorkerContext
from service.actors.workers.executor import Executor
from service.actors.workers.progress import Progress, ProgressTimer
from service.messages import Message, TextWanted
from service.store.redis.streams import Delivery
from tests.support.waiting import wait_until


def wish(number: int, priority: Any = "normal") -> TextWanted:
    return TextWanted(f"r{number}", "a fox", 7, priority=priority)


async def test_only_what_lasts_is_noticed() -> None:
    noticed: list[str] = []
    told: list[Message] = []

    def notice(worker: str, telling: Progress) -> None:
        noticed.append(worker)
        telling.notice("text", worker, 60.0, lambda: None)

    timer = ProgressTimer(notice)
    short = timer.begin("one", wish(1), told.append)
    long = timer.begin("two", wish(2), told.append)
    timer.end("one", short)
    later = timer.begin("one", wish(3), told.append)
    await wait_until(lambda: len(noticed) == 2, "both that last are noticed")
    assert noticed == ["two", "one"]
    assert [message.id for message in told] == ["r2", "r3"]
    for worker, telling in (("two", long), ("one", later)):
        timer.end(worker, telling)


async def test_what_came_first_is_owed_first_whatever_it_came_with() -> None:
    crew = Executor(cast("WorkerContext", type("Bench", (), {"kind": "text"})()), asyncio.Event())

    def delivery(entry: int, priority: Any = "normal") -> Delivery[Any]:
        return Delivery("content:text", f"{entry}-0".encode(), wish(entry, priority))

    crew.owe([delivery(9), delivery(10)], in_turn=True)
    crew.owe([delivery(8)], in_turn=True)
    crew.owe([delivery(12, "high"), delivery(11)], in_turn=True)
    assert [given.message.id for given in crew.owed] == ["r12", "r8", "r9", "r10", "r11"]
    crew.owed.clear()
    crew.owe([delivery(2), delivery(1)])
    assert [given.message.id for given in crew.owed] == ["r1", "r2"]
