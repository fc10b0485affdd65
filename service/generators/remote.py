"""Texts and pictures from the worker endpoints of other Feedmill processes, or compatible ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self, TypeVar

import aiohttp
import msgspec

from feedmill.addresses import seen_from
from service.generators.abilities import IMAGE_ABILITIES, TEXT_ABILITIES
from service.generators.pictures.received import PictureReader
from service.generators.protocol import (
    CHAT,
    CannotStart,
    Drawn,
    GenerationFailed,
    Job,
    Say,
    ServerState,
    Written,
)
from service.generators.servers.balance import Balance, RemoteServer, unreachable
from service.generators.servers.http_client import (
    MAX_ERROR_BYTES,
    Seconds,
    Url,
    authorization,
    error_code,
    fetch,
    in_plain_words,
    link,
    no_answer,
    open_session,
    picture_form,
    reach,
    read_at_most,
    words,
)
from service.generators.servers.http_failures import refused
from service.retry_after import pause

MAX_ANSWER_BYTES = 1_000_000  # of JSON: a text, or the address of a picture
MAX_TEXT_CHARACTERS = 100_000
MAX_ALT_CHARACTERS = 10_000
MAX_MISSING = 1000  # words of a prompt
MAX_NAME_CHARACTERS = 1000  # of a model, or a word that is missing
PROBE_TIMEOUT_SECONDS = 5.0  # /healthz answers at once or not at all


Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME_CHARACTERS)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    urls: tuple[Url, ...] = ()
    """Everything before /worker/text and /worker/image, of each server."""
    token_env: str = ""
    """Name of the environment variable with their internal token; empty if they need none."""
    timeout: Seconds = 110.0
    """Seconds for one job, over all servers that it is tried on. Shorter than the pool's timeout,
    so that a server that hangs is noticed and skipped."""
    connect_timeout: Seconds = 5.0
    """Seconds to reach a server."""
    probe_interval: Seconds = 5.0
    """Seconds until a server that failed is probed again; doubles while it stays away."""
    max_bytes: Annotated[int, msgspec.Meta(gt=0)] = 20_000_000
    """Bytes of the largest picture that is accepted."""


class _TextAnswer(msgspec.Struct):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT_CHARACTERS)]
    model: Name = "remote"


class _ImageAnswer(msgspec.Struct, rename={"image_uri": "imageUri"}):
    image_uri: Annotated[str, msgspec.Meta(min_length=1)]
    model: Name = "remote"
    missing: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MAX_MISSING)] = ()
    alt: Annotated[str, msgspec.Meta(max_length=MAX_ALT_CHARACTERS)] = ""


ResultT = TypeVar("ResultT", Written, Drawn)
AnswerT = TypeVar("AnswerT", _TextAnswer, _ImageAnswer)


class _NotTaken(Exception):
    """The server did not take the job, so another one may try it at once."""


class _Remote:
    """The common part of both generators: a session, a key and a load balancer."""

    def __init__(self, service: str, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._balance = Balance(settings.urls, self._is_there, settings.probe_interval)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if not self._settings.urls:
            raise CannotStart(f"The {self._service} generator needs `urls`, its servers.")
        self._key = authorization(self._settings.token_env)
        self._session = await self._open.enter_async_context(
            open_session(self._settings.connect_timeout)
        )
        await self._open.enter_async_context(self._balance)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def trouble(self) -> str | None:
        """Why it cannot work now: no server is up."""
        up = any(state.up for state in self.servers())
        return None if up else str(unreachable(self._service))

    async def reach(self) -> None:
        await self._probe_servers(self._can_be_reached)

    async def check(self) -> None:
        """Probe the servers."""
        await self._probe_servers(self._is_there)

    async def _probe_servers(self, probe: Callable[[RemoteServer], Awaitable[bool]]) -> None:
        await self._balance.probe_servers(probe)
        if self.trouble():
            raise unreachable(self._service)

    async def _can_be_reached(self, server: RemoteServer) -> bool:
        try:
            await reach(server.url, self._service)
        except GenerationFailed:
            return False
        return True

    def servers(self) -> tuple[ServerState, ...]:
        return self._balance.states()

    def back_ends(self) -> tuple[RemoteServer, ...]:
        return self._balance.servers

    async def _anywhere(self, work: Callable[[RemoteServer], Awaitable[ResultT]]) -> ResultT:
        """Do the work at the best server, and at the next one if that server did not take it."""
        tried: list[RemoteServer] = []

        def where() -> str:
            return tried[-1].url if tried else ", ".join(self._settings.urls)

        with in_plain_words(self._service, where, self._key):
            try:
                async with asyncio.timeout(self._settings.timeout):
                    while True:
                        with (
                            suppress(_NotTaken),
                            self._balance.lend(self._service, tried) as server,
                        ):
                            tried.append(server)
                            return await work(server)
            except TimeoutError:
                tried[-1].failed("no answer in time")
                raise

    async def _ask(self, server: RemoteServer, path: str, job: Job, kind: type[AnswerT]) -> AnswerT:
        """The server's answer; a lost connection or a 5xx takes the server out of the balance."""
        began = time.monotonic()
        fields: dict[str, Any] = {**job.options, "prompt": job.prompt, "seed": job.seed}
        if job.instagram:
            fields["instagram"] = True
        if CHAT in fields:
            fields[CHAT] = msgspec.to_builtins(job.chat)
        sent: dict[str, Any] = {"json": fields}
        if job.image is not None:
            sent = {"data": picture_form(fields, job.image)}
        try:
            response = await self._session.post(
                server.url + path, **sent, headers=self._key, allow_redirects=False
            )
        except (aiohttp.ClientError, OSError) as problem:
            server.failed(f"{type(problem).__name__} {problem}")
            raise _NotTaken from problem
        async with response:
            server.quota.observe(response.headers)
            server.heed(server.quota.quota())
            if not 200 <= response.status < 300:
                raise await self._refusal(server, response, began)
            try:
                body = await read_at_most(response, MAX_ANSWER_BYTES, self._service)
                answer = msgspec.json.decode(body, type=kind)
            except (aiohttp.ClientError, OSError) as problem:
                server.failed(f"{type(problem).__name__} {problem}")
                raise
            except msgspec.DecodeError as problem:
                server.failed("an answer of another kind")
                raise no_answer(self._service) from problem
        server.succeeded(began)
        return answer

    async def _refusal(
        self, server: RemoteServer, response: aiohttp.ClientResponse, began: float
    ) -> Exception:
        status, headers = response.status, response.headers
        seconds = pause(headers)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            server.refused(began, seconds)
            return _NotTaken()
        if status == HTTPStatus.SERVICE_UNAVAILABLE and seconds is not None:
            server.load(seconds)
            return _NotTaken()
        body = await response.content.read(MAX_ERROR_BYTES)
        text = words(body.decode(errors="replace"))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            server.failed(f"{status} {text}")
        return refused(self._service, status, headers, error_code(body), text)

    async def _is_there(self, server: RemoteServer) -> bool:
        """Whether a server is up: any status below 500 counts, as some do not know /healthz."""
        try:
            async with (
                asyncio.timeout(PROBE_TIMEOUT_SECONDS),
                self._session.get(f"{server.url}/healthz", allow_redirects=False) as response,
            ):
                return response.status < HTTPStatus.INTERNAL_SERVER_ERROR
        except (aiohttp.ClientError, OSError):
            return False


