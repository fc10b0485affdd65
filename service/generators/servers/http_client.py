"""The HTTP client of generators: limits on time and bytes, and failures as plain sentences."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Annotated, Any

import aiohttp
import msgspec
from yarl import URL

from service.generators.protocol import CannotStart, Cause, GenerationFailed, InputPicture
from service.generators.servers.http_failures import AWAY, refused
from service.process.credentials import credential

Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+[^\s]*$")]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

MAX_ERROR_BYTES = 65_536  # read of an error: enough to find its code
MAX_REDIRECTS = 3  # of a picture's link; other requests are never redirected
MAX_HEADER_BYTES = 262_144  # of one header: a proxy's cookie may be long; it is ignored
MAX_HEADERS = 1000
CHECK_TIMEOUT_SECONDS = 5.0
MAX_MESSAGE_CHARACTERS = 300  # of a server's message that operators see

SECRETS = re.compile(
    r"(?i)(?<=bearer )[^\s\"',]+|(?<=://)[^/?#\s]+(?=@)"
    r"|\b(?:sk|pk|rk|hf|gsk|xai|whsec|key|token)[-_][\w*.-]{6,}|(?<=[?&])([\w.-]+)=[^&\s\"']+"
)
"""Possible keys in an address or a server's message, which are never shown."""


def picture_form(fields: Mapping[str, Any], picture: InputPicture) -> aiohttp.FormData:
    """Fields as a form, with an input picture as the file `image`."""
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, str(value).lower() if isinstance(value, bool) else str(value))
    file = f"image.{picture.media_type.rpartition('/')[2]}"
    form.add_field("image", picture.data, filename=file, content_type=picture.media_type)
    return form


def open_session(connect_timeout: float) -> aiohttp.ClientSession:
    """A session with a limit on connecting only; callers limit the rest of each request."""
    return aiohttp.ClientSession(
        # The server may close a kept connection just as a request is sent on it, which looks like
        # a crashed server. Compared to a generation, a new connection costs nothing.
        connector=aiohttp.TCPConnector(force_close=True, limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout),
        # No API needs cookies, and a long one would be sent back with every request.
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
        # A few compressed bytes may inflate to gigabytes: ask for none and accept none.
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        requote_redirect_url=False,
    )


def authorization(variable: str) -> dict[str, str]:
    """The header with the key from an environment variable; empty if no variable is named.

    Raises CannotStart if the variable has no usable key.
    """
    if not variable:
        return {}
    key = credential(variable)
    if not key or not key.isascii() or not key.isprintable():
        raise CannotStart(
            f"The environment variable {variable} holds no key. Set it, or name another one"
            " (an empty name means that no key is needed)."
        )
    return {"Authorization": f"Bearer {key}"}


async def read_at_most(
    response: aiohttp.ClientResponse, limit: int, service: str, *, whole: bool = False
) -> bytes:
    """The body; raises GenerationFailed if it exceeds the limit.

    Of a body that breaks off, the part that arrived is returned, if there is one and it need not be
    `whole`: JSON and pictures show whether they are complete.
    """
    body = bytearray()  # not a list: a thousand small chunks would take far more memory
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise _too_large(service)
    except (aiohttp.ClientError, ConnectionError) as problem:
        body += left_over(response.content)
        if whole or not body:  # lost in the middle of an answer: the server was up
            raise aiohttp.ClientPayloadError(str(problem)) from problem
    if len(body) > limit:
        raise _too_large(service)
    return bytes(body)


def left_over(content: aiohttp.StreamReader) -> bytes:
    """The bytes that arrived before a connection broke: aiohttp hides them by its exception."""
    content.set_exception(None)  # type: ignore[arg-type] # removes the exception
    return content.read_nowait()


async def fetch(
    session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str], limit: int, service: str
) -> bytes:
    """Fetch a link from an answer; the content is not checked."""
    async with session.get(url, headers=headers, max_redirects=MAX_REDIRECTS) as response:
        if not response.ok:
            raise GenerationFailed(
                f"The picture of the {service} service could not be fetched.",
                retryable=True,
                detail=str(response.status),
            )
        return await read_at_most(response, limit, service)


def link(text: str, service: str) -> URL:
    """The URL of a link from an answer; raises GenerationFailed if it is no HTTP URL."""
    try:
        # Keep the exact bytes where possible: a signed link signs its bytes.
        url = URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
        url.port  # noqa: B018 - raises ValueError if there is no such port
    except ValueError as problem:
        raise no_answer(service) from problem
    if url.scheme not in ("http", "https") or not url.host:
        raise no_answer(service)
    return url


