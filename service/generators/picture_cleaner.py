"""The cleaner of picture files: it keeps only the picture. Runs in picture_decoder.py's process.

Text chunks, comments, EXIF and XMP may hold prompts, names of models, workflows and thumbnails, and
files may have hidden bytes after the end. Beside the pixels only the colour profile and the
orientation stay, which are needed to show them correctly. No pixel is encoded again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

PNG, JPEG, RIFF, WEBP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"WEBP"

PNG_CHUNKS = frozenset(
    {
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"),
        *(b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"sBIT"),
    }
)
WEBP_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
HAS_EXIF, HAS_XMP = 0x08, 0x04  # bits of the flags in VP8X

SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment: TEM, RST0 … RST7
APP0, APP1, APP2, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
JFIF_BYTES = 14  # of a JFIF segment without a thumbnail

NORMAL = 1  # the default orientation, which need not be stored
ORIENTATIONS = range(2, 9)


class Incomplete(ValueError):
    """The file ends before its picture does, or is no PNG, JPEG or WebP."""


def cleaned(data: bytes, orientation: int = NORMAL) -> bytes:
    """The picture without anything else, maybe the same bytes; raises Incomplete."""
    exif = _exif(orientation) if orientation in ORIENTATIONS else b""
    try:
        if data.startswith(PNG):
            return b"".join(_png(data, exif))
        if data.startswith(JPEG):
            return b"".join(_jpeg(data, exif))
        if data.startswith(RIFF) and data[8:12] == WEBP:
            return _webp(data, exif)
    except (struct.error, IndexError) as problem:
        raise Incomplete("cut off") from problem
    raise Incomplete("of another kind")


def _exif(orientation: int) -> bytes:
    """EXIF with the orientation and nothing else."""
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def _png(data: bytes, exif: bytes) -> Iterator[bytes]:
    yield PNG
    at, kind = len(PNG), b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + size + 12
        if end > len(data):
            raise Incomplete("cut off")
        if kind == b"IDAT" and exif:
            body = b"eXIf" + exif
            yield struct.pack(">I", len(exif)) + body + struct.pack(">I", zlib.crc32(body))
            exif = b""
        if kind in PNG_CHUNKS:
            yield data[at:end]
        at = end


def _jpeg(data: bytes, exif: bytes) -> Iterator[bytes]:
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
        if exif and marker != APP0:  # JFIF goes first
            yield struct.pack(">BBH", 0xFF, APP1, len(exif) + 8) + b"Exif\0\0" + exif
            exif = b""
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
        needed = {APP0: b"JFIF\0", APP2: b"ICC_PROFILE\0", APP14: b"Adobe"}
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


def _webp(data: bytes, exif: bytes) -> bytes:
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
            flags = body[0] & ~(HAS_EXIF | HAS_XMP) | (HAS_EXIF if exif else 0)
            out.append(_riff(kind, bytes([flags]) + body[1:]))
        else:
            out.append(_riff(kind, body))
    if exif and chunks and chunks[0][0] == b"VP8X":  # without it there was no EXIF to read
        out.append(_riff(b"EXIF", exif))
    return _riff(RIFF, WEBP + b"".join(out))


def _riff(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
