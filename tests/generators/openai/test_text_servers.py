"""Texts from servers that deviate from OpenAI's chat API: their variants are understood."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from feedmill.generator_contract import check
from service.generators.openai import chat_answer
from service.generators.openai.text import OpenAIText, Settings
from service.generators.openai.thoughts import Thoughts
from service.generators.protocol import GenerationFailed, Job, Written
from tests.support.outside import unused_url
from tests.support.scripted_chat import DONE, Answer, endpoint, event, refusal, stream

RIGHT = "Rain in Lisbon is lovely."
WORDS = ["Rain", " in", " Lisbon", " is", " lovely."]
JOB = Job("Write about rain", seed=7)
STOP = event(finish_reason="stop")
MESSAGE = {"choices": [{"message": {"content": RIGHT}, "finish_reason": "stop"}]}
PAUSE = 0.2  # seconds of a slow server's pause: four times the timeout in these tests


def settings(url: str, **others: Any) -> Settings:
    return Settings(base_url=url, model="m", api_key_env="", **others)


async def written(*answers: Answer, **others: Any) -> Written:
    """The result of one job; checks that no piece passed on was taken back."""
    said: list[str] = []
    async with (
        endpoint(*answers) as server,
        OpenAIText(settings(server.url, **others), Path()) as text,
    ):
        made = await text.generate(JOB, said.append)
    check(made, said)
    return made


def words(**others: Any) -> list[bytes]:
    return [event(word, **others) for word in WORDS]


def chunk(**fields: Any) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()


def slow(*chunks: bytes | None) -> Answer:
    """A stream that pauses at each None."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in chunks:
            if piece is None:
                await asyncio.sleep(PAUSE)
            else:
                await response.write(piece)
        return response

    return answer


NONE: list[Any] = ["", "None", False, 0, {}]
REASONS: dict[str, Answer] = {
    "before the words": slow(event("", finish_reason="stop"), None, *words(), DONE),
    "with every word": slow(*words(finish_reason="stop")[:2], None, *words()[2:], STOP, DONE),
    "that is the word null": slow(
        *[piece for one in words(finish_reason="null") for piece in (one, None)][:-1], STOP, DONE
    ),
    **{
        f"that is {none!r}": slow(*words(finish_reason=none)[:2], None, *words()[2:], STOP)
        for none in NONE
    },
}


@pytest.mark.parametrize("name", REASONS)
async def test_a_finish_reason_is_no_end_while_the_stream_continues(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(chat_answer, "LAST_WORDS_SECONDS", PAUSE / 4)
    assert (await written(REASONS[name])).text == RIGHT


LAST_CHUNKS: dict[str, dict[str, Any]] = {
    "finishReason": {"choices": [{"delta": {}, "finishReason": "stop"}]},
    "at the top": {"choices": [{"delta": {}}], "finish_reason": "stop"},
    "stop_reason": {"choices": [{"delta": {}, "stop_reason": "end_turn"}]},
    "done_reason": {"choices": [], "done_reason": "stop"},
    "done": {"choices": [{"delta": {}}], "done": True},
    "finish_details": {"choices": [{"delta": {}, "finish_details": {"type": "stop"}}]},
    "a number": {"choices": [{"delta": {}, "finish_reason": 1}]},
    "the bill": {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}},
}


@pytest.mark.parametrize("name", LAST_CHUNKS)
async def test_an_end_may_be_in_other_fields(name: str) -> None:
    assert (await written(stream(*words(), chunk(**LAST_CHUNKS[name])))).text == RIGHT


@pytest.mark.parametrize("reason", ["error", "abort", "cancelled"])
async def test_a_finish_reason_for_an_incomplete_text_fails_the_job(reason: str) -> None:
    with pytest.raises(GenerationFailed, match="broke off") as failed:
        await written(stream(*words(), event(finish_reason=reason), DONE))
    assert failed.value.retryable


