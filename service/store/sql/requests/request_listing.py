"""Pages of requests, newest first, by owner, status, tag, time and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from service.messages import TAGS, UNFINISHED, Status, Tag
from service.store.database import Database
from service.store.sql.requests.request_records import LISTED_PROMPT

# ?1: before this id, ?2: limit
_PAGE = """
WITH page AS ({ids} ORDER BY id DESC LIMIT ?2)
SELECT requests.id, tag, {prompt}, status, error, created_at, started_at, finished_at,
  group_id,
  (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text'),
  (SELECT image_uri FROM parts WHERE request_id = requests.id AND kind = 'image')
FROM page CROSS JOIN requests ON requests.id = page.id ORDER BY page.id DESC
"""
FINISHED = tuple(status for status in get_args(Status) if status not in UNFINISHED)

_IDS = "SELECT id FROM requests {index} WHERE id < ?1 AND {terms}"
_IS_UNFINISHED = "status IN ('queued', 'generating')"  # exactly as in the indexes


@dataclass(frozen=True, slots=True)
class ListedRequest:
    """A request in a list, with a long prompt shortened. Times are seconds since the epoch."""

    id: str
    tag: Tag
    prompt: str
    status: Status
    error: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    group: str | None
    text: str | None
    image_uri: str | None


class RequestListing:
    """Lists the requests of one owner, or all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        owner: str | None,
        status: Status | None,
        tag: Tag | None,
        before: str,
        limit: int,
        *,
        after: str = "",
        words: Sequence[str] = (),
        group: str | None = None,
        client: str = "",
    ) -> list[ListedRequest]:
        """Requests with ids before `before`, newest first; all owners if `owner` is None.

        `after` is the smallest id, `words` have to be in the prompt or the text, `group` names a
        group of variants, and `client` identifies the caller.
        Raises DatabaseUnavailable, ReadRejected.
        """
        index = self._database.words
        parameters: tuple[Any, ...] = (before, limit, owner, after)
        if group is not None:
            ids = _group_sql(owner, status, tag, index.has_words("?6"))
            sql = _PAGE.format(prompt=LISTED_PROMPT, ids=ids)
            parameters = (*parameters, group, index.patterns_of(words))
        elif words:
            ids, parameters = index.ids_with(words, status, tag, parameters)
            sql = _PAGE.format(prompt=LISTED_PROMPT, ids=ids)
        else:
            sql = page_sql(owner, status, tag, is_bounded=bool(after))
            parameters = (
                *(before, limit),
                *(() if owner is None else (owner,)),
                *((after,) if after else ()),
            )
        rows = await self._database.lists.all(sql, *parameters, client=client)
        return [ListedRequest(*row) for row in rows]


def _group_sql(owner: str | None, status: Status | None, tag: Tag | None, has_words: str) -> str:
    """The ids of a page of a group; it has few requests, so they are read one by one."""
    terms = ["group_id = ?5", "id >= ?4", "true" if owner is None else "owner = ?3", has_words]
    terms += [] if status is None else [f"status = '{status}'"]
    terms += [] if tag is None else [f"tag = '{tag}'"]
    return _IDS.format(index="INDEXED BY of_group", terms=" AND ".join(terms))


def page_sql(
    owner: str | None, status: Status | None, tag: Tag | None, *, is_bounded: bool = False
) -> str:
    """The query for a page. Its cost depends on the page, not on the size of the database.

    Its parameters: an id before which requests are listed, the limit, the owner if there is
    one, and the smallest id if it is bounded. Several ranges of an index are merged where one range
    does not have the order of ids.
    """
    owned = [] if owner is None else ["owner = ?3"]
    bound = [f"id >= ?{3 + len(owned)}"] if is_bounded else []
    if status is None and tag is None:
        index = "INDEXED BY of_owner" if owned else ""
        return _PAGE.format(
            prompt=LISTED_PROMPT,
            ids=_IDS.format(index=index, terms=" AND ".join([*owned, *bound]) or "true"),
        )
    ranges = []
    if status is None or status in UNFINISHED:
        # few compared with the history: the index has all needed columns
        terms = [_IS_UNFINISHED, *owned, *bound]
        terms += [] if status is None else [f"status = '{status}'"]
        terms += [] if tag is None else [f"tag = '{tag}'"]
        ranges.append(_IDS.format(index="INDEXED BY unfinished", terms=" AND ".join(terms)))
    index = "INDEXED BY finished_of_owner" if owned else "INDEXED BY finished"
    for each_tag in TAGS if tag is None else (tag,):
        for each in FINISHED if status is None else {status} & {*FINISHED}:
            terms = [
                f"NOT {_IS_UNFINISHED}",
                *owned,
                *bound,
                f"tag = '{each_tag}'",
                f"status = '{each}'",
            ]
            ranges.append(_IDS.format(index=index, terms=" AND ".join(terms)))
    # each with its own limit: PostgreSQL would read all of a range before it sorts
    limited = (
        f"SELECT id FROM ({ids} ORDER BY id DESC LIMIT ?2) AS range_{number}"
        for number, ids in enumerate(ranges)
    )
    return _PAGE.format(prompt=LISTED_PROMPT, ids=" UNION ALL ".join(limited))
