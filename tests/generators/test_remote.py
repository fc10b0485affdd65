"""Remote workers: which server gets a job, which is skipped, and which comes back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession, web

from service.generators.protocol import (
    CannotStart,
    Drawn,
    GenerationFailed,
    InputPicture,
    Job,
    Written,
)
from service.generators.remote import RemoteImage, RemoteText, Settings
from tests.support.outside import Outside, outside, says, unused_port, unused_url
from tests.support.pictures import picture, png_that_says
from tests.support.running import running_service
from tests.support.waiting import HANGS_SECONDS, wait_until

TOKEN = "internal-secret"
CAT = Job("a cat", seed=7)
PNG = picture("PNG", 64, 40)
NEVER = 3600.0  # seconds between probes where a test wants none


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_TOKEN", TOKEN)


@pytest.fixture
async def three() -> AsyncIterator[list[Outside]]:
    """Three servers that answer with their number."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(outside(says({"text": str(number)})))
            for number in range(3)
        ]


def texts(home: Path, *servers: Outside | str, **others: Any) -> RemoteText:
    urls = tuple(server if isinstance(server, str) else server.url for server in servers)
    return RemoteText(Settings(urls, **{"probe_interval": NEVER, **others}), home)


async def write(generator: RemoteText, job: Job = CAT) -> str:
    return (await generator.generate(job, print)).text


def plain(failed: pytest.ExceptionInfo[GenerationFailed]) -> GenerationFailed:
    sentence = str(failed.value)
    assert sentence.endswith(".")
    assert not any(word in sentence for word in (TOKEN, "://", "127.0.0.1", "/worker"))
    return failed.value


def jobs_of(server: Outside) -> int:
    return server.paths().count("/worker/text")


async def silence(request: web.BaseRequest) -> web.StreamResponse:
    del request
    return await asyncio.Future()


async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return await asyncio.Future()


# Requests and answers


async def test_a_request_for_a_text_has_all_fields_of_the_job(tmp_path: Path) -> None:
    job = Job("a cat", seed=7, instagram=True, options={"max_tokens": 50, "temperature": 0.5})
    async with (
        outside(says({"text": "Meow.", "model": "big-one"})) as server,
        texts(tmp_path, server, token_env="WORKER_TOKEN") as generator,
    ):
        assert await generator.generate(job, print) == Written("Meow.", "big-one")
    [asked] = server.requests
    assert (asked.method, asked.path) == ("POST", "/worker/text")
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(asked.body) == {
        "prompt": "a cat",
        "seed": 7,
        "instagram": True,
        "max_tokens": 50,
        "temperature": 0.5,
    }


async def test_the_default_name_of_a_model_is_remote(tmp_path: Path) -> None:
    async with outside(says({"text": "x"})) as server, texts(tmp_path, server) as generator:
        assert (await generator.generate(CAT, print)).model == "remote"
    assert "Authorization" not in server.requests[0].headers


async def test_a_server_may_be_below_a_path(tmp_path: Path) -> None:
    async with (
        outside(says({"text": "x"})) as server,
        texts(tmp_path, f"{server.url}/mill/") as generator,
    ):
        await write(generator)
    assert server.paths() == ["/mill/worker/text"]


# Which server gets a job


async def test_equally_busy_servers_take_turns(tmp_path: Path, three: list[Outside]) -> None:
    async with texts(tmp_path, *three) as generator:
        answers = [await write(generator) for _ in range(6)]
    assert answers == ["0", "1", "2", "0", "1", "2"]


async def test_the_server_with_the_fewest_jobs_is_next(
    tmp_path: Path, three: list[Outside]
) -> None:
    three[0].answer = three[1].answer = silence
    async with texts(tmp_path, *three) as generator, asyncio.TaskGroup() as tasks:
        held = [tasks.create_task(write(generator)) for _ in range(2)]
        await wait_until(lambda: three[0].in_hand and three[1].in_hand, "two servers are at work")
        assert [await write(generator) for _ in range(4)] == ["2"] * 4
        for job in held:
            job.cancel()
        await asyncio.wait(held)
        three[0].answer = three[1].answer = says({"text": "again"})
        # Cancelled jobs no longer count: all three are equally busy again.
        await asyncio.gather(*(write(generator) for _ in range(3)))
    assert [jobs_of(server) for server in three] == [2, 2, 5]


