"""Places in the fair order: what comes before a request, in its priority and in the others."""

from __future__ import annotations

import pytest

from service.queueing.fair_places import Ahead, FairPlaces, Line, with_other_priorities

SHARE = 0.2  # of the places goes to less urgent requests while more urgent ones wait


def ten(cost: float) -> FairPlaces:
    """A priority in which ten requests wait, each of which takes so many seconds."""
    return FairPlaces({"ann": Line(0.0, cost, cost, 10)})


@pytest.mark.parametrize(
    ("rank", "before", "share", "expected"),
    [
        (1, Ahead(0, 0.0), SHARE, Ahead(4, 8.0)),  # four urgent ones, then the first normal one
        (1, Ahead(3, 3.0), SHARE, Ahead(14, 23.5)),  # all ten urgent ones, and one of low priority
        (1, Ahead(3, 3.0), 0.0, Ahead(13, 23.0)),  # nothing goes ahead of more urgent requests
        (0, Ahead(3, 6.0), SHARE, Ahead(4, 6.75)),  # one of the twenty others
        (2, Ahead(0, 0.0), SHARE, Ahead(4, 6.0)),  # as if all that is more urgent were one line
    ],
)
def test_other_priorities_come_before_by_their_share(
    rank: int, before: Ahead, share: float, expected: Ahead
) -> None:
    order = [ten(2.0), ten(1.0), ten(0.5)]
    assert with_other_priorities(before, rank, order, share) == expected


def test_clients_take_turns_by_their_steps() -> None:
    lines = {"ann": Line(0.0, 1.0, 1.0, 10), "bob": Line(0.0, 1.0, 0.5, 10)}  # bob has two shares
    places = FairPlaces(lines)
    assert places.ahead("ann", 2) == Ahead(6, 6.0)  # two of ann, four of bob
    assert places.ahead("bob", 2) == Ahead(3, 3.0)  # two of bob, one of ann
    assert places.ahead("cy", 0) == Ahead(0, 0.0)  # comes now: its time is the smallest
