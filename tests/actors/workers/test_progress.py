"""Progress messages of running generations, and the order in which workers take jobs."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from service.actors.workers import progress
from service.actors.workers.attempt import WorkerContext
from service.actors.workers.job_queue import JobQueue
from service.actors.workers.progress import Progress, ProgressTimer
from service.generators.protocol import Stage
from service.messages import Message, StageReached, TextPiece, TextWanted
from service.store.database import Database
from service.store.redis.streams import Delivery
from service.store.sql.requests.requests import Requests
from tests.support.waiting import wait_until


def wanted(number: int, priority: Any = "normal") -> TextWanted:
    return TextWanted(f"r{number}", "a fox", 7, priority=priority)


async def test_only_noticeably_long_generations_send_messages() -> None:
    noticed: list[str] = []
    messages: list[Message] = []

    def notice(worker: str, lasting: Progress) -> None:
        noticed.append(worker)
        lasting.notice("text", worker, 60.0, lambda: None)

    timer = ProgressTimer(notice)
    short = timer.begin("one", wanted(1), messages.append)
    long = timer.begin("two", wanted(2), messages.append)
    timer.end("one", short)
    later = timer.begin("one", wanted(3), messages.append)
    await wait_until(lambda: len(noticed) == 2, "the two long ones are noticed")
    assert noticed == ["two", "one"]
    assert [message.id for message in messages] == ["r2", "r3"]
    for worker, lasting in (("two", long), ("one", later)):
        timer.end(worker, lasting)


async def test_messages_about_a_text_are_in_proportion_to_its_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "PACE_SECONDS", 0.0)
    messages: list[Message] = []
    growing = Progress(wanted(1), messages.append, asyncio.get_running_loop())
    growing.notice("text", "w", 60.0, lambda: None)
    text = ""
    for word in range(2000):
        text += f"word {word} "
        growing.say(f"word {word} ")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await wait_until(lambda: joined(messages) == text, "all of it is sent")
    growing.end()
    pieces = [message for message in messages if isinstance(message, TextPiece)]
    assert len(pieces) > 100
    assert len(text) < sum(len(message.text) for message in pieces) < 3.5 * len(text)
    assert any(message.after == 0 and len(message.text) > 5000 for message in pieces)


async def test_text_within_the_pace_waits_for_one_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "PACE_SECONDS", 3600.0)
    messages: list[Message] = []
    growing = Progress(wanted(1), messages.append, asyncio.get_running_loop())
    growing.say("before it is noticed. ")
    growing.notice("text", "w", 60.0, lambda: None)
    for word in range(100):
        growing.say(f"word {word} ")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    growing.end()
    pieces = [message.text for message in messages if isinstance(message, TextPiece)]
    assert pieces == ["before it is noticed. "]


def joined(messages: list[Message]) -> str:
    text = ""
    for message in messages:
        if isinstance(message, TextPiece):
            text = text[: message.after] + message.text
    return text


async def test_the_whole_text_is_sent_again_when_messages_may_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "NOTICEABLE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PACE_SECONDS", 0.0)
    messages: list[Message] = []
    timer = ProgressTimer(lambda _, lasting: lasting.notice("text", "w", 60.0, lambda: None))
    growing = timer.begin("w", wanted(1), messages.append)
    await wait_until(lambda: messages, "it is noticed")
    for piece in ("a fox ", "runs ", "over "):
        growing.say(piece)
        await wait_until(lambda: joined(messages).endswith(piece), "it is sent")  # noqa: B023
    timer.repeat()
    growing.say("the hill")
    await wait_until(lambda: joined(messages).endswith("hill"), "it is sent")
    timer.end("w", growing)
    pieces = [(m.after, m.text) for m in messages if isinstance(m, TextPiece)]
    assert pieces == [
        (0, "a fox "), (6, "runs "), (11, "over "), (0, "a fox runs over the hill"),
    ]  # fmt: skip


async def test_waiting_deliveries_are_sorted_by_priority_and_entry(database: Database) -> None:
    context = type("Context", (), {"kind": "text", "requests": Requests(database)})()
    jobs = JobQueue(cast("WorkerContext", context), lambda _: None, lambda: None)

    def delivery(entry: int, priority: Any = "normal") -> Delivery[Any]:
        return Delivery("content:text", f"{entry}-0".encode(), wanted(entry, priority))

    jobs.add([delivery(9), delivery(10)], in_turn=True)
    jobs.add([delivery(8)], in_turn=True)
    jobs.add([delivery(12, "high"), delivery(11)], in_turn=True)
    assert [delivery.message.id for delivery in jobs] == ["r12", "r8", "r9", "r10", "r11"]
    jobs.clear()
    jobs.add([delivery(2), delivery(1)])
    assert [delivery.message.id for delivery in jobs] == ["r1", "r2"]


async def test_stages_within_the_pace_are_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "STAGE_PACE_SECONDS", 3600.0)
    messages: list[Message] = []
    drawing = Progress(wanted(1), messages.append, asyncio.get_running_loop())
    drawing.report(Stage(position=2))
    drawing.notice("image", "w", 60.0, lambda: None)
    for step in range(100):
        drawing.report(Stage(step=step, steps=100))
    drawing.end()
    stages = [message.stage for message in messages if isinstance(message, StageReached)]
    assert stages == [Stage(position=2)]
