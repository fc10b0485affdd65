"""A Lua script, sent to Redis as its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from service.store.errors import RedisUnavailable
from service.store.redis.connection import Command, RedisConnection


class Script:
    """A script whose text is sent once to each server, at its first use."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    @property
    def load(self) -> Command:
        """The command that sends the text, for `command`."""
        return ("SCRIPT", "LOAD", self._text)

    def command(self, keys: Sequence[str], *arguments: str | bytes | float) -> Command:
        """The command that runs it, if the server has the text."""
        return ("EVALSHA", self._digest, len(keys), *keys, *arguments)

    def whole(self, keys: Sequence[str], *arguments: str | bytes | float) -> Command:
        """The command that sends the text and runs it, for what is rare."""
        return ("EVAL", self._text, len(keys), *keys, *arguments)

    async def call(
        self, connection: RedisConnection, keys: Sequence[str], *arguments: str | bytes | int
    ) -> Any:
        """The reply of the script. Raises RedisUnavailable."""
        parameters = (len(keys), *keys, *arguments)
        try:
            return await connection.one("EVALSHA", self._digest, *parameters)
        except RedisUnavailable as refusal:
            if not str(refusal).startswith("NOSCRIPT"):
                raise
        return await connection.one("EVAL", self._text, *parameters)
