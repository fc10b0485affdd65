"""The client of a running service: `Feedmill`, and `AsyncFeedmill` for asyncio.

Calls survive lost connections and restarts of the service. A submission has an idempotency key, so
that sending it again never makes a second request.
"""

from feedmill.client.asynchronous import AsyncFeedmill
from feedmill.client.errors import (
    FeedmillError,
    NotFinished,
    RequestRejected,
    ServiceBusy,
    ServiceUnavailable,
)
from feedmill.client.progress import GenerationProgress
from feedmill.client.records import (
    FeedPost,
    Generation,
    GenerationEvent,
    Priority,
    Rank,
    Status,
    SubmissionFields,
    Tag,
)
from feedmill.client.synchronous import Feedmill

__all__ = [
    "AsyncFeedmill",
    "FeedPost",
    "Feedmill",
    "FeedmillError",
    "Generation",
    "GenerationEvent",
    "GenerationProgress",
    "NotFinished",
    "Priority",
    "Rank",
    "RequestRejected",
    "ServiceBusy",
    "ServiceUnavailable",
    "Status",
    "SubmissionFields",
    "Tag",
]
