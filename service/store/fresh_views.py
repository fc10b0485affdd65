"""What was completed just now, for those who ask how far it is: most ask while or soon after."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from sys import getsizeof

from service.messages import Status

FRESH = 5.0  # seconds; soon enough for what another process has removed because it is old
MOST = 8 * 2**20  # bytes kept in mind; what was completed first goes first
VIEW = 512  # bytes that each takes besides its text; rather too many

View = tuple[Status, str | None, str | None, str | None]
"""Status, error, text and image URI of a request."""


class FreshViews:
    """Views of completed requests, which never change."""

    def __init__(self) -> None:
        # with time.monotonic(), the oldest first; a dict would look for its first one ever longer
        self._views: OrderedDict[str, tuple[float, View]] = OrderedDict()
        self._size = 0

    def get(self, id_: str) -> View | None:
        """The view of a request that was completed just now."""
        found = self._views.get(id_)
        return found[1] if found and time.monotonic() - found[0] < FRESH else None

    def put(self, views: Mapping[str, View]) -> None:
        """Keep the views of requests that are completed for good."""
        now = time.monotonic()
        for id_, view in views.items():
            if id_ not in self._views:
                self._views[id_] = now, view
                self._size += _size(view)
        while self._views:
            oldest, (at, _) = next(iter(self._views.items()))
            if self._size <= MOST and now - at < FRESH:
                break
            self.remove((oldest,))

    def remove(self, ids: Iterable[str]) -> None:
        """Forget requests that are there no more."""
        for id_ in ids:
            found = self._views.pop(id_, None)
            if found is not None:
                self._size -= _size(found[1])


def _size(view: View) -> int:
    return VIEW + getsizeof(view[2])
