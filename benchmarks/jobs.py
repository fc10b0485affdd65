"""The jobs sent to one server, and the fate of each: checks that no result is lost or wrong."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec

from benchmarks.client import Answer, Client

Fate = Literal["done", "pending", "failed", "wrong", "doubled"]

ACCEPTED = 202
REFUSED = {429, 503}
KINDS = {"text": {"text"}, "image": {"image"}, "instagram": {"text", "image"}}


class _Taken(msgspec.Struct):
    request: str = msgspec.field(name="RequestId")


class _View(msgspec.Struct):
    status: str
    text: str | None = None
    image: str | None = msgspec.field(name="imageUri", default=None)
    runs: int = 1  # how often it was executed, if the server says so


_taken = msgspec.json.Decoder(_Taken)
_view = msgspec.json.Decoder(_View)


@dataclass
class Tally:
    """How many jobs ended in which way."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> bool:
        """Whether every job was accepted and done once, with the right content."""
        return not any(count for fate, count in self.counts.items() if fate != "done")

    def __str__(self) -> str:
        return ", ".join(f"{count} {fate}" for fate, count in sorted(self.counts.items()))


class Jobs:
    """Sends unique prompts, all with the same tag, and checks each result.

    `length` is the minimal length of a prompt in characters; without `model` they name none.
    """

    def __init__(
        self, client: Client, tag: str = "text", *, length: int = 0, model: str = ""
    ) -> None:
        self._client = client
        self._tag = tag
        self._model = f"&model={model}" if model else ""
        self._name = f"job{secrets.token_hex(4)}"
        self._padding = " and more" * (length // 9)
        self._length = length
        self._refused: Counter[str] = Counter()
        self.prompts: dict[str, str] = {}  # by request id

    def __len__(self) -> int:
        return len(self.prompts)

    async def submit(self, number: int) -> str | None:
        """The id of a new job, or None if the server did not accept it."""
        prompt = f"{self._name}x{number}q"
        if self._length:
            prompt = f"{prompt}{self._padding}"[: max(self._length, len(prompt))]
        try:
            target = f"/content/?prompt={quote(prompt)}&tag={self._tag}{self._model}"
            status, body = await self._client.post(target)
        except OSError:
            self._refused["error"] += 1
            return None
        if status != ACCEPTED:
            self._refused["rejected" if status in REFUSED else "error"] += 1
            return None
        id_ = _taken.decode(body).request
        if id_ in self.prompts:
            self._refused["same id"] += 1
            return None
        self.prompts[id_] = prompt
        return id_

    async def look(self, id_: str) -> Fate:
        """View a job."""
        try:
            answer = await self._client.post(f"/content/view/?request-id={id_}")
        except OSError:
            return "pending"
        return self.judge(id_, answer)

    def judge(self, id_: str, answer: Answer) -> Fate:
        """The fate of a job by this answer."""
        status, body = answer
        if status != 200:
            return "wrong"
        view = _view.decode(body)
        if view.status in {"queued", "generating"}:
            return "pending"
        if view.status != "completed":
            return "failed"
        word = self.prompts[id_].partition(" ")[0]  # unique, also in the slug of a picture
        for kind, result in (("text", view.text), ("image", view.image)):
            if not (word in (result or "") if kind in KINDS[self._tag] else result is None):
                return "wrong"
        return "doubled" if view.runs > 1 else "done"

    def tally(self, fates: Iterable[str], record: Path | None = None) -> Tally:
        """Count the fates. `record` is the file in which generators record what they begin."""
        counts = Counter(fates)
        if record is not None:
            begun: dict[str, list[str]] = {}
            for line in record.read_bytes().splitlines():
                kind, _, prompt = msgspec.json.decode(line)
                begun.setdefault(prompt, []).append(kind)
            wanted = KINDS[self._tag]
            for prompt in self.prompts.values():
                kinds = begun.get(prompt, [])
                counts["begun twice"] += len(kinds) > len(set(kinds))
                counts["never begun"] += set(kinds) != wanted
        return Tally(counts + self._refused)
