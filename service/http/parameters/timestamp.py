"""Points in time as clients write them: seconds since 1970, or ISO 8601."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Self

from service.config import HttpConfig
from service.store.sql.feeds.posts import MICROSECONDS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_SECONDS = 253_402_300_799  # the end of the year 9999, where ISO 8601 dates end as well
MAX_MICROSECONDS = 2**53 - 1  # the largest that the index in Redis holds exactly; the year 2255

_PLAIN = re.compile(r"([0-9]{1,11})(?:\.([0-9]{1,6}))?")  # needs no Fraction, which takes 15 µs
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?")
_ISO = re.compile(r"[0-9W-]{8,10}([T ][0-9:.,]{2,40}(Z|[+-][0-9:]{2,6})?)?")
_TIME = re.compile(r"([0-9W-]+)[T ]([0-9:]+)([.,][0-9]+)?(.*)")
DAY_SECONDS = 86_400
_REASON = "Must be seconds since 1970 or a date and time in ISO 8601."


class Timestamp(int):
    """Microseconds since 1970, rounded down.

    Sent as seconds since 1970 (integer or decimal) or in ISO 8601, where one without a time zone
    is UTC. A `+` that a query turned into a space is restored. A leap second
    (23:59:60 in UTC) counts as the second after it, as in POSIX time, and 24:00 as the next day.
    """

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if type(value) not in (str, int, float):
            raise ValueError(_REASON)
        try:
            microseconds = _microseconds(str(value))
        except (ValueError, OverflowError):
            raise ValueError(_REASON) from None
        return cls(
            max(-MAX_MICROSECONDS, min(microseconds, MAX_MICROSECONDS))
        )  # all posts lie in between

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "number", "minimum": -MAX_SECONDS, "maximum": MAX_SECONDS},
            ],
            "description": "Seconds since 1970, or ISO 8601 (UTC unless it says otherwise).",
        }


def _microseconds(text: str) -> int:
    if plain := _PLAIN.fullmatch(text):
        whole, part = plain.groups("")
        return int(whole) * MICROSECONDS + int(part.ljust(6, "0"))
    text = text.strip().upper()
    if _NUMBER.fullmatch(text):
        seconds = Fraction(text)
        if abs(seconds) > MAX_SECONDS:
            raise ValueError(text)
        return math.floor(seconds * MICROSECONDS)
    text = re.sub(r"([T:][0-9:.,]+) ([0-9]{2}(:?[0-9]{2})?)$", r"\1+\2", text)
    if not _ISO.fullmatch(text):
        raise ValueError(text)
    text, later = _without_24_and_60(text)
    # more digits than microseconds are cut off: rounding must not change the order
    moment = datetime.fromisoformat(re.sub(r"([.,][0-9]{6})[0-9]+", r"\1", text))
    since = moment.replace(tzinfo=moment.tzinfo or UTC) - EPOCH
    total = since.days * DAY_SECONDS + since.seconds + later
    if later == 1 and total % DAY_SECONDS:
        raise ValueError(text)  # leap seconds are the last of a day in UTC
    return total * MICROSECONDS + since.microseconds


def _without_24_and_60(text: str) -> tuple[str, int]:
    """A time that `datetime` can parse, and the seconds to add to it."""
    match = _TIME.fullmatch(text) if "24" in text or "60" in text else None
    if match is None:
        return text, 0
    date, time, fraction, zone = match.groups("")
    digits = time.replace(":", "")
    if digits.startswith("24"):
        if digits[2:].strip("0") or fraction.strip(".,0"):
            raise ValueError(text)
        return f"{date}T00{time[2:]}{zone}", DAY_SECONDS
    if digits[4:] == "60":
        return f"{date}T{time[:-2]}59{fraction}{zone}", 1
    return text, 0
