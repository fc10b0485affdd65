"""Texts that streams show while a worker of the same process writes them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from service.actors.workers import progress
from service.actors.workers.progress import ProgressTimer
from service.generators.protocol import Job, Say, Written
from service.messages import Message, TextPiece, TextWanted
from service.subscriptions.live_text import LiveText
from tests.support.pipelines import Scripted, running_pipeline
from tests.support.waiting import HANGS_SECONDS, wait_until


class Hesitant(Scripted):
    """Says half of its text, and the rest when the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def generate(self, job: Job, say: Say) -> Any:
        del job
        say("half ")
        await self.gate.wait()
        say("of it")
        return Written("half of it", "scripted")


async def test_a_stream_has_a_token_before_it_is_in_the_log(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "NOTICEABLE_SECONDS", HANGS_SECONDS)
    text = Hesitant()
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        id_ = await mill.submit("a fox")
        with mill.services.subscriptions.subscribe(id_) as topic:
            await wait_until(lambda: topic.live.text == "half ", "it is shown")
            assert mill.record(id_).status == "queued"
            text.gate.set()
            [record] = await mill.finished(id_)
    assert record.parts[0].text == topic.live.text == "half of it"


async def test_what_grows_within_the_pace_is_one_change() -> None:
    live = LiveText()
    live.grow("a", 0.0)
    await live.wait_for_news(0, HANGS_SECONDS)
    for text in ("a b", "a b c"):
        live.grow(text, HANGS_SECONDS)
    assert (live.version, live.text) == (1, "a b c")
    live.close()


async def test_many_texts_are_logged_in_larger_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "NOTICEABLE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PACE_SECONDS_OF_EACH", HANGS_SECONDS)
    messages: list[Message] = []
    timer = ProgressTimer(lambda _, one: one.notice("text", "w", HANGS_SECONDS, lambda: None))
    one = timer.begin("w", TextWanted("r1", "a fox", 7), messages.append)
    one.say("a fox ")
    await wait_until(lambda: messages, "it is noticed")
    for _ in range(100):
        one.say("runs ")
        await asyncio.sleep(0)
    timer.end("w", one)
    assert [message.text for message in messages if isinstance(message, TextPiece)] == ["a fox "]
