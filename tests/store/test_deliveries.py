"""The outbox of webhooks: lanes, leases, and the cost of its queries."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.store.database import Database
from service.store.sql.requests.requests import Requests
from service.store.sql.statements import Write
from service.store.sql.webhooks import deliveries as module
from service.store.sql.webhooks.deliveries import Deliveries, DeliveryOutcome, NewDelivery
from service.store.sql.webhooks.delivery_history import DeliveryHistory
from service.store.sqlite import migrations
from tests.store.test_requests import request

pytestmark = pytest.mark.over_both_engines


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    return Deliveries(database)


async def stored(database: Database, url: str, **fields: Any) -> str:
    """Store a ready delivery of a request with these fields; returns the request's id."""
    new = msgspec.structs.replace(request(), **{"user_id": None, "webhook": url} | fields)
    await Requests(database).accept(new)
    await Deliveries(database).store([NewDelivery(new.id, 1, url, "{}", 1.0)])
    return new.id


async def lanes(database: Database) -> dict[str, str]:
    return dict(await database.all("SELECT url, lane FROM endpoints WHERE ready_at IS NOT NULL"))


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"owner": "mobile"}, "key mobile\x1f\x1f"),
        ({"owner": "mobile", "user_id": "ann"}, "key mobile\x1fann\x1f"),
        ({"owner": "mobile", "user_id": "a\x1fb"}, "key mobile\x1fa b\x1f"),
        ({"client": "192.0.2.7", "user_id": "ann"}, "address 192.0.2.7\x1fann\x1f"),
        ({}, "\x1f\x1f"),
    ],
)
async def test_a_lane_names_the_client_and_the_user(
    database: Database, fields: dict[str, Any], owner: str
) -> None:
    await stored(database, "http://host/a", **fields)
    assert await lanes(database) == {"http://host/a": f"{owner}host"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://host", "host"),
        ("http://host/", "host"),
        ("https://host:8443/a/b?c=/d", "host:8443"),
        ("https://host?x=/y", "host"),
        ("http://[2606:4700::1]:80/x", "[2606:4700::1]:80"),
    ],
)
async def test_a_lane_ends_with_the_host(database: Database, url: str, host: str) -> None:
    await stored(database, url)
    assert await lanes(database) == {url: f"\x1f\x1f{host}"}


async def test_the_lane_is_that_of_the_next_delivery(
    database: Database, deliveries: Deliveries
) -> None:
    url = "http://host/a"
    await stored(database, url, owner="first")
    await stored(database, url, owner="second")
    assert await lanes(database) == {url: "key first\x1f\x1fhost"}
    [claimed] = await deliveries.claim([url], "here", 60.0)
    assert await lanes(database) == {}
    await deliveries.settle(claimed, DeliveryOutcome(1.0, 0.1, 200, None, "delivered", failures=0))
    assert await lanes(database) == {url: "key second\x1f\x1fhost"}


async def test_a_url_that_waits_for_room_keeps_its_place(
    database: Database, deliveries: Deliveries
) -> None:
    urls = [f"http://host/{n}" for n in range(3)]
    for url in urls:
        await stored(database, url)
    await stored(database, urls[0])  # one more for the first
    assert await deliveries.ready_urls("\x1f\x1fhost", 2) == urls[:2]


async def test_a_url_is_claimed_once_until_its_lease_ends(
    database: Database, deliveries: Deliveries
) -> None:
    url = "http://host/a"
    await stored(database, url)
    assert len(await deliveries.claim([url], "here", 60.0)) == 1
    assert await deliveries.claim([url], "there", 60.0) == []
    due = await deliveries.next_due()
    assert due is not None
    assert due > time.time()
    await deliveries.mark_due(due)
    assert len(await deliveries.claim([url], "there", 60.0)) == 1


async def test_urls_left_to_messages_by_an_older_version_become_ready(
    database: Database, deliveries: Deliveries
) -> None:
    url, other = "http://host/a", "http://host/b"
    await stored(database, url)
    older = "UPDATE endpoints SET ready_at = NULL, lane = ''"
    await database.write(Write("older", "", (older,)), [()])
    assert not await deliveries.unmarked([other])
    assert await deliveries.unmarked([other, url])
    await deliveries.adopt()
    assert await lanes(database) == {url: "\x1f\x1fhost"}
    assert not await deliveries.unmarked([url])


def test_listing_ready_urls_reads_no_more_rows_than_it_returns(tmp_path: Path) -> None:
    migrations.migrate(tmp_path / "feedmill.db")
    queries = {
        module._NEXT_LANE: ("", "z"),  # noqa: SLF001 - the cost does not show outside
        module._NEXT_DUE: (),  # noqa: SLF001 - the same
        module._READY: ("lane", 8),  # noqa: SLF001 - the same
    }
    with contextlib.closing(migrations.connect(tmp_path / "feedmill.db")) as connection:
        for sql, parameters in queries.items():
            [step] = connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
            assert step[3].startswith("SEARCH endpoints USING"), step


async def test_the_events_of_a_request_are_listed_in_order_with_the_next_attempt(
    database: Database, deliveries: Deliveries
) -> None:
    url = "http://host/a"
    first, second = await stored(database, url), await stored(database, url)
    await deliveries.store([NewDelivery(first, 2, url, "{}", 2.0)])
    history = DeliveryHistory(database)
    listed = await history.of_request(first)
    assert [delivery.event for delivery in listed] == [1, 2]
    # only the next one has a time: the others wait for it
    assert [delivery.next_at is None for delivery in listed] == [False, True]
    [waits] = await history.of_request(second)
    assert waits.next_at is None
    [claimed] = await deliveries.claim([url], "here", 60.0)
    await deliveries.settle(claimed, DeliveryOutcome(1.0, 0.1, 200, None, "delivered", failures=0))
    assert [delivery.next_at is None for delivery in await history.of_request(first)] == [True] * 2
    [waits] = await history.of_request(second)
    assert waits.next_at is not None
