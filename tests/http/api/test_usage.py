"""`GET /usage`, `usage` of a record, and the metrics: what was used, and who may see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support import api_keys
from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """
[text]
generator = "simulated"
prices = { simulated = { each = 0.5 } }
[image]
generator = "simulated"
[models.good]
kind = "text"
generator = "simulated"
"""
Headers = dict[str, str]


class Service:
    """A service with keys, each of which has used something."""

    def __init__(self, folder: Path) -> None:
        self.http: Any = None
        self._database = folder / "data" / "feedmill.db"
        self.admin = self.key("root", "content", "admin")
        self.ann = self.key("ann", "content")
        self.bob = self.key("bob", "content")

    def key(self, name: str, *scopes: Any) -> Headers:
        return {"Authorization": f"Bearer {api_keys.create(self._database, name, scopes)}"}

    async def get(self, path: str, key: Headers) -> tuple[int, Any]:
        async with self.http.get(path, headers=key) as answer:
            return answer.status, await answer.json(content_type=None)

    async def made(self, key: Headers, **fields: Any) -> Any:
        """The record of a request with these fields."""
        async with self.http.post("/content", json={"prompt": "p"} | fields, headers=key) as answer:
            id_ = (await answer.json())["RequestId"]
        _, record = await self.get(f"/content/{id_}?wait=30", key)
        assert record["status"] == "completed"
        return record


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("usage")
    (folder / "config.toml").write_text(CONFIG)
    service = Service(folder)
    async with running_service(folder) as running, ClientSession(running.url) as service.http:
        record = await service.made(service.ann, tag="instagram")
        assert record["parts"]["text"]["cost"] == 0.5
        assert record["parts"]["image"]["cost"] is None
        seconds = sum(part["seconds"] for part in record["parts"].values())
        assert record["usage"] == {
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "pictures": 1,
            "seconds": pytest.approx(seconds, abs=1e-3),
            "cost": 0.5,
        }
        await service.made(service.ann, tag="text")
        await service.made(service.bob, tag="text", model="good")
        yield service


def shown(report: Any) -> list[tuple[Any, ...]]:
    return [
        (row["key"], row["model"], row["requests"], row["pictures"], row["cost"])
        for row in report["usage"]
    ]


ANN = [("ann", "image", 1, 1, None), ("ann", "text", 2, 0, 1.0)]
BOB = [("bob", "good", 1, 0, None)]


async def test_an_admin_sees_all_keys(service: Service) -> None:
    status, report = await service.get("/usage", service.admin)
    assert (status, shown(report), report["next"]) == (200, ANN + BOB, None)
    assert {row["day"] for row in report["usage"]} == {datetime.now(UTC).date().isoformat()}
    total = report["total"]
    assert (total["pictures"], total["cost"]) == (1, 1.0)
    assert total["seconds"] == pytest.approx(sum(row["seconds"] for row in report["usage"]))


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("key=ann", ANN),
        ("key=bob", BOB),
        ("key=nobody", []),
        ("model=text", ANN[1:]),
        ("key=bob&model=text", []),
        ("since={today}", ANN + BOB),
        ("until={today}", []),
        ("since={today}&until={tomorrow}", ANN + BOB),
        ("since={tomorrow}", []),
        ("since=0", ANN + BOB),
    ],
)
async def test_filters(service: Service, query: str, rows: list[Any]) -> None:
    now = datetime.now(UTC).date()
    query = query.format(today=now, tomorrow=now + timedelta(days=1))
    status, report = await service.get(f"/usage?{query}", service.admin)
    assert (status, shown(report)) == (200, rows)


async def test_a_key_sees_its_own_alone(service: Service) -> None:
    for query in ("", "?key=ann"):
        _, report = await service.get(f"/usage{query}", service.ann)
        assert shown(report) == ANN
    assert (await service.get("/usage?key=bob", service.ann))[0] == 403
    assert (await service.get("/usage", service.key("reader", "feed")))[0] == 403
    assert (await service.get("/usage", {}))[0] == 401


async def test_pages(service: Service) -> None:
    found, query = [], "limit=2"
    for _ in range(2):
        _, report = await service.get(f"/usage?{query}", service.admin)
        assert report["total"]["cost"] == 1.0
        found += shown(report)
        query = f"limit=2&cursor={report['next']}"
    assert (found, report["next"]) == (ANN + BOB, None)


@pytest.mark.parametrize(
    "query", ["since=soon", "limit=0", "limit=1001", "cursor=x", "key=", "model=", "day=1"]
)
async def test_bad_input_is_refused(service: Service, query: str) -> None:
    status, problem = await service.get(f"/usage?{query}", service.admin)
    assert (status, problem["type"]) == (400, "/problems#invalid-request")
    assert problem["errors"][0]["name"] == query.partition("=")[0]


async def test_metrics_count_by_model(service: Service) -> None:
    async with service.http.get("/metrics", headers=service.admin) as answer:
        lines = (await answer.text()).splitlines()
    assert 'feedmill_used_cost_total{kind="text"} 1.0' in lines
    assert 'feedmill_used_pictures_total{kind="image"} 1.0' in lines
    [seconds] = [
        line
        for line in lines
        if line.startswith('feedmill_used_seconds_total{kind="text",model="good"}')
    ]
    assert float(seconds.split()[1]) >= 0
