"""Lists of requests, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from service.messages import Status, Tag
from service.store.sqlite.database import Database

NEWEST = "g"  # later than every id: they are hexadecimal

# As the partial indexes have it, so that what is rare is found without reading all that is not.
_OF_STATUS: dict[Status | None, str] = {
    None: "true",
    "queued": "status IN ('queued', 'generating') AND status = 'queued'",
    "generating": "status IN ('queued', 'generating') AND status = 'generating'",
    "completed": "status = 'completed'",
    "failed": "status = 'failed'",
    "cancelled": "status IN ('cancelled', 'expired') AND status = 'cancelled'",
    "expired": "status IN ('cancelled', 'expired') AND status = 'expired'",
}

# ?1: before this id, ?2: at most, ?3: owner, ?4: tag
_PAGE = """
SELECT id, tag, prompt, status, error, created_at, started_at, finished_at,
  (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text'),
  (SELECT image_uri FROM parts WHERE request_id = requests.id AND kind = 'image')
FROM requests
WHERE id < ?1 AND {owner} AND (?4 IS NULL OR tag = ?4) AND {status}
ORDER BY id DESC LIMIT ?2
"""


@dataclass(frozen=True, slots=True)
class ListedRequest:
    """A request in a list. Times are seconds since the epoch."""

    id: str
    tag: Tag
    prompt: str
    status: Status
    error: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    text: str | None
    image_uri: str | None


class RequestListing:
    """Lists the requests of one owner, or of all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, owner: str | None, status: Status | None, tag: Tag | None, before: str, limit: int
    ) -> list[ListedRequest]:
        """Requests with ids before `before`, newest first; of everybody without an owner."""
        mine = "?3 IS NULL" if owner is None else "owner = ?3"
        sql = _PAGE.format(owner=mine, status=_OF_STATUS[status])
        rows = await self._database.all(sql, before, limit, owner, tag)
        return [ListedRequest(*row) for row in rows]
