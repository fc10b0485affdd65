"""Texts from OpenAI-compatible servers, and everything that can go wrong there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from feedmill.generator_contract import GeneratorContract, check, check_sentence
from service.generators.local.model_process import ModelProcess
from service.generators.openai import chat, chat_answer
from service.generators.openai.text import OpenAIText, Settings
from service.generators.protocol import CannotStart, GenerationFailed, Job
from tests.support.model import all_free, bundled
from tests.support.scripted_chat import (
    DONE,
    HELLO,
    Answer,
    Endpoint,
    endless,
    endpoint,
    event,
    refusal,
    stream,
    whole,
)
from tests.support.waiting import HANGS_SECONDS, eventually

KEY = "sk-very-secret"
JOB = Job("Write about rain", seed=7)


def unheard(piece: str) -> None:
    del piece


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_KEY", KEY)


def settings(url: str, **others: Any) -> Settings:
    return Settings(base_url=url, model="scripted", api_key_env="CHAT_KEY", **others)


@asynccontextmanager
async def asking(*answers: Answer, **others: Any) -> AsyncIterator[tuple[OpenAIText, Endpoint]]:
    async with (
        endpoint(*answers) as server,
        OpenAIText(settings(server.url, **others), Path()) as text,
    ):
        yield text, server


async def failure(*answers: Answer, **others: Any) -> GenerationFailed:
    """The failure of a generation with these answers."""
    async with asking(*answers, **others) as (text, _):
        with pytest.raises(GenerationFailed) as failed:
            await text.generate(JOB, unheard)
    check_sentence(failed.value)
    return failed.value


class TestContractScripted(GeneratorContract):
    @pytest.fixture
    async def generator(self) -> AsyncIterator[OpenAIText]:
        async with asking(stream(*HELLO)) as (text, _):
            yield text

    @pytest.fixture
    def job(self) -> Job:
        return JOB

    @pytest.fixture
    def passing_trouble(self) -> Callable[[], Awaitable[object]]:
        return lambda: failing(refusal(503))

    @pytest.fixture
    def lasting_trouble(self) -> Callable[[], Awaitable[object]]:
        return lambda: failing(refusal(401, message=f"Incorrect API key provided: {KEY}"))


async def failing(answer: Answer) -> object:
    async with asking(answer) as (text, _):
        return await text.generate(JOB, unheard)


@pytest_asyncio.fixture(scope="class", loop_scope="class")
async def model(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ModelProcess]:
    async with ModelProcess(bundled(), tmp_path_factory.mktemp("model") / "log") as model:
        yield model


@pytest.mark.asyncio(loop_scope="class")
class TestContractOnLlamaCpp(GeneratorContract):
    """The same contract with a real server: llama.cpp's."""

    @pytest_asyncio.fixture(loop_scope="class")
    async def generator(
        self, model: ModelProcess, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[OpenAIText]:
        monkeypatch.setenv("CHAT_KEY", model.key)
        patient = HANGS_SECONDS  # its process gives way to all others
        own = settings(await model.url(), system="", max_tokens=20, first_token_timeout=patient)
        async with OpenAIText(own, Path()) as text:
            yield text
        await eventually(lambda: all_free(model), "no slot is left busy")

    @pytest.fixture
    def job(self) -> Job:
        return JOB

    @pytest.fixture
    def passing_trouble(self) -> Callable[[], Awaitable[object]]:
        return unreachable

    @pytest.fixture
    def lasting_trouble(self, generator: OpenAIText) -> Callable[[], Awaitable[object]]:
        return lambda: generator.generate(Job("rain " * 2_000, seed=1), unheard)


async def unreachable() -> object:
    async with OpenAIText(settings("http://127.0.0.1:9/v1"), Path()) as text:
        return await text.generate(JOB, unheard)


async def test_the_pieces_of_a_stream_are_passed_on_and_its_usage_recorded() -> None:
    said: list[str] = []
    async with asking(stream(*HELLO)) as (text, _):
        written = await text.generate(JOB, said.append)
    assert written.text == "Hello world."
    assert "".join(said) == "Hello world."  # together if they arrive together
    assert (written.model, written.prompt_tokens, written.completion_tokens) == ("scripted-1", 9, 4)


async def test_the_request_is_what_the_api_describes() -> None:
    job = Job("Rain", seed=7, options={"max_tokens": 30, "temperature": 0.1})
    async with asking(stream(*HELLO), system="Be short.") as (text, server):
        await text.generate(job, unheard)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.bodies == [
        {
            "model": "scripted",
            "messages": [
                {"role": "system", "content": "Be short."},
                {"role": "user", "content": "Rain"},
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
            "seed": 7,
            "temperature": 0.1,
            "max_tokens": 30,
        }
    ]


async def test_the_request_for_an_instagram_caption_asks_for_hashtags() -> None:
    async with asking(stream(*HELLO)) as (text, server):
        await text.generate(Job("Rain", seed=7, instagram=True), unheard)
    assert "hashtags" in server.bodies[0]["messages"][0]["content"]


async def test_a_text_that_repeats_itself_without_end_is_given_up() -> None:
    circle = event("All work and no play makes a dull day. ")
    failed = await failure(endless(circle))
    assert "repeated itself" in str(failed)
    assert failed.retryable


async def test_without_a_key_no_authorization_is_sent() -> None:
    async with endpoint(stream(*HELLO)) as server:
        own = Settings(base_url=server.url, model="m", api_key_env="")
        async with OpenAIText(own, Path()) as text:
            await text.generate(JOB, unheard)
    assert "Authorization" not in server.headers[0]


async def test_a_key_that_is_not_set_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAT_KEY")
    with pytest.raises(CannotStart, match="CHAT_KEY"):
        async with OpenAIText(settings("http://127.0.0.1:9/v1"), Path()):
            pass


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(status, True) for status in (408, 409, 425, 429, 500, 502, 503, 504, 529)]
    + [(status, False) for status in (400, 401, 402, 403, 404, 405, 413, 422, 301, 307)],
)
async def test_a_status_says_whether_to_try_again(status: int, retryable: bool) -> None:
    failed = await failure(refusal(status, message=KEY, Location="http://elsewhere.example/"))
    assert failed.retryable is retryable


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
    ],
)
async def test_a_rate_limit_says_how_long_to_wait(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert (await failure(refusal(429, **headers))).retry_after == seconds


async def test_a_rate_limit_may_name_a_date() -> None:
    failed = await failure(refusal(429, **{"Retry-After": formatdate(time.time() + 60)}))
    assert failed.retry_after == pytest.approx(60, abs=5)


TOO_MUCH = "x" * 1_000

BROKEN: list[tuple[str, Answer, bool]] = [
    ("ends early", stream(*HELLO[:3]), True),
    ("ends before it begins", stream(), True),
    ("says nothing", stream(event(finish_reason="stop"), DONE), True),
    ("is no JSON", stream(b"data: {oops\n\n"), True),
    ("is of another shape", stream(b'data: {"choices": 3}\n\n'), True),
    ("is a page", stream(b"<html>Sign in</html>", kind="text/html"), True),
    ("is empty", whole({}), True),
    ("has a line without end", endless(b"x" * 100_000), True),
    ("never ends", endless(event(TOO_MUCH)), False),
    ("never ends in one piece", endless(b'"x' * 1_000), True),
    ("overloads halfway", stream(HELLO[1], b'data: {"error": {"code": 503}}\n\n'), True),
    ("errs halfway", stream(HELLO[1], b'data: {"error": {"code": 400}}\n\n'), False),
    ("errs with a word", stream(b'data: {"error": {"code": "server_error"}}\n\n'), True),
    ("errs with a sentence", stream(b'data: {"error": "overloaded"}\n\n'), True),
    ("is filtered", stream(HELLO[1], event(finish_reason="content_filter"), DONE), False),
]


@pytest.mark.parametrize(
    ("answer", "retryable"), [pytest.param(*rest, id=name) for name, *rest in BROKEN]
)
async def test_an_unusable_answer_fails_the_job(
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    retryable: bool,
) -> None:
    monkeypatch.setattr(chat_answer, "MAX_ANSWER_CHARACTERS", 20_000)
    monkeypatch.setattr(chat_answer, "MAX_BODY_BYTES", 3_000_000)
    assert (await failure(answer)).retryable is retryable


async def test_a_refusal_of_the_model_is_final() -> None:
    refused = event(choices=[{"index": 0, "delta": {"refusal": "I cannot."}}])
    assert not (await failure(stream(refused, DONE))).retryable


async def test_a_lost_connection_is_a_retryable_failure() -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.abort()
        return web.Response()

    assert (await failure(hang_up)).retryable


@pytest.mark.parametrize("limits", [{"first_token_timeout": 0.1}, {"timeout": 0.1}])
async def test_a_silent_server_is_given_up(limits: dict[str, float]) -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response(text=str(request))

    assert (await failure(silent, **limits)).retryable


async def test_a_stream_with_only_comments_is_given_up() -> None:
    async def comments(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": still thinking\n\n")
        await asyncio.Event().wait()
        return response

    assert (await failure(comments, first_token_timeout=0.1)).retryable


GOOD: list[tuple[str, Answer]] = [
    ("cut anywhere", stream(*(bytes([byte]) for byte in b"".join(HELLO)))),
    ("with CRLF", stream(b"".join(HELLO).replace(b"\n", b"\r\n"))),
    ("with comments", stream(b": ping\n\n", *HELLO[:2], b": ping\n\nevent: x\n", *HELLO[2:])),
    ("without [DONE]", stream(*HELLO[:-1])),
    ("without its last line", stream(*HELLO[:3], event(finish_reason="stop").rstrip())),
    ("without a reason", stream(*HELLO[:3], DONE)),
    ("unlabelled", stream(*HELLO, kind="text/plain")),
    ("with white space around", stream(event("\n\n"), *HELLO[:3], event("  \n"), *HELLO[3:])),
    ("after loud thinking", stream(event("<thi"), event("nk>Hm.</think>\n"), *HELLO)),
    ("in parts", stream(event([{"type": "text", "text": "Hello world."}]), DONE)),
    (
        "not streamed",
        whole({"choices": [{"message": {"content": "Hello world."}, "finish_reason": "stop"}]}),
    ),
]


@pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in GOOD])
async def test_variants_of_the_protocol_are_understood(answer: Answer) -> None:
    said: list[str] = []
    async with asking(answer) as (text, _):
        written = await text.generate(JOB, said.append)
    assert written.text == "Hello world."
    check(written, said)


