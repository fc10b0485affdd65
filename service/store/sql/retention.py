"""Retention: removes finished requests and their pictures after the configured time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable

from service import clock
from service.messages import RESULTS, Generated, encode
from service.request_ids import id_of_time
from service.store.database import Database, Rows
from service.store.errors import MediaUnavailable, RedisUnavailable
from service.store.media import claims
from service.store.media.home import Media
from service.store.media.names import PictureName, picture_at
from service.store.redis.streams import Streams
from service.store.sql.statements import Write

BATCH_REQUESTS = 200  # requests removed in one commit, small enough not to delay other writes
BATCH_PICTURES = 500  # looked up in one query
MAX_UNDECIDED_PICTURES = 10_000  # remembered while Redis cannot tell whether they are wanted
REDIS_TIMEOUT_SECONDS = 2.0  # the check of request deadlines waits for this

# One row: the id that accepted requests are older than, the time that they finished before, how
# many. Ids rise with time, so the oldest are found without an index on times.
_OLDEST = """
SELECT id FROM requests
WHERE id < (SELECT before FROM rows) AND finished_at < (SELECT finished_before FROM rows)
  AND notice = 0 AND status NOT IN ('queued', 'generating')
ORDER BY id LIMIT (SELECT most FROM rows)
"""


def _removal(ids: str) -> tuple[str, ...]:
    """Statements that remove the requests with these ids."""
    return (
        # the requests last: each statement before has to find the same ones
        f"DELETE FROM parts WHERE request_id IN ({ids}) RETURNING image_uri, request_id",
        f"DELETE FROM input_pictures WHERE request_id IN ({ids}) RETURNING uri, request_id",
        f"DELETE FROM failures WHERE request_id IN ({ids})",
        f"DELETE FROM events WHERE request_id IN ({ids})",
        f"DELETE FROM delivery_attempts WHERE request_id IN ({ids})",
        f"""
        DELETE FROM endpoints
        WHERE url IN (SELECT url FROM deliveries WHERE request_id IN ({ids}))
          AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.url = endpoints.url
                          AND request_id NOT IN ({ids}))
        """,
        f"DELETE FROM deliveries WHERE request_id IN ({ids})",
        f"DELETE FROM request_notes WHERE request_id IN ({ids})",
        # variants were accepted together: their keys are forgotten together, or a repeated call
        # would find a part of them
        f"""
        DELETE FROM idempotency WHERE request_id IN ({ids}) OR request_id IN (
          SELECT others.id FROM requests AS gone
          CROSS JOIN requests AS others ON others.group_id = gone.group_id
          WHERE gone.id IN ({ids}))
        """,
        # the index of the search finds no request for these, and forgets their words
        f"""
        INSERT INTO unindexed_requests (request_id)
        SELECT id FROM requests
        WHERE id IN ({ids}) AND id <= (SELECT request_id FROM search_mark)
        ON CONFLICT (request_id) DO NOTHING
        """,
        f"DELETE FROM requests WHERE id IN ({ids}) RETURNING id",
    )


_PURGE = Write("purge", "before text, finished_before real, most int", _removal(_OLDEST))
_REMOVE = Write(
    "remove requests",
    "id text",
    _removal(
        "SELECT requests.id FROM requests WHERE id IN (SELECT id FROM rows)"
        " AND coalesce(status, '') NOT IN ('queued', 'generating')"  # by the primary key
    ),
)

# '0' is the character after '/': a picture has one digest and may have many names
_SHOWN = """
SELECT prefix FROM (SELECT value AS prefix FROM json_items(?) AS asked) AS pictures
WHERE EXISTS (SELECT 1 FROM parts WHERE image_uri >= prefix || '/' AND image_uri < prefix || '0')
   OR EXISTS (SELECT 1 FROM posts WHERE image_uri >= prefix || '/' AND image_uri < prefix || '0')
   OR EXISTS (SELECT 1 FROM scheduled_posts
              WHERE image_uri >= prefix || '/' AND image_uri < prefix || '0')
   OR EXISTS (SELECT 1 FROM input_pictures WHERE uri >= prefix || '/' AND uri < prefix || '0')
