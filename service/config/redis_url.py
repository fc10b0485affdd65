"""The address of a Redis, or of the Sentinels that know it: checked, and taken apart."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

SENTINEL = "+sentinel://"
SENTINEL_PORT = 26379
DATABASE_NUMBER = re.compile(r"[0-9]{0,5}")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]/?#@\s]+)(?::([0-9]+))?")
_MAX_PORT = 65535
_OF_SENTINELS = ("sentinel_username", "sentinel_password")  # options of the URL


class SentinelUrl(NamedTuple):
    """What is in `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME/DB?options`."""

    name: str
    """Of the primary, as the Sentinels call it."""
    sentinels: list[str]
    """A plain URL of each Sentinel."""
    primary: str
    """A plain URL of the primary, with a host that means nothing."""


def is_sentinel(url: str) -> bool:
    """Whether this URL names Sentinels."""
    return SENTINEL in url.partition("?")[0]


def sentinel_url(url: str) -> SentinelUrl:
    """The parts of a URL that names Sentinels. Raises ValueError, with what is allowed."""
    scheme, _, rest = url.partition(SENTINEL)
    before, _, query = rest.partition("?")
    credentials, at, places = before.rpartition("@")
    places, _, path = places.partition("/")
    name, _, database = path.strip("/").partition("/")
    if not name:
        raise ValueError("expected the name of the primary after the Sentinels, as /mymaster")
    hosts = [_host(place) for place in places.split(",")]
    # urllib would decode and encode again what is passed on as it is
    options = [option for option in query.split("&") if option]
    own = [option for option in options if option.partition("=")[0] in _OF_SENTINELS]
    others = "&".join(option for option in options if option not in own)
    given = {key: values[0] for key, values in parse_qs("&".join(own)).items()}
    user, password = (quote(given.get(key, ""), safe="") for key in _OF_SENTINELS)
    theirs = f"{user}:{password}@" if password else ""
    suffix = f"?{others}" if others else ""
    # a database, a client's option, is none of a Sentinel's
    tls_only = "&".join(option for option in others.split("&") if option.startswith("ssl_"))
    return SentinelUrl(
        unquote(name),
        [f"{scheme}://{theirs}{host}{'?' if tls_only else ''}{tls_only}" for host in hosts],
        f"{scheme}://{credentials}{at}primary/{database}{suffix}",
    )


def check_address(url: str) -> None:
    """Raises ValueError, with what is allowed, if this is not an address of a Redis."""
    for plain in sentinel_parts(url) if is_sentinel(url) else [url]:
        _check_plain(plain)


def sentinel_parts(url: str) -> list[str]:
    """The plain URLs of which a Sentinel URL consists. Raises ValueError."""
    parts = sentinel_url(url)
    return [*parts.sentinels, parts.primary]


def _host(place: str) -> str:
    match = _HOST.fullmatch(place)
    if not match:
        raise ValueError("expected Sentinels as HOST:PORT with commas between them")
    if match[2] and not 1 <= int(match[2]) <= _MAX_PORT:
        raise ValueError("expected a port from 1 to 65535")
    return f"{match[1]}:{match[2] or SENTINEL_PORT}"


def _check_plain(url: str) -> None:
    from redis.asyncio.connection import parse_url  # noqa: PLC0415 - slow, and seldom needed

    parts = urlsplit(url)
    options = parse_qs(parts.query)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("expected a port from 1 to 65535")
    if parts.scheme != "unix" and not parts.hostname:
        raise ValueError("expected a host after ://")
    path = "" if parts.scheme == "unix" else parts.path.strip("/")
    if not DATABASE_NUMBER.fullmatch(options.get("db", [path])[0]):
        raise ValueError("expected the number of a database, or none")
    parse_url(url)
