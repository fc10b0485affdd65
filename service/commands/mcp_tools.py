"""The tools of `run.py mcp`: each is a call of `feedmill.client`."""

from __future__ import annotations

import base64
from collections.abc import Awaitable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, TypeVar

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ImageContent, TextContent, ToolAnnotations
from pydantic import Field

from feedmill.client import (
    AsyncFeedmill,
    FeedmillError,
    Generation,
    GenerationEvent,
    GenerationProgress,
    Rank,
    Status,
    SubmissionFields,
    Tag,
)
from service import __version__

CANCEL_SECONDS = 5.0  # for the service to cancel a request
DEFAULT_WAIT_SECONDS = 45  # many clients give up a call after a minute
INSTRUCTIONS = (
    "Feedmill writes texts and draws pictures for social media, one after the other. make_post"
    " waits for the result; if that takes too long it returns the id of the request, which"
    " get_request looks at later."
)
MEDIA_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
DESTROYS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)

Answer = TypeVar("Answer")
Content = TextContent | ImageContent
RequestId = Annotated[str, Field(description="The id that make_post returned.")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]


@dataclass
class ListedRequest:
    """A request in a list."""

    id: str
    tag: str
    prompt: str
    status: str
    text: str | None
    image_url: str | None
    error: str | None


@dataclass
class ListedPost:
    """A post in a feed."""

    id: str
    author: str
    title: str
    content: str
    image_url: str | None
    created_at: str


async def serve(client: AsyncFeedmill) -> None:
    """Serve the tools until standard input ends."""
    async with client:
        await server_of(client).run_stdio_async()


def server_of(client: AsyncFeedmill) -> MCPServer:
    """The server with these tools."""
    server = MCPServer(
        "feedmill", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING"
    )
    tools = PostTools(client)
    for call, title, hints, is_structured in (
        (tools.make_post, "Make a post", ADDS, False),
        (tools.get_request, "Look at a request", READS, False),
        (tools.cancel_request, "Cancel a request", DESTROYS, False),
        (tools.list_requests, "List requests", READS, True),
        (tools.read_feed, "Read a feed", READS, True),
    ):
        server.add_tool(call, title=title, annotations=hints, structured_output=is_structured)
    return server


