"""Timestamps: every way in which clients write one, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.config import HttpConfig
from service.http.parameters.timestamp import MAX_MICROSECONDS, Timestamp
from service.store.sql.feeds.posts import iso

MOMENT = 1_769_846_400_000_000  # 2026-01-31T08:00:00Z
HTTP = HttpConfig()

moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-31T08:00:00Z",
        "2026-01-31T08:00:00",
        "2026-01-31 08:00:00",
        "2026-01-31t08:00:00z",
        "2026-01-31T08:00",
        "2026-01-31T08",
        "20260131T080000Z",
        "20260131T080000",
        "2026-01-31T08:00:00+00:00",
        "2026-01-31T08:00:00 00:00",
        "2026-01-31 08:00:00 00:00",
        "2026-01-31T08:00:00+0000",
        "2026-01-31T08:00:00 0000",
        "2026-01-31T09:30:00+01:30",
        "2026-01-31T09:30:00 01:30",
        "2026-01-31T09:00:00+01",
        "2026-01-31T03:00:00-05:00",
        "2026-01-31T08:00:00.000Z",
        "2026-01-31T08:00:00,000Z",
        "2026-01-31T08:00:00.000000Z",
        "2026-01-31T08:00:00.000000999Z",
        "2026-01-31T08:00:00.0000009999999999+00:00",
        "2026-W05-6T08:00:00Z",
        " 2026-01-31T08:00:00Z ",
        "1769846400",
        "1769846400.0",
        "1769846400.000000",
        "1769846400.0000009999",
        "+1769846400",
        "1.7698464e9",
        1_769_846_400,
        1_769_846_400.0,
    ],
)
def test_one_moment_can_be_written_in_many_forms(written: str | float) -> None:
    assert Timestamp.parse(written, HTTP) == MOMENT


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("0", 0),
        ("-1", -1_000_000),
        ("-0.0000001", -1),
        ("5.3e-147", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1769846400.703504", MOMENT + 703_504),
        (1_769_846_400.703504, MOMENT + 703_504),
        ("2026-01-31T08:00:00.7035Z", MOMENT + 703_500),
        ("2026-01-31", MOMENT - 8 * 3600 * 1_000_000),
        ("2026", 2_026_000_000),  # a number, not a year
        ("0001-01-01", -MAX_MICROSECONDS),
        ("0001-01-01T00:00:00+14:00", -MAX_MICROSECONDS),
        ("9999-12-31T23:59:59.999999-14:00", MAX_MICROSECONDS),
        ("253402300799", MAX_MICROSECONDS),
        ("-253402300799", -MAX_MICROSECONDS),
    ],
)
def test_the_earliest_and_latest_moments_are_accepted(written: str | float, found: int) -> None:
    assert Timestamp.parse(written, HTTP) == found


SECOND = 1_000_000
NEW_YEAR = 1_483_228_800 * SECOND  # 2017-01-01T00:00:00Z, the second after a leap second
NEXT_DAY = 1_704_153_600 * SECOND  # 2024-01-02T00:00:00Z


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("2016-12-31T23:59:60Z", NEW_YEAR),
        ("2016-12-31t23:59:60z", NEW_YEAR),
        ("2016-12-31 23:59:60", NEW_YEAR),
        ("2016-12-31T23:59:60+00:00", NEW_YEAR),
        ("2016-12-31T23:59:60 00:00", NEW_YEAR),
        ("2016-12-31T15:59:60-08:00", NEW_YEAR),
        ("2016-12-31T15:59:60-08", NEW_YEAR),
        ("2017-01-01T05:29:60+05:30", NEW_YEAR),
        ("2017-01-01T05:29:60 05:30", NEW_YEAR),
        ("2017-01-01T05:29:60+0530", NEW_YEAR),
        ("2016-12-31T23:59:60.5Z", NEW_YEAR + SECOND // 2),
        ("2016-12-31T23:59:60,25Z", NEW_YEAR + SECOND // 4),
        ("2016-12-31T15:59:60.123456-08:00", NEW_YEAR + 123_456),
        ("2016-12-31T23:59:60.0000009999Z", NEW_YEAR),
        ("20161231T235960Z", NEW_YEAR),
        ("20161231T155960.5-0800", NEW_YEAR + SECOND // 2),
        ("2016-W52-6T23:59:60Z", NEW_YEAR),
        ("1972-06-30T23:59:60Z", 78_796_800 * SECOND),
        ("9999-12-31T23:59:60Z", MAX_MICROSECONDS),
        ("2024-01-01T24:00:00Z", NEXT_DAY),
        ("2024-01-01T24:00:00", NEXT_DAY),
        ("2024-01-01 24:00", NEXT_DAY),
        ("2024-01-01T24", NEXT_DAY),
        ("2024-01-01T24:00:00.000Z", NEXT_DAY),
        ("2024-01-01T24:00:00,000000000Z", NEXT_DAY),
        ("20240101T240000Z", NEXT_DAY),
        ("20240101T2400+0000", NEXT_DAY),
        ("2024-01-01T24:00:00+02:00", NEXT_DAY - 2 * 3600 * SECOND),
        ("2024-01-01T24:00:00 02:00", NEXT_DAY - 2 * 3600 * SECOND),
        ("2024-01-01T24:00:00.0-05:30", NEXT_DAY + 11 * 1800 * SECOND),
        ("2024-02-29T24:00:00Z", 1_709_251_200 * SECOND),
        ("2024-W01-1T24:00:00Z", NEXT_DAY),
        ("9999-12-31T24:00:00Z", MAX_MICROSECONDS),
    ],
)
def test_a_leap_second_and_the_end_of_a_day_are_the_second_after_them(
    written: str, found: int
) -> None:
    assert Timestamp.parse(written, HTTP) == found


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "now",
        "yesterday",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "1e9999999999",
        "-1e400",
        "253402300800",
        "9" * 20,
        "9" * 5000,
        "0x10",
        "1_000",
        "1,5",
        "--1",
        "١٢٣",  # digits, but not those that numbers are written with
        "12:00",
        "2026-13-01",
        "2026-02-30",
        "2026-01-31T24:00:01Z",
        "2026-01-31T08:60:00Z",
        "2026-01-31T08:00:61Z",
        "2016-12-31T23:59:61Z",
        "2016-12-31T23:59:60.5.5Z",
        "2016-12-31T23:58:60Z",  # leap seconds are the last of a day in UTC
        "2016-12-31T22:59:60Z",
        "2016-12-31T23:59:60+01:00",
        "2016-12-31T23:60:60Z",
        "2016-12-32T23:59:60Z",
        "2016-12-31T24:00:60Z",
        "2024-01-01T24:00:00.5Z",
        "2024-01-01T24:00:00.0000001Z",
        "2024-01-01T24:01Z",
        "2024-01-01T25:00Z",
        "2023-02-29T24:00:00Z",
        "2026-01-31x08:00:00",
        "2026-01-31T08:00:00+25:00",
        "2026-01-31T08:00:00Z\0",
        "2026-01-31T08:00:00 UTC",
        "31.01.2026",
        "\ud800",
        float("nan"),
        float("inf"),
        1e300,
        10**400,
        True,
        None,
        [],
        {},
    ],
)
def test_text_that_is_not_a_moment_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        Timestamp.parse(written, HTTP)


@given(moments, offsets)
def test_any_offset_means_the_same_moment(moment: datetime, offset: timezone) -> None:
    written = moment.astimezone(offset).isoformat()
    assert Timestamp.parse(written, HTTP) == microseconds(moment)
    assert Timestamp.parse(written.replace("+", " "), HTTP) == microseconds(moment)


@given(moments)
def test_the_times_in_a_feed_are_accepted_exactly(moment: datetime) -> None:
    created_us = microseconds(moment)
    assert Timestamp.parse(iso(created_us), HTTP) == created_us
    seconds, micros = divmod(created_us, 1_000_000)
    assert Timestamp.parse(f"{seconds}.{micros:06d}", HTTP) == created_us


@given(st.text() | st.integers() | st.floats() | st.booleans())
def test_any_text_is_a_moment_or_refused(written: object) -> None:
    try:
        timestamp = Timestamp.parse(written, HTTP)
    except ValueError:
        return
    assert -MAX_MICROSECONDS <= timestamp <= MAX_MICROSECONDS
