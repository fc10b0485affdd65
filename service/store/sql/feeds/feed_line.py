"""The line of feeds: posts, edits, removals and changes of markers have a microsecond each.

What is newer has a larger one, even if the clock is set back. So one number says how far a reader
knows a feed: as `timestamp`, as id of an event, as marker.
"""

from __future__ import annotations

_LAST = (
    ("created_us", "deleted_posts"),
    ("removed_us", "deleted_posts"),
    ("changed_us", "feed_markers"),
    ("edited_us", "posts"),
)


def next_us(now: str, latest: str) -> str:
    """SQL for the next free microsecond, from SQL for the present one.

    What is later than `latest` is ignored, except posts: it comes from a clock that was far ahead.
    """
    after = (
        f"coalesce((SELECT max({column}) + 1 FROM {table} WHERE {column} <= ({latest})), 0)"
        for column, table in _LAST
    )
    posts = "coalesce((SELECT max(created_us) + 1 FROM posts), 0)"
    return f"greatest(({now}), {posts}, {', '.join(after)})"


HEAD = """
SELECT greatest(coalesce((SELECT max(created_us) FROM posts WHERE created_us <= ?1), 0),
           coalesce((SELECT max(removed_us) FROM deleted_posts WHERE removed_us <= ?1), 0),
           coalesce((SELECT max(changed_us) FROM feed_markers WHERE changed_us <= ?1), 0),
           coalesce((SELECT max(edited_us) FROM posts WHERE edited_us <= ?1), 0))
"""
"""The newest microsecond of the line up to ?1; 0 if it is empty."""
