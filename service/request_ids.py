"""Request ids: unguessable, in the order of acceptance, and rising across restarts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from service.clock import now

ID = "[0-9a-f]{45}"  # 13 digits of microseconds, 32 random ones
AFTER_ALL_IDS = "g"  # sorts after every id
_ID = re.compile(ID)


class _Ids:
    last = 0  # microseconds in the newest id
    lead = 0  # microseconds that new ids are ahead of the clock


def id_of_time(seconds: float) -> str:
    """The smallest id that a request accepted at this time of `clock.now()` can have."""
    microseconds = int(seconds * 1_000_000) + _Ids.lead
    return f"{max(0, min(microseconds, 16**13 - 1)):013x}"


def time_of_id(id_: str) -> float | None:
    """When a request with this id was accepted; None if it does not look like an id."""
    if not _ID.fullmatch(id_):
        return None
    return (int(id_[:13], 16) - _Ids.lead) / 1_000_000


def microseconds_of_id(id_: str) -> int:
    """The rising number in an id; 0 for an empty one."""
    return int(id_[:13], 16) if id_ else 0


def least_next_id() -> str:
    """A bound: greater than every id of this process so far, not greater than any later one."""
    return f"{_Ids.last + 1:013x}"


def continue_ids(newest: str, lead: int) -> None:
    """Make new ids greater than `newest`, and `lead` microseconds ahead of the clock."""
    _Ids.last = max(_Ids.last, microseconds_of_id(newest))
    _Ids.lead = lead


def _random_bits() -> Iterator[str]:
    """Endless values of 128 random bits; one call of the kernel makes 256."""
    while True:
        many = os.urandom(16 * 256).hex()
        yield from (many[at : at + 32] for at in range(0, len(many), 32))


_random = _random_bits()


def new_id(at: float | None = None) -> str:
    """A request id of 45 hex digits: 13 of microseconds, then 128 random bits.

    The random half makes it unguessable. The rising half keeps ids in the order of acceptance, so
    an index over them grows at its end. It also rises across restarts and processes, as the clock
    does, and starts after the newest row. `at` is `clock.now()` if the caller has it already.
    """
    moment = now() if at is None else at
    _Ids.last = max(int(moment * 1_000_000) + _Ids.lead, _Ids.last + 1)
    return f"{_Ids.last:013x}{next(_random)}"
