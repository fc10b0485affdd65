"""`Range` and `If-Range` (RFC 9110, 13.1.5 and 14.2): which part of a file a client wants.

Several ranges, another unit, or a range of another version of the file mean the whole file.
"""

from __future__ import annotations

import re

from aiohttp import web
from aiohttp.helpers import parse_http_date

from service.http.problems import Problem

HUGE_BYTES = 10**18  # stands for any larger number, of any length; no file is as long
_SPEC = re.compile(r"([0-9]*)-([0-9]*)")


def requested_range(request: web.Request, etag: str, modified: int, size: int) -> range | None:
    """The requested part; None for the whole file. Raises Problem if there is no such part.

    `modified` are the seconds of `Last-Modified`.
    """
    header = request.headers.get("Range")
    if header is None or request.method != "GET" or not _is_same(request, etag, modified):
        return None
    unit, _, specs = header.partition("=")
    several = [spec.strip() for spec in specs.split(",") if spec.strip()]
    if unit.strip().lower() != "bytes" or len(several) > 1:
        return None
    part = _parsed(several[0] if several else "", size)
    if not part:
        raise Problem(
            "range-not-satisfiable",
            f"The picture has {size} bytes.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return part


def _is_same(request: web.Request, etag: str, modified: int) -> bool:
    """Whether `If-Range` names this version: by its strong tag, or by the very date."""
    named = request.headers.get("If-Range")
    if named is None:
        return True
    if '"' in named:  # a weak tag is never the same here
        return named.strip() == etag
    date = parse_http_date(named)
    return date is not None and date.timestamp() == modified


def _parsed(spec: str, size: int) -> range:
    """The bytes of one range specification; empty if it is invalid."""
    match = _SPEC.fullmatch(spec)
    if match is None or spec == "-":
        return range(0)
    first, last = map(_number, match.groups())
    if first is None:
        return range(max(0, size - (last or 0)), size)
    return range(first, min(size, size if last is None else last + 1))


def _number(digits: str) -> int | None:
    if not digits:
        return None
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) < len(str(HUGE_BYTES)) else HUGE_BYTES
