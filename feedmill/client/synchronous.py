"""The client for programs without asyncio: the same calls, on an event loop in a thread."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

from feedmill.client.asynchronous import DEFAULT_URL, PATIENCE_SECONDS, AsyncFeedmill
from feedmill.client.records import (
    FeedPost,
    Generation,
    GenerationEvent,
    Rank,
    Status,
    SubmissionFields,
    Tag,
)

Answer = TypeVar("Answer")


class Feedmill:
    """A client of the service at `url`; AsyncFeedmill describes the calls.

    Threads may share it. It works where an event loop is running, too, as in a notebook.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        key: str | None = None,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        expect_running: bool = False,
    ) -> None:
        self._client = AsyncFeedmill(
            url, key, patience_seconds=patience_seconds, expect_running=expect_running
        )
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(
            target=self._loop.run_forever, name="feedmill client", daemon=True
        )
        thread.start()
        # also for a client that is never closed, when it is collected or the program ends
        self._finish = weakref.finalize(self, _finish, self._client, self._loop, thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the service; the client cannot be used after it."""
        self._finish()

    def submit(
        self,
        prompt: str,
        tag: Tag = "instagram",
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[SubmissionFields],
    ) -> str:
        """Submit a prompt; returns the id of the request."""
        return self._call(
            self._client.submit(prompt, tag, idempotency_key=idempotency_key, **fields)
        )

    def submit_variants(
        self,
        prompt: str,
        n: int,
        tag: Tag = "instagram",
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[SubmissionFields],
    ) -> Sequence[str]:
        """Submit `n` variants of a prompt, all or none; returns the ids of their requests."""
        return self._call(
            self._client.submit_variants(prompt, n, tag, idempotency_key=idempotency_key, **fields)
        )

    def models(self) -> Sequence[Mapping[str, Any]]:
        """The models that requests may name."""
        return self._call(self._client.models())

    def get(self, request_id: str) -> Generation:
        """The request as it is now."""
        return self._call(self._client.get(request_id))

    def wait(self, request_id: str, seconds: float | None = None) -> Generation:
        """The request when it is final. Raises NotFinished after so many seconds."""
        return self._call(self._client.wait(request_id, seconds))

    def follow(self, request_id: str, after: str | None = None) -> Iterator[GenerationEvent]:
        """The events of a request, each once and in order, up to the one that is last."""
        return self._iterate(self._client.follow(request_id, after))

    def cancel(self, request_id: str) -> Status:
        """Cancel a request; returns its status."""
        return self._call(self._client.cancel(request_id))

    def save(self, generation: Generation, folder: str | Path = ".") -> Path:
        """Save the picture of a request in a folder; returns the file."""
        return self._call(self._client.save(generation, folder))

    def picture(self, generation: Generation) -> bytes:
        """The picture of a request."""
        return self._call(self._client.picture(generation))

    def list(self, *, status: Status | None = None, tag: Tag | None = None) -> Iterator[Generation]:
        """The requests of this client, newest first."""
        return self._iterate(self._client.list(status=status, tag=tag))

    def feed(
        self, user_id: str, *, rank: Rank = "recent", timestamp: str | None = None
    ) -> Iterator[FeedPost]:
        """The home feed of a user; with `timestamp` only posts that are later."""
        return self._iterate(self._client.feed(user_id, rank=rank, timestamp=timestamp))

    def service_status(self) -> Mapping[str, Any]:
        """The pools and streams of the service."""
        return self._call(self._client.service_status())

    def pause_pool(self, name: str) -> Mapping[str, Any]:
        """Let a pool begin nothing more; the state of the pool."""
        return self._call(self._client.pause_pool(name))

    def resume_pool(self, name: str) -> Mapping[str, Any]:
        """End the pause of a pool; the state of the pool."""
        return self._call(self._client.resume_pool(name))

    def _call(self, call: Coroutine[Any, Any, Answer]) -> Answer:
        future = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return future.result()
        except BaseException:  # also Ctrl-C
            future.cancel()
            raise

    def _iterate(self, items: AsyncGenerator[Answer, None]) -> Iterator[Answer]:
        try:
            while (item := self._call(_next(items))) is not None:
                yield item
        finally:
            if not self._loop.is_closed():
                self._call(items.aclose())


def _finish(
    client: AsyncFeedmill, loop: asyncio.AbstractEventLoop, thread: threading.Thread
) -> None:
    closing = asyncio.run_coroutine_threadsafe(client.close(), loop)
    closing.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))
    if threading.current_thread() is not thread:  # it may be collected anywhere
        thread.join()
        loop.close()


async def _next(items: AsyncGenerator[Answer, None]) -> Answer | None:
    """The next item; None after the last one."""
    return await anext(items, None)
