"""`feedmill.client`, against the real service."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from feedmill.client import (
    AsyncFeedmill,
    Feedmill,
    FeedPost,
    GenerationEvent,
    GenerationProgress,
    NotFinished,
    RequestRejected,
    ServiceBusy,
    ServiceUnavailable,
)
from tests.support.hold import Hold
from tests.support.pictures import picture
from tests.support.running import HOME, Running, running_service, spawn
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
SLOW = (*SIMULATED, "text.simulated.delay=600", "text.workers=1", "service.drain=0")


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Running) -> AsyncIterator[AsyncFeedmill]:
    async with AsyncFeedmill(service.url) as client:
        yield client


async def test_a_post_is_submitted_waited_for_and_saved(
    client: AsyncFeedmill, tmp_path: Path
) -> None:
    id_ = await client.submit("A fox at dawn", seed=7, user_id="client-ann")
    done = await client.wait(id_)
    assert (done.id, done.status, done.tag, done.is_final) == (id_, "completed", "instagram", True)
    assert done.text == "generated text for A fox at dawn\n\n#generated #simulated"
    assert (done.data["seed"], done.data["user_id"]) == (7, "client-ann")
    for name in ("a-fox-at-dawn.png", "a-fox-at-dawn-2.png"):
        assert await client.save(done, tmp_path / "there") == tmp_path / "there" / name
    with Image.open(tmp_path / "there" / "a-fox-at-dawn.png") as picture:
        picture.verify()


async def test_variants_models_and_pictures_to_start_from(
    client: AsyncFeedmill, tmp_path: Path
) -> None:
    ids = await client.submit_variants("A fox", 3, "text", seed=7, model="text")
    done = [await client.wait(id_) for id_ in ids]
    assert [one.data["seed"] for one in done] == [7, 8, 9]
    assert len({one.data["group"] for one in done}) == 1
    assert [model["name"] for model in await client.models()] == ["text", "image"]
    file = tmp_path / "photo.png"
    file.write_bytes(picture("PNG", 20, 20))
    by_file = await client.wait(
        await client.submit("blue", "image", image=file, options={"size": "64x64"}, publish=False)
    )
    assert by_file.data["options"] == {"size": "64x64"}
    both = await client.submit_variants("blue", 2, "image", image=file.read_bytes())
    drawn = [await client.picture(await client.wait(id_)) for id_ in both]
    assert drawn == [await client.picture(by_file)] * 2
    assert by_file.image_url
    again = await client.wait(await client.submit("blue", "image", image=by_file.image_url))
    assert again.data["image"] == by_file.data["imageUri"]
    with pytest.raises(RequestRejected, match="There is no picture of this service"):
        await client.submit("blue", "image", image="https://example.com/cat.png")
    with pytest.raises(RequestRejected, match="There is no model “nope”"):
        await client.submit("blue", "image", model="nope", image=file)
    with pytest.raises(FileNotFoundError):
        await client.submit("blue", "image", image=tmp_path / "nothing.png")


async def test_the_log_is_followed_to_its_end_and_resumed(client: AsyncFeedmill) -> None:
    id_ = await client.submit("fox", "text")
    events = [event async for event in client.follow(id_, after="0")]
    assert events[-1].is_last
    assert events[-1].data["text"] == "generated text for fox"
    progress = GenerationProgress()
    for event in events:
        progress.apply(event)
    assert progress.text == "generated text for fox"
    assert [event async for event in client.follow(id_, after=events[-2].id)] == events[-1:]
    assert [event async for event in client.follow(id_, after=events[-1].id)] == []


async def test_requests_and_posts_are_listed_over_all_pages(
    client: AsyncFeedmill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedmill.client.asynchronous.PAGE_SIZE", "2")
    ids = [
        await client.submit(f"fox {number}", "text", user_id="client-bob", publish=True)
        for number in range(3)
    ]
    for id_ in ids:
        await client.wait(id_)
    async with aclosing(client.list(status="completed", tag="text")) as listed:
        found = [(await anext(listed)).id for _ in ids]
    assert found == ids[::-1]

    async def published() -> list[FeedPost]:
        posts = [post async for post in client.feed("client-bob")]
        return posts if len(posts) == len(ids) else []

    posts = await eventually(published, "all are published")
    assert {post.id for post in posts} == {*ids}
    times = [post.created_at for post in posts]
    assert times == sorted({*times}, reverse=True)
    assert {post.author for post in posts} == {"client-bob"}
    assert [post async for post in client.feed("client-bob", timestamp=posts[0].created_at)] == []


async def test_the_same_idempotency_key_makes_one_request(client: AsyncFeedmill) -> None:
    ids = [await client.submit("fox", "text", idempotency_key="client-key") for _ in range(2)]
    assert len({*ids}) == 1
    assert await client.submit("fox", "text") not in ids


async def test_what_is_refused_says_why(client: AsyncFeedmill, tmp_path: Path) -> None:
    with pytest.raises(RequestRejected, match=r"^prompt: Must not be empty\.") as refused:
        await client.submit("")
    assert refused.value.status == 400
    with pytest.raises(RequestRejected) as refused:
        await client.wait("unknown")
    assert refused.value.status == 404
    text = await client.wait(await client.submit("fox", "text"))
    with pytest.raises(RequestRejected, match="has no picture"):
        await client.save(text, tmp_path)
    assert await client.cancel(text.id) == "completed", "it was final, and stays so"
    with pytest.raises(RequestRejected, match="is not the address of a service"):
        AsyncFeedmill("ftp://somewhere")


@pytest.mark.parametrize(
    "nonsense",
    ["{}?wait=1", "{}/../{}", "{}/deliveries", "../feed/mute", "", "..", "a\0b", "\ud800"],
)
async def test_an_id_is_never_another_address(client: AsyncFeedmill, nonsense: str) -> None:
    id_ = nonsense.format(*[await client.submit("fox", "text")] * 2)
    for call in (client.get(id_), client.wait(id_), client.cancel(id_), anext(client.follow(id_))):
        with pytest.raises(RequestRejected, match="no request with this id"):
            await call


async def test_a_program_without_asyncio_has_the_same_calls(
    service: Running, tmp_path: Path
) -> None:
    def run() -> None:
        with Feedmill(service.url) as client:
            id_ = client.submit("A fox at noon")
            assert [event.name for event in client.follow(id_)][-1] == "completed"
            done = client.wait(id_)
            assert done == client.get(id_)
            assert client.save(done, tmp_path).read_bytes() == client.picture(done)
            listed = client.list(tag="instagram")
            assert next(listed).tag == "instagram"
            assert list(client.feed("client-nobody")) == []
            assert client.cancel(id_) == "completed"
            assert "pools" in client.service_status()
        client.close()  # a second time changes nothing

    await asyncio.to_thread(run)


async def test_a_client_that_is_never_closed_leaves_no_warning(
    service: Running, tmp_path: Path
) -> None:
    program = f"""
