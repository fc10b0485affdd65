"""What the headers of a server say about the requests that it still accepts."""

from __future__ import annotations

import pytest

from service.generators.servers.provider_quota import ProviderQuota, duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("6m0s", 360.0), ("20ms", 0.02), ("1s", 1.0), ("1h2m3.5s", 3723.5), ("1.5", 1.5)),
        *((" 12 ", 12.0), ("2m", 120.0), ("", None), ("soon", None), ("-1s", None)),
        *(("1893456000", None), ("1s" * 40, None), ("²s", None), ("9999d", None)),
    ],
)
def test_durations_are_read_in_all_their_forms(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


def headers(of: str, left: str, reset: str) -> dict[str, str]:
    return {f"x-ratelimit-remaining-{of}": left, f"x-ratelimit-reset-{of}": reset}


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ([headers("requests", "3", "20s")], 3),
        ([headers("requests", "3", "20s"), {}], 3),  # says nothing new
        ([headers("requests", "3", "20s") | headers("tokens", "0", "9s")], 0),
        ([headers("requests", "3", "20s") | headers("tokens", "150", "9s")], 3),
        ([headers("tokens", "150", "9s")], None),
        ([headers("requests", "three", "20s")], None),
        ([headers("requests", "-3", "20s")], None),
        ([headers("requests", "3", "")], None),
        ([headers("requests", "0", "0s")], None),
        ([headers("requests", "9" * 5000, "20s")], 10**12 - 1),
    ],
)
def test_the_tightest_limit_counts(answers: list[dict[str, str]], left: int | None) -> None:
    quota = ProviderQuota()
    for answer in answers:
        quota.observe(answer)
    found = quota.quota()
    assert (found.left if found else None) == left
    assert found is None or 0 < found.seconds <= 20
    assert quota.quota() is None  # no news