async def test_many_jobs_spread_evenly(tmp_path: Path, three: list[Outside]) -> None:
    async with texts(tmp_path, *three) as generator:
        answers = await asyncio.gather(*(write(generator) for _ in range(30)))
    assert Counter(answers) == {"0": 10, "1": 10, "2": 10}


# Which server is skipped


async def test_a_job_goes_to_the_next_server_if_one_does_not_listen(
    tmp_path: Path, three: list[Outside]
) -> None:
    async with texts(tmp_path, unused_url(), three[1]) as generator:
        assert [await write(generator) for _ in range(3)] == ["1"] * 3


async def test_a_job_goes_to_the_next_server_if_the_connection_ends_before_an_answer(
    tmp_path: Path, three: list[Outside]
) -> None:
    three[0].answer = hang_up
    async with texts(tmp_path, *three) as generator:
        assert [await write(generator) for _ in range(4)] == ["1", "2", "1", "2"]
    assert jobs_of(three[0]) == 1


async def test_the_job_of_a_server_that_dies_goes_to_another(tmp_path: Path) -> None:
    async with outside(says({"text": "alive"})) as alive, AsyncExitStack() as life:
        dying = await life.enter_async_context(outside(silence))
        async with texts(tmp_path, dying, alive) as generator:
            job = asyncio.create_task(write(generator))
            await wait_until(lambda: dying.in_hand, "the job is under way")
            await life.aclose()
            assert await job == "alive"


async def test_no_server_is_tried_twice_for_one_job(tmp_path: Path, three: list[Outside]) -> None:
    for server in three:
        server.answer = hang_up
    async with texts(tmp_path, *three, probe_interval=0.001) as generator:
        with pytest.raises(GenerationFailed, match="No remote text service") as failed:
            await write(generator)
    assert plain(failed).retryable
    assert [jobs_of(server) for server in three] == [1, 1, 1]


async def test_when_all_servers_are_down_a_job_fails_without_a_request(tmp_path: Path) -> None:
    async with outside(hang_up) as server, texts(tmp_path, server) as generator:
        for _ in range(3):
            with pytest.raises(GenerationFailed, match="No remote text service") as failed:
                await write(generator)
            assert plain(failed).retryable
        assert jobs_of(server) == 1


@pytest.mark.parametrize(
    ("status", "retryable", "skipped"),
    [
        (500, True, True),
        (502, True, True),
        (503, True, True),
        (400, False, False),
        (401, False, False),
        (404, False, False),
        (422, False, False),
    ],
)
async def test_an_error_fails_the_job_and_a_5xx_also_skips_the_server(
    tmp_path: Path, three: list[Outside], status: int, retryable: bool, skipped: bool
) -> None:
    three[0].answer = says({"detail": f"{TOKEN} http://127.0.0.1/worker"}, status)
    async with texts(tmp_path, *three[:2]) as generator:
        with pytest.raises(GenerationFailed) as failed:
            await write(generator)
        assert plain(failed).retryable is retryable
        assert await write(generator) == "1"
        if skipped:
            assert await write(generator) == "1"
        else:
            with pytest.raises(GenerationFailed):
                await write(generator)


WRONG: list[Any] = [
    *(b"<html>", b"", {}, {"text": ""}, {"text": 7}, [], b"x" * 2**21),
    *({"text": "x" * 100_001}, {"text": "x", "model": "m" * 1001}),
]


@pytest.mark.parametrize("body", WRONG)
async def test_a_wrong_answer_fails_the_job_and_skips_the_server(
    tmp_path: Path, three: list[Outside], body: Any
) -> None:
    three[0].answer = says(body)
    async with texts(tmp_path, *three[:2]) as generator:
        with pytest.raises(GenerationFailed) as failed:
            await write(generator)
        plain(failed)
        assert await write(generator) == "1"


