"""Parts that go on with another model, in the database."""

from __future__ import annotations

from collections.abc import Sequence

from service import clock
from service.messages import Moved, PartOf
from service.store.database import Database
from service.store.sql.requests.request_records import IS_UNFINISHED, POOL, QUEUED_BYTES
from service.store.sql.statements import Write

# A part moves from the model where it is to another one, with a new series of attempts, unless one
# has ended since.
_MOVE = Write(
    "move",
    "id text, kind text, was text, model text, done int, at real",
    (
        f"""
        INSERT INTO parts (request_id, kind, status, attempts, base, model, retry_at)
        SELECT requests.id, rows.kind, 'queued', rows.done, rows.done, rows.model, rows.at
        FROM rows
        JOIN requests ON requests.id = rows.id AND tag IN (rows.kind, 'instagram')
         AND {IS_UNFINISHED}
        LEFT JOIN parts ON parts.request_id = rows.id AND parts.kind = rows.kind
        WHERE {POOL.format(kind="rows.kind")} = rows.was
        ON CONFLICT (request_id, kind) DO UPDATE SET
          status = 'queued', base = excluded.base, model = excluded.model,
          retry_at = excluded.retry_at
        WHERE parts.status IN ('queued', 'generating') AND parts.attempts = excluded.attempts
        RETURNING request_id, kind,
          (SELECT {QUEUED_BYTES} FROM requests WHERE id = request_id)
        """,
    ),
)


async def move_parts(database: Database, moves: Sequence[Moved]) -> list[tuple[Moved, int]]:
    """Make these moves; returns those that were made, with the `queued_bytes` of the requests.

    Messages come twice: a part moves once, and only from where it is.
    """
    at, ahead = clock.now(), [*moves]
    made: list[tuple[Moved, int]] = []
    while ahead:
        now: dict[PartOf, Moved] = {}
        for move in ahead:  # a part once in a statement
            now.setdefault((move.id, move.kind), move)
        rows = [(*part, move.model, move.to, move.done, at) for part, move in now.items()]
        [parts] = await database.write(_MOVE, rows)
        made += [(now[id_, kind], size) for id_, kind, size in parts if (id_, kind) in now]
        ahead = [move for move in ahead if move != now[move.id, move.kind]]
    return made
