"""The turns of webhook lanes, and the limits on concurrent attempts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable

import pytest

from service.actors.webhooks import room as module
from service.actors.webhooks.room import Lane, Room, Slot


class Waiting:
    """Lanes with the number of URLs that wait in each; `room` gives them out."""

    def __init__(self, lanes: dict[Lane, int]) -> None:
        self.lanes = dict(lanes)
        self.looks = 0
        self.room = Room(self._next)

    async def _next(self, after: str, before: str) -> str | None:
        self.looks += 1
        spelled = sorted(str(lane) for lane, left in self.lanes.items() if left)
        at = bisect_right(spelled, after)
        return spelled[at] if at < len(spelled) and spelled[at] < before else None

    async def begun(self) -> AsyncIterator[tuple[Lane, Slot]]:
        """The attempts for which there is room, one of each lane at a time."""
        progress = True
        while progress:
            progress = False
            async for lane in self.room.turns():
                if lane is not None and (slot := self.room.take_slot(lane)):
                    self.lanes[lane] -= 1
                    progress = True
                    yield lane, slot

    def end(self, these: Iterable[tuple[Lane, Slot]], *, answered: bool) -> None:
        for _, slot in these:
            self.room.free_slot(slot, answered=answered)


def lane(client: str, host: str, user: str = "") -> Lane:
    return Lane(f"key {client}", user, host)


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("CONCURRENT_URLS", 32), ("URLS_PER_CLIENT", 16), ("URLS_PER_HOST", 4)):
        monkeypatch.setattr(module, f"MAX_{name}", most)
    monkeypatch.setattr(module, "MAX_URLS_PER_USER", 8)


async def test_attempts_at_one_host_are_limited() -> None:
    waiting = Waiting({lane("a", "dead"): 4000})
    assert len([begun async for begun in waiting.begun()]) == 4


async def test_a_host_has_less_room_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_URLS_PER_SILENT_HOST", 2)
    waiting = Waiting({lane("a", "host"): 4000})
    for answered, most in ((False, 2), (True, 2), (True, 4), (False, 4), (False, 2)):
        begun = [begun async for begun in waiting.begun()]
        assert len(begun) == most
        waiting.end(begun, answered=answered)


async def test_clients_take_turns_and_so_do_the_lanes_of_each() -> None:
    many = {lane("a", f"host{n}"): 9 for n in range(9)}
    waiting = Waiting(many | {lane("b", "other"): 2, lane("c", "third"): 1})
    hosts = [begun.host async for begun, _ in waiting.begun()]
    assert hosts[:6] == ["host0", "other", "third", "host1", "other", "host2"]


async def test_a_client_leaves_room_for_others() -> None:
    waiting = Waiting({lane("a", f"host{n}"): 9 for n in range(9)})
    assert (
        len([begun async for begun in waiting.begun()]) == 12
    )  # three quarters: no host was contacted before
    waiting.lanes[lane("b", "other")] = 9
    assert [begun.host async for begun, _ in waiting.begun()] == ["other"] * 4


async def test_a_user_leaves_room_for_others_of_the_same_client() -> None:
    waiting = Waiting({lane("a", f"host{n}", "ann"): 9 for n in range(9)})
    assert len([begun async for begun in waiting.begun()]) == 6
    waiting.lanes[lane("a", "host1", "bob")] = 9
    waiting.lanes[lane("a", "other", "bob")] = 9
    assert {lane_.user async for lane_, _ in waiting.begun()} == {"bob"}


async def test_hosts_that_do_not_answer_leave_room_for_those_that_do() -> None:
    dead = {lane("a", f"dead{n}"): 900 for n in range(20)}
    waiting = Waiting(dead | {lane("a", "good"): 1})
    for _ in range(4):
        begun = [begun async for begun in waiting.begun()]
        waiting.end([slot for slot in begun if slot[0].host != "good"], answered=False)
        waiting.end([slot for slot in begun if slot[0].host == "good"], answered=True)
    assert len([begun async for begun in waiting.begun()]) == 4  # a quarter
    waiting.lanes[lane("a", "good")] = 9
    assert [begun.host async for begun, _ in waiting.begun()] == ["good"] * 4
    waiting.lanes[lane("a", "new")] = 9
    assert [begun.host async for begun, _ in waiting.begun()] == ["new"] * 4


async def test_a_host_that_answers_again_has_room_again() -> None:
    waiting = Waiting({lane("a", f"host{n}"): 900 for n in range(4)})
    waiting.end([begun async for begun in waiting.begun()], answered=False)
    begun = [begun async for begun in waiting.begun()]
    assert len(begun) == 4
    waiting.end(begun, answered=True)
    assert len([begun async for begun in waiting.begun()]) == 16


async def test_all_clients_together_have_a_limit() -> None:
    waiting = Waiting({lane(f"c{n}", f"host{n}"): 1 for n in range(100)})
    first = [begun async for begun in waiting.begun()]
    assert len(first) == 24
    waiting.end(first, answered=True)
    rest = [begun async for begun in waiting.begun()]
    assert not {lane_ for lane_, _ in first} & {lane_ for lane_, _ in rest}


async def test_room_that_is_given_back_leaves_nothing_behind() -> None:
    waiting = Waiting({lane("a", "host", "ann"): 9})
    waiting.end([begun async for begun in waiting.begun()], answered=True)
    assert not waiting.room._held  # noqa: SLF001 - leftovers would grow forever


async def test_many_lanes_without_room_are_checked_in_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_LANES_IN_A_ROW", 10)
    waiting = Waiting({lane("a", "dead", f"user{n:03}"): 1 for n in range(100)})
    assert len([begun async for begun in waiting.begun()]) == 4
    waiting.looks = 0
    looks = []
    async for turn in waiting.room.turns():
        assert turn is None
        looks.append(waiting.looks)
        waiting.looks = 0
    assert 8 <= len(looks) <= 12
    assert max(*looks, waiting.looks) <= 12  # a look at the client, and one that goes around


async def test_a_client_without_room_is_skipped_at_once() -> None:
    known = {lane("a", f"host{n:03}"): 1 for n in range(16)}
    waiting = Waiting(known)
    for _ in range(2):  # all of them answer
        waiting.end([begun async for begun in waiting.begun()], answered=True)
    waiting.lanes = dict.fromkeys(known, 1) | {lane("a", f"new{n:03}"): 1 for n in range(500)}
    assert len([begun async for begun in waiting.begun()]) == 16
    waiting.looks = 0
    assert not [turn async for turn in waiting.room.turns() if turn]
    assert waiting.looks < 10


async def test_a_user_has_a_limit_at_hosts_that_answer_as_well() -> None:
    known = {lane("a", f"host{n}", "ann"): 1 for n in range(6)}
    waiting = Waiting(known)
    waiting.end([begun async for begun in waiting.begun()], answered=True)
    waiting.lanes = dict.fromkeys(known, 9)
    assert len([begun async for begun in waiting.begun()]) == 8
    waiting.lanes |= {lane("a", f"host{n}", "bob"): 1 for n in range(6)}
    assert {lane_.user async for lane_, _ in waiting.begun()} == {"bob"}


async def test_room_can_only_be_taken_within_the_limits() -> None:
    lane_ = lane("a", "host")
    room = Waiting({lane_: 9}).room
    assert sum(room.take_slot(lane_) is not None for _ in range(9)) == 4


async def test_the_memory_of_hosts_and_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KNOWN_HOSTS", 2)
    monkeypatch.setattr(module, "MAX_KNOWN_CLIENTS", 2)
    waiting = Waiting({lane(f"c{n}", f"host{n}"): 1 for n in range(9)})
    waiting.end([begun async for begun in waiting.begun()], answered=True)
    assert len(waiting.room._standing) == 2  # noqa: SLF001 - it would grow forever
    assert len(waiting.room._turns) == 2  # noqa: SLF001 - the same


async def test_the_hosts_that_answered_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KNOWN_HOSTS", 2)
    monkeypatch.setattr(module, "MAX_URLS_PER_SILENT_HOST", 1)
    room = Waiting({}).room
    hosts = [lane("a", f"host{n}") for n in range(4)]
    for host in hosts:
        slot = room.take_slot(host)
        assert slot
        room.free_slot(slot, answered=True)
    slots = [sum(room.take_slot(host) is not None for _ in range(3)) for host in hosts]
    assert slots == [1, 1, 3, 3]
