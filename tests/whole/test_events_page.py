"""docs/events.md shows the events that really come."""

from __future__ import annotations

import json
import re
from pathlib import Path

from aiohttp import ClientSession

from tests.support.running import HOME, running_service
from tests.support.streaming import StreamedEvent, followed

PAGE = (HOME / "docs" / "events.md").read_text()
BLOCK = re.compile(r"^id: (\d+)\nevent: (\S+)\ndata: (.*)\n$", re.MULTILINE)


def shapes(events: list[StreamedEvent]) -> dict[str, list[str]]:
    """The fields of each event, by its name."""
    return {event.name: list(event.data) for event in events}


async def test_the_log_in_the_page_is_a_real_log(tmp_path: Path) -> None:
    shown = [StreamedEvent(id_, name, json.loads(data)) for id_, name, data in BLOCK.findall(PAGE)]
    slow = ("text.generator=simulated", "image.generator=simulated", "text.simulated.delay=0.5")
    async with running_service(tmp_path, *slow) as running, ClientSession(running.url) as http:
        submission = {"prompt": "Rain in Lisbon", "tag": "instagram"}
        async with http.post("/content", json=submission) as answer:
            id_ = (await answer.json())["RequestId"]
        events = await followed(http, f"/content/{id_}/events?after=0")
    assert shapes(shown) == shapes(events)
    assert [int(event.id) for event in shown] == sorted({int(event.id) for event in shown})
    assert shown[0].id == str(1_000_000 - shown[0].data["position"])
    text = "".join(event.data["text"] for event in shown if event.name == "text.delta")
    assert text == shown[-1].data["text"]
