"""The client for asyncio."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack
from urllib.parse import quote

from feedmill.client.errors import NotFinished, RequestRejected, ServiceUnavailable
from feedmill.client.files import write_new
from feedmill.client.records import (
    FeedPost,
    Generation,
    GenerationEvent,
    Rank,
    Status,
    SubmissionFields,
    Tag,
    generation_of,
    post_of,
)
from feedmill.client.retries import RetryDeadline, until_available
from feedmill.client.transport import NothingFollows, Transport

DEFAULT_URL = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 60.0
WAIT_SECONDS = 20.0  # of one call that waits for the end; shorter than any time limit on the way
EARLY_PAUSE_SECONDS = 0.2  # before the next one, if a service that stops answered early
PAGE_SIZE = "100"
CONFLICT = 409

Answer = TypeVar("Answer")


class AsyncFeedmill:
    """A client of the service at `url`, with an API key if the service requires keys.

    While the service is away, calls are repeated for `patience_seconds`; then they raise
    ServiceUnavailable. With `expect_running`, a service that was never reached raises it at once:
    the address may be wrong.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        key: str | None = None,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        expect_running: bool = False,
    ) -> None:
        self._transport = Transport(url, key or "")
        self._patience_seconds = patience_seconds
        self._expect_running = expect_running

    def __str__(self) -> str:
        return str(self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to the service."""
        await self._transport.close()

    async def submit(
        self,
        prompt: str,
        tag: Tag = "instagram",
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[SubmissionFields],
    ) -> str:
        """Submit a prompt; returns the id of the request.

        Raises ServiceBusy at once if the queue is full, and OSError for a file that cannot be read.
        """
        accepted = await self._submit(idempotency_key, prompt=prompt, tag=tag, **fields)
        return str(accepted["RequestId"])

    async def submit_variants(
        self,
        prompt: str,
        n: int,
        tag: Tag = "instagram",
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[SubmissionFields],
    ) -> Sequence[str]:
        """Submit `n` variants of a prompt, all or none; returns the ids of their requests."""
        accepted = await self._submit(idempotency_key, prompt=prompt, tag=tag, n=n, **fields)
        return [str(id_) for id_ in accepted["RequestIds"]]

    async def _submit(self, idempotency_key: str | None, **fields: Any) -> Mapping[str, Any]:
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        given = {name.replace("_", "-"): value for name, value in fields.items()}
        image = given.get("image")
        if isinstance(image, Path):
            given["image"] = image = await asyncio.to_thread(image.read_bytes)
        sent: dict[str, Any] = {"body": given}
        if isinstance(image, bytes):
            sent = {"form": {name: _in_form(value) for name, value in given.items()}}
        accepted: Mapping[str, Any] = await self._persist(
            lambda: self._transport.ask("POST", "content", headers=headers, **sent),
            when_busy=False,
        )
        return accepted

    async def models(self) -> Sequence[Mapping[str, Any]]:
        """The models that requests may name, as in `GET /models`."""
        answer = await self._persist(lambda: self._transport.ask("GET", "models"))
        return [*answer["models"]]

    async def get(self, request_id: str) -> Generation:
        """The request as it is now."""
        return self._generation(await self._record(request_id))

    async def wait(self, request_id: str, seconds: float | None = None) -> Generation:
        """The request when it is final, whether it succeeded or not.

        Raises NotFinished if it is not final after so many seconds; the request continues.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            left = WAIT_SECONDS if end is None else min(WAIT_SECONDS, end - time.monotonic())
            started = time.monotonic()
            wait = {"wait": f"{left:.3f}"} if left >= 1.0 else {}
            generation = self._generation(await self._record(request_id, wait))
            if generation.is_final:
                return generation
            if end is not None and time.monotonic() >= end:
                raise NotFinished(f"The request {request_id} is {generation.status}.")
            if time.monotonic() - started < EARLY_PAUSE_SECONDS:
                await asyncio.sleep(EARLY_PAUSE_SECONDS)

    async def follow(
        self,
        request_id: str,
        after: str | None = None,
        *,
        on_away: Callable[[str], None] | None = None,
    ) -> AsyncGenerator[GenerationEvent, None]:
        """The events of a request, each once and in order, up to the one that is last.

        Without `after`, the id of an event, the first one is a `snapshot`. `on_away` is called with
        a sentence when the connection is lost, and with "" when there is an event again.
        """
        deadline, last = RetryDeadline(self._patience_seconds), after
        path = f"{_path_of(request_id)}/events"
        while True:
            away = ServiceUnavailable(f"{self} closed the connection.")
            try:
                async with aclosing(self._transport.events(path, last)) as events:
                    async for event in events:
                        deadline.renew()
                        last = event.id
                        if on_away is not None:
                            on_away("")
                        sent = GenerationEvent(event.id, event.name, json.loads(event.data))
                        yield sent
                        if sent.is_last:
                            return
            except NothingFollows:
                return
            except ServiceUnavailable as failure:
                away = failure
            if on_away is not None:
                on_away(str(away))
            await deadline.pause(away)

    async def cancel(self, request_id: str) -> Status:
        """Cancel a request; returns its status, which is another one if it was final already."""
        path = _path_of(request_id)
        try:
            ended = await self._persist(
                lambda: self._transport.ask("DELETE", path, query={"cancel": "true"})
            )
        except RequestRejected as rejected:
            if rejected.status != CONFLICT:
                raise
            return (await self.get(request_id)).status
        status: Status = ended["status"]
        return status

    async def save(self, generation: Generation, folder: str | Path = ".") -> Path:
        """Save the picture of a request in a folder; returns the file.

        It has the name that the service gave it, and a number if that file exists. Raises
        RequestRejected if there is no picture, and OSError.
        """
        if generation.image_url is None:
            raise RequestRejected(f"The request {generation.id} has no picture.")
        data = await self.picture(generation)
        return await asyncio.to_thread(write_new, Path(folder), generation.image_url, data)

    async def picture(self, generation: Generation) -> bytes:
        """The picture of a request. Raises RequestRejected if there is none."""
        url = generation.image_url
        if url is None:
            raise RequestRejected(f"The request {generation.id} has no picture.")
        return await self._persist(lambda: self._transport.file(url))

    async def list(
        self, *, status: Status | None = None, tag: Tag | None = None
    ) -> AsyncGenerator[Generation, None]:
        """The requests of this client, newest first. Long prompts are shortened."""
        query = {"status": status, "tag": tag, "limit": PAGE_SIZE}
        async for item in self._items("content", "requests", query):
            yield self._generation(item)

    async def feed(
        self, user_id: str, *, rank: Rank = "recent", timestamp: str | None = None
    ) -> AsyncGenerator[FeedPost, None]:
        """The home feed of a user; with `timestamp` only posts that are later."""
        query = {"user-id": user_id, "rank": rank, "timestamp": timestamp, "limit": PAGE_SIZE}
        async for item in self._items("feed", "posts", query):
            yield post_of(item, self._url(item))

    async def service_status(self) -> Mapping[str, Any]:
        """The pools and streams of the service, as in `GET /status`. Not repeated."""
        answer = await self._transport.ask("GET", "status")
        if not isinstance(answer, dict) or "pools" not in answer:
            raise RequestRejected(f"{self} does not answer like Feedmill.")
        return answer

    async def pause_pool(self, name: str) -> Mapping[str, Any]:
        """Let a pool begin nothing more; the state of the pool. Not repeated."""
        return await self._change_pool(name, "pause")

    async def resume_pool(self, name: str) -> Mapping[str, Any]:
        """End the pause of a pool; the state of the pool. Not repeated."""
        return await self._change_pool(name, "resume")

    async def _change_pool(self, name: str, verb: str) -> Mapping[str, Any]:
        pool = await self._transport.ask("POST", f"pools/{quote(name, safe='')}/{verb}")
        if not isinstance(pool, dict) or "paused" not in pool:
            raise RequestRejected(f"{self} does not answer like Feedmill.")
        return pool

    async def _items(
        self, path: str, name: str, query: Mapping[str, str | None]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """The items of all pages."""
        given = {key: value for key, value in query.items() if value is not None}
        while True:
            asked = dict(given)
            page = await self._persist(lambda: self._transport.ask("GET", path, query=asked))  # noqa: B023 - called at once
            for item in page[name]:
                yield item
            if page["next"] is None:
                return
            given["cursor"] = page["next"]

    async def _record(
        self, request_id: str, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        path = _path_of(request_id)
        record: Mapping[str, Any] = await self._persist(
            lambda: self._transport.ask("GET", path, query=query)
        )
        return record

    async def _persist(
        self, call: Callable[[], Awaitable[Answer]], *, when_busy: bool = True
    ) -> Answer:
        is_unknown = self._expect_running and not self._transport.was_reached
        patience = 0.0 if is_unknown else self._patience_seconds
        return await until_available(call, patience, when_busy=when_busy)

    def _generation(self, record: Mapping[str, Any]) -> Generation:
        return generation_of(record, self._url(record))

    def _url(self, item: Mapping[str, Any]) -> str | None:
        uri = item["imageUri"]
        return None if uri is None else self._transport.address(uri)


def _in_form(value: Any) -> str | bytes:
    """A field as a form has it: an object is JSON."""
    return value if isinstance(value, str | bytes) else json.dumps(value)


def _path_of(request_id: str) -> str:
    """The path of a request, whatever is in its id. Raises RequestRejected."""
    if request_id in {"", ".", ".."}:
        raise RequestRejected("There is no request with this id.")
    return f"content/{quote(request_id, safe='', errors='backslashreplace')}"
