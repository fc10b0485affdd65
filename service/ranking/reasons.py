"""Why a post is in a list: the part of its score that weighs most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.ranking.types import Candidate, Ranked, Taste

ReasonKind = Literal[
    "follows", "because-you-liked", "author", "subject", "popular", "new-voice", "recent"
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a post is there, and what it is about: an author, a subject, or a liked post."""

    kind: ReasonKind
    name: str | None = None
    liked: int | None = None
    is_alike: bool = False
    """Whether the text is like that of the liked post, rather than its readers."""


def reason(
    ranked: Ranked, candidate: Candidate, taste: Taste, causes: Mapping[str, Mapping[int, int]]
) -> Reason:
    """The reason of a ranked post; `causes` are the likes that say most for posts, by part."""
    if ranked.is_explored:
        return Reason("new-voice")
    parts = ranked.parts
    best = max(parts, key=parts.__getitem__, default="recency")
    if parts.get(best, 0.0) <= 0:
        best = "recency"
    if best in causes:
        liked = causes[best].get(ranked.post)
        if liked is not None:
            return Reason("because-you-liked", liked=liked, is_alike=best == "similarity")
    if best == "author":
        return Reason("author", candidate.author)
    if best == "subject":
        return Reason(
            "subject", max(candidate.subjects, key=lambda name: taste.subjects.get(name, 0.0))
        )
    if best == "popularity" and not candidate.is_followed and candidate.likes:
        return Reason("popular")
    return Reason("follows" if candidate.is_followed else "recent")
