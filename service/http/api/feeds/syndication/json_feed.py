"""An author's posts as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from service.http.api.feeds.syndication.entries import AuthorFeed, Entry
from service.store.sql.feeds.posts import iso

VERSION = "https://jsonfeed.org/version/1.1"


class JsonFeedAuthor(msgspec.Struct):
    """Who writes the posts."""

    name: str


class JsonFeedAttachment(msgspec.Struct, omit_defaults=True):
    """A picture; the size is left out if it is not known."""

    url: str
    mime_type: str
    size_in_bytes: int | None = None


class JsonFeedItem(msgspec.Struct, omit_defaults=True):
    """A post. `content_html` has the picture as well: some readers show only that."""

    id: str
    url: str
    title: str
    content_html: str
    content_text: str
    date_published: str
    tags: list[str]
    image: str | None = None
    attachments: list[JsonFeedAttachment] = []
    date_modified: str | None = None


class JsonFeed(msgspec.Struct, omit_defaults=True):
    """A page of an author's posts; `next_url` leads to the next one."""

    MEDIA_TYPE: ClassVar[str] = "application/feed+json"

    version: str
    title: str
    home_page_url: str
    feed_url: str
    authors: list[JsonFeedAuthor]
    items: list[JsonFeedItem]
    next_url: str | None = None


def json_feed(feed: AuthorFeed) -> bytes:
    """The document of a page."""
    return msgspec.json.encode(
        JsonFeed(
            VERSION,
            feed.author,
            feed.home,
            feed.this,
            [JsonFeedAuthor(feed.author)],
            [_item(entry) for entry in feed.entries],
            feed.next,
        )
    )


def _item(entry: Entry) -> JsonFeedItem:
    item = JsonFeedItem(
        entry.id,
        entry.url,
        entry.title,
        entry.content,
        entry.text,
        iso(entry.post.created_us),
        list(entry.post.subjects),
    )
    if entry.post.edited_us is not None:
        item.date_modified = iso(entry.post.edited_us)
    if entry.picture is not None:
        url, media_type, size = entry.picture.url, entry.picture.media_type, entry.picture.size
        item.image = url
        item.attachments = [JsonFeedAttachment(url, media_type, size)]
    return item
