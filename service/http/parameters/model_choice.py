"""The models that a request names: one, or one for each part."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from service.http.parameters.parse import refusal
from service.messages import Kind

ANY_PART = ""
"""The part of a name that came alone."""

ModelChoice = str | dict[Kind, str]
"""The name of a model, or one for each part; in a query or a form an object is JSON."""


def names_of(choice: ModelChoice | None) -> Mapping[str, str]:
    """The names by part. Raises Problem."""
    if not choice:
        return {} if choice is None else _refuse()
    if isinstance(choice, str):
        if not choice.startswith("{"):
            return {ANY_PART: choice}
        try:
            choice = msgspec.json.decode(choice, type=dict[Kind, str])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _refuse()
    return {str(part): name for part, name in choice.items()} or _refuse()


def _refuse() -> Mapping[str, str]:
    raise refusal({"model": "Must be the name of a model, or an object with `text` and `image`."})
