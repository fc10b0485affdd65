"""Editing a configuration file: keys are set, and comments and order stay."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from service.config.sources import ConfigError

PRIVATE_UMASK = 0o077


def set_values(
    file: Path, tables: Mapping[str, Mapping[str, Any]], umask: int = PRIVATE_UMASK
) -> None:
    """Set these keys of these tables in a file, which is made with this umask if it is not there.

    Owner and rights stay; where root writes, a new file gets the owner of its folder. Raises
    ConfigError or OSError; then the file is as before.
    """
    target = file.resolve()  # a link stays one
    try:
        before = target.read_text("utf-8") if target.exists() else ""
        after = edited(before, tables)
    except (ValueError, TOMLKitError) as error:
        raise ConfigError(f"{file}: not valid TOML ({error}).") from error
    with tempfile.NamedTemporaryFile(
        "w", dir=target.parent, prefix=f".{target.name}.", encoding="utf-8", delete=False
    ) as written:
        try:
            written.write(after)
            written.flush()
            os.fsync(written.fileno())
            _take_rights(Path(written.name), target, umask)
            Path(written.name).replace(target)
        except BaseException:
            Path(written.name).unlink(missing_ok=True)
            raise


def _take_rights(written: Path, target: Path, umask: int) -> None:
    """Who may read the configuration now, such as the service's user, has to stay able to."""
    model = target.stat() if target.exists() else target.parent.stat()
    mode = model.st_mode & 0o777 if target.exists() else 0o666 & ~umask
    if os.geteuid() == 0:
        os.chown(written, model.st_uid, model.st_gid)
    written.chmod(mode)


def edited(text: str, tables: Mapping[str, Mapping[str, Any]]) -> str:
    """A TOML document with these keys of these tables set. Raises ValueError or TOMLKitError."""
    document = tomlkit.parse(text)
    for name, values in tables.items():
        table: Any = document
        *outer, last = name.split(".")
        for part in (*outer, last):
            if part not in table:
                table[part] = tomlkit.table(is_super_table=part is not last)
            table = table[part]
        for key, value in values.items():
            table[key] = value
    return tomlkit.dumps(document)
