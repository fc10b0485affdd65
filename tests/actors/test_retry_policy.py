"""How often a failed part is tried again, and how long the pauses are."""

from __future__ import annotations

import pytest

from service.actors.collector import MAX_BACKOFF_SECONDS, RetryPolicy
from service.messages import CUT_OFF, Failed, Origin
from service.request_ids import new_id

ORIGIN = Origin("scripted", "worker", 0.0, 0.0)
MANY = 500  # draws: one in the upper half is then certain


def failed(
    attempt: int,
    base: int = 0,
    *,
    reason: str = "no answer",
    retryable: bool = True,
    retry_after: float | None = None,
) -> Failed:
    return Failed(new_id(), "text", attempt, ORIGIN, reason, retryable, retry_after, base)


def pauses(policy: RetryPolicy, failure: Failed) -> list[float]:
    drawn = [policy.pause(failure) for _ in range(MANY)]
    return [pause for pause in drawn if pause is not None]


@pytest.mark.parametrize("base", [0, 3])
@pytest.mark.parametrize(("attempt", "longest"), [(1, 2.0), (2, 4.0), (3, 8.0)])
def test_the_longest_pause_doubles_with_each_attempt(
    attempt: int, longest: float, base: int
) -> None:
    # `base` is what was used up before a redrive: the count and the pauses start again after it
    drawn = pauses(RetryPolicy(9, 2.0), failed(base + attempt, base))
    assert len(drawn) == MANY
    assert 0 <= min(drawn) < longest / 2 < max(drawn) <= longest


def test_no_pause_is_longer_than_the_longest() -> None:
    drawn = pauses(RetryPolicy(99, 2.0), failed(50))
    assert MAX_BACKOFF_SECONDS / 2 < max(drawn) <= MAX_BACKOFF_SECONDS


def test_no_pause_is_shorter_than_the_generator_asks_for() -> None:
    assert set(pauses(RetryPolicy(9, 2.0), failed(1, retry_after=30.0))) == {30.0}


def test_the_last_attempt_is_not_followed_by_another() -> None:
    policy = RetryPolicy(3, 0.0)
    ends = [policy.pause(failed(attempt)) is None for attempt in (1, 2, 3)]
    assert ends == [False, False, True]
    again = [policy.pause(failed(attempt, base=3)) is None for attempt in (4, 5, 6)]
    assert again == [False, False, True]
    assert policy.pause(failed(1, retryable=False)) is None


@pytest.mark.parametrize(("attempts", "allowed"), [(1, 2), (2, 2), (3, 3)])
def test_one_crash_never_fails_a_job_for_good(attempts: int, allowed: int) -> None:
    policy = RetryPolicy(attempts, 60.0)
    for attempt in range(1, allowed):
        assert policy.pause(failed(attempt, reason=CUT_OFF)) == 0.0
    assert policy.pause(failed(allowed, reason=CUT_OFF)) is None
