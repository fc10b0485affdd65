"""What a service loads at its start, and what only with its first use: memory and time."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import ClientSession

from tests.support.running import Running, running_service
from tests.support.waiting import wait_until

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
FOR_THE_API_DOCUMENT = {"service.http.openapi.document", "service.http.openapi.examples"}
FOR_FEEDS = {"numpy", "feedgenerator", "xml"}
FOR_GENERATORS = {"PIL", "resvg_py", "xllamacpp"}
LATE = FOR_FEEDS | FOR_GENERATORS | {"asyncpg", "obstore", "valkey", "redis", "opentelemetry"}
UNCONFIGURED = {"service.generators.openai.embeddings"}
"""Of `[feed.embeddings] base_url`."""
LATE_MODULES = FOR_THE_API_DOCUMENT | {
    "service.ranking.learnt",
    "service.ranking.texts",
    "service.generators.copywriter",
    "service.generators.prompt",
    "importlib.metadata",
}


def loaded(service: Running) -> set[str]:
    """The modules in the log of `-X importtime`."""
    found = (re.search(r"\| +([\w.]+)$", line) for line in service.lines)
    return {match[1] for match in found if match}


def packages(service: Running) -> set[str]:
    return {module.partition(".")[0] for module in loaded(service)}


async def test_what_few_need_is_loaded_with_its_first_use(tmp_path: Path) -> None:
    options = ("-X", "importtime")
    async with running_service(tmp_path, *SIMULATED, python=options) as service:
        assert "structlog" in packages(service)
        assert packages(service) & LATE == set()
        assert loaded(service) & LATE_MODULES == set()
        async with ClientSession(service.url) as http:
            async with http.get("/openapi.json") as answer:
                assert answer.ok
            async with http.get("/feed/authors/1/atom") as answer:
                assert answer.ok
            async with http.get("/feed?user-id=ann&rank=recommended") as answer:
                assert answer.ok
        await wait_until(lambda: packages(service) >= FOR_FEEDS, "they are loaded")
        assert loaded(service) >= FOR_THE_API_DOCUMENT
        assert loaded(service) & UNCONFIGURED == set()