async def test_a_connection_lost_within_an_answer_fails_the_job(
    tmp_path: Path, three: list[Outside]
) -> None:
    async def half(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        return await hang_up(request)

    three[0].answer = half
    async with texts(tmp_path, *three[:2]) as generator:
        with pytest.raises(GenerationFailed, match="lost") as failed:
            await write(generator)
        assert plain(failed).retryable
        assert [await write(generator), await write(generator)] == ["1", "1"]


async def test_a_server_that_takes_too_long_is_skipped(
    tmp_path: Path, three: list[Outside]
) -> None:
    three[0].answer = silence
    async with texts(tmp_path, *three[:2], timeout=1.0) as generator:
        with pytest.raises(GenerationFailed, match="in time") as failed:
            await write(generator)
        assert plain(failed).retryable
        assert [await write(generator), await write(generator)] == ["1", "1"]
        await wait_until(lambda: three[0].disconnected == 1, "the connection is closed")


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_skipped_until_its_pause_is_over(
    tmp_path: Path, three: list[Outside], status: int
) -> None:
    three[0].answer = says({}, status, {"Retry-After": "3600"})
    async with texts(tmp_path, *three[:2]) as generator:
        assert [await write(generator) for _ in range(3)] == ["1"] * 3
        assert three[0].paths() == ["/worker/text"]


async def test_a_busy_server_without_retry_after_is_skipped_for_a_moment(
    tmp_path: Path, three: list[Outside]
) -> None:
    three[0].answer = says({}, 429)
    async with texts(tmp_path, three[0], probe_interval=NEVER) as generator:
        with pytest.raises(GenerationFailed, match="busy") as failed:
            await write(generator)
        pause = plain(failed).retry_after
        assert pause is not None
        assert 0 < pause < 1
        three[0].answer = says({"text": "rested"})
        assert await persistently(generator) == "rested"


async def test_when_every_server_is_busy_the_shortest_pause_is_passed_on(
    tmp_path: Path, three: list[Outside]
) -> None:
    for server, seconds in zip(three, ("290", "200", "250"), strict=True):
        server.answer = says({}, 429, {"Retry-After": seconds})
    async with texts(tmp_path, *three) as generator:
        for _ in range(2):
            with pytest.raises(GenerationFailed, match="Every remote text service") as failed:
                await write(generator)
            pause = plain(failed).retry_after
            assert failed.value.retryable
            assert pause is not None
            assert 100 < pause <= 200
    assert [jobs_of(server) for server in three] == [1, 1, 1]


async def test_a_busy_server_with_retry_after_0_is_not_tried_twice_for_one_job(
    tmp_path: Path, three: list[Outside]
) -> None:
    for server in three:
        server.answer = says({}, 429, {"Retry-After": "0"})
    async with texts(tmp_path, *three) as generator:
        with pytest.raises(GenerationFailed, match="Every remote text service") as failed:
            await write(generator)
    pause = plain(failed).retry_after
    assert pause is not None
    assert pause < 1
    assert [jobs_of(server) for server in three] == [1, 1, 1]


async def test_a_busy_server_gets_jobs_again_when_its_pause_is_over(tmp_path: Path) -> None:
    async with (
        outside(says({}, 429, {"Retry-After": "0.05"})) as server,
        texts(tmp_path, server) as generator,
    ):
        with pytest.raises(GenerationFailed):
            await write(generator)
        server.answer = says({"text": "rested"})
        assert await persistently(generator) == "rested"
    assert "/healthz" not in server.paths()


async def persistently(generator: RemoteText) -> str:
    """Write as soon as a server takes the job."""
    answers: list[str] = []

    async def attempt() -> None:
        while not answers:
            try:
                answers.append(await write(generator))
            except GenerationFailed:
                await asyncio.sleep(0.005)  # an attempt without a server fails at once

    await asyncio.wait_for(attempt(), HANGS_SECONDS)
    return answers[0]


# Which server comes back


async def test_a_server_that_comes_back_is_found_by_a_probe(tmp_path: Path) -> None:
    port = unused_port()
    async with AsyncExitStack() as life:
        first = await life.enter_async_context(outside(says({"text": "first life"}), port))
        async with texts(tmp_path, first, probe_interval=0.02) as generator:
            assert await write(generator) == "first life"
            await life.aclose()
            with pytest.raises(GenerationFailed):
                await write(generator)
            async with outside(says({"text": "second life"}), port) as second:
                assert await persistently(generator) == "second life"
            assert second.paths()[0] == "/healthz"


async def test_a_server_with_errors_is_probed_until_it_works(tmp_path: Path) -> None:
    async with (
        outside(says({}, 503)) as server,
        texts(tmp_path, server, probe_interval=0.01) as generator,
    ):
        with pytest.raises(GenerationFailed):
            await write(generator)
        await wait_until(lambda: server.paths().count("/healthz") >= 3, "three probes")
        assert jobs_of(server) == 1
        server.answer = says({"text": "well"})
        assert await persistently(generator) == "well"


async def test_a_server_that_stays_away_is_probed_until_it_is_back(tmp_path: Path) -> None:
    async with (
        outside(hang_up) as server,
        texts(tmp_path, server, probe_interval=0.01) as generator,
    ):
        with pytest.raises(GenerationFailed):
            await write(generator)
        await wait_until(lambda: server.paths().count("/healthz") >= 2, "two probes")
        server.answer = says({"text": "awake"})
        assert await persistently(generator) == "awake"


async def test_a_server_without_healthz_is_up_if_it_answers_at_all(
    tmp_path: Path,
) -> None:
    async def no_healthz(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/healthz":
            return web.Response(status=404)
        return web.json_response({"text": "here"})

    async with (
        outside(says({}, 500)) as server,
        texts(tmp_path, server, probe_interval=0.01) as generator,
    ):
        with pytest.raises(GenerationFailed):
            await write(generator)
        server.answer = no_healthz
        assert await persistently(generator) == "here"


# Stopping


async def test_cancelling_closes_the_connection_and_frees_the_server(tmp_path: Path) -> None:
    async with outside(silence) as server, texts(tmp_path, server) as generator:
        job = asyncio.create_task(write(generator))
        await wait_until(lambda: server.in_hand, "the job is under way")
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        await wait_until(lambda: server.disconnected == 1, "the connection is closed")
        server.answer = says({"text": "next"})
        assert await write(generator) == "next"


async def test_nothing_is_left_running(tmp_path: Path) -> None:
    async with texts(tmp_path, unused_url(), unused_url(), probe_interval=0.01) as generator:
        with pytest.raises(GenerationFailed):
            await write(generator)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_start_without_servers_or_token_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CannotStart, match="urls"):
        await texts(tmp_path).__aenter__()
    monkeypatch.delenv("WORKER_TOKEN")
    with pytest.raises(CannotStart, match="WORKER_TOKEN"):
        await texts(tmp_path, unused_url(), token_env="WORKER_TOKEN").__aenter__()


@pytest.mark.parametrize("wrong", [{"urls": ["host:80"]}, {"probe_interval": 0}, {"token": "x"}])
def test_settings_refuse_what_cannot_work(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Settings)


# Pictures


def drawing(uri: str, data: bytes = PNG, **fields: Any) -> Any:
    """A worker whose picture is at `uri`."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response({"imageUri": uri, **fields})
        return web.Response(body=data)

    return answer


async def draw(home: Path, *servers: Outside | str, job: Job = CAT, **others: Any) -> Drawn:
    urls = tuple(server if isinstance(server, str) else server.url for server in servers)
    settings = Settings(urls, token_env="WORKER_TOKEN", probe_interval=NEVER, **others)
    async with RemoteImage(settings, home) as generator:
        return await generator.generate(job, print)


@pytest.mark.parametrize("uri", ["/media/ab/cd.png", "media/ab/cd.png", "//media/ab/cd.png"])
async def test_a_relative_picture_comes_from_the_server_that_drew_it(
    tmp_path: Path, uri: str
) -> None:
    async with outside(drawing(uri, model="illustrator", missing=["neon"], alt="A fox")) as server:
        job = Job("a cat", seed=7, options={"size": "64x40"})
        drawn = await draw(tmp_path, f"{server.url}/mill", job=job)
    assert drawn == Drawn(
        PNG, "image/png", 64, 40, model="illustrator", missing=("neon",), alt="A fox"
    )
    assert server.paths() == ["/mill/worker/image", "/mill/media/ab/cd.png"]
    assert json.loads(server.requests[0].body) == {"prompt": "a cat", "seed": 7, "size": "64x40"}
    assert server.requests[1].headers["Authorization"] == f"Bearer {TOKEN}"


async def test_an_absolute_picture_is_fetched_without_the_token(tmp_path: Path) -> None:
    async with (
        outside(says(PNG)) as store,
        outside(drawing(f"{store.url}/bucket/1.png?sig=x")) as server,
    ):
        assert (await draw(tmp_path, server)).model == "remote"
    assert store.paths() == ["/bucket/1.png"]
    assert "Authorization" not in store.requests[0].headers


@pytest.mark.parametrize(
    ("data", "retryable"),
    [
        (b"<html>", True),
        (PNG[:-30], True),
        (png_that_says(50_000, 50_000), False),
        (bytes(2_000_000), False),
    ],
    ids=["html", "cut off", "bomb", "too many bytes"],
)
async def test_an_unusable_picture_fails_the_job(
    tmp_path: Path, data: bytes, retryable: bool
) -> None:
    async with outside(drawing("/media/x", data)) as server:
        with pytest.raises(GenerationFailed) as failed:
            await draw(tmp_path, server, max_bytes=1_000_000)
    assert plain(failed).retryable is retryable


async def test_a_picture_that_cannot_be_fetched_is_a_retryable_failure(tmp_path: Path) -> None:
    async with outside(drawing(f"{unused_url()}/1.png")) as server:
        with pytest.raises(GenerationFailed) as failed:
            await draw(tmp_path, server)
    assert plain(failed).retryable


async def test_a_picture_is_drawn_by_the_next_server_if_one_does_not_listen(tmp_path: Path) -> None:
    async with outside(drawing("/media/x")) as server:
        assert (await draw(tmp_path, unused_url(), server)).data == PNG


async def test_cancelling_while_the_picture_arrives_closes_the_connection(tmp_path: Path) -> None:
    async def slow(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response({"imageUri": "/media/x"})
        return await silence(request)

    async with outside(slow) as server:
        job = asyncio.create_task(draw(tmp_path, server))
        await wait_until(lambda: len(server.requests) == 2, "the picture is under way")
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        await wait_until(lambda: server.disconnected == 1, "the connection is closed")


# Real Feedmill processes


async def test_generators_use_another_feedmill(tmp_path: Path) -> None:
    simulated = ("text.generator=simulated", "image.generator=simulated")
    token = {"FEEDMILL_INTERNAL_TOKEN": TOKEN}
    async with running_service(tmp_path, *simulated, environment=token) as other:
        settings = Settings((other.url,), token_env="WORKER_TOKEN")
        async with (
            RemoteText(settings, tmp_path) as poet,
            RemoteImage(settings, tmp_path) as artist,
        ):
            job = Job("a cat", seed=7, instagram=True, options={"max_tokens": 50})
            written = await poet.generate(job, print)
            drawn = await artist.generate(Job("a cat", seed=7, options={"size": "64x64"}), print)
        async with RemoteText(Settings((other.url,)), tmp_path) as stranger:
            with pytest.raises(GenerationFailed, match="key") as failed:
                await stranger.generate(CAT, print)
    assert written.text.startswith("generated text for a cat")
    assert written.model == "simulated-text"
    assert (drawn.media_type, drawn.width, drawn.height) == ("image/png", 8, 8)
    assert not plain(failed).retryable


async def test_a_service_generates_with_another_feedmill(tmp_path: Path) -> None:
    folders = tmp_path / "worker", tmp_path / "front"
    for folder in folders:
        folder.mkdir()
    simulated = ("text.generator=simulated", "image.generator=simulated")
    async with running_service(folders[0], *simulated) as worker:
        remote = [f"{kind}.generator=remote" for kind in ("text", "image")]
        remote += [f'{kind}.remote.urls=["{worker.url}"]' for kind in ("text", "image")]
        async with running_service(folders[1], *remote) as front, ClientSession() as client:
            parameters = {"prompt": "a cat", "tag": "instagram"}
            async with client.post(f"{front.url}/content/", json=parameters) as accepted:
                number = (await accepted.json())["RequestId"]
            post: dict[str, Any] = {}
            async with asyncio.timeout(HANGS_SECONDS):
                while post.get("status") not in ("completed", "failed"):
                    parameters = {"request-id": number}
                    async with client.post(f"{front.url}/content/view/", json=parameters) as view:
                        post = await view.json()
            assert post["status"] == "completed", post
            assert "a cat" in post["text"]
            async with client.get(front.url + post["imageUri"]) as art:
                assert (await art.read()).startswith(b"\x89PNG")


async def test_an_input_picture_is_handed_over(tmp_path: Path) -> None:
    job = Job("make it blue", seed=7, instagram=True, image=InputPicture(PNG, "image/png"))
    settings = ("text.generator=simulated", "image.generator=simulated")
    async with running_service(tmp_path, *settings) as service:
        how = Settings((service.url,), probe_interval=NEVER)
        async with RemoteImage(how, tmp_path) as generator:
            drawn = await generator.generate(job, print)
            plain = await generator.generate(CAT, print)
    assert (drawn.model, plain.model) == ("simulated-image",) * 2
    assert drawn.data != plain.data
