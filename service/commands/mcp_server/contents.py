"""What the tools of `run.py mcp` return."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import ImageContent, TextContent

from feedmill.client import FeedPost, Generation, GenerationEvent, GenerationProgress

MEDIA_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}

Content = TextContent | ImageContent


@dataclass
class RequestSummary:
    """A request in a list."""

    id: str
    tag: str
    prompt: str
    status: str
    text: str | None
    image_url: str | None
    error: str | None


@dataclass
class ListedPost:
    """A post in a feed."""

    id: str
    author: str
    title: str
    content: str
    image_url: str | None
    created_at: str


@dataclass
class ListedModel:
    """A model that requests may name."""

    name: str
    kind: str
    default: bool
    state: str
    abilities: list[str]
    wait_seconds: float | None


def contents_of(generation: Generation, picture: bytes | None) -> list[Content]:
    """The text and the picture of a request, and its state in words."""
    lines = [f"Request {generation.id}: {generation.status}."]
    if generation.status == "queued" and generation.position is not None:
        lines.append(_place(generation.position, generation.eta_seconds))
    if not generation.is_final:
        lines.append("Look at it again later with get_request.")
    if generation.error:
        lines.append(generation.error)
    if generation.image_url:
        lines.append(f"The picture is at {generation.image_url}")
    contents: list[Content] = [TextContent(type="text", text="\n".join(lines))]
    if generation.text:
        contents.insert(0, TextContent(type="text", text=generation.text))
    if picture is not None:
        contents.append(
            ImageContent(
                type="image",
                data=base64.b64encode(picture).decode(),
                mime_type=_media_type(picture),
            )
        )
    return contents


def listed_request(item: Generation) -> RequestSummary:
    """A request for a list."""
    return RequestSummary(
        id=item.id,
        tag=item.tag,
        prompt=item.prompt,
        status=item.status,
        text=item.text,
        image_url=item.image_url,
        error=item.error,
    )


def listed_model(model: Mapping[str, Any]) -> ListedModel:
    """A model for a list."""
    return ListedModel(
        **{name: model[name] for name in ("name", "kind", "default", "state")},
        abilities=[*model["abilities"]],
        wait_seconds=model["wait_seconds"],
    )


def listed_post(post: FeedPost) -> ListedPost:
    """A post for a list."""
    return ListedPost(
        id=post.id,
        author=post.author,
        title=post.title,
        content=post.content,
        image_url=post.image_url,
        created_at=post.created_at,
    )


def progress_sentence(progress: GenerationProgress, event: GenerationEvent) -> str:
    """How far the request is."""
    if event.is_last:
        return event.name
    if progress.making:
        made = {"text": f"writing, {len(progress.text)} characters", "image": "drawing"}
        return ", ".join(made[part] for part in sorted(progress.making))
    if progress.position is not None:
        return _place(progress.position, progress.eta_seconds)
    return "waiting"


def _place(position: int, eta_seconds: float | None) -> str:
    eta = "" if eta_seconds is None else f", about {max(1.0, eta_seconds):.0f} s to go"
    return f"{position} ahead in the queue{eta}."


def _media_type(picture: bytes) -> str:
    for beginning, name in MEDIA_TYPES.items():
        if picture.startswith(beginning):
            return name
    return "application/octet-stream"
