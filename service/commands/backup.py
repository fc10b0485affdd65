"""`run.py backup` and `run.py restore`: a data folder as one folder or file, and back."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from service.config import Config
from service.installation import NAME
from service.store.backup.contents import Manifest
from service.store.errors import BackupFailed

BACKUP = "copy database and pictures, also while the service runs"
RESTORE = "fill an empty data folder from a backup"
OF_POSTGRES = (
    "The database is PostgreSQL, which this does not copy. Use pg_dump and pg_restore for it; then "
    "copy the folder media of the data folder, which has each picture before the row that names it."
)
TARGET = "a new folder, or a new file if the name ends in .zip, .tar, .tar.gz (.xz, .bz2) or .tgz"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe `backup` and `restore`."""
    parser = commands.add_parser("backup", help=BACKUP, description=BACKUP)
    parser.add_argument("target", metavar="DIR|FILE", help=TARGET)
    parser.set_defaults(do=_uninterrupted(make))
    parser = commands.add_parser("restore", help=RESTORE, description=RESTORE)
    parser.add_argument("source", metavar="DIR|FILE", help="what `backup` made")
    parser.set_defaults(do=_uninterrupted(restore))


def make(arguments: argparse.Namespace, config: Config) -> int:
    """Back up the data folder of the configuration."""
    from service.store.backup.make import (
        make_backup,
    )

    _refuse_postgres(config)
    manifest = make_backup(config.data_dir, Path(arguments.target))
    _say(f"Backed up into {arguments.target}: {_contents(manifest)}.")
    return _report_missing(manifest, config)


def restore(arguments: argparse.Namespace, config: Config) -> int:
    """Restore into the data folder of the configuration."""
    from service.store.backup.restore import restore_backup

    _refuse_postgres(config)
    restored = restore_backup(Path(arguments.source), config.data_dir)
    made_at = datetime.fromtimestamp(restored.made_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _say(f"Restored into {config.data_dir}: {_contents(restored)}, as of {made_at}.")
    if restored.api_keys:
        _say(
            f"These API keys are in use again: {', '.join(restored.api_keys)}. One that was "
            f"revoked after that time has to be revoked again ({NAME} keys revoke NAME)."
        )
    if config.redis.url != "embedded":
        _say(
            "Empty the Redis database that [redis] url names (FLUSHDB) before the service starts: "
            "it may hold feeds and messages of a later time."
        )
    return _report_missing(restored, config)


def _refuse_postgres(config: Config) -> None:
    if config.database.url:
        raise BackupFailed(OF_POSTGRES)


def _report_missing(manifest: Manifest, config: Config) -> int:
    """The exit code: 1 if rows name pictures that were missing when the backup was made."""
    if not manifest.missing:
        return 0
    if config.media.url:
        _say(f"Pictures are not in the backup: {len(manifest.missing)} are in {config.media.url}.")
        return 0
    _say(
        f"Not in the backup: pictures that were missing or damaged in the data folder, "
        f"{len(manifest.missing)} in all, such as {manifest.missing[0]}."
    )
    return 1


def _contents(manifest: Manifest) -> str:
    return f"requests: {manifest.requests:,}, pictures: {manifest.pictures:,}"


def _uninterrupted(
    do: Callable[[argparse.Namespace, Config], int],
) -> Callable[[argparse.Namespace, Config], int]:
    """A command that reports failures as a sentence, and leaves nothing half done."""

    def done(arguments: argparse.Namespace, config: Config) -> int:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.default_int_handler)
        try:
            return do(arguments, config)
        except BackupFailed as failure:
            _say(str(failure))
            return 1
        except KeyboardInterrupt:
            _say("Interrupted: nothing was kept.")
            return 130

    return done


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