from feedmill.client import Feedmill
client = Feedmill({service.url!r})
request = client.submit("fox", "text")
events = client.follow(request)
next(events)
print(client.wait(request).text)
"""
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOME)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await python.communicate()
    assert (python.returncode, errors) == (0, b"")
    assert output == b"generated text for fox\n"


async def test_a_slow_request_is_cancelled_and_a_full_queue_raises_at_once(
    tmp_path: Path,
) -> None:
    settings = (*SLOW, "text.max_queued=1")
    async with (
        running_service(tmp_path, *settings) as service,
        AsyncFeedmill(service.url) as client,
    ):
        id_ = await client.submit("fox", "text")
        with pytest.raises(NotFinished):
            await client.wait(id_, seconds=0)
        with pytest.raises(ServiceBusy, match="Try again in") as busy:
            await client.submit("fox", "text")
        assert busy.value.retry_after
        assert await client.cancel(id_) == "cancelled"
        assert (await client.wait(id_)).status == "cancelled"


async def test_an_unreachable_service_is_given_up_after_the_patience() -> None:
    async with AsyncFeedmill("http://127.0.0.1:1", patience_seconds=0.5) as client:
        with pytest.raises(ServiceUnavailable, match=r"\(Connection refused\)\. It was tried for"):
            await client.submit("fox")
    async with AsyncFeedmill("http://127.0.0.1:1", expect_running=True) as client:
        with pytest.raises(ServiceUnavailable, match=r"\(Connection refused\)\.$"):
            await client.submit("fox")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            b"302 Found\r\nLocation: https://ann:sEcReT@mill.example/\x1b[31mlogin",
            "sends on to https://mill.example/[31mlogin.",
        ),
        (b"404 Not\x1b[31m here", "answered 404 Not[31m here."),
    ],
)
async def test_the_answer_of_another_program_is_shown_without_control_characters(
    answer: bytes, sentence: str
) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with AsyncFeedmill(url) as client:
            with pytest.raises(RequestRejected) as refused:
                await client.wait("some")
    assert str(refused.value).endswith(sentence)


@asynccontextmanager
async def cutting_proxy(url: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A proxy that cuts the first connection as soon as the answer to its first request begins."""
    host, port = url.removeprefix("http://").split(":")
    heads: list[bytes] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(host, int(port))
        heads.append(await reader.read(65536))
        is_first = len(heads) == 1
        ours.write(heads[-1])
        answer = await theirs.read(65536)
        if not is_first:
            writer.write(answer)
        for end in (writer, ours):
            end.close()
            await end.wait_closed()

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


async def test_a_submission_whose_answer_is_lost_makes_one_request(service: Running) -> None:
    async with (
        cutting_proxy(service.url) as (url, heads),
        AsyncFeedmill(url) as behind,
        AsyncFeedmill(service.url) as client,
    ):
        id_ = await behind.submit("whose answer is lost", "text")
        assert len(heads) == 2
        async with aclosing(client.list(tag="text")) as listed:
            found = [item.id async for item in listed if item.prompt == "whose answer is lost"]
        assert found == [id_]


async def test_waiting_and_following_outlive_a_kill(tmp_path: Path) -> None:
    running = await spawn(tmp_path, *SIMULATED, Hold(tmp_path).texts)
    url = (await running.logged("ready"))["url"]
    async with AsyncFeedmill(url) as client:
        id_ = await client.submit("words that are worth the wait", "text")
        followed = client.follow(id_, after="0")
        events: list[GenerationEvent] = []
        while not any(event.name == "text.delta" for event in events):
            events.append(await anext(followed))
        waiting = asyncio.create_task(client.wait(id_))
        await running.kill()
        submitting = asyncio.create_task(client.submit("while it was away", "text"))
        async with running_service(tmp_path, *SIMULATED, f"http.port={url.rpartition(':')[2]}"):
            events += [event async for event in followed]
            assert (await waiting).text == "generated text for words that are worth the wait"
            assert (await client.wait(await submitting)).status == "completed"
    ids = [int(event.id) for event in events]
    assert ids == sorted({*ids}), "each event once and in order"
    progress = GenerationProgress()
    for event in events:
        progress.apply(event)
    assert progress.text == "generated text for words that are worth the wait"
