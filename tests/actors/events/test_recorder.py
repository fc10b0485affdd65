"""The event recorder stores events as they happen, so that their numbers never change."""

from __future__ import annotations

from pathlib import Path

from service.generators.protocol import Drawn, Job
from tests.support.pictures import picture
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.waiting import at_once, wait_until


async def draw(job: Job) -> Drawn:
    del job
    return Drawn(picture(), "image/png", 48, 32, "scripted")


async def test_the_event_of_a_finished_part_keeps_its_number(
    tmp_path: Path, redis_url: str
) -> None:
    gate = Gate()
    async with running_pipeline(
        tmp_path, redis_url, Scripted(gate), Scripted(draw), "text.workers=1"
    ) as mill:
        in_front = await mill.submit("a text in front")
        id_ = await mill.submit("a post", "instagram")

        def numbers() -> list[int]:
            log = at_once(mill.services.stores.events.log(id_))
            return [event.seq for event in log.events if event.name == "image.ready"] if log else []

        await wait_until(numbers, "its picture is ready, its text waits")
        before = numbers()
        gate.open.set()
        await mill.finished(in_front, id_)
        assert numbers() == before