TAGS = [
    *(("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<thought>", "</thought>")),
    *(("[THINK]", "[/THINK]"), ("<THINK>", "</THINK>"), ("<reasoning>", "</reasoning>")),
    *(("<think depth='2'>", "</think>"), ("◁think▷", "◁/think▷"), ("<|think|>", "<|/think|>")),
    *(("<seed:think>", "</seed:think>"), ("<|START_THINKING|>", "<|END_THINKING|>")),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ('<details type="reasoning">', "</details>"),
    *(
        ("<think>", "</ think>"),
        ("<|channel>thought", "<channel|>"),
        ("<think/><think>", "</think>"),
    ),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
]
UNOPENED = [
    ("Okay, the user wants a post.", "</think>"),
    ("Alright, let me see.", "</thinking>"),
    ("We need to write a post about rain.", "</think>"),
    ("The user asks for rain. <b>Rain</b>!", "[/THINK]"),
    ("Hmm.", "</thought>"),
    ("Okay, I put it into <answer> tags, not </details>.", "</think>"),
]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(("opening", "closing"), [*TAGS, *UNOPENED])
async def test_thoughts_are_removed_from_the_text(opening: str, closing: str, size: int) -> None:
    answer = f"{opening}\nIs a < b? [Yes].\n{closing}\n\n{RIGHT}"
    pieces = [event(answer[at : at + size]) for at in range(0, len(answer), size)]
    assert (await written(stream(*pieces, STOP, DONE))).text == RIGHT


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<think>Hm.</think><answer>", "</answer>"),
        ("Okay, the user wants rain.</think>\n<answer>\n", "\n</answer>"),
        ("<|begin_of_thought|>Hm.<|end_of_thought|><|begin_of_solution|>", "<|end_of_solution|>"),
        (
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>",
            "<|return|>",
        ),
    ],
)
async def test_tags_around_an_answer_after_thoughts_are_removed(
    before: str, after: str, size: int
) -> None:
    answer = before + RIGHT + after
    pieces = [event(answer[at : at + size]) for at in range(0, len(answer), size)]
    assert (await written(stream(*pieces, STOP, DONE))).text == RIGHT


async def test_a_closing_tag_without_an_opening_one_is_removed() -> None:
    assert (await written(stream(event("</think>\n"), *words(), STOP, DONE))).text == RIGHT


async def test_after_thoughts_in_the_text_later_ones_are_held_back() -> None:
    aloud = stream(event("Rain it is, then. "), event("</think>"), *words(), STOP, DONE)
    async with endpoint(aloud) as server, OpenAIText(settings(server.url), Path()) as text:
        with pytest.raises(GenerationFailed) as failed:
            await text.generate(JOB, lambda _: None)
        assert failed.value.retryable
        said: list[str] = []
        assert (await text.generate(JOB, said.append)).text == RIGHT
    assert "".join(said) == RIGHT


@pytest.mark.parametrize(
    "text",
    [
        "Okay, it rains. Look at [this](http://example.org/) a < b, <3!",
        "So much rain <b>here</b> [1]",
        "I need rain",
        "Well",
        "Open <details>more</details> here",
        "An <answer>42</answer> and </response>",
    ],
)
async def test_a_text_that_begins_like_a_thought_is_kept(text: str) -> None:
    for size in (1, 5, 1000):
        pieces = [event(text[at : at + size]) for at in range(0, len(text), size)]
        assert (await written(stream(*pieces, STOP, DONE))).text == text


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm.", "content": None},
        {"content": "", "reasoning_details": [{"text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
        {"content": "<think>"},
    ],
)
async def test_thoughts_are_a_sign_of_life(delta: dict[str, Any]) -> None:
    thought = event(choices=[{"index": 0, "delta": delta}])
    end = event("</think>") if delta.get("content") == "<think>" else event("")
    patience = 1.0  # seconds: a thought arrives within them even on a busy machine
    pauses = [None] * round(1.5 * patience / PAUSE)
    answer = slow(thought, *pauses, end, *words(), STOP, DONE)
    assert (await written(answer, first_token_timeout=patience)).text == RIGHT


ODD: dict[str, list[bytes]] = {
    "empty data": [piece for one in words() for piece in (b"data:\n\n", b"data: \n\n", one)],
    "data that is no object": [b"data: ping\n\n", b"data: 1\n\n", b"data: null\n\n", *words()],
    "an empty error": words(error={}),
    "errors that say nothing": [
        event(word, error=error)
        for word, error in zip(
            WORDS, ["", [], False, {"message": "", "code": None}, {"code": 0}], strict=True
        )
    ],
    "odd usage": [
        event(word, usage=usage)
        for word, usage in zip(WORDS, [[], "5", {"prompt_tokens": {}}, {}, 5], strict=True)
    ],
    "odd models and choices": [
        *(chunk(choices=None), chunk(choices=[]), chunk(choices={}, model=5), b"data: []\n\n"),
        *words(model=["m"]),
    ],
}


@pytest.mark.parametrize("name", ODD)
async def test_odd_fields_around_a_text_do_no_harm(name: str) -> None:
    assert (await written(stream(*ODD[name], STOP, DONE))).text == RIGHT


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": "5", "completion_tokens": "7"}, (5, 7)),
        ({"prompt_tokens": 5.0, "completion_tokens": "many"}, (5, None)),
        ({"prompt_tokens": -1, "completion_tokens": True}, (None, None)),
        ({"prompt_tokens": "1e999", "completion_tokens": None}, (None, None)),
    ],
)
async def test_token_counts_are_read_if_they_are_valid(
    usage: dict[str, Any], tokens: tuple[int | None, int | None]
) -> None:
    made = await written(stream(*words(), event(finish_reason="stop", usage=usage), DONE))
    assert (made.text, made.prompt_tokens, made.completion_tokens) == (RIGHT, *tokens)


