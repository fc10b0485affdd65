"""Secrets by name: from the environment, or from a credential that systemd hands over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

MAX_BYTES = 65_536


def credential(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The value of an environment variable, or of the file with its name; "" if there is neither.

    systemd.exec(5): LoadCredential= puts files into the folder $CREDENTIALS_DIRECTORY, which only
    the service can read, while its environment is seen by more.
    """
    value = environment.get(name, "").strip()
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    if value or not folder:
        return value
    try:
        with (Path(folder) / name).open(encoding="utf-8-sig") as file:
            return file.read(MAX_BYTES).strip()
    except (OSError, ValueError):
        return ""
