"""The decoder of untrusted pictures: a script that received.py runs in a separate process.

It never runs inside the service, because decoders are prone to memory and security faults: here
such a fault costs a child process without secrets and with limited memory.

Standard input: repeatedly a line {"size": bytes, "wrapped": bool, "limit": bytes, "width": pixels},
then `size` bytes. Standard output: for each of them a line with one of {"media_type", "width",
"height", "size"}, {"url"}, {"error"} or {"problem"}, then `size` bytes: the picture, if its bytes
changed. With a width other than 0 it is made small: a WebP so wide, unless it is no wider already.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

from PIL import Image

if __name__ == "__main__":  # isolated mode does not find this project
    sys.path.append(str(Path(__file__).parents[3]))

from service.generators.pictures import cleaner, normalizer

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
MAX_PIXELS = 32_000_000  # about 128 MB once decoded; a 4K picture has 8 million
MAX_MEMORY_BYTES = 1 << 30  # of address space: the pixels, a wrapped answer, the interpreter
SMALL_QUALITY = 80  # of 100, for WebP
MAX_FIELD_CHARACTERS = 2000  # of each field of an error
ERROR_FIELDS = ("code", "type", "status", "message", "detail")


class Unusable(Exception):
    """The bytes are not a usable picture; the message is a short code for the reason."""


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    while line := requests.readline():
        request = json.loads(line)
        head, data = answer(requests.read(request["size"]), request)
        answers.write(json.dumps(head).encode() + b"\n" + data)
        answers.flush()


def answer(body: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        content = unwrap(body) if request["wrapped"] else body
        if isinstance(content, dict):
            return content, b""
        if request["width"]:
            head, data = shrink(content, request["width"])
        else:
            head, data = describe(content, request["limit"])
        same = not request["wrapped"] and data == body
        return head | {"size": 0 if same else len(data)}, b"" if same else data
    except Unusable as reason:
        return {"problem": str(reason)}, b""


def unwrap(body: bytes) -> bytes | dict[str, Any]:
    """The picture's bytes from an answer in OpenAI's format, or its {"url"}, or an {"error"}."""
    try:
        whole = json.loads(body)
        data = whole.get("data")
        first = data[0] if isinstance(data, list) and data else {}
        if text := first.get("b64_json"):
            # Some servers send a whole data: URL, or the end of one, instead of plain base64.
            is_url = text[:5].lower() == "data:"
            return inline(text) if is_url else from_base64(text.rpartition(",")[2])
        if url := str(first.get("url") or "").strip():
            return inline(url) if url[:5].lower() == "data:" else {"url": url}
        return {"error": error_of(whole, first)}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise Unusable("no answer") from problem


def error_of(whole: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """The error fields of an answer without a picture."""
    error = whole.get("error") or whole.get("errors") or first.get("error")
    if isinstance(error, list):
        error = error[0]
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, dict):
        error = {**whole, "code": whole.get("code") or first.get("finish_reason")}
    fields = {name: str(error.get(name) or "")[:MAX_FIELD_CHARACTERS] for name in ERROR_FIELDS}
    if not any(fields.values()):
        raise Unusable("no answer")
    return fields


def inline(url: str) -> bytes:
    """The bytes in a data: URL (RFC 2397)."""
    kind, _, text = url.partition(",")
    data = unquote_to_bytes(text)
    return from_base64(data.decode("ascii")) if kind.lower().endswith(";base64") else data


def from_base64(text: str) -> bytes:
    """Decode base64 in any variant: with line breaks, in the URL alphabet, without padding."""
    plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def describe(data: bytes, limit: int) -> tuple[dict[str, Any], bytes]:
    """The media type, width and height of a complete picture, and its normalized, cleaned file."""
    if len(data) > limit:
        raise Unusable("too large")
    try:
        with open_picture(data) as picture:
            check_size(picture)
            data = normalizer.normalized(data, picture)
        data = cleaner.cleaned(data)
        return decode(data), data
    except Unusable:
        raise
    except Exception as problem:  # decoders raise nearly anything for broken files
        raise Unusable("no picture") from problem


def shrink(data: bytes, width: int) -> tuple[dict[str, Any], bytes]:
    """A small copy of a picture of this service; the picture itself if it is no wider."""
    try:
        with open_picture(data) as picture:
            check_size(picture)
            media_type = MEDIA_TYPES[str(picture.format)]
            if picture.width <= width:
                return {"media_type": media_type, "width": picture.width}, data
            height = max(1, round(picture.height * width / picture.width))
            has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
            plain = picture.convert("RGBA" if has_alpha else "RGB")
            small = plain.resize((width, height), Image.Resampling.LANCZOS)
            file = io.BytesIO()
            small.save(file, "WEBP", quality=SMALL_QUALITY, method=4)
    except Exception as problem:  # decoders raise nearly anything for broken files
        raise Unusable("no picture") from problem
    return {"media_type": "image/webp", "width": width, "height": height}, file.getvalue()


def check_size(picture: Image.Image) -> None:
    """Raise Unusable for too many pixels; nothing is decoded before."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise Unusable("too large")


def decode(data: bytes) -> dict[str, Any]:
    """Decode every pixel: a header alone proves nothing.

    A JPEG or WebP with damage inside may still pass: these formats have no checksums, and every
    decoder, also a browser's, shows the damaged part in grey.
    """
    with open_picture(data) as picture:
        check_size(picture)
        width, height = picture.size
        media_type = MEDIA_TYPES[str(picture.format)]
        picture.load()
    with open_picture(data) as picture:
        picture.verify()  # a PNG's checksums; needs a newly opened picture
    return {"media_type": media_type, "width": width, "height": height}


def open_picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=tuple(MEDIA_TYPES))


def limit_memory() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is no such module on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


if __name__ == "__main__":
    limit_memory()
    Image.MAX_IMAGE_PIXELS = None  # MAX_PIXELS is lower, and raises Unusable instead of warning
    main(sys.stdin.buffer, sys.stdout.buffer)