async def test_a_server_that_keeps_the_connection_open_causes_no_delay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def open_ended(request: web.Request) -> web.StreamResponse:
        response = await stream(*HELLO[:4])(request)
        await asyncio.Event().wait()
        return response

    monkeypatch.setattr(chat_answer, "LAST_WORDS_SECONDS", 0.05)
    async with asking(open_ended) as (text, _):
        assert (await text.generate(JOB, unheard)).text == "Hello world."


async def test_tokens_of_many_answers_are_read_several_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = [f"word{number} " for number in range(20)]

    async def one_by_one(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for word in words:
            await response.write(event(word))
            await asyncio.sleep(0.001)  # lets an eager reader take it before the next one
        await response.write(event(finish_reason="stop") + DONE)
        return response

    monkeypatch.setattr(chat, "PACED_ANSWERS", 0)
    monkeypatch.setattr(chat, "READ_SECONDS_OF_EACH", 0.2)
    said: list[str] = []
    async with asking(one_by_one) as (text, _):
        written = await text.generate(JOB, said.append)
    assert written.text == "".join(words).rstrip()
    assert len(said) <= 10


async def test_a_field_that_the_server_refuses_is_never_sent_again() -> None:
    async def picky(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        for name in ("seed", "max_tokens", "temperature"):
            if name in body:
                return await refusal(400, "unsupported_parameter", f"Unsupported: '{name}'.")(
                    request
                )
        return await stream(*HELLO)(request)

    job = Job("Rain", seed=1, options={"max_tokens": 30, "temperature": 0.1})
    async with asking(picky) as (text, server):
        await text.generate(job, unheard)
        asked = len(server.bodies)
        await text.generate(job, unheard)
    assert len(server.bodies) == asked + 1
    assert server.bodies[-1]["max_completion_tokens"] == 30
    assert not {"seed", "max_tokens", "temperature"} & server.bodies[-1].keys()


async def test_a_cancelled_job_closes_the_connection() -> None:
    left = asyncio.Event()

    async def patient(request: web.Request) -> web.StreamResponse:
        response = await stream(*HELLO[:2])(request)
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return response

    piece_arrived = asyncio.Event()
    async with asking(patient) as (text, _):
        running = asyncio.ensure_future(text.generate(JOB, lambda piece: piece_arrived.set()))  # noqa: ARG005
        await piece_arrived.wait()
        running.cancel()
        await asyncio.wait([running])
        async with asyncio.timeout(HANGS_SECONDS):
            await left.wait()


async def test_the_key_is_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failed = await failure(refusal(401, "invalid_api_key", f"Incorrect API key provided: {KEY}"))
    chain: BaseException | None = failed
    while chain:
        assert KEY not in str(chain)
        chain = chain.__cause__ or chain.__context__
    assert KEY not in caplog.text
