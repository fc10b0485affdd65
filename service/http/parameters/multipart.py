"""Forms with files: the fields of multipart/form-data, and pictures among them."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import LineTooLong

from service.http.parameters.decompression import inflated
from service.http.parameters.input_image import InputImage
from service.http.problems import Problem
from service.http.services import services_of

FORM = "multipart/form-data"
MAX_FIELDS = 50
MAX_LINES = 40 * MAX_FIELDS  # boundaries, headers and what is before them
PIECE_BYTES = 65_536  # of a field, read at a time
IDENTITY = {"7bit", "8bit", "binary"}  # transfer encodings that leave a form field as it is


def longest_body(request: web.Request, files: frozenset[str]) -> int:
    """Bytes that a body may have; `files` names the fields that may be pictures."""
    if files and request.content_type == FORM:
        return request.client_max_size + services_of(request).config().http.largest_picture
    return request.client_max_size


async def form_pairs(
    request: web.Request, coding: str, files: frozenset[str]
) -> list[tuple[str, Any]]:
    """The fields of a form, in order. Raises Problem."""
    form = _Form(request, files)
    try:
        reader = await request.multipart() if not coding else await _inflated_form(request, coding)
        reader._content = _Lines(reader._content)  # type: ignore[assignment]  # noqa: SLF001 - aiohttp has no bound
        async for part in reader:
            await form.read(part)
    except LineTooLong:  # between the fields
        raise web.HTTPRequestEntityTooLarge(request.client_max_size) from None
    except (ValueError, AssertionError, LookupError, RuntimeError):  # the errors of its parser
        raise Problem("invalid-request", "The multipart form cannot be read.") from None
    return form.pairs


class _Lines:
    """The content of a form, of which only so many lines are read around its fields.

    All that has arrived is read in one go, so millions of them would keep the event loop.
    """

    def __init__(self, content: Any) -> None:
        self._content = content
        self._left = MAX_LINES

    async def readline(self, **limits: int) -> bytes:
        """The next line. Raises ValueError if there were too many."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many lines")
        line: bytes = await self._content.readline(**limits)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)


class _Form:
    def __init__(self, request: web.Request, files: frozenset[str]) -> None:
        self.pairs: list[tuple[str, Any]] = []
        self._request = request
        self._files = files
        self._fields = self._file_bytes = self._text_bytes = 0
        self._longest = longest_body(request, files)
        self._longest_text = request.client_max_size

    async def read(self, part: Any) -> None:
        """Read the next field."""
        self._fields += 1
        if self._fields > MAX_FIELDS:  # also those that are left out below: each takes its time
            raise Problem("invalid-request", f"There may be {MAX_FIELDS} parameters at most.")
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise self._unusable()
        name = part.name.removesuffix("[]")  # as some clients call a field that may come twice
        is_file = part.filename is not None and name in self._files
        if part.filename and not is_file:
            raise self._unusable()
        if part.headers.get("Content-Transfer-Encoding", "binary").lower() not in IDENTITY:
            raise Problem("invalid-request", "The form fields must not be encoded.")
        part.name.encode()  # raises for a name that is not UTF-8
        value = await (self._file(part, name) if is_file else self._text(part))
        if not is_file:
            self.pairs.append((part.name, value.decode()))
        elif value or part.filename:  # a browser sends an empty one where no file was chosen
            self.pairs.append((name, InputImage(data=value) if value else ""))

    async def _text(self, part: BodyPartReader) -> bytes:
        value = bytearray()
        while piece := await part.read_chunk(PIECE_BYTES):
            value += piece
            self._text_bytes += len(piece)
            for size, longest in (
                (self._text_bytes, self._longest_text),
                (self._request.content.total_bytes, self._longest),  # with all between the fields
            ):
                if size > longest:
                    raise web.HTTPRequestEntityTooLarge(longest)
        return bytes(value)

    async def _file(self, part: BodyPartReader, name: str) -> bytes:
        value, longest = bytearray(), services_of(self._request).config().http.largest_picture
        while piece := await part.read_chunk(PIECE_BYTES):
            value += piece
            if self._file_bytes + len(value) > longest:
                raise Problem("too-large", f"{name}: A picture may have {longest} bytes.")
        self._file_bytes += len(value)
        return bytes(value)

    def _unusable(self) -> Problem:
        words = "The form may hold only named text fields."
        if self._files:
            names = " or ".join(sorted(self._files))
            words = f"{words[:-1]}, and a file only as {names}."
        return Problem("invalid-request", words)


async def _inflated_form(request: web.Request, coding: str) -> MultipartReader:
    body = await inflated(await request.read(), coding, request.client_max_size)
    content = StreamReader(request.protocol, limit=len(body), loop=asyncio.get_running_loop())
    content.feed_data(body)
    content.feed_eof()
    return MultipartReader(request.headers, content)
