"""How generators talk to servers: bounded in time and bytes, and failing in plain sentences."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import aiohttp
import msgspec
from yarl import URL

from service.generators.protocol import CannotStart, GenerationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+[^\s]*$")]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

LARGEST_ERROR = 65_536  # bytes of an error that are read: enough to find its code
MOST_REDIRECTS = 3  # of a picture's link; the requests themselves are never redirected


def open_session(connect_timeout: float) -> aiohttp.ClientSession:
    """A session whose requests are limited by their caller, except for the time to connect."""
    return aiohttp.ClientSession(
        # A kept connection may be closed by the server just as a request is sent on it, which
        # looks like a server that died. Against the seconds of a generation a new one is free.
        connector=aiohttp.TCPConnector(force_close=True, limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout),
        # Unpacked, a few compressed bytes could be gigabytes: ask for none and take none.
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
    )


def authorization(variable: str) -> dict[str, str]:
    """The header with the key in an environment variable; none where no variable is named.

    Raises CannotStart if there is no usable key in it.
    """
    if not variable:
        return {}
    key = os.environ.get(variable, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise CannotStart(
            f"The environment variable {variable} holds no key. Set it, or name another one"
            " (an empty name means that no key is needed)."
        )
    return {"Authorization": f"Bearer {key}"}


async def read_at_most(response: aiohttp.ClientResponse, limit: int, service: str) -> bytes:
    """The body, read no further than its limit; raises GenerationFailed beyond it."""
    if (response.content_length or 0) > limit:
        raise _too_large(service)
    body = bytearray()  # not a list of chunks: a thousand small ones would weigh far more
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise _too_large(service)
    return bytes(body)


async def fetch(
    session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str], limit: int, service: str
) -> bytes:
    """What a link from an answer leads to, which may be anything until it was checked."""
    async with session.get(url, headers=headers, max_redirects=MOST_REDIRECTS) as response:
        if not response.ok:
            raise GenerationFailed(
                f"The picture of the {service} service could not be fetched.", retryable=True
            )
        return await read_at_most(response, limit, service)


def link(text: str, service: str) -> URL:
    """The address behind a link from an answer, if it can be fetched by HTTP at all."""
    try:
        url = URL(text)
    except ValueError as problem:
        raise no_answer(service) from problem
    if url.scheme not in ("http", "https") or not url.host:
        raise no_answer(service)
    return url


def error_code(body: bytes) -> str | None:
    """The code, or else the type, in the error object of OpenAI's shape."""
    try:
        error = msgspec.json.decode(body, type=_ErrorBody).error
    except msgspec.DecodeError:
        return None
    return error.code if isinstance(error.code, str) else error.type


@contextmanager
def in_plain_words(service: str) -> Iterator[None]:
    """Turn what goes wrong on the way into GenerationFailed, without the hosts it names."""
    try:
        yield
    except TimeoutError as problem:
        raise GenerationFailed(
            f"The {service} service did not answer in time.", retryable=True
        ) from problem
    except (aiohttp.ClientResponseError, aiohttp.InvalidURL, UnicodeError) as problem:
        # UnicodeError: a host name in a link that no name service can be asked for.
        raise no_answer(service) from problem
    except aiohttp.ClientConnectorError as problem:
        raise GenerationFailed(
            f"The {service} service cannot be reached.", retryable=True
        ) from problem
    except (aiohttp.ClientError, OSError) as problem:
        raise GenerationFailed(
            f"The connection to the {service} service was lost.", retryable=True
        ) from problem


class _Error(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error


def _too_large(service: str) -> GenerationFailed:
    return GenerationFailed(f"The answer of the {service} service is too large.", retryable=False)


def no_answer(service: str) -> GenerationFailed:
    """The failure of a server that answers, but with something else."""
    return GenerationFailed(
        f"The {service} service answered with something that cannot be used.", retryable=True
    )
