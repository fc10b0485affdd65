"""The filters: which candidates are left out, one rule for each, listed in FILTERS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from msgspec import Struct

from service.ranking.types import Candidate


class Facts(Struct, frozen=True):
    """A candidate, and what decides whether its reader may see it."""

    candidate: Candidate
    post_id: str
    content: tuple[str, ...] = ()
    """Equal for posts that say the same."""
    is_own: bool = False
    is_seen: bool = False
    is_hidden: bool = False
    is_author_muted: bool = False
    is_subject_muted: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What the reader has been shown, or does not want now."""

    served: Collection[int] = ()
    """Posts of recent lists."""
    excluded: Collection[str] = ()
    """Ids of posts that the request leaves out."""
    after: int = -1
    """Older posts are left out."""


FILTERS: Mapping[str, tuple[Callable[[Facts, Shown], bool], str]] = {
    "own": (lambda facts, _: facts.is_own, "It is the reader's own post."),
    "seen": (lambda facts, _: facts.is_seen, "The reader has seen it."),
    "hidden": (lambda facts, _: facts.is_hidden, "The reader has hidden it."),
    "muted-author": (lambda facts, _: facts.is_author_muted, "The reader mutes its author."),
    "muted-subject": (lambda facts, _: facts.is_subject_muted, "The reader mutes a subject of it."),
    "served": (
        lambda facts, shown: facts.candidate.post in shown.served,
        "It was in a list of the last day.",
    ),
    "older": (
        lambda facts, shown: facts.candidate.post <= shown.after,
        "It is not newer than the `timestamp` of the request.",
    ),
    "excluded": (
        lambda facts, shown: facts.post_id in shown.excluded,
        "The request leaves it out.",
    ),
}
"""By name: whether a post is left out, and why."""


def verdicts(facts: Facts, shown: Shown) -> dict[str, bool]:
    """For each filter, whether the post passes it."""
    return {name: not leaves_out(facts, shown) for name, (leaves_out, _) in FILTERS.items()}


def passing(found: Iterable[Facts], shown: Shown) -> list[Facts]:
    """The candidates that pass all filters; of posts that say the same the first one."""
    rules = [leaves_out for leaves_out, _ in FILTERS.values()]
    for leaves_out in rules:
        found = [facts for facts in found if not leaves_out(facts, shown)]
    contents: set[tuple[str, ...]] = set()
    passed: list[Facts] = []
    for facts in found:
        if facts.content:
            if facts.content in contents:
                continue
            contents.add(facts.content)
        passed.append(facts)
    return passed
