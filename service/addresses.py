"""Addresses of the service as others have to write them: below a path, or whole.

Stored are addresses from the service's own root, as `/media/…`: where that root is for the world
may change, and is added when an address leaves.
"""

from __future__ import annotations

from yarl import URL


def path_of(address: str) -> str:
    """The path of a URL, or a path, without a slash at its end; "" for the root.

    Raises ValueError for one that cannot be the root of a service.
    """
    url = URL(address)
    parts = url.raw_path.rstrip("/").split("/")[1:]
    unusual = address.startswith("//") or not all(parts) or bool({".", ".."} & set(parts))
    if unusual or url.query_string or url.fragment:
        raise ValueError("expected a path without ?, #, // or dots as parts")
    return "".join(f"/{part}" for part in parts)


def absolute(uri: str, base: str) -> str:
    """An address of this service below `base`; one that is elsewhere stays as it is."""
    return f"{base}{uri}" if uri.startswith("/") else uri


def with_base(data: bytes, base: str) -> bytes:
    """The same for every `imageUri` in a JSON text of this program.

    There it stands as `"imageUri":"/…`, which no text can have in it: a quotation mark inside of
    one has a backslash before it.
    """
    return data.replace(b'"imageUri":"/', b'"imageUri":"%b/' % base.encode()) if base else data


def seen_from(server: str, uri: str) -> str:
    """The whole address of what a server at this URL calls `uri`.

    A server below a path may name it or not: a proxy takes it away, and not all tell.
    """
    if not uri.startswith("/"):
        return uri if "://" in uri else f"{server.rstrip('/')}/{uri}"
    path = URL(server).raw_path.rstrip("/")
    named = bool(path) and uri.startswith(f"{path}/")
    return f"{server.rstrip('/').removesuffix(path) if named else server.rstrip('/')}{uri}"
