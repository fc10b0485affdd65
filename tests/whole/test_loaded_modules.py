"""What a service loads at its start, and what only with its first use: memory and time."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import ClientSession

from tests.support.running import Running, running_service
from tests.support.waiting import wait_until

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
LATE = {"numpy", "feedgenerator", "xml", "PIL", "resvg_py", "xllamacpp", "opentelemetry"}


def loaded(service: Running) -> set[str]:
    """The packages in the log of `-X importtime`."""
    found = (re.search(r"\| +([\w.]+)$", line) for line in service.lines)
    return {match[1].partition(".")[0] for match in found if match}


async def test_what_few_need_is_loaded_with_its_first_use(tmp_path: Path) -> None:
    options = ("-X", "importtime")
    async with running_service(tmp_path, *SIMULATED, python=options) as service:
        async with ClientSession(service.url) as http:
            assert "structlog" in loaded(service)
            assert LATE & loaded(service) == set()
            async with http.get("/feed/authors/1/atom") as answer:
                assert answer.ok
            async with http.get("/feed?user-id=ann&rank=recommended") as answer:
                assert answer.ok
        await wait_until(
            lambda: {"numpy", "feedgenerator", "xml"} <= loaded(service), "they are loaded"
        )
