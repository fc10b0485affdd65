"""The fields that all calls of this API have, and the names of models."""

from __future__ import annotations

from typing import Literal

from service.config import HttpConfig
from service.http.calls.accepting import CallParameters
from service.http.parameters.parse import refusal
from service.http.parameters.types import Size
from service.messages import Options, Priority, Tag

NAMES: dict[str, Tag] = {"image": "image", "instagram": "instagram"}
"""Model names that stand for a kind of post."""

AUTO = "auto"
OutputFormat = Literal["png", "jpeg", "webp"]
Background = Literal["auto", "opaque", "transparent"]

TIERS: dict[str | None, Priority] = {"flex": "low", "priority": "high"}


class OpenAIParameters(CallParameters):
    """Feedmill's own fields, and the tier of the service as this API has it."""

    service_tier: str | None = None

    @property
    def urgency(self) -> Priority | None:
        """The priority; without one, what the tier stands for."""
        return self.priority or TIERS.get(self.service_tier)


def size_option(size: str | None, http: HttpConfig, name: str) -> Options:
    """The option for a size of pictures. Raises Problem about the parameter `name`."""
    if size in (None, AUTO):
        return {}
    try:
        return {"size": str(Size.parse(size, http))}
    except ValueError as wrong:
        raise refusal({name: f"{str(wrong).rstrip('.')}, or {AUTO}."}) from None
