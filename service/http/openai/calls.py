"""The fields that all calls of this API have, and the names of models."""

from __future__ import annotations

from service.http.calls.accepting import CallParameters
from service.messages import Priority, Tag

NAMES: dict[str, Tag] = {"image": "image", "instagram": "instagram"}
"""Model names that stand for a kind of post."""

TIERS: dict[str | None, Priority] = {"flex": "low", "priority": "high"}


class OpenAIParameters(CallParameters):
    """Feedmill's own fields, and the tier of the service as this API has it."""

    service_tier: str | None = None

    @property
    def urgency(self) -> Priority | None:
        """The priority; without one, what the tier stands for."""
        return self.priority or TIERS.get(self.service_tier)