async def test_an_error_with_any_content_fails_the_job() -> None:
    answer = stream(event("Rain"), chunk(error={"message": "The slot is gone.", "code": 0}))
    with pytest.raises(GenerationFailed) as failed:
        await written(answer)
    assert failed.value.retryable


def content(raw: bytes) -> bytes:
    return b'data: {"choices":[{"delta":{"content":"' + raw + b'"}}]}\n\n'


CHARACTERS: dict[str, list[bytes]] = {
    "escapes": [content(rb"\ud83c"), content(rb"\udf27")],
    "escapes with words around": [content(rb"a\ud83c"), content(rb"\udf27b")],
    "an empty piece between": [content(rb"\ud83c"), event(""), content(rb"\udf27")],
    "a low half that looks like a byte": [content(rb"\ud83d"), content(rb"\udc80")],
    "bytes": [content(bytes([byte])) for byte in "🌧".encode()],
    "bytes of two": [content(b"\xf0\x9f"), content(b"\x8c\xa7")],
    "halves as bytes": [content(b"\xed\xa0\xbc"), content(b"\xed\xbc\xa7")],
    "a half for ever": [content(rb"a\ud83c"), content(b"b")],
    "a half at the end": [content(rb"a\ud83c")],
    "a low half alone": [content(rb"\udf27")],
}
MEANT = ["🌧", "a🌧b", "🌧", "💀", "🌧", "🌧", "🌧", "a�b", "a�", "�"]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    "tag", ["<think />", "<think/>", "<THINKING  id='1' />", "<think></think>"]
)
async def test_an_empty_thought_hides_no_text(tag: str, size: int) -> None:
    answer = f"{tag}\n{RIGHT}"
    pieces = [event(answer[at : at + size]) for at in range(0, len(answer), size)]
    assert (await written(stream(*pieces, STOP, DONE))).text == RIGHT


@pytest.mark.parametrize(
    "error",
    [
        {"code": 0},
        {"code": 0.0},
        {"code": 0, "message": "no error"},
        {"code": "0", "message": "Success."},
        {"code": 200, "message": "OK"},
        {"code": None, "message": "n/a"},
    ],
)
async def test_an_error_field_that_reports_no_error_is_ignored(error: dict[str, object]) -> None:
    pieces = [event(RIGHT[:5], error=error), event(RIGHT[5:], error=error)]
    assert (await written(stream(*pieces, STOP, DONE))).text == RIGHT


@pytest.mark.parametrize(("name", "meant"), list(zip(CHARACTERS, MEANT, strict=True)))
async def test_a_character_that_was_split_is_joined(name: str, meant: str) -> None:
    assert (await written(stream(*CHARACTERS[name], STOP, DONE))).text == meant


