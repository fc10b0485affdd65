"""`Retry-After`: the pause that another server requests, in all its forms."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_PAUSE_SECONDS = 86_400.0
"""One day; longer pauses are mistakes: a point in time, or milliseconds."""

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: 0 … one day, None without a valid pause.

    Understands Retry-After as seconds or as a date (RFC 9110, 10.2.3) and OpenAI's finer
    retry-after-ms. Absurd values are ignored.
    """
    for name, unit in (("retry-after-ms", 0.001), ("Retry-After", 1.0)):
        value = headers.get(name, "").strip()
        if NUMBER.fullmatch(value):
            seconds = float(value) * unit
        elif date := _date(value):
            # relative to the server's own clock, if it sends its `Date`
            now = _date(headers.get("Date", ""))
            seconds = (date - (now or datetime.fromtimestamp(time.time(), UTC))).total_seconds()
        else:
            continue
        if math.isfinite(seconds) and seconds <= MAX_PAUSE_SECONDS:
            return max(seconds, 0.0)
    return None


def _date(value: str) -> datetime | None:
    """A date in any of HTTP's forms, the obsolete ones too, or of RFC 3339. All are GMT."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = parse(value)
        except (ValueError, OverflowError, IndexError, TypeError):  # a year of twenty digits
            continue
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None
