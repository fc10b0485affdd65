"""What the endpoints of feeds answer."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from service.http.api.responses import PostResponse


class FeedPostResponse(PostResponse):
    """A post with its author and what it is about."""

    author: str
    subjects: list[str]


class FeedPageResponse(msgspec.Struct):
    """A page of a home feed, newest first; `next` is the cursor of the page after it."""

    posts: list[FeedPostResponse]
    next: str | None
    newer: int | None


class MarkerResponse(msgspec.Struct):
    """Up to where a user has seen the feed."""

    timestamp: str | None
    newer: int | None


class RecordedResponse(msgspec.Struct):
    """How many events were taken."""

    events: int


class FollowResponse(msgspec.Struct):
    """Whether the user follows the author now."""

    author_id: str
    following: bool


class MuteResponse(msgspec.Struct):
    """Whether the user mutes the author or the subject now."""

    muted: bool
    author_id: str | UnsetType = UNSET
    subject: str | UnsetType = UNSET


class MutedPageResponse(msgspec.Struct):
    """A page of muted authors and subjects; `next` is the cursor of the page after it."""

    authors: list[str]
    subjects: list[str]
    next: str | None


class AuthorPageResponse(msgspec.Struct):
    """A page of authors by name; `next` is the cursor of the page after it."""

    authors: list[str]
    next: str | None


class FollowerPageResponse(msgspec.Struct):
    """A page of followers by name; `next` is the cursor of the page after it."""

    followers: list[str]
    next: str | None
