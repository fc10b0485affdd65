"""A parser of Server-Sent Events, from bytes in chunks of any size.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_LINE_BYTES = 1_000_000
"""Bytes: far more than any real event of a chat; a bound for garbage that would fill the memory."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
END_OF_LINE = re.compile(rb"\r\n|\r|\n")


class NotAnEventStream(ValueError):
    """The bytes are not an event stream."""


class ServerSentEvent(NamedTuple):
    """One event; `id` is the last one received, with this event or before."""

    data: str
    name: str
    id: str


class EventParser:
    """The parser of one stream: chunks go in, complete events come out.

    `errors` is the handling of bytes that are not UTF-8, as in bytes.decode.
    """

    def __init__(self, errors: str = "replace") -> None:
        self._errors = errors
        self._rest = b""
        self._begun = False
        self._after_cr = False
        """Whether the last chunk ended with a CR: a following LF belongs to it."""
        self._data: list[str] = []
        self._name = ""
        self._id = ""

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """Every event completed by this chunk; NotAnEventStream for a line without end."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
        data = self._rest + chunk
        if not self._begun:
            if BYTE_ORDER_MARK.startswith(data):
                self._rest = data
                return
            self._begun = True
            data = data.removeprefix(BYTE_ORDER_MARK)
        self._after_cr = data.endswith(b"\r")
        *lines, self._rest = END_OF_LINE.split(data)
        if len(self._rest) > MAX_LINE_BYTES:
            raise NotAnEventStream("a line without end")
        for line in lines:
            if line:
                self._add_field(line.decode(errors=self._errors))
            elif self._data:
                yield self._event()
            else:
                self._name = ""

    def finish(self) -> Iterator[ServerSentEvent]:
        """The last event of a stream that ended without its final blank line."""
        if self._rest:
            self._add_field(self._rest.decode(errors=self._errors))
        if self._data:
            yield self._event()
        self._rest = b""

    def _event(self) -> ServerSentEvent:
        event = ServerSentEvent("\n".join(self._data), self._name or "message", self._id)
        self._data, self._name = [], ""
        return event

    def _add_field(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append(value)
            case "event":
                self._name = value
            case "id":
                self._id = value
