"""Refuses unmasked WebSocket frames of clients (RFC 6455, 5.1), which aiohttp's reader accepts."""

from __future__ import annotations

from typing import Any

REFUSED = b"\xf0\x80"  # a frame with reserved bits set, which the reader answers with 1002
MASK_BIT = 0x80  # in the second byte of a frame
LENGTH_BITS = 0x7F  # the other bits of that byte
LENGTH_BYTES = {126: 2, 127: 8}  # that follow, by the value of these bits
MASK_BYTES = 4
MAX_HEAD_BYTES = 10  # of a frame's head without its mask


class MaskedFramesOnly:
    """A filter before aiohttp's reader that passes on masked frames.

    In place of the first unmasked frame the reader gets one that it refuses itself, so it closes
    the connection with 1002 as usual.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._begun = b""  # of a frame whose head is not complete
        self._left = 0  # bytes that the current frame still has
        self._is_refused = False

    def feed_data(self, data: bytes) -> Any:
        """Pass data on to aiohttp's reader."""
        if self._is_refused:
            return False, b""
        data = self._begun + data
        at = min(self._left, len(data))
        self._left -= at
        while at < len(data):
            head = data[at : at + MAX_HEAD_BYTES]
            if len(head) > 1 and not head[1] & MASK_BIT:
                self._is_refused = True
                return self._reader.feed_data(data[:at] + REFUSED)
            size = 2 + LENGTH_BYTES.get(head[1] & LENGTH_BITS, 0) if len(head) > 1 else 2
            if len(head) < size:
                break
            # two bytes are the head of every frame; a longer one has the length in the others
            length = int.from_bytes(head[2:size]) if size > 2 else head[1] & LENGTH_BITS
            step = min(size + MASK_BYTES + length, len(data) - at)
            self._left = size + MASK_BYTES + length - step
            at += step
        self._begun = data[at:]
        return self._reader.feed_data(data[:at])

    def feed_eof(self) -> None:
        """Pass on the end of the connection."""
        self._reader.feed_eof()