class RemoteText(_Remote):
    """Texts from `POST {url}/worker/text`; they arrive as a whole, so `say` is not called."""

    abilities = TEXT_ABILITIES

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # this generator keeps no files
        super().__init__("remote text", settings)

    async def generate(self, job: Job, say: Say) -> Written:
        del say

        async def write(server: RemoteServer) -> Written:
            answer = await self._ask(server, "/worker/text", job, _TextAnswer)
            return Written(answer.text, answer.model)

        return await self._anywhere(write)


class RemoteImage(_Remote):
    """Pictures from `POST {url}/worker/image`, fetched from the address in the answer."""

    abilities = IMAGE_ABILITIES

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # this generator keeps no files
        super().__init__("remote image", settings)
        self._reader = PictureReader(self._service, settings.max_bytes)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self._open.enter_async_context(self._reader)
        return self

    async def generate(self, job: Job, say: Say) -> Drawn:
        del say

        async def draw(server: RemoteServer) -> Drawn:
            answer = await self._ask(server, "/worker/image", job, _ImageAnswer)
            picture = await self._reader.read(await self._picture(server, answer.image_uri))
            return picture.drawn(answer.model, answer.missing, answer.alt)

        return await self._anywhere(draw)

    async def _picture(self, server: RemoteServer, uri: str) -> bytes:
        if uri.startswith("/"):
            uri = f"/{uri.lstrip('/')}"
        url = link(seen_from(server.url, uri), self._service)
        # The token goes only to the server itself, not to an object store that it links to.
        same_origin = url.origin() == link(server.url, self._service).origin()
        key = self._key if same_origin else {}
        with in_plain_words(self._service, lambda: str(url), self._key, unreachable="job"):
            return await fetch(self._session, url, key, self._settings.max_bytes, self._service)
