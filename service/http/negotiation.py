"""Content negotiation: the headers Accept and Accept-Encoding (RFC 9110, section 12.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence

from aiohttp import web

HTML = "text/html"
JSON = "application/json"
IDENTITY = "identity"

_QUALITY = re.compile(r"(0(\.[0-9]*)?|1(\.0*)?)", re.ASCII)


def preferred(accept: str, offers: Sequence[str]) -> str | None:
    """The media type of `offers` that the client prefers; None if it accepts none of them.

    Among equals: first the one that the client names most exactly, then the one it names first,
    then the first offer. Without a header the client accepts anything.
    """
    ranges = list(_weighted(accept))
    if not ranges:
        return offers[0]
    candidates = []
    for offer in offers:
        matches = [
            (exactness, -place, quality)
            for place, (name, quality) in enumerate(ranges)
            if (exactness := _exactness(name, offer))
        ]
        if matches:
            exactness, place, quality = max(matches)  # the most exact range counts
            candidates.append((quality, exactness, place, offer))
    best = max(candidates, key=lambda match: match[:3], default=None)  # the first of equals
    return best[3] if best and best[0] > 0 else None


def prefers_html(request: web.BaseRequest) -> bool:
    """Whether the client prefers a page to JSON."""
    return preferred(header(request, "Accept"), [JSON, HTML]) == HTML


def encoding(accept: str, offers: Sequence[str]) -> str:
    """The content coding of `offers` (best first) that the client prefers, or `identity`."""
    weights = dict(_weighted(accept))
    rest = weights.get("*", 0.0)
    qualities = {offer: weights.get(offer, rest) for offer in offers}
    qualities[IDENTITY] = weights.get(IDENTITY, rest or 0.001)  # used if nothing better is accepted
    return max(qualities, key=lambda name: qualities[name])


def language(accept: str, offers: Sequence[str]) -> str:
    """The language of `offers` that the client prefers, by its first part; else the first offer."""
    weights: dict[str, float] = {}
    for name, quality in _weighted(accept):
        primary = name.partition("-")[0]
        weights[primary] = max(quality, weights.get(primary, 0.0))
    rest = weights.get("*", 0.0)
    return max(offers, key=lambda offer: weights.get(offer, rest))  # the first of equals


def header(request: web.BaseRequest, name: str) -> str:
    """A header that is a list, also where it was sent in several lines."""
    return ",".join(request.headers.getall(name, ()))


def add_vary(headers: MutableMapping[str, str], name: str) -> None:
    """Add to `Vary` that the answer also depends on this request header."""
    before = headers.get("Vary")
    headers["Vary"] = f"{before}, {name}" if before else name


def has(if_none_match: str, etag: str) -> bool:
    """Whether the client has the version with this tag (weak comparison, RFC 9110, 13.1.2)."""
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return if_none_match.strip() == "*" or etag.removeprefix("W/") in known


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    """The members of a list and their weights; one with an invalid weight counts fully."""
    for member in header.split(","):
        name, *parameters = member.split(";")
        if not name.strip():
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q" and _QUALITY.fullmatch(value.strip()):
                quality = float(value)
        yield name.strip().lower(), quality


def _exactness(media_range: str, offer: str) -> int:
    """How exactly a media range names a media type; 0 if it does not match."""
    if media_range == offer:
        return 3
    if media_range == offer.partition("/")[0] + "/*":
        return 2
    return 1 if media_range in {"*/*", "*"} else 0
