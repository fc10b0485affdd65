"""Reads Server-Sent Events from bytes as they arrive, whatever their cut.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE = 1_000_000
"""Bytes: no honest event of a chat comes near; more is rubbish that would only fill the memory."""


class NotEvents(ValueError):  # noqa: N818 - reads as the sentence it is
    """The bytes are no event stream."""


class Events:
    """Feed it chunks, get the data of each event that became complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of every event completed by this chunk; NotEvents for a line without end."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise NotEvents("a line without end")
        for line in lines:
            yield from self._line(line.removesuffix(b"\r").decode(errors="replace"))

    def finish(self) -> Iterator[str]:
        """What a stream that ended without its last blank line still holds."""
        yield from self._line(self._rest.removesuffix(b"\r").decode(errors="replace"))
        yield from self._line("")
        self._rest = b""

    def _line(self, line: str) -> Iterator[str]:
        if not line:
            if self._data:
                yield "\n".join(self._data)
            self._data = []
            return
        field, _, value = line.partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
