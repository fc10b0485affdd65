"""Parameter types that are lists: in a query, text with commas."""

from __future__ import annotations

import re
from typing import Any, Self

from service.config import HttpConfig

MAX_FOLLOWED = 100  # requests in one stream: their ids fit into the 8 KiB that proxies take
_ID = "[A-Za-z0-9_-]{1,64}"
_IDS = re.compile(rf"{_ID}(,{_ID})*", re.ASCII)
_EVENTS = re.compile(r"[0-9]{0,16}(,[0-9]{0,16})*", re.ASCII)


class RequestIds(tuple[str, ...]):
    """Ids of requests, each once."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig | None) -> Self:
        """The ids in their order; duplicates count once."""
        if not isinstance(value, str) or not _IDS.fullmatch(value):
            raise ValueError("Must be request ids with commas between them.")
        ids = cls(dict.fromkeys(value.split(",")))
        if len(ids) > MAX_FOLLOWED:
            raise ValueError(f"Must be {MAX_FOLLOWED} at most.")
        return ids

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": f"^{_ID}(,{_ID}){{0,{MAX_FOLLOWED - 1}}}$",
            "description": f"Ids that `POST /content` gave, {MAX_FOLLOWED} at most, with commas "
            "between them.",
        }


MAX_EXCLUDED = 100
_POST = "[!-+--~]{1,200}"  # visible ASCII without commas


class ExcludedPosts(tuple[str, ...]):
    """Ids of posts that a feed leaves out."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig | None) -> Self:
        """The ids."""
        ids = value.split(",") if isinstance(value, str) else []
        if not ids or not all(re.fullmatch(_POST, id_) for id_ in ids):
            raise ValueError("Must be ids of posts with commas between them.")
        if len(ids) > MAX_EXCLUDED:
            raise ValueError(f"Must be {MAX_EXCLUDED} at most.")
        return cls(ids)

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": f"^{_POST}(,{_POST}){{0,{MAX_EXCLUDED - 1}}}$",
            "description": f"Ids of posts that the feed leaves out, {MAX_EXCLUDED} at "
            "most, with commas between them.",
        }


class LastEvents(tuple[int | None, ...]):
    """The last event that a client knows of each request; None for a request without one."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig | None) -> Self:
        """The numbers in their order."""
        if not isinstance(value, str) or not _EVENTS.fullmatch(value):
            raise ValueError("Must be ids of events with commas between them.")
        return cls(int(number) if number else None for number in value.split(","))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": "^[0-9]{0,16}(,[0-9]{0,16})*$",
            "description": "The id of the last known event, as the stream had it: one "
            "number for each of `ids`, in their order; 0 for a whole log, nothing for a snapshot. "
            "0 alone: the whole logs of all.",
            "examples": ["1000003,,0"],
        }
