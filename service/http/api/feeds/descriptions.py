"""Descriptions of the fields of feeds, for the API document."""

from __future__ import annotations

FEED_FIELDS = {
    "JsonFeed": {
        "version": "The address of the version of JSON Feed.",
        "title": "The author's id.",
        "home_page_url": "The studio.",
        "feed_url": "This page.",
        "authors": "The author.",
        "items": "The posts, newest first.",
        "next_url": "The next page; left out on the last one.",
    },
    "JsonFeedAuthor": {"name": "The author's id."},
    "JsonFeedItem": {
        "id": "The same for every reader, whatever the host is called.",
        "url": "The address of the post.",
        "title": "The title.",
        "content_html": "The picture and the text.",
        "content_text": "The text.",
        "date_published": "When it was published, in UTC.",
        "date_modified": "When it was edited last, in UTC; left out if never.",
        "tags": "What it is about.",
        "image": "The address of the picture; left out without one.",
        "attachments": "The picture once more; left out without one.",
    },
    "JsonFeedAttachment": {
        "url": "The address of the picture.",
        "mime_type": "Its media type.",
        "size_in_bytes": "Its size; left out if it is not on this server.",
    },
    "FeedPage": {"posts": "Newest first, or best first."},
    "FeedAddresses": {"atom": "Atom 1.0.", "json": "JSON Feed 1.1."},
    "ScheduledPage": {"posts": "The earliest first."},
    "ScheduledPost": {"content": "The text of the post."},
    "Reason": {
        "kind": "The part of the score that weighs most, or `new-voice` for a post that few know.",
        "text": "The reason as a sentence.",
    },
    "Filter": {"name": "The name of the filter."},
    "Part": {"name": "The name of the part."},
    "Why": {"likes": "Users who like the post."},
    "ComparedTexts": {
        "model": "The model that makes vectors of texts.",
        "likes": "Recent likes whose texts others are compared with.",
    },
    "Taste": {
        "texts": "How texts are compared; only with `[feed.embeddings]`.",
        "likes": "The newest liked posts, newest first.",
        "authors": "Authors, from those that the user likes to those that the user avoids.",
        "subjects": "Subjects, likewise.",
    },
    "LikedPost": {"id": "The id of the post.", "title": "The title of the post."},
    "Affinity": {"name": "The author or the subject."},
    "Marker": {"timestamp": "Posts up to this time are seen, in UTC; null without a marker."},
    "FeedPost": {
        "id": "The id of the post; a published request keeps its id.",
        "title": "The title.",
        "content": "The text; empty if there is none.",
        "created_at": "When it was published, in UTC; unique, and rising.",
    },
    "Post": {
        "id": "The id of the post, which is the id of its request.",
        "title": "The first words of the prompt.",
        "content": "The text; empty if there is none.",
        "created_at": "When it was published, in UTC, to the microsecond: pass the newest one as "
        "`timestamp` and nothing comes twice.",
    },
    "ReadFeed": {
        "timestamp": "The newest `created_at` that the user has seen; only later posts come.",
    },
}
"""By the name of a schema and of its field."""
