"""An author's posts as Atom 1.0 (RFC 4287), paged as in RFC 5005."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from urllib.parse import quote

from feedgenerator import Atom1Feed, Enclosure

from service.http.api.feeds.syndication.entries import AuthorFeed, clean

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _PagedFeed(Atom1Feed):  # type: ignore[misc] # it has no types
    """Atom with links to the first and the next page, and the same text for the same posts."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for rel in ("first", "next"):
            if self.feed[rel] is not None:
                handler.addQuickElement("link", "", {"rel": rel, "href": self.feed[rel]})

    def latest_post_date(self) -> datetime:
        """The time of the newest post; of an empty feed 1970, not the present."""
        return super().latest_post_date() if self.items else EPOCH


def atom(feed: AuthorFeed) -> bytes:
    """The document of a page."""
    name = clean(feed.author)
    made = _PagedFeed(
        title=name,
        link=feed.home,
        description="",
        author_name=name,
        feed_url=feed.this,
        feed_guid=f"tag:feedmill,2026:author/{quote(name, safe='')}",
        first=feed.first,
        next=feed.next,
    )
    for entry in feed.entries:
        picture = entry.picture
        made.add_item(
            entry.title,
            entry.url,
            None,
            pubdate=_moment(entry.post.created_us),
            updateddate=_moment(entry.post.edited_us or entry.post.created_us),
            unique_id=entry.id,
            categories=[clean(subject) for subject in entry.post.subjects],
            content=entry.content,
            enclosures=picture
            and [Enclosure(picture.url, str(picture.size or 0), picture.media_type)],
        )
    document = StringIO()
    made.write(document, "utf-8")
    return document.getvalue().encode()


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
