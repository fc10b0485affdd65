"""Jobs that were running when a process died are retried one at a time."""

from __future__ import annotations

from service.actors.workers.failures.suspects import Suspects
from service.messages import TEXT, TextWanted, Wanted
from service.store.redis.streams import Delivery


def delivery(id_: str, attempt: int = 2, base: int = 0) -> Delivery[Wanted]:
    return Delivery(TEXT, id_.encode(), TextWanted(id_, "a fox", 7, attempt, base))


def test_suspects_run_one_at_a_time() -> None:
    suspects = Suspects()
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
