"""`/feed/posts` and `/content/{id}/publish`: make, read and delete posts."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import replace

import msgspec
from aiohttp import web

from service import clock
from service.addresses import absolute
from service.http.api.content import unknown
from service.http.api.feeds import scheduling
from service.http.api.feeds.feed_responses import FeedPostResponse
from service.http.api.feeds.scheduling import deleted, no_picture
from service.http.api.responses import json_reply
from service.http.api.submission.idempotency import REPLAYED, idempotency_key
from service.http.guards.access import caller, check_post, check_user, is_mine
from service.http.parameters.parse import EmptyParameters, Parameters, parse_parameters, refusal
from service.http.parameters.post_fields import (
    AltText,
    ImageUri,
    PostContent,
    Title,
    picture_of,
)
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import UserId
from service.http.problems import Problem
from service.http.server.public_address import PUBLIC
from service.http.services import Services, services_of
from service.request_ids import new_id
from service.store.errors import RedisUnavailable
from service.store.sql.feeds.posts import Post, PostChange, UnpublishedPost, iso
from service.store.sql.feeds.publishing import publication_of
from service.subjects import subjects_of


class CreatePostParameters(Parameters):
    """A post that is written by hand."""

    user_id: UserId
    title: Title
    content: PostContent
    image_uri: ImageUri | None = msgspec.field(default=None, name="imageUri")
    alt: AltText | None = None
    at: Timestamp | None = None


class GetPostParameters(Parameters):
    """A proof in the place of a key, from the address of a feed."""

    proof: str | None = None


class EditPostParameters(Parameters):
    """What changes; the rest of the post stays. `at` is for a post that is scheduled."""

    title: Title | None = None
    content: PostContent | None = None
    image_uri: ImageUri | None = msgspec.field(default=None, name="imageUri")
    alt: AltText | None = None
    at: Timestamp | None = None


class PublishContentParameters(Parameters):
    """The author, unless the request names one, and another title, text or alternative text."""

    user_id: UserId | None = None
    title: Title | None = None
    content: PostContent | None = None
    alt: AltText | None = None
    at: Timestamp | None = None


async def create_post(request: web.Request) -> web.StreamResponse:
    """Publish a hand-written post; the same Idempotency-Key makes it once."""
    parameters = await parse_parameters(request, CreatePostParameters)
    user = str(parameters.user_id)
    check_user(request, user)
    picture = None if parameters.image_uri is None else _picture(request, parameters.image_uri)
    token = idempotency_key(request, parameters)
    id_ = new_id(clock.now()) if token is None else _id_of(caller(request).name, token.key)
    title, content = str(parameters.title), str(parameters.content)
    subjects = await asyncio.to_thread(subjects_of, title, content)
    draft = UnpublishedPost(id_, user, title, content, picture, subjects, _plain(parameters.alt))
    services = services_of(request)
    later = await scheduling.schedule(request, draft, parameters.at, no_picture(), moves=False)
    if later is not None:
        return later
    post, is_new = await _publish(draft, services, no_picture())
    if post.edited_us is None and not scheduling.is_same(post, draft):
        raise Problem("idempotency-key-reused", "This Idempotency-Key was used for another post.")
    return _published(request, post, is_new=is_new, replayed=token is not None and not is_new)


async def publish_content(request: web.Request) -> web.StreamResponse:
    """Publish a completed request as a post of its author, once."""
    parameters = await parse_parameters(request, PublishContentParameters)
    services, id_ = services_of(request), request.match_info["id"]
    if parameters.user_id is not None:
        check_user(request, parameters.user_id)
    record = None
    if id_.isascii() and await is_mine(request, id_):
        record = await services.stores.requests.record(id_)
    if record is None:
        raise unknown(id_, services)
    user = record.request.user_id if parameters.user_id is None else str(parameters.user_id)
    if user is None:
        raise refusal({"user-id": "Missing: the request names no author."})
    check_user(request, user)
    if record.status != "completed":
        raise Problem("conflict", f"The request is {record.status}, not completed.")
    title, content = _plain(parameters.title), _plain(parameters.content)
    draft = await asyncio.to_thread(publication_of, record, user, title=title, content=content)
    if parameters.alt is not None:
        draft = replace(draft, alt=str(parameters.alt))
    removed = Problem("gone", "The picture of the request was removed.")
    later = await scheduling.schedule(request, draft, parameters.at, removed, moves=True)
    if later is not None:
        return later
    post, is_new = await _publish(draft, services, removed)
    if post.author != user:
        raise Problem("conflict", "The request is published already, by another author.")
    return _published(request, post, is_new=is_new)


async def get_post(request: web.Request) -> web.StreamResponse:
    """One post."""
    await parse_parameters(request, GetPostParameters)
    return json_reply(post_response(await found_post(request), request))


async def edit_post(request: web.Request) -> web.StreamResponse:
    """Change a post; it keeps its time, and its place in feeds. A scheduled one may be moved."""
    parameters = await parse_parameters(request, EditPostParameters)
    stores, id_ = services_of(request).stores, request.match_info["id"]
    scheduled = await stores.scheduled_posts.get(id_) if id_.isascii() else None
    post = await found_post(request) if scheduled is None else scheduled[1]
    await check_post(request, post.author, post.id)
    picture = None if parameters.image_uri is None else _picture(request, parameters.image_uri)
    title, content = _plain(parameters.title), _plain(parameters.content)
    subjects = post.subjects
    if title is not None or content is not None:
        record = await stores.requests.record(post.id)  # a generated post is about its prompt
        about = (title or post.title) if record is None else record.request.prompt
        subjects = await asyncio.to_thread(subjects_of, about, content or post.content)
    async with stores.media.kept(picture or "") as exists:
        if not exists:
            raise no_picture()
        change = PostChange(title, content, picture, _plain(parameters.alt), subjects)
        if scheduled is not None:
            later = await scheduling.change(request, post.id, change, parameters.at)
            if later is not None:
                return later
        if parameters.at is not None:
            raise Problem("conflict", "The post is published already.")
        await stores.posts.edit(post.id, change)
    with contextlib.suppress(RedisUnavailable):  # read from SQLite until it is dropped
        await stores.feeds.forget([post.author])
    return json_reply(post_response(await found_post(request), request))


async def delete_post(request: web.Request) -> web.StreamResponse:
    """Delete a post: it leaves every feed. A scheduled one is taken back."""
    await parse_parameters(request, EmptyParameters)
    stores, id_ = services_of(request).stores, request.match_info["id"]
    scheduled = await stores.scheduled_posts.get(id_) if id_.isascii() else None
    if scheduled is not None:
        await check_post(request, scheduled[1].author, id_)
        if await stores.requests.record(id_) is None:
            await stores.scheduled_posts.cancel(id_)  # its Idempotency-Key makes no other
        else:
            await stores.scheduled_posts.take_back(id_)
        if await stores.posts.get(id_) is None:
            return web.Response(status=204)
    post = await found_post(request)
    await check_post(request, post.author, post.id)
    await stores.posts.delete(post.id)
    with contextlib.suppress(RedisUnavailable):  # read from SQLite until it is dropped
        await stores.feeds.forget([post.author])
    return web.Response(status=204)


def post_response(post: Post, request: web.Request) -> FeedPostResponse:
    """A post as clients read it."""
    return post_response_at(post, request.app[PUBLIC].whole(request))


def post_response_at(post: Post, base: str) -> FeedPostResponse:
    """The same; the address of its picture begins with `base`."""
    return FeedPostResponse(
        post.id,
        post.title,
        post.content,
        None if post.image_uri is None else absolute(post.image_uri, base),
        iso(post.created_us),
        post.author,
        list(post.subjects),
        post.alt,
        None if post.edited_us is None else iso(post.edited_us),
    )


async def _publish(
    draft: UnpublishedPost, services: Services, no_picture: Problem
) -> tuple[Post, bool]:
    """The post, and whether it is new. It is in every feed when this returns.

    Raises `no_picture` if its picture was removed.
    """
    stores = services.stores
    before = await stores.posts.get(draft.id)
    if before is not None:
        return before, False
    async with stores.media.kept(draft.image_uri or "") as exists:
        if not exists:
            raise no_picture
        posts = await stores.publisher.publish([draft])
    if not posts:
        raise deleted()
    if await stores.scheduled_posts.get(draft.id) is not None:  # it was to come later
        await stores.scheduled_posts.remove_published([draft.id])
    return posts[0], True


def _published(
    request: web.Request, post: Post, *, is_new: bool, replayed: bool = False
) -> web.StreamResponse:
    location = f"{request.app[PUBLIC].path(request)}/feed/posts/{post.id}"
    headers = {"Location": location} | ({REPLAYED: "true"} if replayed else {})
    return json_reply(post_response(post, request), 201 if is_new else 200, headers)


async def found_post(request: web.Request) -> Post:
    """The post that the address names. Raises Problem."""
    stores, id_ = services_of(request).stores, request.match_info["id"]
    posts = stores.posts
    await stores.pending_posts.published()
    post = await posts.get(id_) if id_.isascii() else None
    if post is None:
        if id_.isascii() and await posts.is_deleted(id_):
            raise deleted()
        raise Problem("not-found", "There is no post with this id.")
    return post


def _picture(request: web.Request, uri: str) -> str:
    """The address of a picture below the root of the service. Raises Problem."""
    public = request.app[PUBLIC]
    found = picture_of(uri, (public.whole(request), public.path(request), ""))
    if found is None:
        raise no_picture()
    return found


def _plain(text: str | None) -> str | None:
    """The text of a parameter as a plain string."""
    return None if text is None else str(text)


def _id_of(owner: str | None, key: str) -> str:
    """The id of the post that an Idempotency-Key makes: the same for the same key and owner."""
    named = f"{owner or ''}\0{key}".encode()
    return f"post-{hashlib.blake2b(named, digest_size=20).hexdigest()}"
