"""A finding of the doctor: one line, and what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from service.config import Config

Verdict = Literal["ok", "note", "problem"]
"""A note is worth knowing and no problem: the service works as it is."""


class Finding(msgspec.Struct, frozen=True):
    """What a check found. `advice` says what to do, and is "" if there is nothing to do."""

    check: str
    verdict: Verdict
    says: str
    advice: str = ""


Check = Callable[[Config], Awaitable[Sequence[Finding]]]
"""A check for everything of one kind; an error that it raises is a finding as well."""


def ok(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", says)


def note(check: str, says: str, advice: str = "") -> Finding:
    """Worth knowing."""
    return Finding(check, "note", says, advice)


def problem(check: str, says: str, advice: str) -> Finding:
    """The service does not start, loses requests, or cannot generate."""
    return Finding(check, "problem", says, advice)
