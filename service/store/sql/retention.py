"""Retention: removes finished requests and their pictures after the configured time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from service import clock
from service.messages import id_of_time
from service.store.media import Media
from service.store.sqlite.database import Database, Write

BATCH_REQUESTS = 200  # requests removed in one commit: a small one, which others hardly wait for
UNCLAIMED_SECONDS = 3600.0  # seconds after which nobody will show a picture that nobody has shown
VACUUM_PAGES = 2000  # pages given back to the file system after a batch

# One row: an id, before which requests were accepted; a time, before which they were finished; how
# many. Ids rise with time, so the oldest are found without an index on times.
_OLDEST = """
SELECT id FROM requests
WHERE id < (SELECT value->>0 FROM json_each(?1))
  AND finished_at < (SELECT value->>1 FROM json_each(?1))
  AND notice = 0 AND status NOT IN ('queued', 'generating')
ORDER BY id LIMIT (SELECT value->>2 FROM json_each(?1))
"""
_PURGE = Write(
    "purge",
    (
        # the requests last: the same ones must be found for what belongs to them
        f"DELETE FROM parts WHERE request_id IN ({_OLDEST}) RETURNING image_uri",
        f"DELETE FROM failures WHERE request_id IN ({_OLDEST})",
        f"DELETE FROM events WHERE request_id IN ({_OLDEST})",
        f"DELETE FROM delivery_attempts WHERE request_id IN ({_OLDEST})",
        f"""
        DELETE FROM endpoints
        WHERE url IN (SELECT url FROM deliveries WHERE request_id IN ({_OLDEST}))
          AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.url = endpoints.url
                          AND request_id NOT IN ({_OLDEST}))
        """,
        f"DELETE FROM deliveries WHERE request_id IN ({_OLDEST})",
        f"DELETE FROM idempotency WHERE request_id IN ({_OLDEST})",
        f"DELETE FROM requests WHERE id IN ({_OLDEST}) RETURNING id",
    ),
)
_VACUUM = Write("vacuum", (f"PRAGMA incremental_vacuum({VACUUM_PAGES})",))

# '0' is the character after '/': a picture has one digest and may have many names
_IN_USE = """
SELECT 1 FROM parts WHERE image_uri >= ?1 || '/' AND image_uri < ?1 || '0'
UNION ALL
SELECT 1 FROM posts WHERE image_uri >= ?1 || '/' AND image_uri < ?1 || '0'
LIMIT 1
"""


class Retention:
    """Removes requests some time after they finished, and pictures that no row names."""

    def __init__(
        self, database: Database, media: Media, removed: Callable[[Iterable[str]], None]
    ) -> None:
        self._database = database
        self._media = media
        self._removed = removed
        self._shelf = 0

    async def sweep(self) -> int:
        """Remove old pictures on the next shelf that were never shown; how many it were.

        They come from results that were lost or not wanted any more, and from generations for
        other processes, which fetch them at once.
        """
        self._shelf += 1
        swept = 0
        for digest, suffix in await self._media.old(self._shelf, UNCLAIMED_SECONDS):
            if not await self._database.all(_IN_USE, f"/media/{digest}"):
                await self._media.remove(digest, suffix)
                swept += 1
        return swept

    async def purge(self, keep: float) -> int:
        """Remove one batch of what was finished more than `keep` seconds ago; how many it were."""
        before = clock.now() - keep
        pictures, *_, gone = await self._database.write(
            _PURGE, [(id_of_time(before), before, BATCH_REQUESTS)]
        )
        self._removed(id_ for (id_,) in gone)
        for uri in {uri for (uri,) in pictures if uri}:
            await self._remove(uri)
        if gone:
            await self._database.write(_VACUUM, [])
        return len(gone)

    async def _remove(self, uri: str) -> None:
        """Remove a picture, unless a post or another request shows it."""
        found = re.fullmatch(r"(/media/([0-9a-f]{64}))/[^/]+", uri)
        if found is None:  # at an object store, or somewhere else that is not ours
            return
        if not await self._database.all(_IN_USE, found[1]):
            await self._media.remove(found[2], PurePosixPath(uri).suffix.removeprefix("."))
