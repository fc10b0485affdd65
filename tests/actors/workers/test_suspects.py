"""Jobs that were running when a process died are retried one at a time."""

from __future__ import annotations

from service.actors.workers.suspects import Suspects
from service.messages import TEXT, TextWanted, Wanted
from service.store.errors import DatabaseUnavailable
from service.store.redis.streams import Delivery


def delivery(id_: str, attempt: int = 2, base: int = 0) -> Delivery[Wanted]:
    return Delivery(TEXT, id_.encode(), TextWanted(id_, "a fox", 7, attempt, base))


def test_suspects_run_one_at_a_time() -> None:
    suspects = Suspects(lambda _: True)
    first, second, third = (delivery(id_) for id_ in "abc")
    assert [suspects.hold_back(delivery_) for delivery_ in (first, second, third)] == [
        False,
        True,
        True,
    ]
    assert list(suspects) == [second, third]
    assert not suspects.hold_back(first)  # it is the one that runs
    assert list(suspects.finish(delivery("other"))) == []
    assert list(suspects.finish(first)) == [second, third]
    assert not list(suspects)
    assert [suspects.hold_back(delivery_) for delivery_ in (second, third)] == [False, True]


def test_first_attempts_are_not_looked_up() -> None:
    lookups: list[str] = []

    def was_cut_off(id_: str) -> bool:
        lookups.append(id_)
        return True

    suspects = Suspects(was_cut_off)
    assert not suspects.hold_back(delivery("new", attempt=1))
    assert not suspects.hold_back(delivery("redriven", attempt=4, base=3))
    assert not lookups


def test_while_the_database_is_away_no_job_is_held_back() -> None:
    def was_cut_off(_: str) -> bool:
        raise DatabaseUnavailable("the disk is full")

    suspects = Suspects(was_cut_off)
    assert not any(suspects.hold_back(delivery(id_)) for id_ in "abc")
    assert not list(suspects)