def test_a_tag_that_never_ends_causes_no_delay() -> None:
    text = "<details " + "reasoning" * 200_000  # a search for its end would take minutes
    assert Thoughts().feed(text) == text


def test_many_pieces_that_end_like_objects_are_not_all_tried() -> None:
    answer = chat_answer.ChatAnswer(streamed=False)
    line = json.dumps({"id": "x" * 150, "choices": [{"delta": {"content": "a "}}]}).encode()
    for _ in range(49_000):  # takes minutes where each of them is
        answer.take(line + b"\n")
    done = json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]}).encode()
    assert not answer.take(done)
    assert "".join(answer.take(b"")) == "a " * 49_000
    assert answer.ending().reason == "stop"


async def test_half_a_character_in_other_fields_does_no_harm() -> None:
    half = chunk(model="\ud83c", choices=[{"delta": {"content": RIGHT}}])
    made = await written(stream(half, STOP, DONE))
    assert (made.text, made.model) == (RIGHT, "scripted-1")  # from the next chunk


async def test_half_a_character_in_an_error_is_shown_as_one() -> None:
    with pytest.raises(GenerationFailed) as failed:
        await written(stream(chunk(error={"message": "No \udf27 here", "code": 500})))
    assert failed.value.detail.endswith("500 No ? here")


BYTES = b"".join([b": hello\n\n", *words(), STOP, DONE])
BODIES: dict[str, tuple[bytes, str]] = {
    "CR": (BYTES.replace(b"\n", b"\r"), "text/event-stream"),
    "CRLF": (BYTES.replace(b"\n", b"\r\n"), "text/event-stream"),
    "a mixture": (
        b"".join(
            event(word).replace(b"\n", end)
            for word, end in zip(WORDS, [b"\r", b"\n", b"\r\n"] * 2, strict=False)
        )
        + STOP,
        "text/event-stream",
    ),
    "no empty lines": (BYTES.replace(b"\n\n", b"\n"), "text/event-stream"),
    "a byte order mark": (b"\xef\xbb\xbf" + BYTES, "text/event-stream"),
    "no label": (BYTES, "application/octet-stream"),
    "one object": (json.dumps(MESSAGE, indent=1).encode(), "text/event-stream"),
    "one object after a mark": (b"\xef\xbb\xbf" + json.dumps(MESSAGE).encode(), "application/json"),
    "one object without a reason": (
        json.dumps({"choices": [{"message": {"content": RIGHT}}]}).encode(),
        "application/json",
    ),
    "one object in UTF-16": (json.dumps(MESSAGE).encode("utf-16"), "application/json"),
    "an object a line": (
        b"".join(one.removeprefix(b"data: ")[:-1] for one in [*words(), STOP]),
        "application/x-ndjson",
    ),
}


@pytest.mark.parametrize("size", [1, 3, 100_000])
@pytest.mark.parametrize("name", BODIES)
async def test_a_body_is_read_in_any_format(name: str, size: int) -> None:
    data, kind = BODIES[name]
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert (await written(stream(*pieces, kind=kind))).text == RIGHT