class PostTools:
    """The tools of one service. A failure is a ToolError with a sentence for the model."""

    def __init__(self, client: AsyncFeedmill) -> None:
        self._client = client

    async def make_post(
        self,
        context: Context,
        prompt: Annotated[str, Field(description="What the post is about.")],
        tag: Annotated[
            Tag, Field(description="A text, a picture, or both: text, image, instagram.")
        ] = "instagram",
        seed: Annotated[
            int | None, Field(description="The same prompt and seed give the same post.")
        ] = None,
        wait_seconds: Annotated[
            float, Field(ge=0, le=600, description="Then the id of the request is returned.")
        ] = DEFAULT_WAIT_SECONDS,
        user_id: Annotated[
            str | None, Field(description="The author; with `publish` it is in their feed.")
        ] = None,
        publish: Annotated[bool, Field(description="Publish it when it is made.")] = False,
    ) -> list[Content]:
        """Write a text and draw a picture for a prompt, and return both."""
        fields = SubmissionFields()
        if seed is not None:
            fields["seed"] = seed
        if user_id is not None:
            fields["user_id"] = user_id
        if publish:
            fields["publish"] = True
        with anyio.CancelScope(shield=True):  # else its id would be lost
            id_ = await _called(self._client.submit(prompt, tag, **fields))
        try:
            with anyio.move_on_after(wait_seconds):
                await _called(self._report(id_, context))
        except anyio.get_cancelled_exc_class():  # the agent gave up the call
            with anyio.move_on_after(CANCEL_SECONDS, shield=True):
                await self._client.cancel(id_)
            raise
        return await self._contents(await _called(self._client.get(id_)))

    async def get_request(self, request_id: RequestId) -> list[Content]:
        """The state of a request, with its text and its picture as far as they are made."""
        return await self._contents(await _called(self._client.get(request_id)))

    async def cancel_request(self, request_id: RequestId) -> str:
        """Cancel a request that is queued or being made; one that is final stays as it is."""
        status = await _called(self._client.cancel(request_id))
        return f"The request {request_id} is {status}."

    async def list_requests(
        self, status: Status | None = None, tag: Tag | None = None, limit: Limit = 20
    ) -> list[ListedRequest]:
        """The requests that were made, newest first."""
        listed: list[ListedRequest] = []

        async def collect() -> None:
            async with aclosing(self._client.list(status=status, tag=tag)) as found:
                async for item in found:
                    listed.append(_listed(item))
                    if len(listed) == limit:
                        return

        await _called(collect())
        return listed

    async def read_feed(
        self,
        user_id: Annotated[str, Field(description="Whose home feed.")],
        rank: Rank = "recent",
        limit: Limit = 20,
    ) -> list[ListedPost]:
        """The posts in the home feed of a user: newest first, or as recommended."""
        posts: list[ListedPost] = []

        async def collect() -> None:
            async with aclosing(self._client.feed(user_id, rank=rank)) as found:
                async for post in found:
                    posts.append(
                        ListedPost(
                            id=post.id,
                            author=post.author,
                            title=post.title,
                            content=post.content,
                            image_url=post.image_url,
                            created_at=post.created_at,
                        )
                    )
                    if len(posts) == limit:
                        return

        await _called(collect())
        return posts

    async def _report(self, id_: str, context: Context) -> None:
        """Report the progress of a request until it is final."""
        progress, number = GenerationProgress(), 0
        async with aclosing(self._client.follow(id_)) as events:
            async for event in events:
                progress.apply(event)
                number += 1
                await context.report_progress(number, message=_sentence(progress, event))

    async def _contents(self, generation: Generation) -> list[Content]:
        lines = [f"Request {generation.id}: {generation.status}."]
        if generation.status == "queued" and generation.position is not None:
            lines.append(_place(generation.position, generation.eta_seconds))
        if not generation.is_final:
            lines.append("Look at it again later with get_request.")
        if generation.error:
            lines.append(generation.error)
        if generation.image_url:
            lines.append(f"The picture is at {generation.image_url}")
        contents: list[Content] = [TextContent(type="text", text="\n".join(lines))]
        if generation.text:
            contents.insert(0, TextContent(type="text", text=generation.text))
        if generation.image_url:
            picture = await _called(self._client.picture(generation))
            contents.append(
                ImageContent(
                    type="image",
                    data=base64.b64encode(picture).decode(),
                    mime_type=_media_type(picture),
                )
            )
        return contents


async def _called(call: Awaitable[Answer]) -> Answer:
    try:
        return await call
    except FeedmillError as error:
        raise ToolError(str(error)) from error


def _listed(item: Generation) -> ListedRequest:
    return ListedRequest(
        id=item.id,
        tag=item.tag,
        prompt=item.prompt,
        status=item.status,
        text=item.text,
        image_url=item.image_url,
        error=item.error,
    )


def _sentence(progress: GenerationProgress, event: GenerationEvent) -> str:
    if event.is_last:
        return event.name
    if progress.making:
        made = {"text": f"writing, {len(progress.text)} characters", "image": "drawing"}
        return ", ".join(made[part] for part in sorted(progress.making))
    if progress.position is not None:
        return _place(progress.position, progress.eta_seconds)
    return "waiting"


def _place(position: int, eta_seconds: float | None) -> str:
    eta = "" if eta_seconds is None else f", about {max(1.0, eta_seconds):.0f} s to go"
    return f"{position} ahead in the queue{eta}."


def _media_type(picture: bytes) -> str:
    for beginning, name in MEDIA_TYPES.items():
        if picture.startswith(beginning):
            return name
    return "application/octet-stream"
