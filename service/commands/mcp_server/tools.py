"""The tools of `run.py mcp`: each is a call of `feedmill.client`."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import aclosing
from typing import Annotated, TypeVar

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from feedmill.client import (
    AsyncFeedmill,
    FeedmillError,
    Generation,
    GenerationProgress,
    Rank,
    Status,
    SubmissionFields,
    Tag,
)
from service import __version__
from service.commands.mcp_server.contents import (
    Content,
    ListedModel,
    ListedPost,
    RequestSummary,
    contents_of,
    listed_model,
    listed_post,
    listed_request,
    progress_sentence,
)
from service.commands.server import sentence_of
from service.store.sql.keys.api_keys import Scope

CANCEL_SECONDS = 5.0  # for the service to cancel a request
DEFAULT_WAIT_SECONDS = 45  # many clients give up a call after a minute
INSTRUCTIONS = (
    "Feedmill writes texts and draws pictures for social media, one after the other. make_post"
    " waits for the result; if that takes too long it returns the id of the request, which"
    " get_request looks at later."
)
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
DESTROYS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)

Answer = TypeVar("Answer")
RequestId = Annotated[str, Field(description="An id that make_post returned.")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]


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
        (tools.list_models, "List models", READS, True),
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
        model: Annotated[str | None, Field(description="A name that list_models returned.")] = None,
        n: Annotated[int, Field(ge=1, le=8, description="How many variants.")] = 1,
        image: Annotated[
            str | None,
            Field(description="The address of a picture of this service to start from."),
        ] = None,
    ) -> list[Content]:
        """Write a text and draw a picture for a prompt, and return both."""
        fields = SubmissionFields()
        if seed is not None:
            fields["seed"] = seed
        if user_id is not None:
            fields["user_id"] = user_id
        if publish:
            fields["publish"] = True
        if model is not None:
            fields["model"] = model
        if image is not None:
            fields["image"] = image
        with anyio.CancelScope(shield=True):  # else its id would be lost
            ids = await _called(self._submitted(prompt, tag, n, fields))
        try:
            numbers = itertools.count(1)
            with anyio.move_on_after(wait_seconds):
                for id_ in ids:
                    await _called(self._report(id_, context, numbers))
        except anyio.get_cancelled_exc_class():  # the agent gave up the call
            with anyio.move_on_after(CANCEL_SECONDS, shield=True):
                for id_ in ids:
                    await self._client.cancel(id_)
            raise
        return [
            content
            for id_ in ids
            for content in await self._contents(await _called(self._client.get(id_)))
        ]

    async def _submitted(
        self, prompt: str, tag: Tag, n: int, fields: SubmissionFields
    ) -> Sequence[str]:
        if n == 1:
            return [await self._client.submit(prompt, tag, **fields)]
        return await self._client.submit_variants(prompt, n, tag, **fields)

    async def list_models(self) -> list[ListedModel]:
        """The models that make_post may name, and what each can."""
        return [listed_model(model) for model in await _called(self._client.models())]

    async def get_request(self, request_id: RequestId) -> list[Content]:
        """The state of a request, with its text and its picture as far as they are made."""
        return await self._contents(await _called(self._client.get(request_id)))

    async def cancel_request(self, request_id: RequestId) -> str:
        """Cancel a request that is queued or being made; one that is final stays as it is."""
        status = await _called(self._client.cancel(request_id))
        return f"The request {request_id} is {status}."

    async def list_requests(
        self, status: Status | None = None, tag: Tag | None = None, limit: Limit = 20
    ) -> list[RequestSummary]:
        """The requests that were made, newest first."""
        listed: list[RequestSummary] = []

        async def collect() -> None:
            async with aclosing(self._client.list(status=status, tag=tag)) as found:
                async for item in found:
                    listed.append(listed_request(item))
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
                    posts.append(listed_post(post))
                    if len(posts) == limit:
                        return

        await _called(collect(), "feed")
        return posts

    async def _report(self, id_: str, context: Context, numbers: Iterator[int]) -> None:
        """Report the progress of a request until it is final."""
        progress = GenerationProgress()
        async with aclosing(self._client.follow(id_)) as events:
            async for event in events:
                progress.apply(event)
                sentence = progress_sentence(progress, event)
                await context.report_progress(next(numbers), message=sentence)

    async def _contents(self, generation: Generation) -> list[Content]:
        picture = await _called(self._client.picture(generation)) if generation.image_url else None
        return contents_of(generation, picture)


async def _called(call: Awaitable[Answer], scope: Scope = "content") -> Answer:
    try:
        return await call
    except FeedmillError as error:
        raise ToolError(sentence_of(error, scope)) from error
