"""Plug-ins: generators that installed packages name in the entry point group of this module."""

from __future__ import annotations

import re
from collections.abc import Mapping

GROUP = "feedmill.generators"

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
"""What a table of the configuration can be called without quotation marks."""


def installed() -> Mapping[str, frozenset[str]]:
    """The classes of every name, as "module:Class": more than one if packages share a name.

    Looks through all installed packages, which takes some milliseconds.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415 - 10 ms, and seldom needed

    found: dict[str, frozenset[str]] = {}
    for point in entry_points(group=GROUP):
        if _NAME.fullmatch(point.name):
            found[point.name] = found.get(point.name, frozenset()) | {point.value}
    return found
