"""What Atom and JSON Feed say about an author: the posts, with whole addresses and HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.addresses import absolute
from service.store.media.home import Media
from service.store.media.names import MEDIA_TYPES
from service.store.sql.feeds.posts import Post

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no place for (section 2.2): most control characters. Its complement, which the
section lists, would take 5 ms to compile."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture; `size` in bytes is None if it is not on this server."""

    url: str
    media_type: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A post, its address, and its picture."""

    post: Post
    url: str
    picture: Attachment | None

    @property
    def id(self) -> str:
        """The same for every reader, whatever the host is called."""
        return f"tag:feedmill,2026:post/{self.post.id}"

    @property
    def title(self) -> str:
        return clean(self.post.title)

    @property
    def text(self) -> str:
        return clean(self.post.content)

    @property
    def content(self) -> str:
        """The picture and the text as HTML: some readers show only what is in here."""
        blocks = [f"<p>{lines(block)}</p>" for block in re.split(r"\n\s*\n", self.text.strip())]
        if self.picture is not None:
            source, alt = (
                html.escape(self.picture.url),
                html.escape(clean(self.post.alt or self.post.title)),
            )
            blocks.insert(0, f'<p><img src="{source}" alt="{alt}"></p>')
        return "\n".join(block for block in blocks if block != "<p></p>")


@dataclass(frozen=True, slots=True)
class AuthorFeed:
    """A page of an author's posts, newest first, with its addresses."""

    author: str
    home: str
    first: str
    this: str
    next: str | None
    entries: Sequence[Entry]


async def entries_of(
    posts: Sequence[Post], base: str, media: Media, query: str = ""
) -> list[Entry]:
    """The posts as entries; addresses begin with `base`, those of posts end with `query`."""
    sizes = await media.sizes({post.image_uri for post in posts if post.image_uri})
    return [
        Entry(
            post,
            f"{base}/feed/posts/{post.id}{query}",
            (post.image_uri and _attachment(post.image_uri, base, sizes[post.image_uri])) or None,
        )
        for post in posts
    ]


def clean(text: str) -> str:
    """Text without characters that XML has no place for."""
    return _NOT_XML.sub("\ufffd", text)


def _attachment(uri: str, base: str, size: int | None) -> Attachment:
    suffix = uri.rpartition(".")[2]
    return Attachment(absolute(uri, base), MEDIA_TYPES.get(suffix, "image/*"), size)


def lines(block: str) -> str:
    """A block of text as HTML."""
    return html.escape(block).replace("\n", "<br>\n")
