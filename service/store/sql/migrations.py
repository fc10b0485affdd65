"""The versions of the schema.

To change the schema: add a file `schema_<n>_<what>.sql` in schema/, list it in MIGRATIONS,
and save a database of the new version for the tests (`python -m tests.support.saved_databases`).
It is written for SQLite; PostgreSQL's is made from it (`postgres/schema.py`). Files that are listed
already never change, and a migration only adds: during a rolling restart a process of the version
before works on the same database.
"""

from __future__ import annotations

from pathlib import Path

_SCHEMA = Path(__file__).parent / "schema"
MIGRATIONS = [
    _SCHEMA / "schema.sql",
    _SCHEMA / "schema_2_filters.sql",
    _SCHEMA / "schema_3_webhook_lanes.sql",
    _SCHEMA / "schema_4_clock.sql",
    _SCHEMA / "schema_5_failure_details.sql",
    _SCHEMA / "schema_6_follows.sql",
    _SCHEMA / "schema_7_subjects.sql",
    _SCHEMA / "schema_8_feed_events.sql",
    _SCHEMA / "schema_9_fanouts.sql",
    _SCHEMA / "schema_10_interactions.sql",
    _SCHEMA / "schema_11_post_edits.sql",
    _SCHEMA / "schema_12_scheduled_posts.sql",
    _SCHEMA / "schema_13_key_rights.sql",
    _SCHEMA / "schema_14_pool_pauses.sql",
    _SCHEMA / "schema_15_scheduled_of_author.sql",
    _SCHEMA / "schema_16_pool_costs.sql",
    _SCHEMA / "schema_17_request_search.sql",
    _SCHEMA / "schema_18_request_groups.sql",
    _SCHEMA / "schema_19_models.sql",
    _SCHEMA / "schema_20_notes_and_addresses.sql",
    _SCHEMA / "schema_21_usage.sql",
    _SCHEMA / "schema_22_post_vectors.sql",
    _SCHEMA / "schema_23_search_mark.sql",
    _SCHEMA / "schema_24_input_pictures.sql",
    _SCHEMA / "schema_25_edits_in_line.sql",
    _SCHEMA / "schema_26_nodes.sql",
    _SCHEMA / "schema_27_new_authors.sql",
    _SCHEMA / "schema_28_post_features.sql",
]
"""The n-th file brings a database to version n."""
