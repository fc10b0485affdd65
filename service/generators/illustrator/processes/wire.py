"""The messages between the service and a drawing process, over the child's pipes.

Every message is four bytes of length (big-endian) and that many bytes of MessagePack.
"""

from __future__ import annotations

import struct

import msgspec

HEAD = struct.Struct(">I")
LONGEST = 64 * 2**20
"""Bytes of one message; a 2048x2048 WebP picture has about 1 MB."""


class DrawingJob(msgspec.Struct, frozen=True):
    """One picture to draw; the same job always gives the same bytes."""

    prompt: str
    seed: int
    width: int
    height: int
    quality: int
    style: str = "scene"
    """scene | poster | auto"""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The child has imported everything and waits for jobs."""


class FinishedPicture(msgspec.Struct, frozen=True, tag=True):
    """A finished picture: a whole WebP file."""

    data: bytes
    missing: tuple[str, ...]
    alt: str = ""


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """This job cannot be drawn; the process continues. The reason is in its log."""


Answer = Hello | FinishedPicture | Trouble

decode_job = msgspec.msgpack.Decoder(DrawingJob).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode
_encode = msgspec.msgpack.Encoder().encode


def framed(message: DrawingJob | Answer) -> bytes:
    body = _encode(message)
    return HEAD.pack(len(body)) + body


def length(head: bytes) -> int:
    """How many bytes follow. Raises ValueError when the other side talks nonsense."""
    size: int = HEAD.unpack(head)[0]
    if size > LONGEST:
        raise ValueError(f"a message of {size} bytes")
    return size
