"""`GET /usage`: what keys have used of models on each day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from service.config import HttpConfig
from service.http.api.responses import UsedResponse, json_reply
from service.http.guards.access import caller
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.page_cursor import PageCursor, decode_cursor, encode_cursor
from service.http.parameters.parse import Parameters, parse_parameters, refusal
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import checked_text
from service.http.problems import Problem
from service.http.services import services_of
from service.store.sql.feeds.posts import MICROSECONDS
from service.store.sql.keys.usage import DAY_SECONDS, KEPT_DAYS, UsageQuery, UsageRow, today

SHOWN_DAYS = 30  # before today, unless the call says otherwise
MAX_NAME_CHARACTERS = 200
MAX_PAGE_ROWS = 1000
DAY_MICROSECONDS = int(DAY_SECONDS) * MICROSECONDS
BEFORE_ALL = (-1, "", "")

_decode_position = msgspec.json.Decoder(
    tuple[Annotated[int, Meta(ge=0, le=10**9)], str, str]
).decode


class Name(str):
    """The name of a key or a model."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object, _http: HttpConfig) -> Name:
        return cls(checked_text(value, MAX_NAME_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, object]:
        return {"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARACTERS}


class UsageFilter(Parameters):
    """Which rows: the days from that of `since` on that begin before `until`."""

    key: Name | None = None
    model: Name | None = None
    since: Timestamp | None = None
    until: Timestamp | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE_ROWS)] = 100
    cursor: PageCursor | None = None


class DayUsageResponse(msgspec.Struct):
    """What a key has used of a model on a day."""

    day: str
    key: str | None
    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    pictures: int
    seconds: float
    cost: float | None


class UsageReportResponse(msgspec.Struct):
    """A page of days; `next` is the cursor of the page after it."""

    usage: list[DayUsageResponse]
    total: UsedResponse
    next: str | None


async def get_usage(request: web.Request) -> web.StreamResponse:
    """What was used on each day: with the scope `admin` by all keys, else by the key of the call.

    Only results that were stored count. Days are those of UTC; they are kept for 400 days.
    """
    parameters = await parse_parameters(request, UsageFilter)
    who, usage = caller(request), services_of(request).stores.usage
    owner = None if parameters.key is None else str(parameters.key)
    if not who.sees_all:
        if owner not in (None, who.name):
            raise Problem("forbidden", "Only a key with the scope `admin` sees other keys.")
        owner = who.name or ""
    model = None if parameters.model is None else str(parameters.model)
    wanted = UsageQuery(_first(parameters.since), _last(parameters.until), owner, model)
    after = BEFORE_ALL if parameters.cursor is None else _position(parameters.cursor)
    client = client_of_request(request)
    rows = await usage.page(wanted, after, parameters.limit, client)
    total = await usage.total(wanted, client)
    more = len(rows) == parameters.limit
    report = UsageReportResponse(
        [_reply(row) for row in rows],
        UsedResponse(*total),
        encode_cursor(msgspec.json.encode(rows[-1][:3]).decode(), "usage") if more else None,
    )
    return json_reply(report)


def _first(since: Timestamp | None) -> int:
    first = today() - SHOWN_DAYS if since is None else since // DAY_MICROSECONDS
    return max(first, today() - KEPT_DAYS)


def _last(until: Timestamp | None) -> int:
    return today() if until is None else (until - 1) // DAY_MICROSECONDS


def _position(cursor: PageCursor) -> tuple[int, str, str]:
    try:
        return _decode_position(decode_cursor(cursor, "usage"))
    except msgspec.DecodeError:  # the digest has no secret: clients can make cursors
        raise refusal({"cursor": "Must be the `next` of another page of this list."}) from None


def _reply(row: UsageRow) -> DayUsageResponse:
    day = datetime.fromtimestamp(row.day * DAY_SECONDS, UTC).date().isoformat()
    return DayUsageResponse(day, row.owner or None, *row[2:7], round(row.seconds, 4), row.cost)
