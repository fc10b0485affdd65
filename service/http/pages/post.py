"""`GET /feed/posts/{id}`: a page for browsers and previews of links, JSON for other clients."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

from aiohttp import web

from service.addresses import absolute
from service.http.api.feeds import posts
from service.http.api.feeds.syndication.entries import lines
from service.http.negotiation import add_vary, prefers_html
from service.http.server.html_pages import (
    CONTENT_TYPE,
    LOOK_HEADERS,
    Look,
    look_of,
    template,
    way_to_root,
    word,
)
from service.http.server.public_address import PUBLIC
from service.http.server.static_files import PAGE_HEADERS
from service.store.media.names import SMALL_WIDTHS
from service.store.sql.feeds.posts import Post, iso

SUMMARY_CHARACTERS = 200  # of a text, as previews show it
# they ask for anything (`Accept: */*`), and read the metadata of a page
PREVIEWS = re.compile(
    r"facebookexternalhit|Twitterbot|Slackbot|Discordbot|LinkedInBot|WhatsApp|TelegramBot|"
    r"SkypeUriPreview|Mastodon|Bluesky|Applebot|Googlebot|bingbot|Iframely|Embedly"
)
VARIES = {"Vary": "Accept, User-Agent"}
_HASHTAG = re.compile(r"(#\w+)")


async def get_post(request: web.Request) -> web.StreamResponse:
    """One post."""
    agent = request.headers.get("User-Agent", "")
    if not prefers_html(request) and not PREVIEWS.search(agent):
        response = await posts.get_post(request)
        add_vary(response.headers, VARIES["Vary"])
        return response
    post, look, root = await posts.found_post(request), look_of(request), way_to_root(request)
    base = request.app[PUBLIC].root(request)
    page = template("post.html", look, root)
    page = page.replace("<!-- head -->", _metadata(post, base))
    page = page.replace("<!-- main -->", _article(post, look, root))
    headers = {**PAGE_HEADERS, "Vary": f"{VARIES['Vary']}, {LOOK_HEADERS['Vary']}"}
    return web.Response(
        body=page.encode(errors="replace"), headers={**headers, "Content-Type": CONTENT_TYPE}
    )


def _metadata(post: Post, base: str) -> str:
    """What previews of links show, and where feed readers find the author's posts."""
    address = f"{base}/feed/posts/{quote(post.id, safe='')}"
    summary = _summary(post.content)
    properties = {
        "og:type": "article",
        "og:site_name": "Feedmill",
        "og:url": address,
        "og:title": post.title,
        "og:description": summary,
        "article:published_time": iso(post.created_us),
        "article:author": post.author,
    }
    if post.edited_us is not None:
        properties["article:modified_time"] = iso(post.edited_us)
    names = {
        "description": summary,
        "author": post.author,
        "twitter:card": "summary",
        "twitter:title": post.title,
        "twitter:description": summary,
    }
    if post.image_uri is not None:
        picture, alt = absolute(post.image_uri, base), post.alt or post.title
        properties |= {"og:image": picture, "og:image:alt": alt}
        names |= {
            "twitter:card": "summary_large_image",
            "twitter:image": picture,
            "twitter:image:alt": alt,
        }
    feed = f"{base}/feed/authors/{quote(post.author, safe='')}"
    tags = [
        f"<title>{escape(post.title)} · Feedmill</title>",
        f'<link rel="canonical" href="{escape(address)}">',
        f'<link rel="alternate" type="application/atom+xml" href="{escape(feed)}/atom">',
        f'<link rel="alternate" type="application/feed+json" href="{escape(feed)}/json">',
        *(f'<meta property="{k}" content="{escape(v)}">' for k, v in properties.items()),
        *(f'<meta property="article:tag" content="{escape(tag)}">' for tag in post.subjects),
        *(f'<meta name="{name}" content="{escape(value)}">' for name, value in names.items()),
    ]
    return "\n  ".join(tags)


def _summary(text: str) -> str:
    """The beginning of a text in one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= SUMMARY_CHARACTERS:
        return line
    return f"{line[:SUMMARY_CHARACTERS].rpartition(' ')[0] or line[:SUMMARY_CHARACTERS]} …"


def _article(post: Post, look: Look, root: str) -> str:
    """The post as HTML. A text is not repeated where the title is its beginning."""
    picture = ""
    if post.image_uri is not None:
        source, alt = absolute(post.image_uri, root[:-1]), post.alt or post.title
        small = ", ".join(f"{source}?width={width} {width}w" for width in SMALL_WIDTHS)
        picture = (
            f'<img src="{escape(source)}" srcset="{escape(f"{small}, {source} 1080w")}" '
            f'sizes="(min-width: 42rem) 40rem, 100vw" alt="{escape(alt)}" '
            'width="1080" height="1080">\n'
        )
    rest = post.content.removeprefix(post.title).strip()
    blocks = [block for block in re.split(r"\n\s*\n", rest) if block.strip()]
    text = "\n".join(f'<p class="prose">{_marked(block)}</p>' for block in blocks)
    edited = ""
    if post.edited_us is not None:
        edited = f" · {escape(word(look, 'post.edited'))} {_time(post.edited_us)}"
    return (
        f'<article>\n{picture}<div class="words">\n'
        f'<p class="byline"><b>{escape(post.author)}</b> · {_time(post.created_us)}{edited}</p>\n'
        f"<h1>{escape(post.title)}</h1>\n{text}\n</div>\n</article>"
    )


def _marked(block: str) -> str:
    """A block of text as HTML, with its hashtags set apart."""
    pieces = _HASHTAG.split(block)
    return "".join(
        f'<span class="hash">{lines(piece)}</span>' if place % 2 else lines(piece)
        for place, piece in enumerate(pieces)
    )


def _time(microseconds: int) -> str:
    """A moment, which the page's script puts into the words of the visitor."""
    moment = iso(microseconds)
    return f'<time datetime="{moment}">{moment[:16].replace("T", " ")} UTC</time>'
