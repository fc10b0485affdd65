"""Decodes the pictures that strangers sent: a script, run by picture.py in a process of its own.

It never runs inside the service: decoders of foreign pictures are where memory and security
accidents happen, and here one costs a child process with no secrets and a limit on its memory.

Standard input: a line {"size": bytes, "wrapped": bool, "limit": bytes} and so many bytes, over and
over. Standard output, each time: a line that is one of {"media_type", "width", "height", "size"},
{"url"} or {"problem"}, then `size` bytes: the picture, where it came wrapped in JSON.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import Any, BinaryIO

from PIL import Image

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
MOST_PIXELS = 32_000_000  # about 128 MB once decoded; a 4K picture has 8 million
MOST_MEMORY = 1 << 30  # bytes of address space: the pixels, a wrapped answer, the interpreter
# What must stand at the end of a file, because Pillow forgives a PNG or JPEG that lacks it. WebP
# says its length at the start, and Pillow minds.
ENDS = {"image/png": b"IEND\xaeB`\x82", "image/jpeg": b"\xff\xd9", "image/webp": b""}
END = 64  # bytes in which to look for it: some writers add padding


class Unusable(Exception):
    """The bytes are no picture that may be used; the message is the word for why."""


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    while line := requests.readline():
        request = json.loads(line)
        head, data = answer(requests.read(request["size"]), request)
        answers.write(json.dumps(head).encode() + b"\n" + data)
        answers.flush()


def answer(body: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        if not request["wrapped"]:
            return describe(body, request["limit"]) | {"size": 0}, b""
        found = unwrap(body)
        if isinstance(found, str):
            return {"url": found}, b""
        return describe(found, request["limit"]) | {"size": len(found)}, found
    except Unusable as reason:
        return {"problem": str(reason)}, b""


def unwrap(body: bytes) -> bytes | str:
    """The picture's bytes, or its address, from {"data": [{"b64_json": …} or {"url": …}]}."""
    try:
        first = json.loads(body)["data"][0]
        if text := first.get("b64_json"):
            # Some servers send a whole data: URL where only its base64 belongs.
            return base64.b64decode(text.rpartition(",")[2], validate=True)
        return str(first["url"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise Unusable("no answer") from problem


def describe(data: bytes, limit: int) -> dict[str, Any]:
    """What a complete picture is: its media type, width and height."""
    if len(data) > limit:
        raise Unusable("too large")
    try:
        return decode(data)
    except Unusable:
        raise
    except Exception as problem:  # a decoder at odds with foreign bytes raises nearly anything
        raise Unusable("no picture") from problem


def decode(data: bytes) -> dict[str, Any]:
    """Decode every pixel: a header alone proves nothing.

    What stays possible is a JPEG or WebP with damage inside: these formats have no checksums, and
    every decoder, a browser's too, shows the damaged part in grey.
    """
    with open_picture(data) as picture:
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise Unusable("too large")
        media_type = MEDIA_TYPES[str(picture.format)]
        picture.load()
    with open_picture(data) as picture:
        picture.verify()  # a PNG's checksums; needs a picture of its own
    if ENDS[media_type] not in data[-END:]:
        raise Unusable("no picture")
    return {"media_type": media_type, "width": width, "height": height}


def open_picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=tuple(MEDIA_TYPES))


def limit_memory() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is no such module on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    limit_memory()
    Image.MAX_IMAGE_PIXELS = None  # the limit above is lower, and is an answer, not a warning
    main(sys.stdin.buffer, sys.stdout.buffer)
