"""Finds the entry of a request on the streams of a pool."""

from __future__ import annotations

from collections.abc import Sequence

from service import clock
from service.messages import Wanted
from service.request_ids import time_of_id
from service.store.redis.streams import PAGE_ENTRIES, Delivery, Streams, read_entry

EARLIER_MILLISECONDS = 20  # that Redis' clock may be behind the service's
NEAR_PAGES = 3  # read after the moment of acceptance, where most entries are


async def find_entry(
    streams: Streams, names: Sequence[str], id_: str, *, everywhere: bool
) -> Delivery[Wanted] | None:
    """The message for a request on one of these streams, pending or not.

    Unless `everywhere`, only the entries from soon after its acceptance are read. Raises
    RedisUnavailable.
    """
    accepted_at = time_of_id(id_)
    near = "-"
    if accepted_at is not None:
        near = str(max(0, int(clock.shown(accepted_at) * 1000) - EARLIER_MILLISECONDS))
    for name in names:
        first, pages = ("-", None) if everywhere else (near, NEAR_PAGES)
        if found := await _find(streams, name, id_, first, pages):
            return found
    return None


async def _find(
    streams: Streams, name: str, id_: str, first: str, pages: int | None
) -> Delivery[Wanted] | None:
    looked_for = id_.encode()
    while pages != 0:
        [page] = await streams.call(("XRANGE", name, first, "+", "COUNT", PAGE_ENTRIES))
        for entry, fields in page:
            if looked_for in fields[-1]:
                read = read_entry(name, entry, fields)
                if isinstance(read, Delivery) and isinstance(read.message, Wanted):
                    message = read.message
                    if message.id == id_:
                        return Delivery(name, entry, message)
        if len(page) < PAGE_ENTRIES:
            break
        first = "(" + page[-1][0].decode()
        pages = None if pages is None else pages - 1
    return None
