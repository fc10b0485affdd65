"""What a call may raise. Every message is a sentence for people."""

from __future__ import annotations


class FeedmillError(Exception):
    """A call did not succeed. `status` is that of the answer, if there was one."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class RequestRejected(FeedmillError):
    """The service refuses the call; the same call will not succeed later.

    `needs_key` says that an API key is missing, wrong or without the scope.
    """

    def __init__(
        self, sentence: str, status: int | None = None, *, needs_key: bool = False
    ) -> None:
        super().__init__(sentence, status)
        self.needs_key = needs_key


class ServiceUnavailable(FeedmillError):
    """The service cannot be reached or answers that it cannot work now.

    `retry_after` is the pause in seconds that it asks for.
    """

    def __init__(
        self, sentence: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(sentence, status)
        self.retry_after = retry_after


class ServiceBusy(ServiceUnavailable):
    """The queue is full, or there were more calls than a limit allows."""


class NotFinished(FeedmillError):
    """The request is not final after the time that the caller would wait; it continues."""
