"""Where Redis is, as its URL says; and how to look into it by hand."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import unquote, urlsplit

from service.config.redis_url import is_sentinel, sentinel_url
from service.process.standard_streams import shown

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 6379


def read_url(url: str) -> dict[str, Any]:
    """The parts of a URL: `path` or `host` and `port`, `password` and so on, and whether `tls`.

    redis-py parses it. Only the plain socket URL of the embedded Redis is parsed here: importing
    redis-py takes a fifth of the service's start time.
    """
    if url.startswith("unix:///") and not set("?#") & set(url):
        return {"path": _path(url.removeprefix("unix://")), "tls": False}
    from redis.asyncio.connection import SSLConnection, parse_url  # noqa: PLC0415 - see above

    address: Any = parse_url(url)
    if "path" in address:
        address["path"] = _path(urlsplit(url).path)
    return {**address, "tls": address.get("connection_class") is SSLConnection}


def _path(quoted: str) -> str:
    return unquote(quoted, errors="surrogateescape")  # a path is bytes


def how_to_inspect(url: str) -> str:
    """The command to inspect this Redis by hand; never contains its password.

    With Sentinels, the command that asks one of them for the primary.
    """
    if is_sentinel(url):
        parts = sentinel_url(url)
        name = _quoted(parts.name)
        return f"{how_to_inspect(parts.sentinels[0])} sentinel get-master-addr-by-name {name}"
    address = read_url(url)
    words = ["redis-cli"]
    if "path" in address:
        words += ["-s", address["path"]]
    else:
        words += [
            "-h",
            address.get("host", DEFAULT_HOST),
            "-p",
            str(address.get("port", DEFAULT_PORT)),
        ]
    if address["tls"]:
        words.append("--tls")
    if address.get("password"):
        words.append("--askpass")
    if address.get("db"):
        words += ["-n", str(address["db"])]
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """A word quoted for a shell, also one with bytes that are not UTF-8."""
    readable = shown(word)
    if readable == word:
        return shlex.quote(word)
    return "$'" + shown(word.replace("\\", "\\\\").replace("'", "\\'")) + "'"
