"""One client cannot take all connections: others, and health checks, get in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from service.config import HttpConfig
from service.http.guards.connection_limits import ConnectionLimits
from service.http.problems import Problem
from tests.support import api_keys
from tests.support.raw_http import Answer, read_answer, request
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS

SETTINGS = (
    "text.generator=simulated",
    "image.generator=simulated",
    "text.simulated.delay=60",
    "service.drain=0",
)
HOME = "127.0.0.1"
ELSEWHERE = "127.0.0.2"  # another client: on Linux all of 127/8 is this machine

Headers = Mapping[str, str]
NONE: Headers = {}
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Crowd:
    """Connections to a service that stay open until the test ends."""

    def __init__(self, service: Running, stack: AsyncExitStack) -> None:
        self._service = service
        self._stack = stack

    async def connect(self, source: str = HOME) -> Client:
        address = urlsplit(self._service.url)
        client = await asyncio.open_connection(
            address.hostname, address.port, local_addr=(source, 0)
        )
        self._stack.callback(client[1].close)
        return client

    async def ask(
        self,
        path: str,
        source: str = HOME,
        headers: Headers = NONE,
        *,
        client: Client | None = None,
        method: str = "GET",
    ) -> Answer:
        """The answer to one request, on a new connection unless one is given."""
        reader, writer = client or await self.connect(source)
        writer.write(request(path, b"", method=method, **{"connection": "", **headers}))
        async with asyncio.timeout(HANGS_SECONDS):
            return await read_answer(reader)

    async def submit(self, headers: Headers = NONE) -> str:
        """The id of a request that waits for long; its connection is closed."""
        headers = {"connection": "close", **headers}
        answer = await self.ask("/content?prompt=p&tag=text", headers=headers, method="POST")
        assert answer.status == 202
        return str(answer.json()["RequestId"])

    async def listen(self, id_: str, source: str = HOME, headers: Headers = NONE) -> int:
        """Follow a request on a new connection; the status of the answer."""
        client = await self.connect(source)
        client[1].write(request(f"/content/{id_}/events", b"", method="GET", **headers))
        async with asyncio.timeout(HANGS_SECONDS):
            head = await client[0].readuntil(b"\r\n\r\n")
            status = int(head.split()[1])
            if status == 200:
                await client[0].readuntil(b"event: snapshot")
            return status


@asynccontextmanager
async def crowded(tmp_path: Path, *settings: str) -> AsyncIterator[Crowd]:
    async with (
        running_service(tmp_path, *SETTINGS, *settings) as service,
        AsyncExitStack() as stack,
    ):
        yield Crowd(service, stack)


def with_key(tmp_path: Path, name: str) -> dict[str, str]:
    """The header of a client with a new API key."""
    key = api_keys.create(tmp_path / "data" / "feedmill.db", name, ["content"])
    return {"authorization": f"Bearer {key}"}


async def test_health_checks_are_answered_when_event_streams_take_all_places(
    tmp_path: Path,
) -> None:
    async with crowded(tmp_path, "http.max_connections=4") as crowd:
        id_ = await crowd.submit()
        assert [await crowd.listen(id_) for _ in range(3)] == [200] * 3
        assert await crowd.listen(id_) == 429  # one client's streams have three quarters at most
        for path in ("/healthz", "/readyz", "/healthz/"):
            assert (await crowd.ask(path)).status == 200


async def test_a_client_without_a_connection_gets_one_when_all_are_in_use(
    tmp_path: Path,
) -> None:
    async with crowded(tmp_path, "http.max_connections=4") as crowd:
        id_ = await crowd.submit()
        for source, count in ((HOME, 3), (ELSEWHERE, 1)):
            assert [await crowd.listen(id_, source) for _ in range(count)] == [200] * count
        answer = await crowd.ask("/content")
        assert answer.status == 503
        assert answer.headers["connection"] == "close"
        assert int(answer.headers["retry-after"]) > 0
        assert (await crowd.ask("/healthz")).status == 200
        assert (await crowd.ask("/content", "127.0.0.3")).status == 200
        assert await crowd.listen(id_, "127.0.0.3") == 200
        assert (await crowd.ask("/content", "127.0.0.3")).status == 503


async def test_slow_bodies_do_not_keep_out_other_clients(tmp_path: Path) -> None:
    """Whatever keeps connections at work: they count like streams."""
    async with crowded(tmp_path, "http.max_connections=4") as crowd:
        for _ in range(4):
            _, writer = await crowd.connect()
            writer.write(request(body=b"x" * 100, content_type="application/json")[:-1])
        assert (await crowd.ask("/healthz")).status == 200
        assert (await crowd.ask("/content", ELSEWHERE)).status == 200
        assert (await crowd.ask("/content")).status == 503


async def test_connections_of_one_address_are_limited(tmp_path: Path) -> None:
    async with crowded(tmp_path, "http.max_connections_per_client=2") as crowd:
        id_ = await crowd.submit()
        assert [await crowd.listen(id_) for _ in range(3)] == [200, 200, 429]
        answer = await crowd.ask("/content")
        assert answer.status == 429
        assert answer.json()["type"] == "/problems#too-many-connections"
        assert (await crowd.ask("/healthz")).status == 200
        assert await crowd.listen(id_, ELSEWHERE) == 200


async def test_an_idle_connection_of_an_address_is_closed_for_a_new_one(tmp_path: Path) -> None:
    async with crowded(tmp_path, "http.max_connections_per_client=3") as crowd:
        clients = [await crowd.connect() for _ in range(3)]
        other = await crowd.connect(ELSEWHERE)
        for client in (*clients, other):
            assert (await crowd.ask("/healthz", client=client)).status == 200
        assert (await crowd.ask("/content")).status == 200
        async with asyncio.timeout(HANGS_SECONDS):
            assert await clients[0][0].read() == b""
        for client in (*clients[1:], other):
            assert (await crowd.ask("/healthz", client=client)).status == 200


async def test_connections_of_one_key_are_limited_across_addresses(tmp_path: Path) -> None:
    settings = ("auth.required=true", "http.max_connections_per_client=2")
    async with crowded(tmp_path, *settings) as crowd:
        ann, bob = with_key(tmp_path, "ann"), with_key(tmp_path, "bob")
        id_ = await crowd.submit(ann)
        sources = [f"127.0.0.{n}" for n in range(2, 5)]
        assert [await crowd.listen(id_, source, ann) for source in sources] == [200, 200, 429]
        answer = await crowd.ask("/content", "127.0.0.9", ann)
        assert answer.status == 429
        assert answer.headers["connection"] == "close"
        assert (await crowd.ask("/content", headers=bob)).status == 200


async def test_another_key_gets_a_connection_when_one_takes_all_places(tmp_path: Path) -> None:
    async with crowded(tmp_path, "auth.required=true", "http.max_connections=4") as crowd:
        ann, bob = with_key(tmp_path, "ann"), with_key(tmp_path, "bob")
        id_ = await crowd.submit(ann)
        assert [await crowd.listen(id_, headers=ann) for _ in range(3)] == [200] * 3
        kept = await crowd.connect()
        kept[1].write(request(body=b"xx", content_type="application/json", **ann)[:-1])
        assert (await crowd.ask("/content", headers=ann)).status == 503
        assert (await crowd.ask("/content", headers=bob)).status == 200
        assert (await crowd.ask("/content")).status == 401


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded"])
async def test_behind_a_trusted_proxy_the_forwarded_address_is_the_client(
    tmp_path: Path, header: str
) -> None:
    def via(address: str) -> dict[str, str]:
        return {header: f"for={address}" if header == "forwarded" else address}

    settings = ("http.max_connections_per_client=2", 'http.trusted_proxies=["127.0.0.1"]')
    async with crowded(tmp_path, *settings) as crowd:
        id_ = await crowd.submit()
        ann, bob = via("192.0.2.1"), via("192.0.2.2")
        assert [await crowd.listen(id_, headers=ann) for _ in range(3)] == [200, 200, 429]
        assert [await crowd.listen(id_, headers=bob) for _ in range(3)] == [200, 200, 429]
        # the connections are the proxy's, which has any number of them
        assert [(await crowd.ask("/content", headers=ann)).status for _ in range(5)] == [200] * 5


async def test_an_extra_connection_without_a_request_is_closed(tmp_path: Path) -> None:
    async with crowded(tmp_path, "http.max_connections=1") as crowd:
        id_ = await crowd.submit()
        assert await crowd.listen(id_) == 200
        silent = [await crowd.connect() for _ in range(150)]
        assert (await crowd.ask("/healthz")).status == 200
        async with asyncio.timeout(HANGS_SECONDS):
            assert await silent[0][0].read() == b""


class Busy:
    """A connection that is at work as soon as it was counted."""

    def __init__(self, number: int) -> None:
        self.client = f"address:192.0.2.{number}"
        self.key: str | None = None
        self.is_extra = False
        self.is_closed = False

    def is_idle(self) -> bool:
        return False

    def force_close(self) -> None:
        self.is_closed = True

    def close_if_idle_after(self, seconds: float) -> None:
        assert seconds > 0


def test_new_clients_leave_places_for_health_checks() -> None:
    limits = ConnectionLimits(HttpConfig(max_connections=10))
    connections = [Busy(number) for number in range(10 + 200)]
    refused = []
    for connection in connections:
        limits.add(connection)
        if connection.is_closed:
            limits.remove(connection)
            continue
        try:
            limits.use(connection, connection.client, None)
        except Problem:
            refused.append(connection)
            limits.remove(connection)  # it ends with this answer
    assert [connection.is_extra for connection in connections[:11]] == [False] * 10 + [True]
    assert len(refused) == 200 - 80
    assert not any(connection.is_closed for connection in connections), "each may ask for health"
    limits.remove(connections[-1])
    limits.remove(connections[10])
    newcomer = Busy(250)
    limits.add(newcomer)
    limits.use(newcomer, newcomer.client, None)
