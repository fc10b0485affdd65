"""The addresses in the answers of a service, as its clients see them."""

from __future__ import annotations

from yarl import URL


def seen_from(server: str, uri: str) -> str:
    """The whole URL for a `uri` that a server at this URL returned.

    A server below a path may include the prefix or not: not every proxy that strips it says so.
    """
    if not uri.startswith("/"):
        return uri if "://" in uri else f"{server.rstrip('/')}/{uri}"
    path = URL(server).raw_path.rstrip("/")
    named = bool(path) and uri.startswith(f"{path}/")
    return f"{server.rstrip('/').removesuffix(path) if named else server.rstrip('/')}{uri}"
