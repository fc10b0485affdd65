"""What calls return. `data` is the whole answer, as the API document describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

Tag = Literal["text", "image", "instagram"]
Status = Literal["queued", "generating", "completed", "failed", "cancelled", "expired"]
Rank = Literal["recent", "recommended"]

Priority = Literal["high", "normal", "low"]

FINAL: frozenset[Status] = frozenset({"completed", "failed", "cancelled", "expired"})


class SubmissionFields(TypedDict, total=False):
    """What may come with a prompt: the fields of `POST /content`. Times are seconds from now."""

    seed: int
    options: Mapping[str, int | float | str]
    user_id: str
    publish: bool
    priority: Priority
    start_by: float
    finish_by: float
    webhook: str
    model: str | Mapping[str, str]
    image: str | Path | bytes
    """A picture to start from: the address of one of the service, a file, or its bytes."""


@dataclass(frozen=True)
class Generation:
    """A request and what has come of it. `image_url` is an absolute URL."""

    id: str
    tag: Tag
    prompt: str
    status: Status
    text: str | None
    image_url: str | None
    error: str | None
    position: int | None
    eta_seconds: float | None
    data: Mapping[str, Any] = field(repr=False)

    @property
    def is_final(self) -> bool:
        """Whether it stays as it is."""
        return self.status in FINAL


@dataclass(frozen=True)
class GenerationEvent:
    """An event of a request's log. The last one has the name of a final status."""

    id: str
    name: str
    data: Mapping[str, Any]

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        return self.name in FINAL


@dataclass(frozen=True)
class FeedPost:
    """A post in a feed. `image_url` is an absolute URL."""

    id: str
    author: str
    title: str
    content: str
    image_url: str | None
    created_at: str
    data: Mapping[str, Any] = field(repr=False)


def generation_of(record: Mapping[str, Any], image_url: str | None) -> Generation:
    """The request that a JSON object of the service describes."""
    return Generation(
        record["id"],
        record["tag"],
        record["prompt"],
        record["status"],
        record["text"],
        image_url,
        record["error"],
        record.get("position"),
        record.get("eta_seconds"),
        record,
    )


def post_of(item: Mapping[str, Any], image_url: str | None) -> FeedPost:
    """The post that a JSON object of the service describes."""
    return FeedPost(
        item["id"],
        item["author"],
        item["title"],
        item["content"],
        image_url,
        item["created_at"],
        item,
    )
