"""Cache of results completed in the last seconds, when clients poll for them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from sys import getsizeof

from service.messages import Status

FRESH_SECONDS = (
    5.0  # seconds; twice that is soon enough for what another process removes because it is old
)
MAX_CACHED_RESULT_BYTES = 8 * 2**20  # bytes kept in mind
ENTRY_BYTES = 512  # bytes that each takes besides its text; rather too many

View = tuple[Status, str | None, str | None, str | None]
"""Status, error, text and image URI of a request."""


class ResultCache:
    """Views of completed requests, which never change: those of FRESH seconds, and some older ones.

    The older half is forgotten as a whole: to look for what is too old, one by one, would cost more
    than all else that is done for it here.
    """

    def __init__(self) -> None:
        self._newer: dict[str, View] = {}
        self._older: dict[str, View] = {}
        self._size = 0  # bytes of the newer half
        self._began = time.monotonic()  # the newer half

    def get(self, id_: str) -> View | None:
        """The view of a request that was completed just now."""
        self._forget()
        return self._newer.get(id_) or self._older.get(id_)

    def put(self, views: Mapping[str, View]) -> None:
        """Keep the views of requests that are completed for good, unless they are too many."""
        size = sum([ENTRY_BYTES + getsizeof(text) for _, _, text, _ in views.values()])
        if size <= MAX_CACHED_RESULT_BYTES / 2:
            self._forget(room=size)
            self._newer.update(views)
            self._size += size

    def _forget(self, room: int = 0) -> None:
        """The older half, when the newer one is old or has no room for so many bytes."""
        age = time.monotonic() - self._began
        if age >= FRESH_SECONDS or self._size + room > MAX_CACHED_RESULT_BYTES / 2:
            self._older = self._newer if age < 2 * FRESH_SECONDS else {}
            self._newer, self._size = {}, 0
            # a turn that comes late must not lengthen the time of what is in the newer half next
            self._began += FRESH_SECONDS if FRESH_SECONDS <= age < 2 * FRESH_SECONDS else age

    def remove(self, ids: Iterable[str]) -> None:
        """Forget requests that are there no more."""
        for id_ in ids:
            self._newer.pop(id_, None)
            self._older.pop(id_, None)
