"""The cache of results: recently completed requests, within bounds."""

from __future__ import annotations

from sys import getsizeof

import pytest

from service.store.result_cache import (
    ENTRY_BYTES,
    FRESH_SECONDS,
    MAX_CACHED_RESULT_BYTES,
    ResultCache,
    View,
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("service.store.result_cache.time.monotonic", clock)
    return clock


def completed(text: str) -> View:
    return ("completed", None, text, None)


def test_a_completed_request_is_cached_for_a_while(clock: Clock) -> None:
    views = ResultCache()
    clock.now += FRESH_SECONDS - 1
    views.put({"a": completed("one")})
    clock.now += FRESH_SECONDS
    assert views.get("a") == completed("one")
    views.put({"b": completed("two")})
    clock.now += FRESH_SECONDS
    assert views.get("a") is None
    assert views.get("b") == completed("two")
    assert views.get("c") is None
    views.remove("bc")
    assert views.get("b") is None


@pytest.mark.parametrize("turn", [0.0, 2.0, FRESH_SECONDS - 0.1])
def test_a_late_lookup_keeps_nothing_longer(clock: Clock, turn: float) -> None:
    views = ResultCache()
    views.put({"a": completed("one")})
    clock.now += FRESH_SECONDS + turn
    assert views.get("a")
    views.put({"b": completed("two")})
    clock.now += FRESH_SECONDS
    assert views.get("a") is None
    assert views.get("b")
    clock.now += FRESH_SECONDS
    assert views.get("b") is None


def test_all_results_expire_during_a_pause(clock: Clock) -> None:
    views = ResultCache()
    views.put({"a": completed("one")})
    clock.now += 2 * FRESH_SECONDS
    assert views.get("a") is None


def test_a_removed_request_is_gone_from_both_halves(clock: Clock) -> None:
    views = ResultCache()
    views.put({"a": completed("one")})
    clock.now += FRESH_SECONDS + 1
    views.put({"b": completed("two")})
    assert views.get("a")
    views.remove("ab")
    assert not any(map(views.get, "ab"))


@pytest.mark.usefixtures("clock")
def test_memory_is_bounded() -> None:
    views = ResultCache()
    text = "x" * (MAX_CACHED_RESULT_BYTES // 4 - ENTRY_BYTES - getsizeof(""))
    for name in "abcde":
        views.put({name: completed(text)})
    assert [name for name in "abcde" if views.get(name)] == ["c", "d", "e"]
    views.put({"f": completed("y" * MAX_CACHED_RESULT_BYTES)})
    assert [name for name in "abcdef" if views.get(name)] == ["c", "d", "e"]
    views.put({"g": completed("z")})
    assert views.get("g")
