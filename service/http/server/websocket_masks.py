"""WebSocket frames of clients must be masked (RFC 6455, 5.1); aiohttp's reader does not look."""

from __future__ import annotations

from typing import Any

REFUSED = b"\xf0\x80"  # a frame with reserved bits set, which the reader answers with 1002
MASKED = 0x80  # the bit in the second byte of a frame
LENGTH = 0x7F  # the other bits of that byte
LENGTH_BYTES = {126: 2, 127: 8}  # that follow if these bits say so
MASK_BYTES = 4
LONGEST_HEAD = 10  # bytes of a frame's head without its mask


class MaskedFramesOnly:
    """Sits before aiohttp's reader and passes on masked frames.

    In place of the first unmasked frame, the reader gets a frame that it considers invalid too, so
    it closes the connection with 1002 as usual.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._begun = b""  # of a frame whose head is not complete
        self._left = 0  # bytes that the current frame still has
        self._is_refused = False

    def feed_data(self, data: bytes) -> Any:
        """Pass data on, as aiohttp's reader takes it."""
        if self._is_refused:
            return False, b""
        data = self._begun + data
        at = min(self._left, len(data))
        self._left -= at
        while at < len(data):
            head = data[at : at + LONGEST_HEAD]
            if len(head) > 1 and not head[1] & MASKED:
                self._is_refused = True
                return self._reader.feed_data(data[:at] + REFUSED)
            size = 2 + LENGTH_BYTES.get(head[1] & LENGTH, 0) if len(head) > 1 else 2
            if len(head) < size:
                break
            length = int.from_bytes(head[2:size]) if size > 2 else head[1] & LENGTH  # noqa: PLR2004 - the two bytes that every frame has
            step = min(size + MASK_BYTES + length, len(data) - at)
            self._left = size + MASK_BYTES + length - step
            at += step
        self._begun = data[at:]
        return self._reader.feed_data(data[:at])

    def feed_eof(self) -> None:
        """The connection has ended."""
        self._reader.feed_eof()
