"""What is noticed of what workers are at, and in which order they take it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from service.actors.workers import progress
from service.actors.workers.attempt import WorkerContext
from service.actors.workers.executor import Executor
from service.actors.workers.progress import Progress, ProgressTimer
from service.messages import Message, Said, TextWanted
from service.store.redis.streams import Delivery
from service.store.sql.requests import Requests
from service.store.sqlite.database import Database
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


async def test_what_is_said_of_a_text_follows_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PACE_SECONDS", 0.0)
    messages: list[Message] = []
    one = Progress(wish(1), messages.append, asyncio.get_running_loop())
    one.notice("text", "w", 60.0, lambda: None)
    text = ""
    for word in range(2000):
        text += f"word {word} "
        one.say(f"word {word} ")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await wait_until(lambda: pieced(messages) == text, "all of it is said")
    one.end()
    said = [message for message in messages if isinstance(message, Said)]
    assert len(said) > 100
    assert len(text) < sum(len(message.text) for message in said) < 3.5 * len(text)
    assert any(message.after == 0 and len(message.text) > 5000 for message in said)


def pieced(messages: list[Message]) -> str:
    text = ""
    for message in messages:
        if isinstance(message, Said):
            text = text[: message.after] + message.text
    return text


async def test_the_whole_text_is_said_again_when_messages_may_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "NOTICEABLE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PACE_SECONDS", 0.0)
    messages: list[Message] = []
    timer = ProgressTimer(lambda _, lasting: lasting.notice("text", "w", 60.0, lambda: None))
    one = timer.begin("w", wish(1), messages.append)
    await wait_until(lambda: messages, "it is noticed")
    for piece in ("a fox ", "runs ", "over "):
        one.say(piece)
        await wait_until(lambda: pieced(messages).endswith(piece), "it is said")  # noqa: B023
    timer.repeat()
    one.say("the hill")
    await wait_until(lambda: pieced(messages).endswith("hill"), "it is said")
    timer.end("w", one)
    said = [(m.after, m.text) for m in messages if isinstance(m, Said)]
    assert said == [
        (0, "a fox "), (6, "runs "), (11, "over "), (0, "a fox runs over the hill"),
    ]  # fmt: skip


async def test_what_came_first_is_owed_first_whatever_it_came_with(database: Database) -> None:
    given = {"kind": "text", "requests": Requests(database), "outage": lambda: 60.0}
    context = type("Context", (), given)()
    crew = Executor(cast("WorkerContext", context), asyncio.Event())

    def delivery(entry: int, priority: Any = "normal") -> Delivery[Any]:
        return Delivery("content:text", f"{entry}-0".encode(), wish(entry, priority))

    crew.enqueue([delivery(9), delivery(10)], in_turn=True)
    crew.enqueue([delivery(8)], in_turn=True)
    crew.enqueue([delivery(12, "high"), delivery(11)], in_turn=True)
    assert [given.message.id for given in crew.waiting] == ["r12", "r8", "r9", "r10", "r11"]
    crew.waiting.clear()
    crew.enqueue([delivery(2), delivery(1)])
    assert [given.message.id for given in crew.waiting] == ["r1", "r2"]
