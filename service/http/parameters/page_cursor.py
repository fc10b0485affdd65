"""Opaque cursors: each leads on in one list, and in no other."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any, Self

from service.config import HttpConfig
from service.http.parameters.parse import refusal
from service.http.problems import Problem

DIGEST_BYTES = 6
MOMENT = re.compile("[0-9]{1,16}")  # microseconds since 1970
MAX_CURSOR_CHARACTERS = 1200  # a user id of 200 characters takes 800 bytes at most


class PageCursor(str):
    """Where a page of a list ended: the `next` that came with it."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if not isinstance(value, str) or not 1 <= len(value) <= MAX_CURSOR_CHARACTERS:
            raise ValueError("Must be the `next` of another page.")
        return cls(value)

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]+$",
            "maxLength": MAX_CURSOR_CHARACTERS,
            "description": "The `next` of the previous page of the same list.",
        }


def encode_cursor(position: str, *scope: str) -> str:
    """The cursor for a position in the list that `scope` names."""
    data = _digest(position, scope) + position.encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode_cursor(cursor: str, *scope: str) -> str:
    """The position of a cursor. Raises Problem for a cursor of another list."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
        position = data[DIGEST_BYTES:].decode()
    except (binascii.Error, ValueError):
        position, data = "", b""
    if not position or data[:DIGEST_BYTES] != _digest(position, scope):
        raise _not_of_this_list()
    return position


def decode_moment(cursor: str, *scope: str) -> int:
    """The microsecond that a cursor of this list stands for. Raises Problem."""
    position = decode_cursor(cursor, *scope)
    if not MOMENT.fullmatch(position):  # the digest has no secret: clients can make cursors
        raise _not_of_this_list()
    return int(position)


def _not_of_this_list() -> Problem:
    return refusal({"cursor": "Must be the `next` of another page of this list."})


def _digest(position: str, scope: tuple[str, ...]) -> bytes:
    named = "\0".join((*scope, position)).encode()  # ids have no NUL
    return hashlib.blake2b(named, digest_size=DIGEST_BYTES).digest()
