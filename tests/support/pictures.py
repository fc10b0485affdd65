"""Small real pictures for tests."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib

from PIL import Image


def picture(kind: str = "PNG", width: int = 48, height: int = 32) -> bytes:
    """A colourful picture file: noise, so that every part of the file carries pixels."""
    noise = Image.effect_noise((width, height), 90)
    file = io.BytesIO()
    Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), noise)).save(file, kind)
    return file.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A PNG whose header promises any size, with next to no pixels behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def wrapped(data: bytes, prefix: str = "") -> bytes:
    """An answer of OpenAI's shape with this file in it."""
    text = prefix + base64.b64encode(data).decode()
    return json.dumps({"created": 1, "data": [{"b64_json": text}]}).encode()