@asynccontextmanager
async def raw(head: str, body: bytes, *, reset: bool = False) -> AsyncIterator[str]:
    """A server that sends these bytes and closes the connection, in order or with a reset."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)
        await writer.drain()
        if reset:
            await asyncio.sleep(0)
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


EVENTS, OBJECT = "Content-Type: text/event-stream", "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
ALL = [*words(), STOP]
JSON = json.dumps(MESSAGE).encode()
FRAMES: dict[str, tuple[str, bytes]] = {
    "a length that is too long": (
        f"{EVENTS}\r\nContent-Length: {len(b''.join(ALL)) + 50}",
        b"".join(ALL),
    ),
    "chunks without the last": (f"{EVENTS}\r\n{CHUNKED}", chunked(*ALL)),
    "a chunk that is cut": (f"{EVENTS}\r\n{CHUNKED}", chunked(*ALL) + b"ff\r\ndata: {"),
    "no frame": (EVENTS, b"".join(ALL)),
    "one object, too long a length": (f"{OBJECT}\r\nContent-Length: {len(JSON) + 50}", JSON),
    "one object in chunks": (f"{OBJECT}\r\n{CHUNKED}", chunked(JSON[:20], JSON[20:])),
}


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("name", FRAMES)
async def test_a_missing_end_of_the_stream_costs_no_text(name: str, reset: bool) -> None:
    async with raw(*FRAMES[name], reset=reset) as url, OpenAIText(settings(url), Path()) as text:
        assert (await text.generate(JOB, lambda _: None)).text == RIGHT


@pytest.mark.parametrize(
    "body", [b"".join(words()), words(finish_reason="stop")[0] + words(finish_reason="stop")[1]]
)
async def test_a_text_that_may_lack_words_fails_the_job(body: bytes) -> None:
    head = f"{EVENTS}\r\nContent-Length: {len(body) + 50}"
    async with raw(head, body) as url, OpenAIText(settings(url), Path()) as text:
        with pytest.raises(GenerationFailed, match="lost"):
            await text.generate(JOB, lambda _: None)


async def test_an_object_is_complete_even_if_the_connection_stays_open() -> None:
    async def open_ended(request: web.Request) -> web.StreamResponse:
        response = await stream(JSON, kind="application/json")(request)
        await asyncio.Event().wait()
        return response

    assert (await written(open_ended)).text == RIGHT


NO_SYSTEM = [
    (400, "System role not supported"),
    (500, "Jinja Exception: System role not supported"),
    (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
    (400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
    (400, "Developer instruction is not enabled for models/gemma-3-27b-it"),
    (422, "Only user and assistant roles are supported!"),
    (400, "Input should be 'user' or 'assistant': messages[0].role is 'system'"),
    (400, "This model does not support system messages."),
]


@pytest.mark.parametrize(("status", "words_of_it"), NO_SYSTEM)
async def test_a_model_without_a_system_role_gets_one_user_message(
    status: int, words_of_it: str
) -> None:
    async def picky(request: web.Request) -> web.StreamResponse:
        roles = [one["role"] for one in (await request.json())["messages"]]
        answer = (
            refusal(status, message=words_of_it) if "system" in roles else stream(*words(), DONE)
        )
        return await answer(request)

    async with (
        endpoint(picky) as server,
        OpenAIText(settings(server.url, system="Be short."), Path()) as text,
    ):
        assert (await text.generate(JOB, lambda _: None)).text == RIGHT
        assert (await text.generate(JOB, lambda _: None)).text == RIGHT
    assert len(server.bodies) == 3  # it is remembered
    assert server.bodies[-1]["messages"] == [
        {"role": "user", "content": f"Be short.\n\n{JOB.prompt}"}
    ]


async def test_a_refusal_inside_an_answer_counts_as_well() -> None:
    error = {"message": "System role not supported", "code": 400}
    assert (await written(stream(chunk(error=error)), stream(*words(), DONE))).text == RIGHT


async def test_without_a_system_message_there_is_nothing_to_leave_out() -> None:
    with pytest.raises(GenerationFailed):
        await written(refusal(400, message="System role not supported"), system="")


async def test_long_and_many_headers_do_no_harm() -> None:
    async def cookies(request: web.Request) -> web.StreamResponse:
        assert "Cookie" not in request.headers
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        response.headers["Set-Cookie"] = f"session={'x' * 20_000}"
        response.headers.extend({f"X-Hop-{number}": "1" for number in range(200)})
        await response.prepare(request)
        for piece in [*words(), STOP, DONE]:
            await response.write(piece)
        return response

    async with endpoint(cookies) as server, OpenAIText(settings(server.url), Path()) as text:
        for _ in range(2):
            assert (await text.generate(JOB, lambda _: None)).text == RIGHT


NOW = time.time()
ABSURD = [
    *(str(int(NOW) + 2), str(int(NOW * 1000) + 2000), "1e9", "9" * 400, "inf", "1_0", "5, 6"),
    *(formatdate(NOW + 1e9), "Fri, 31 Dec 99999999999999999999 23:59:59 GMT", "Mon, 32 Foo"),
]


@pytest.mark.parametrize("value", ABSURD, ids=map(str, range(len(ABSURD))))  # others hold the time
async def test_an_absurd_retry_after_is_ignored(value: str) -> None:
    with pytest.raises(GenerationFailed) as failed:
        await written(refusal(429, **{"Retry-After": value}))
    assert failed.value.retry_after is None


async def test_with_absurd_milliseconds_the_seconds_count() -> None:
    with pytest.raises(GenerationFailed) as failed:
        await written(refusal(429, **{"retry-after-ms": str(NOW * 1000), "Retry-After": "3"}))
    assert failed.value.retry_after == 3


@pytest.mark.parametrize(
    "form",
    [
        "%a, %d %b %Y %H:%M:%S GMT",
        "%a, %d %b %Y %H:%M:%S -0000",
        "%a, %d %b %Y %H:%M:%S +0000",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %d %H:%M:%S %Y",
        "%Y-%m-%dT%H:%M:%SZ",
    ],
)
async def test_dates_are_in_gmt_in_any_time_zone(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        # by the server's clock, even if that is wrong
        date = time.strftime(form, time.gmtime(1_000_000_060))
        head = {"Retry-After": date, "Date": formatdate(1_000_000_000, usegmt=True)}
        with pytest.raises(GenerationFailed) as failed:
            await written(refusal(429, **head))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert failed.value.retry_after == 60


async def unanswered(head: str, body: bytes, *, reset: bool) -> GenerationFailed:
    """The failure of a job whose server sends this and closes the connection."""
    async with raw(head, body, reset=reset) as url, OpenAIText(settings(url), Path()) as text:
        with pytest.raises(GenerationFailed) as failed:
            await text.generate(JOB, lambda _: None)
    return failed.value


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("head", [f"{EVENTS}\r\n{CHUNKED}", f"{EVENTS}\r\nContent-Length: 900"])
async def test_a_text_lost_after_its_beginning_uses_up_an_attempt(head: str, reset: bool) -> None:
    begun = event("Rain")
    failed = await unanswered(head, chunked(begun) if CHUNKED in head else begun, reset=reset)
    assert failed.retryable
    assert failed.cause == "job"


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def test_an_unreachable_server_is_away() -> None:
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        urls = [url, unused_url() + "/v1", "http://no-such-host.invalid/v1"]
        for one in urls:
            async with OpenAIText(settings(one), Path()) as text:
                with pytest.raises(GenerationFailed) as failed:
                    await text.generate(JOB, lambda _: None)
            assert failed.value.retryable
            assert failed.value.cause == "away"
            assert failed.value.detail.startswith(f"{one}/chat/completions: ")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refusal(503, message="Loading model"), "away"),
        (refusal(502), "away"),
        (refusal(504), "away"),
        (refusal(521), "away"),
        (refusal(500), "job"),
        (refusal(429), "busy"),
        (refusal(429, "insufficient_quota"), "setup"),
        (refusal(400), "job"),
        (refusal(400, message="The model `m` does not exist"), "setup"),
        (refusal(401), "setup"),
        (refusal(404), "setup"),
        (refusal(301), "setup"),
        (refusal(400, "content_policy_violation"), "job"),
        (stream(chunk(error={"code": 503, "message": "Loading model"})), "away"),
    ],
)
async def test_a_failure_has_a_cause(answer: Answer, cause: str) -> None:
    with pytest.raises(GenerationFailed) as failed:
        await written(answer)
    assert failed.value.cause == cause


async def test_details_for_operators_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_KEY", "a-key-of-mine")
    said = "Bearer abcdefgh, key sk-proj-123456789, a-key-of-mine at https://me:pw@host/?token=xyz"
    async with endpoint(refusal(400, message=said)) as server:
        own = Settings(base_url=server.url, model="m", api_key_env="CHAT_KEY")
        async with OpenAIText(own, Path()) as text:
            with pytest.raises(GenerationFailed) as failed:
                await text.generate(JOB, lambda _: None)
    detail = failed.value.detail
    assert detail.startswith(f"{server.url}/chat/completions: 400 Bearer …, key …, … at https://…@")
    for secret in ("abcdefgh", "123456789", "a-key-of-mine", "me:pw", "xyz"):
        assert secret not in detail
