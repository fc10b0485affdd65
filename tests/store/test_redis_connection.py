"""The connection to Redis: every reply goes to its command, also after failures."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.messages import TEXT
from service.store.errors import GroupLost, RedisUnavailable
from service.store.redis import connection as module
from service.store.redis.addresses import how_to_inspect
from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import CannotStartRedis, find_server
from service.store.redis.server.external import external_redis
from service.store.redis.streams import Streams, read_new
from tests.support.outside import unused_port
from tests.support.programs import running_program
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until


class Proxy:
    """A proxy before Redis that can hold back replies or cut connections."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.passing = asyncio.Event()
        self.passing.set()
        self.lines: list[asyncio.StreamWriter] = []
        self.open = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up = await asyncio.open_unix_connection(self._server)
        self.lines.append(writer)

        async def answers() -> None:
            while data := await up_reader.read(65536):
                await self.passing.wait()
                writer.write(data)
            writer.close()

        self.open += 1
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(answers())
                with contextlib.suppress(ConnectionError):
                    while data := await reader.read(65536):
                        up.write(data)
                up.close()
        finally:
            writer.close()
            self.open -= 1

    def cut(self) -> None:
        for line in self.lines:
            line.transport.abort()
        self.lines.clear()


@pytest.fixture
async def proxy(redis_url: str) -> Proxy:
    return Proxy(redis_url.removeprefix("unix://"))


@pytest.fixture
async def through(proxy: Proxy, tmp_path: Path) -> AsyncIterator[RedisConnection]:
    """A connection through the proxy."""
    path = tmp_path / "proxy"
    server = await asyncio.start_unix_server(proxy.serve, path)
    connection = RedisConnection(f"unix://{path}", timeout=1.0)
    yield connection
    connection.close()
    proxy.passing.set()
    server.close()
    await wait_until(lambda: not proxy.open, "the proxy is through")


async def echo(redis: RedisConnection, text: str) -> str:
    reply: bytes = await redis.one("ECHO", text)
    return reply.decode()


async def test_every_caller_gets_its_own_reply(redis: RedisConnection) -> None:
    texts = [str(n) * (n % 50 + 1) for n in range(500)]
    assert await asyncio.gather(*(echo(redis, text) for text in texts)) == texts


async def test_replies_to_cancelled_callers_are_dropped(
    through: RedisConnection, proxy: Proxy
) -> None:
    await through.one("PING")
    proxy.passing.clear()
    calls = [asyncio.ensure_future(echo(through, str(n))) for n in range(100)]
    await asyncio.sleep(0)
    for leaving in calls[::3]:
        leaving.cancel()
    proxy.passing.set()
    replies = await asyncio.gather(*calls, return_exceptions=True)
    assert [r for r in replies if isinstance(r, str)] == [str(n) for n in range(100) if n % 3]
    assert await echo(through, "after") == "after"


async def test_a_late_reply_never_answers_a_later_command(
    through: RedisConnection, proxy: Proxy
) -> None:
    await through.one("PING")
    proxy.passing.clear()
    with pytest.raises(RedisUnavailable, match="no answer in time"):
        await echo(through, "late")
    proxy.passing.set()
    assert await echo(through, "after") == "after"


async def test_the_first_deadline_of_several_calls_counts(
    through: RedisConnection, proxy: Proxy
) -> None:
    await through.one("PING")
    await through.one("PING", timeout=0.5)  # its deadline passes while the others wait
    proxy.passing.clear()
    patient = asyncio.ensure_future(through.one("PING", timeout=3600))
    async with asyncio.timeout(HANGS_SECONDS):
        with pytest.raises(RedisUnavailable, match="no answer in time"):
            await through.one("PING", timeout=1.0)
        with pytest.raises(RedisUnavailable, match="no answer in time"):
            await patient


async def test_a_short_timeout_counts_after_a_long_one(
    through: RedisConnection, proxy: Proxy
) -> None:
    proxy.passing.clear()
    calls = [through.one("PING", timeout=seconds) for seconds in (3600, 0.1)]
    async with asyncio.timeout(HANGS_SECONDS):
        replies = await asyncio.gather(*calls, return_exceptions=True)
    assert [str(reply) for reply in replies] == ["no answer in time"] * 2


