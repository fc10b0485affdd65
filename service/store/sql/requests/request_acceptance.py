"""How accepted requests are written: the statements, and the rows for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from service.generators.protocol import INPUT_IMAGE
from service.store.sql.requests.request_records import Request
from service.store.sql.statements import Write

# A Request, field by field: those that most have, the rest, and its models. Each column costs
# SQLite most of a microsecond a row.
_FIRST = """id text, tag text, prompt text, seed int, created_at real, options json, user_id text,
publish flag, owner text, priority text, client text"""
_REST = "start_by real, finish_by real, webhook text, trace text, group_id text"
_MODELS = "text_model text, image_model text"
_COLUMNS = f"{_FIRST}, {_REST}, {_MODELS}"
_FIRST_COUNT = _FIRST.count(",") + 1
_NO_MORE = (None,) * (_REST.count(",") + 1)
_NO_MODELS = (None,) * (_MODELS.count(",") + 1)


def _insertion(columns: str) -> str:
    names = ", ".join(column.split()[0] for column in columns.split(","))
    values = names.replace("options", "nullif(options, '{}')")
    return f"INSERT INTO requests ({names}) SELECT {values} FROM rows "


_INSERT = _insertion(_COLUMNS)
_ACCEPT = Write("accept", _COLUMNS, (_INSERT,))
_ACCEPT_FIRST = Write("accept", _FIRST, (_insertion(_FIRST),))
_WITH_MODELS = f"{_FIRST}, {_MODELS}"
_ACCEPT_WITH_MODELS = Write("accept", _WITH_MODELS, (_insertion(_WITH_MODELS),))

# The first writer of an Idempotency-Key creates the request; later ones create nothing.
_ACCEPT_ONCE = Write(
    "accept once",
    f"{_COLUMNS}, key text, digest text",
    (
        """
        INSERT INTO idempotency (owner, key, digest, request_id)
        SELECT coalesce(owner, ''), key, digest, id FROM rows
        WHERE true
        ON CONFLICT DO NOTHING
        """,
        _INSERT
        + "WHERE EXISTS (SELECT 1 FROM idempotency WHERE request_id = rows.id) RETURNING id",
    ),
)

# The picture that a request is made from is kept as long as the request.
_KEEP = """
INSERT INTO input_pictures (request_id, uri) SELECT id, json_text(options, 'image') FROM rows
"""
_ACCEPT_WITH_PICTURE = Write("accept with a picture", _COLUMNS, (_INSERT, _KEEP))
_ACCEPT_ONCE_WITH_PICTURE = Write(
    "accept once with a picture",
    _ACCEPT_ONCE.rows,
    (
        *_ACCEPT_ONCE.statements,
        _KEEP + "WHERE EXISTS (SELECT 1 FROM idempotency WHERE request_id = rows.id)",
    ),
)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An Idempotency-Key, and the digest of the request body sent with it."""

    key: str
    digest: str

    def several(self, count: int) -> list[IdempotencyKey]:
        """One key for each of several requests that are made with this one."""
        others = [f"{self.key}\n{number}" for number in range(1, count)]  # no client has such keys
        return [self, *(replace(self, key=other) for other in others)]


def acceptance_of(
    requests: Sequence[Request], key: IdempotencyKey | None
) -> tuple[Write, list[tuple[Any, ...]]]:
    """The write that stores requests, all or none of them, and its rows."""
    pictured = INPUT_IMAGE in requests[0].options
    if len(requests) == 1 and key is None and not pictured:  # most
        row = msgspec.structs.astuple(requests[0])
        first, models = row[:_FIRST_COUNT], row[-len(_NO_MODELS) :]
        if row[_FIRST_COUNT : -len(_NO_MODELS)] == _NO_MORE:
            if models == _NO_MODELS:
                return _ACCEPT_FIRST, [first]
            return _ACCEPT_WITH_MODELS, [(*first, *models)]
    rows = [msgspec.structs.astuple(request) for request in requests]
    if key is not None:
        keys = key.several(len(rows))
        rows = [(*row, each.key, each.digest) for row, each in zip(rows, keys, strict=True)]
        return (_ACCEPT_ONCE_WITH_PICTURE if pictured else _ACCEPT_ONCE), rows
    return (_ACCEPT_WITH_PICTURE if pictured else _ACCEPT), rows