"""


class Retention:
    """Removes requests some time after they finished, and pictures without a reference.

    A picture is wanted if a row names it, or a result on the stream, or a process has it in hand. A
    result moves from the process to the stream to its row, so the checks come in this order.
    """

    def __init__(
        self,
        database: Database,
        media: Media,
        streams: Streams,
        removed: Callable[[Iterable[str]], None],
    ) -> None:
        self._database = database
        self._media = media
        self._streams = streams
        self._removed = removed
        self._shard = 0
        self._undecided: set[PictureName] = set()  # without a row, but possibly wanted
        self._clearing: set[str] = set()
        """Removed requests whose callers remove their pictures now."""

    async def sweep(self) -> None:
        """Remove unwanted pictures of the next shard.

        They come from results that were lost or dropped, and from generations for other processes,
        which fetch their pictures at once.
        """
        self._shard += 1
        try:
            pictures = await self._media.in_shard(self._shard)
        except MediaUnavailable:
            return
        for at in range(0, len(pictures), BATCH_PICTURES):
            await self._remove_unwanted(await self._not_shown(pictures[at : at + BATCH_PICTURES]))

    async def purge(self, keep: float) -> int:
        """Remove a batch of requests finished over `keep` seconds ago; returns their number."""
        await self.remove_undecided()
        before = clock.now() - keep
        rows = [(id_of_time(before), before, BATCH_REQUESTS)]
        return await self._clear(*await self._database.write(_PURGE, rows))

    async def remove(self, ids: Iterable[str]) -> int:
        """Remove these requests, if they are finished; returns their number.

        Of several calls for one request at the same time, one removes it.
        """
        mine = set(ids)
        results, inputs, *_, removed = await self._database.write(_REMOVE, [(id_,) for id_ in mine])
        # others may share the commit and have the same rows; each clears its own
        mine = mine.intersection(id_ for (id_,) in removed) - self._clearing
        self._clearing |= mine
        try:
            return await self._clear(
                [row for row in results if row[1] in mine],
                [row for row in inputs if row[1] in mine],
                [(id_,) for id_ in mine],
            )
        finally:
            self._clearing -= mine

    async def remove_undecided(self) -> None:
        """Look again at pictures that were in hand, or could not be looked up, when theirs went."""
        again = frozenset(self._undecided)
        self._undecided -= again - await self._remove_unwanted(again)

    async def _clear(self, results: Rows, inputs: Rows, *others: Rows) -> int:
        """Forget removed requests, and remove the pictures that were only theirs."""
        removed = others[-1]
        self._removed(id_ for (id_,) in removed)
        uris = {uri for (uri, _) in (*results, *inputs) if uri}
        candidates = {picture for uri in uris if (picture := picture_at(uri))}
        undecided = await self._remove_unwanted(candidates)
        if len(self._undecided) < MAX_UNDECIDED_PICTURES:  # the sweep finds the others
            self._undecided |= undecided
        if removed:
            await self._database.compact()
        return len(removed)

    async def _remove_unwanted(self, pictures: Collection[PictureName]) -> set[PictureName]:
        """Remove those of these pictures that are unwanted; returns the undecided ones."""
        if not pictures:
            return set()
        deadline = time.monotonic() + claims.LINGER_SECONDS / 2
        unclaimed = await self._media.unclaimed(pictures)
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                on_their_way = await self._on_their_way()
        except (RedisUnavailable, TimeoutError):
            return set(pictures)
        undecided = (set(pictures) - set(unclaimed)) | on_their_way.intersection(pictures)
        unnamed = (picture for picture in unclaimed if picture not in on_their_way)
        for picture in await self._not_shown(unnamed):
            if not await self._media.remove(picture, deadline):
                undecided.add(picture)
        return undecided

    async def _on_their_way(self) -> set[PictureName]:
        """The pictures of results that are not stored yet."""
        pictures: set[PictureName] = set()
        async for message in self._streams.messages((RESULTS,)):
            if isinstance(message, Generated) and message.image_uri:
                picture = picture_at(message.image_uri)
                if picture:
                    pictures.add(picture)
        return pictures

    async def _not_shown(self, pictures: Iterable[PictureName]) -> list[PictureName]:
        by_prefix = {picture.prefix: picture for picture in pictures}
        shown = await self._database.all(_SHOWN, encode(list(by_prefix)).decode())
        for (prefix,) in shown:
            del by_prefix[prefix]
        return list(by_prefix.values())