async def test_replies_in_pieces_go_to_their_callers(tmp_path: Path) -> None:
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"C\r\n")
        for piece in (b"+a\r\n+", b"b\r\n+c\r\n"):
            writer.write(piece)
            await asyncio.sleep(0.02)  # so that they come one by one
        writer.close()
        await writer.wait_closed()
        served.set()

    server = await asyncio.start_unix_server(serve, tmp_path / "pieces")
    redis = RedisConnection(f"unix://{tmp_path / 'pieces'}")
    a, c = await asyncio.gather(redis.call(("A",), ("B",)), redis.call(("C",)))
    assert [a, c] == [[b"a", b"b"], [b"c"]]
    redis.close()
    await served.wait()
    server.close()


async def test_a_lost_connection_fails_all_waiting_calls_and_is_reopened(
    through: RedisConnection, proxy: Proxy
) -> None:
    await through.one("PING")
    proxy.passing.clear()
    calls = [asyncio.ensure_future(echo(through, str(n))) for n in range(10)]
    await asyncio.sleep(0)
    proxy.cut()
    replies = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(reply) for reply in replies} == {RedisUnavailable}
    proxy.passing.set()
    assert await echo(through, "after") == "after"


async def test_a_missing_server_is_unavailable_until_it_starts(
    redis_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "later"
    connection = RedisConnection(f"unix://{path}")
    for _ in range(2):
        with pytest.raises(RedisUnavailable, match="cannot connect"):
            await connection.one("PING")
    path.symlink_to(redis_url.removeprefix("unix://"))
    assert await connection.one("PING") == b"PONG"
    connection.close()
    with pytest.raises(RedisUnavailable, match="closed"):
        await connection.one("PING")


async def test_closing_fails_calls_in_flight(through: RedisConnection, proxy: Proxy) -> None:
    await through.one("PING")
    proxy.passing.clear()
    call = asyncio.ensure_future(echo(through, "x"))
    await asyncio.sleep(0)
    through.close()
    with pytest.raises(RedisUnavailable, match="closed"):
        await call


@pytest.mark.parametrize(
    "refusal",
    [
        "READONLY You can't write against a read only replica.",
        "MASTERDOWN Link with MASTER is down",
        "LOADING Redis is loading the dataset in memory",
        "MOVED 3999 127.0.0.1:6381",
        "ERR Error running script: @user_script:1: -READONLY You can't write",
    ],
)
async def test_a_server_that_is_not_the_primary_is_left(tmp_path: Path, refusal: str) -> None:
    came, left = 0, 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came, left
        came += 1
        with contextlib.suppress(ConnectionError):
            while await reader.read(4096):
                writer.write(f"-{refusal}\r\n".encode())
        writer.close()
        left += 1

    server = await asyncio.start_unix_server(refuse, tmp_path / "redis")
    redis = RedisConnection(f"unix://{tmp_path}/redis")
    for number in (1, 2):  # the next call looks again who is the primary
        with pytest.raises(RedisUnavailable, match=refusal[:8]):
            await redis.one("PING")
        assert came == number
    redis.close()
    server.close()
    await wait_until(lambda: left == came, "the connections are closed")


async def test_who_reaches_another_run_of_the_server_says_so(redis_url: str) -> None:
    streams = Streams(redis_url)
    changes: list[str] = []
    streams.primary.on_change = lambda: changes.append("changed")
    one, another = streams.connection(), streams.connection()
    numbers = [await each.one("CLIENT", "ID") for each in (one, another)]
    assert not changes  # nothing was sent before
    for number in numbers:
        await streams.call(("CLIENT", "KILL", "ID", number))
    # before it was lost it may have been another run; the second one is known to be the same
    await eventually(lambda: answers(one), "it is open again")
    assert changes == ["changed"]
    await eventually(lambda: answers(another), "it is open again")
    assert changes == ["changed"]
    for connection in (one, another):
        connection.close()
    await streams.aclose()


async def answers(redis: RedisConnection) -> bool:
    try:
        return bool(await redis.one("PING")) and redis.opened > 1
    except RedisUnavailable:
        return False


async def test_an_actor_is_told_that_its_connection_was_lost(proxy: Proxy, tmp_path: Path) -> None:
    # its messages may be pending on another primary: it must not go on as if nothing had happened
    server = await asyncio.start_unix_server(proxy.serve, tmp_path / "proxy")
    redis = RedisConnection(f"unix://{tmp_path}/proxy", tells_loss=True)
    assert await redis.one("PING") == b"PONG"
    proxy.cut()
    await wait_until(lambda: not proxy.open, "it is cut")
    with pytest.raises(RedisUnavailable):
        await redis.one("PING")
    assert await redis.one("PING") == b"PONG"
    redis.close()
    server.close()
    await wait_until(lambda: not proxy.open, "the proxy is through")


async def test_a_server_that_does_not_speak_redis_is_unavailable(tmp_path: Path) -> None:
    left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        left.set()

    server = await asyncio.start_unix_server(talk, tmp_path / "web")
    connection = RedisConnection(f"unix://{tmp_path / 'web'}")
    with pytest.raises(RedisUnavailable, match="not the Redis protocol"):
        await connection.one("PING")
    await left.wait()
    server.close()


class Mute:
    """A server that accepts connections and never answers."""

    def __init__(self) -> None:
        self.callers = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()


@pytest.fixture
async def mute(tmp_path: Path) -> AsyncIterator[Mute]:
    """A server at the socket `mute` that accepts connections and never answers."""
    mute = Mute()
    server = await asyncio.start_unix_server(mute.serve, tmp_path / "mute")
    yield mute
    server.close()


async def test_simultaneous_callers_share_one_attempt_to_connect(
    mute: Mute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT_SECONDS", 0.1)
    connection = RedisConnection(f"unix://{tmp_path / 'mute'}?db=1")
    for attempts in (1, 2):
        calls = (echo(connection, str(n)) for n in range(20))
        replies = await asyncio.gather(*calls, return_exceptions=True)
        assert {str(reply) for reply in replies} == {"cannot connect: no answer in time"}
        assert mute.callers == attempts
    connection.close()


async def test_the_timeout_of_a_call_covers_connecting(
    mute: Mute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT_SECONDS", 3600.0)
    connection = RedisConnection(f"unix://{tmp_path / 'mute'}?db=1", timeout=3600.0)
    patient = asyncio.ensure_future(connection.one("PING"))
    await wait_until(lambda: mute.callers, "a connection is being opened")
    for other in (connection, RedisConnection(f"unix://{tmp_path / 'mute'}?db=1")):
        async with asyncio.timeout(HANGS_SECONDS):
            with pytest.raises(RedisUnavailable, match="no answer in time"):
                await other.one("PING", timeout=0.05)
        other.close()
    patient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await patient


async def test_an_error_inside_a_transaction_fails_the_call(redis: RedisConnection) -> None:
    await redis.one("SET", "text", "x")
    with pytest.raises(RedisUnavailable, match="WRONGTYPE"):
        await redis.call(("MULTI",), ("XADD", "text", "*", "a", "b"), ("SET", "n", 1), ("EXEC",))
    with pytest.raises(RedisUnavailable, match="unknown command"):
        await redis.call(("MULTI",), ("NOSUCH",), ("EXEC",))
    assert await redis.one("PING") == b"PONG"


async def test_a_missing_group_has_its_own_error(redis: RedisConnection) -> None:
    with pytest.raises(GroupLost, match="NOGROUP"):
        await redis.one(*read_new(TEXT, "here", count=1))


async def test_a_group_lost_during_a_blocking_read_has_its_own_error(
    redis: RedisConnection, redis_url: str
) -> None:
    await redis.one("XGROUP", "CREATE", TEXT, "text-workers", "0", "MKSTREAM")
    waiting = RedisConnection(redis_url)
    call = asyncio.ensure_future(waiting.one(*read_new(TEXT, "here", count=1, block=5)))
    while b"blocked_clients:1" not in await redis.one("INFO", "clients"):
        pass
    await redis.one("FLUSHALL")
    with pytest.raises(GroupLost):
        await call
    waiting.close()


async def test_a_blocking_read_may_take_longer_than_other_commands(
    redis: RedisConnection, redis_url: str
) -> None:
    await redis.one("XGROUP", "CREATE", TEXT, "text-workers", "0", "MKSTREAM")
    connection = RedisConnection(redis_url, timeout=0.05)
    for _ in range(2):
        read = read_new(TEXT, "here", count=1, block=0.2)
        assert (await connection.call(read, timeout=HANGS_SECONDS)) == [None]
    connection.close()


async def test_a_value_that_cannot_be_packed_affects_no_other_command(
    redis: RedisConnection,
) -> None:
    before = asyncio.ensure_future(echo(redis, "before"))
    for bad in ("\ud800", object()):
        with pytest.raises((UnicodeEncodeError, TypeError)):
            await redis.one("ECHO", bad)  # type: ignore[arg-type] # that is the point
    assert await before == "before"
    assert await echo(redis, "after") == "after"
    assert await redis.call() == []


# --------------------------------------------------------------------- a Redis with a password


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """The port of a Redis that asks for the password `ge:h@im`."""
    port = unused_port()
    options = ["--save", "", "--dir", str(tmp_path), "--requirepass", "ge:h@im"]
    words = (find_server(), "--port", str(port), "--bind", "127.0.0.1", *options)
    async with running_program(tmp_path / "log", *words) as server:
        await server.listens(port)
        yield port


PASSWORD = "ge%3Ah%40im"


async def test_password_and_database_come_from_the_url(port: int) -> None:
    first, other = (
        RedisConnection(f"redis://{user}:{PASSWORD}@127.0.0.1:{port}/{db}")
        for user, db in (("", 3), ("default", 4))
    )
    await asyncio.gather(*(first.one("SET", f"key {n}", n) for n in range(20)))
    assert await first.one("DBSIZE") == 20
    assert await other.one("DBSIZE") == 0
    clients = await first.one("CLIENT", "LIST")
    assert clients.count(b"\n") == 2  # one connection for all of them
    first.close()
    other.close()


async def test_a_refused_password_leaves_no_connection_open(port: int) -> None:
    wrong = RedisConnection(f"redis://:wrong@127.0.0.1:{port}")
    for _ in range(5):
        with pytest.raises(RedisUnavailable, match="WRONGPASS"):
            await wrong.one("PING")
    right = RedisConnection(f"redis://:{PASSWORD}@127.0.0.1:{port}")

    async def alone() -> bool:
        clients: bytes = await right.one("CLIENT", "LIST")
        return clients.count(b"\n") == 1

    async with asyncio.timeout(HANGS_SECONDS):
        while not await alone():  # noqa: ASYNC110 - nothing wakes us
            await asyncio.sleep(0.005)
    right.close()


@pytest.mark.parametrize(
    "path", [":wrong@127.0.0.1:PORT", "127.0.0.1:PORT", ":RIGHT@127.0.0.1:PORT/99"]
)
async def test_a_redis_that_refuses_for_good_stops_the_start(port: int, path: str) -> None:
    url = "redis://" + path.replace("PORT", str(port)).replace("RIGHT", PASSWORD)
    with pytest.raises(CannotStartRedis, match="Redis refuses this service") as refusal:
        async with external_redis(url):
            pytest.fail("it must not start")
    for secret in ("wrong@", PASSWORD, "ge:h@im"):
        assert secret not in str(refusal.value)


async def test_a_redis_that_is_away_does_not_stop_the_start() -> None:
    url = f"redis://127.0.0.1:{unused_port()}"
    async with external_redis(url) as yielded:
        assert yielded == url


@pytest.mark.parametrize(
    ("url", "command"),
    [
        ("redis://localhost", "redis-cli -h localhost -p 6379"),
        ("redis://me:geheim@[::1]:7/2", "redis-cli -h ::1 -p 7 --askpass -n 2"),
        ("rediss://:geheim@h:1?db=3", "redis-cli -h h -p 1 --tls --askpass -n 3"),
        ("unix:///a%20b/%25.sock?password=geheim", "redis-cli -s '/a b/%.sock' --askpass"),
        (
            "rediss+sentinel://:of-redis@a,[::1]:5/my%20mill/2?sentinel_password=geheim",
            "redis-cli -h a -p 26379 --tls --askpass sentinel get-master-addr-by-name 'my mill'",
        ),
    ],
)
def test_the_command_to_inspect_redis_has_no_password(url: str, command: str) -> None:
    assert how_to_inspect(url) == command