async def reach(url: str, service: str) -> None:
    """Raise GenerationFailed if no connection can be made to a server; nothing is sent."""
    target = URL(url)
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(target.host, target.port)
            writer.close()
    except (OSError, UnicodeError) as problem:
        sentence = f"The {service} service cannot be reached."
        raise _failure(sentence, "away", url, problem, {}) from problem


async def check_server(
    session: aiohttp.ClientSession, url: str, key: Mapping[str, str], service: str
) -> None:
    """Raise GenerationFailed if a server is certainly away or refuses the key.

    A request to `url` costs nothing. Any other answer, or none, proves nothing.
    """
    with in_plain_words(service, lambda: url, key), suppress(TimeoutError):
        async with (
            asyncio.timeout(CHECK_TIMEOUT_SECONDS),
            session.get(url, headers=key, allow_redirects=False) as response,
        ):
            if response.status == HTTPStatus.UNAUTHORIZED or response.status in AWAY:
                raise refused(service, response.status, response.headers)


def error_code(body: bytes) -> str | None:
    """The code, or else the type, of an error object in OpenAI's format."""
    try:
        error = msgspec.json.decode(body, type=_ErrorBody).error
    except msgspec.DecodeError:
        return None
    return error.code if isinstance(error.code, str) else error.type


@contextmanager
def in_plain_words(
    service: str, where: Callable[[], str], key: Mapping[str, str], unreachable: Cause = "away"
) -> Iterator[None]:
    """A context that turns network errors into GenerationFailed with sentences without host names.

    The detail has the address, `where`, for operators, without the key. `unreachable` is the cause
    when there was no answer at all.
    """
    try:
        yield
    except GenerationFailed as failure:
        failure.detail = redacted(f"{where()}: {failure.detail or failure}", key)
        raise
    except aiohttp.ConnectionTimeoutError as problem:
        sentence, cause = f"The {service} service cannot be reached.", unreachable
        raise _failure(sentence, cause, where(), problem, key) from problem
    except TimeoutError as problem:
        sentence = f"The {service} service did not answer in time."
        raise _failure(sentence, "job", where(), problem, key) from problem
    except (aiohttp.ClientResponseError, aiohttp.InvalidURL, UnicodeError) as problem:
        # UnicodeError: a link with a host name that cannot be looked up.
        sentence = str(no_answer(service))
        raise _failure(sentence, "job", where(), problem, key) from problem
    except aiohttp.ClientConnectorError as problem:
        sentence = f"The {service} service cannot be reached."
        raise _failure(sentence, unreachable, where(), problem, key) from problem
    except (aiohttp.ClientError, OSError) as problem:
        sentence = f"The connection to the {service} service was lost."
        begun = isinstance(problem, aiohttp.ClientPayloadError)  # the answer had begun
        raise _failure(
            sentence, "job" if begun else unreachable, where(), problem, key
        ) from problem


def _failure(
    sentence: str, cause: Cause, where: str, problem: Exception, key: Mapping[str, str]
) -> GenerationFailed:
    detail = redacted(f"{where}: {type(problem).__name__} {problem}".rstrip(), key)
    return GenerationFailed(sentence, retryable=True, cause=cause, detail=detail)


def redacted(text: str, key: Mapping[str, str] | None = None) -> str:
    """A text for operators: on one line, bounded in length, and without possible secrets."""
    for value in (key or {}).values():
        text = text.replace(value.removeprefix("Bearer "), "…")
    text = " ".join(text.encode(errors="replace").decode().split())  # no halves of characters
    return SECRETS.sub("…", text)[: MAX_MESSAGE_CHARACTERS + 200]


def words(body: str) -> str:
    """The message in an error answer, or else the beginning of the answer."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        answer = None
    for name in ("error", "message", "detail"):
        answer = answer.get(name, answer) if isinstance(answer, dict) else answer
    return (answer if isinstance(answer, str) else body)[:MAX_MESSAGE_CHARACTERS]


class _Error(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error


def _too_large(service: str) -> GenerationFailed:
    return GenerationFailed(f"The answer of the {service} service is too large.", retryable=False)


def no_answer(service: str) -> GenerationFailed:
    """The failure when a server answers with something unexpected."""
    return GenerationFailed(
        f"The {service} service answered with something that cannot be used.", retryable=True
    )
