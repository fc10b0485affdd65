"""What the endpoints of feeds answer."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from service.http.api.responses import PostResponse
from service.ranking.reasons import ReasonKind


class ReasonResponse(msgspec.Struct):
    """Why a post is recommended, in one sentence."""

    kind: ReasonKind
    text: str
    liked_post_id: str | None


class FeedPostResponse(PostResponse):
    """A post with its author, what it is about, and what is in its picture."""

    author: str
    subjects: list[str]
    alt: str | None
    edited_at: str | None
    reason: ReasonResponse | UnsetType = UNSET


class ScheduledPostResponse(msgspec.Struct):
    """A post that is published later."""

    id: str
    author: str
    publish_at: str
    title: str
    content: str
    imageUri: str | None  # noqa: N815 - the name in the contract
    alt: str | None


class FeedAddressesResponse(msgspec.Struct):
    """Addresses for feed readers."""

    atom: str
    json: str


class ScheduledPageResponse(msgspec.Struct):
    """A page of scheduled posts, the earliest first; `next` is the cursor of the page after it."""

    posts: list[ScheduledPostResponse]
    next: str | None


class FeedPageResponse(msgspec.Struct):
    """A page of a home feed; `next` is the cursor of the page after it."""

    posts: list[FeedPostResponse]
    next: str | None
    newer: int | None
    served: str | UnsetType = UNSET


class FilterResponse(msgspec.Struct):
    """Whether the post passes a filter, and why not."""

    name: str
    passed: bool
    why: str | None


class PartResponse(msgspec.Struct):
    """A part of the score: what it adds, its weight included."""

    name: str
    weight: float
    adds: float


class WhyResponse(msgspec.Struct):
    """What the ranking says about a post."""

    post_id: str
    eligible: bool
    filters: list[FilterResponse]
    sources: list[str]
    score: float
    parts: list[PartResponse]
    follows: bool
    views: int
    likes: int
    reason: ReasonResponse


class LikedPostResponse(msgspec.Struct):
    """A post that the user liked."""

    id: str
    title: str


class AffinityResponse(msgspec.Struct):
    """How an author or a subject fared, from -1 to 1, and in words."""

    name: str
    affinity: float
    words: str


class ComparedTextsResponse(msgspec.Struct):
    """How the texts of the user's likes are compared with others."""

    model: str
    likes: int


class TasteResponse(msgspec.Struct):
    """What was learnt of a user."""

    likes: list[LikedPostResponse]
    authors: list[AffinityResponse]
    subjects: list[AffinityResponse]
    texts: ComparedTextsResponse | UnsetType = UNSET


class MarkerResponse(msgspec.Struct):
    """Up to where a user has seen the feed."""

    timestamp: str | None
    newer: int | None


class RecordedResponse(msgspec.Struct):
    """How many events were recorded."""

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
