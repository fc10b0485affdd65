"""The result of a call, read from its request's log: a text, a picture, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from service.addresses import absolute
from service.http.api.content import unknown
from service.http.calls.kept import root_of
from service.http.guards.access import is_mine
from service.http.problems import Problem
from service.http.services import services_of
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Part, Record


async def log_of(request: web.Request, id_: str) -> EventLog:
    """The log of a request of this client. Raises Problem."""
    services = services_of(request)
    log = None
    if id_.isascii() and await is_mine(request, id_):
        log = await services.stores.events.log(id_)
    if log is None:
        raise unknown(id_, services)
    return log


def completed(logs: Sequence[EventLog]) -> Sequence[EventLog]:
    """The logs, if all their requests are completed. Raises Problem for the first that is not."""
    for log in logs:
        if problem := failure(log):
            raise problem
    return logs


def failure(log: EventLog) -> Problem | None:
    """The problem of a final request without a result; None if it is completed."""
    status = log.record.status
    if status == "completed":
        return None
    code = "generation_failed" if status == "failed" else status
    return Problem("generation-failed", reason_of(log.record), more={"code": code})


def reason_of(record: Record) -> str:
    """Why a final request has no result, as a sentence."""
    sentence = record.error or f"The request was {record.status}."
    return re.sub("^(text|image): ", "", sentence) if record.status == "failed" else sentence


def text_of(record: Record) -> str | None:
    """The text of a request; None if it has none."""
    return next((part.text for part in record.parts if part.text is not None), None)


def picture_of(record: Record) -> Part | None:
    """The part of a request with a picture; None if it has none."""
    return next((part for part in record.parts if part.image_uri), None)


def origin_of(record: Record) -> Mapping[str, Any]:
    """The origin of the text, or else of the picture."""
    parts = sorted(record.parts, key=lambda part: part.kind != "text")
    return (parts[0].origin if parts else None) or {}


def whole_address(request: web.Request, uri: str) -> str:
    """The absolute URL of a picture of this service."""
    return absolute(uri, root_of(request))
