"""Cache of results completed in the last seconds, when clients poll for them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from sys import getsizeof

from service.messages import Status

FRESH_SECONDS = 5.0  # a request that another process removes is served for twice that at most
MAX_CACHED_RESULT_BYTES = 8 * 2**20
ENTRY_BYTES = 512  # that each takes besides its text; estimated high

View = tuple[Status, str | None, str | None, str | None]
"""Status, error, text and image URI of a request."""


class ResultCache:
    """Views of completed requests, which never change: of FRESH_SECONDS, and some older ones.

    The older half is dropped as a whole: to check the age of each entry would cost more than
    everything else in this cache.
    """

    def __init__(self) -> None:
        self._newer: dict[str, View] = {}
        self._older: dict[str, View] = {}
        self._size = 0  # bytes of the newer half
        self._began = time.monotonic()  # start of the newer half

    def get(self, id_: str) -> View | None:
        """The view of a request that was completed in the last seconds; else None."""
        self._forget()
        return self._newer.get(id_) or self._older.get(id_)

    def put(self, views: Mapping[str, View]) -> None:
        """Keep views of completed requests, unless they are too large."""
        size = sum([ENTRY_BYTES + getsizeof(text) for _, _, text, _ in views.values()])
        if size <= MAX_CACHED_RESULT_BYTES / 2:
            self._forget(room=size)
            self._newer.update(views)
            self._size += size

    def _forget(self, room: int = 0) -> None:
        """Drop the older half if the newer one is old or has no room for `room` bytes."""
        age = time.monotonic() - self._began
        if age >= FRESH_SECONDS or self._size + room > MAX_CACHED_RESULT_BYTES / 2:
            self._older = self._newer if age < 2 * FRESH_SECONDS else {}
            self._newer, self._size = {}, 0
            # a late call must not lengthen the time of the next newer half
            self._began += FRESH_SECONDS if FRESH_SECONDS <= age < 2 * FRESH_SECONDS else age

    def remove(self, ids: Iterable[str]) -> None:
        """Forget requests that were deleted."""
        for id_ in ids:
            self._newer.pop(id_, None)
            self._older.pop(id_, None)
