"""Subscribers see what other processes do, and how the queue in front of them gets shorter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from service.actors.events import poller
from service.subscriptions.requests import Topic
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.waiting import HANGS_SECONDS, wait_until


async def sees(topic: Topic, fact: Callable[[Topic], bool]) -> None:
    """Wait, as a subscriber does, until the fact is true of what the topic shows."""
    async with asyncio.timeout(HANGS_SECONDS):
        while True:
            version = topic.version
            await topic.read()
            if fact(topic):
                return
            await topic.wait_for_news(version, HANGS_SECONDS)


def position(topic: Topic) -> int:
    """The position that a new subscriber of a queued request sees first; 0 if there is none."""
    events = topic.after(0)
    return int(msgspec.json.decode(events[0].data)["position"] or 0) if events else 0


def is_in(topic: Topic, status: str) -> bool:
    log = topic.log()
    return log is not None and log.record.status == status


def is_completed(topic: Topic) -> bool:
    return is_in(topic, "completed")


async def test_subscribers_of_every_process_see_the_end(tmp_path: Path, redis_url: str) -> None:
    gate = Gate()
    here, there = Scripted(gate), Scripted(gate)
    async with (
        running_pipeline(tmp_path, redis_url, here, Scripted(), node="a", alone=False) as first,
        running_pipeline(tmp_path, redis_url, there, Scripted(), node="b", alone=False) as two,
    ):
        id_ = await first.submit("a fox")
        await wait_until(lambda: here.at_work + there.at_work, "it is at work")
        with (
            first.services.subscriptions.subscribe(id_) as topic,
            two.services.subscriptions.subscribe(id_) as other,
        ):
            assert not is_completed(topic)
            assert not is_completed(other)
            gate.open.set()
            await sees(topic, is_completed)
            await sees(other, is_completed)


async def test_a_subscriber_sees_the_queue_get_shorter(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "POLL_SECONDS", 0.01)
    gate = Gate()
    text = Scripted(gate)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), "text.workers=1") as mill:
        await mill.submit_and_start(text, "runs")
        ahead, id_ = [await mill.submit(prompt) for prompt in ("ahead", "last")]
        with mill.services.subscriptions.subscribe(id_) as topic:
            await sees(topic, lambda topic: position(topic) == 2)
            await mill.cancel(ahead)
            await sees(topic, lambda topic: position(topic) == 1)
        gate.open.set()


async def test_a_cancelled_request_is_counted_and_its_subscribers_see_it_without_a_poll(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "POLL_SECONDS", 3600.0)
    gate = Gate()
    text = Scripted(gate)
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        id_ = await mill.submit_and_start(text, "a fox")
        with mill.services.subscriptions.subscribe(id_) as topic:
            assert not is_in(topic, "cancelled")
            await mill.cancel(id_)
            await sees(topic, lambda topic: is_in(topic, "cancelled"))
        assert mill.services.monitor.metrics.finished == {("text", "cancelled"): 1}
        gate.open.set()
