"""Addresses of the service: public ones with a path prefix or as whole URLs, and the local one.

The stores have addresses relative to the service's root, as `/media/…`. The public address of that
root may change, so it is added when an address is sent.
"""

from __future__ import annotations

from yarl import URL

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - and how to reach it


def local_url(host: str, port: int) -> str:
    """The URL at which this machine reaches a service that listens on this host and port."""
    return str(URL.build(scheme="http", host=EVERYWHERE.get(host, host), port=port))


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
    """An address of this service below `base`; other addresses stay unchanged."""
    return f"{base}{uri}" if uri.startswith("/") else uri


def with_base(data: bytes, base: str) -> bytes:
    """A JSON text of this program with `base` before the path in every `imageUri`.

    It replaces `"imageUri":"/…`, which cannot occur inside a text: quotation marks in a text are
    escaped with a backslash.
    """
    return data.replace(b'"imageUri":"/', b'"imageUri":"%b/' % base.encode()) if base else data
