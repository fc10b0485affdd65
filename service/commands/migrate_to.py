"""`run.py migrate-to URL`: copies a SQLite database into an empty PostgreSQL database."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from service.config import Config

WHAT = "copy the SQLite database of a stopped service into PostgreSQL"


def add(commands: Any) -> None:
    """Describe `migrate-to`."""
    parser = commands.add_parser(
        "migrate-to",
        help=WHAT,
        description=f"{WHAT.capitalize()}. Every row is counted and compared before the commit.",
    )
    parser.add_argument("url", metavar="URL", help="an empty database: postgresql://USER@HOST/NAME")
    parser.set_defaults(do=migrate_to)


def migrate_to(arguments: argparse.Namespace, config: Config) -> int:
    """Copy the database of the configured data folder; 1 if nothing was copied."""
    from service.store.data_folder import FolderInUse, claimed
    from service.store.engines import CannotCopy, copy_to_postgres
    from service.store.errors import DatabaseUnavailable

    try:
        with claimed(config.data_dir, alone=True):  # no service writes while it is read
            counts = asyncio.run(copy_to_postgres(config, arguments.url))
    except (FolderInUse, CannotCopy, DatabaseUnavailable) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    for table, count in counts.items():
        print(f"{count:>12,}  {table}")
    print(f"{sum(counts.values()):>12,}  rows, read back and compared")
    print("Set [database] url, and keep the data folder: it has the pictures.", file=sys.stderr)
    return 0
