"""The cleaner of picture files: it keeps only the picture. Runs in decoder.py's process.

Text chunks, comments, EXIF and XMP may hold prompts, names of models, workflows and thumbnails, and
files may have hidden bytes after the end. Only what is needed to show the pixels stays: not the
orientation and the colour profile, because pictures come here upright and in sRGB. No pixel is
encoded again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

PNG, JPEG, RIFF, WEBP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"WEBP"

PNG_CHUNKS = frozenset(
    {
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
        *(b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"sBIT"),
    }
)
WEBP_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH"})
HAS_METADATA = 0x20 | 0x08 | 0x04  # bits of the flags in VP8X: a colour profile, EXIF, XMP

SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment: TEM, RST0 … RST7
APP0, APP14, APP15 = 0xE0, 0xEE, 0xEF
JFIF_BYTES = 14  # of a JFIF segment without a thumbnail


class Incomplete(ValueError):
    """The file ends before its picture does, or is no PNG, JPEG or WebP."""


def cleaned(data: bytes) -> bytes:
    """The picture without anything else, maybe the same bytes; raises Incomplete."""
    try:
        if data.startswith(PNG):
            return b"".join(_png(data))
        if data.startswith(JPEG):
            return b"".join(_jpeg(data))
        if data.startswith(RIFF) and data[8:12] == WEBP:
            return _webp(data)
    except (struct.error, IndexError) as problem:
        raise Incomplete("cut off") from problem
    raise Incomplete("of another kind")


def _png(data: bytes) -> Iterator[bytes]:
    yield PNG
    at, kind = len(PNG), b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + size + 12
        if end > len(data):
            raise Incomplete("cut off")
        if kind in PNG_CHUNKS:
            yield data[at:end]
        at = end


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while True:
        while data[at + 1] == 0xFF:  # markers may have more of these before them
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0:
            raise Incomplete("broken")
        if marker == EOI:
            yield data[at : at + 2]
            return
        if marker in ALONE:
            yield data[at : at + 2]
            at += 2
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        segment = data[at + 4 : end]
        if marker == APP0 and segment.startswith(b"JFIF\0") and len(segment) > JFIF_BYTES:
            yield _without_thumbnail(segment)
        elif _shows_the_picture(marker, segment):
            yield data[at:end]
        at = end
        if marker == SOS:
            end = _end_of_scan(data, at)
            yield data[at:end]
            at = end


def _shows_the_picture(marker: int, segment: bytes) -> bool:
    """Whether a segment is needed; of the APP segments, only those that define the colours."""
    if marker == COM or APP0 <= marker <= APP15:
        needed = {APP0: b"JFIF\0", APP14: b"Adobe"}
        return marker in needed and segment.startswith(needed[marker])
    return True


def _without_thumbnail(segment: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, APP0, JFIF_BYTES + 2) + segment[:12] + b"\0\0"


def _end_of_scan(data: bytes, at: int) -> int:
    """The offset of the next marker that does not belong to the pixels."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise Incomplete("cut off")
        if data[at + 1] not in (0, 0xFF) and data[at + 1] not in ALONE:
            return at
        at += 2 if data[at + 1] != 0xFF else 1  # the same


def _webp(data: bytes) -> bytes:
    [size] = struct.unpack_from("<I", data, 4)
    end = size + 8
    if end > len(data):
        raise Incomplete("cut off")
    chunks: list[tuple[bytes, bytes]] = []
    at = 12
    while at + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end:
            raise Incomplete("cut off")
        if kind in WEBP_CHUNKS:
            chunks.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    out = []
    for kind, body in chunks:
        if kind == b"VP8X":
            out.append(_riff(kind, bytes([body[0] & ~HAS_METADATA]) + body[1:]))
        else:
            out.append(_riff(kind, body))
    return _riff(RIFF, WEBP + b"".join(out))


def _riff(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
