"""The clients of a chaos run: they submit, view results, read feeds, and keep every answer."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from service.messages import TAGS
from tests.chaos.listen import Listener, Receiver
from tests.chaos.world import Node
from tests.support.streaming import StreamedEvent, followed

USERS = ("ann", "bob", "cy")
SHARES = (12, 3, 1)  # of the requests: without keys each user is a client of the queue
FAN = "dee"  # follows them all
TIMEOUT_SECONDS = 20.0  # a client waits so long for an answer
AT_ONCE = 100  # requests of one kind in flight
LOOK_EVERY = 0.2  # seconds between two views or reads: the rate of this load
FOLLOWED = 0.3  # share of the requests with a listener
HOOKED = 0.2  # share of the requests with a webhook
BURST_EVERY, BURST = 120, 40  # requests: so often the first user sends so many at once
OLD = 5  # final results that are viewed again each time
WORDS = ("a", "fox", "in", "the", "snow", "über", "東京", "<b>", "rain", "and", "coffee")
FINAL = {"completed", "failed", "cancelled", "expired"}
AWAY = "away"  # the answer of a service that cannot be reached


@dataclass(frozen=True)
class AcceptedRequest:
    """An accepted request."""

    prompt: str
    tag: str
    user: str
    publish: bool
    hooked: bool


class Gaps:
    """How long nothing happened, in all: what is longer than a second between two moments."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.longest = 0.0
        self.last = time.monotonic()

    def end(self) -> None:
        """It happens now."""
        now = time.monotonic()
        gap, self.last = now - self.last, now
        self.seconds += gap if gap > 1 else 0
        self.longest = max(self.longest, gap)


@contextlib.asynccontextmanager
async def at_work(
    nodes: Sequence[Node], seed: int, rate: float, receive_at: str = "127.0.0.1"
) -> AsyncIterator[Clients]:
    """Clients that submit `rate` prompts a second, view and read, while the block lasts."""
    async with (
        Receiver(receive_at) as receiver,
        ClientSession(timeout=ClientTimeout(TIMEOUT_SECONDS)) as http,
        asyncio.TaskGroup() as tasks,
    ):
        clients = Clients(nodes, seed, rate, http, tasks, receiver)
        clients.begin()
        try:
            yield clients
        finally:
            clients.end()


class Clients:
    """All clients of the service, and what they received."""

    def __init__(
        self,
        nodes: Sequence[Node],
        seed: int,
        rate: float,
        http: ClientSession,
        tasks: asyncio.TaskGroup,
        receiver: Receiver,
    ) -> None:
        self._nodes = nodes
        self._http = http
        self._tasks = tasks
        self.receiver = receiver
        self._chance = random.Random(f"{seed} load")
        self._rate = rate
        self._stopping = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.sent = 0
        self.silent, self.stuck = Gaps(), Gaps()
        """Without a 202, and without a final state that is new."""
        self.accepted: dict[str, AcceptedRequest] = {}
        self.open: set[str] = set()
        """Accepted, and not seen in a final state yet."""
        self.results: dict[str, dict[str, Any]] = {}
        """The final state of each request as it was first seen."""
        self.feeds: dict[str, list[dict[str, Any]]] = {user: [] for user in USERS}
        """What each reader received, in the order of reading."""
        self.home: list[dict[str, Any]] = []
        """What the home feed of FAN had, in the order of reading."""
        self._reading = {user: asyncio.Lock() for user in (*USERS, FAN)}
        self.answers: Counter[str] = Counter()
        self.listeners: list[Listener] = []
        self.contradictions: list[str] = []
        """Answers that clients must never get."""

    def begin(self) -> None:
        """Start all clients."""
        self._submitter = self._tasks.create_task(self._submit_steadily(), name="submitter")
        self._tasks.create_task(self._look(), name="looker")
        for user in USERS:
            self._tasks.create_task(self._read(user), name=f"reader {user}")
        self._tasks.create_task(self._read_home(), name="home reader")

    def end(self) -> None:
        """Stop all clients when they have their answers."""
        self._stopping.set()
        self._submitter.cancel()

    async def end_submitting(self) -> None:
        """Submit no more; the other clients continue."""
        self._submitter.cancel()
        for _ in range(AT_ONCE):  # until the last submission is answered
            await self._slots.acquire()

    def still_waiting(self) -> str:
        """What clients still wait for; "" if nothing."""
        followed = sum(not listener.ended for listener in self.listeners)
        undelivered = sum(
            sent.hooked and id_ not in self.receiver.received for id_, sent in self.accepted.items()
        )
        left = f"{len(self.open)} open, {followed} followed, {undelivered} webhooks missing"
        return left if self.open or followed or undelivered else ""

    async def ask(self, path: str, **parameters: Any) -> tuple[str, Any]:
        """The status and body of a POST to one of the nodes; AWAY and None without an answer."""
        return await self._ask("POST", path, json=parameters)

    async def get(self, path: str, **parameters: Any) -> tuple[str, Any]:
        """As `ask`, of a GET."""
        return await self._ask("GET", path, params=parameters)

    async def _ask(self, method: str, path: str, **fields: Any) -> tuple[str, Any]:
        url = self._somewhere()
        if not url:
            return AWAY, None
        try:
            async with self._http.request(method, url + path, **fields) as answer:
                return str(answer.status), await answer.json(content_type=None)
        except (ClientError, TimeoutError, OSError):
            return AWAY, None

    async def log_of(self, id_: str) -> list[StreamedEvent]:
        """All events of a request, as they are now."""
        return await followed(self._http, f"{self._somewhere()}/content/{id_}/events?after=0")

    def _somewhere(self) -> str:
        """The address of one of the nodes that are up; "" if none is."""
        up = [node.url for node in self._nodes if node.url]
        return self._chance.choice(up) if up else ""

    async def picture(self, path: str) -> bytes:
        """The bytes at an address of a picture; none without a 200."""
        async with self._http.get(self._nodes[0].url + path) as answer:
            return await answer.read() if answer.ok else b""

    # ------------------------------------------------------------------ submitting
    async def _submit_steadily(self) -> None:
        while True:
            await self._slots.acquire()
            self._tasks.create_task(self._submit(), name="submit")
            if self.sent % BURST_EVERY >= BURST:
                await asyncio.sleep(1 / self._rate)  # the rate is the load: not a wait for a fact

    async def _submit(self) -> None:
        try:
            self.sent += 1
            words = " ".join(self._chance.choices(WORDS, k=self._chance.randrange(1, 9)))
            prompt = f"prompt {self.sent}: {words}"  # unique
            tag, [user] = self._chance.choice(TAGS), self._chance.choices(USERS, SHARES)
            if self.sent % BURST_EVERY < BURST:
                user = USERS[0]
            publish, hooked = self._chance.random() < 0.3, self._chance.random() < HOOKED
            sent = AcceptedRequest(prompt, tag, user, publish, hooked)
            parameters = {"prompt": prompt, "tag": tag, "user-id": user, "publish": publish}
            if hooked:
                parameters["webhook"] = self.receiver.url
            status, answer = await self.ask("/content/", **parameters)
            self.answers[status] += 1
            if status == "202":
                self.silent.end()
                self.accepted[answer["RequestId"]] = sent
                self.open.add(answer["RequestId"])
                if self._chance.random() < FOLLOWED:
                    self._follow(answer["RequestId"])
            elif status not in {AWAY, "503", "429"}:
                self.contradictions.append(f"submitting was answered with {status}: {answer}")
        finally:
            self._slots.release()

    def _follow(self, id_: str) -> None:
        listener = Listener(id_, self._http, self._somewhere)
        self.listeners.append(listener)
        self._tasks.create_task(listener.listen(), name="listener")

    # ------------------------------------------------------------------ viewing
    async def _look(self) -> None:
        while not self._stopping.is_set():
            finals = list(self.results)
            again = self._chance.sample(finals, min(OLD, len(finals)))
            await asyncio.gather(
                *[self.look_at(id_) for id_ in [*list(self.open)[:AT_ONCE], *again]]
            )
            await asyncio.sleep(LOOK_EVERY)

    async def look_at(self, id_: str) -> None:
        """View one request and compare the answer with earlier ones."""
        status, view = await self.ask("/content/view/", **{"request-id": id_})
        if status in {AWAY, "503"}:
            return
        before = self.results.get(id_)
        if status != "200":
            self.contradictions.append(f"{id_} was accepted, its view is {status}: {view}")
        elif before is not None:
            if view != before:
                self.contradictions.append(f"{id_} was {before} and became {view}")
        elif view["status"] in FINAL:
            self.stuck.end()
            self.results[id_] = view
            self.open.discard(id_)

    # ------------------------------------------------------------------ reading
    async def _read(self, user: str) -> None:
        while not self._stopping.is_set():
            await self.read_on(user)
            await asyncio.sleep(LOOK_EVERY)

    async def read_on(self, user: str) -> None:
        """Read the posts of a feed since the newest post that was read."""
        seen = self.feeds[user]
        async with self._reading[user]:  # one at a time: else two continue from the same post
            since = {"timestamp": seen[-1]["created_at"]} if seen else {}
            status, posts = await self.ask("/feed/", **{"user-id": user}, **since)
            if status == "200":
                seen.extend(reversed(posts))
        if status not in {"200", AWAY, "503"}:
            self.contradictions.append(f"the feed was answered with {status}: {posts}")

    async def _read_home(self) -> None:
        for user in USERS:
            follow = {"user-id": FAN, "author-id": user}
            while (await self.ask("/feed/follow", **follow))[0] != "200":
                await asyncio.sleep(LOOK_EVERY)
                if self._stopping.is_set():
                    return
        while not self._stopping.is_set():
            await self.read_home()
            await asyncio.sleep(LOOK_EVERY)

    async def unfollow(self, user: str) -> None:
        """FAN no longer follows a user."""
        parameters = {"user-id": FAN, "author-id": user}
        status, answer = await self._ask("DELETE", "/feed/follow", params=parameters)
        if status != "200":
            self.contradictions.append(f"unfollowing was answered with {status}: {answer}")

    async def read_home(self) -> None:
        """Read the home feed since the newest post that was read."""
        async with self._reading[FAN]:
            since = {"timestamp": self.home[-1]["created_at"]} if self.home else {}
            posts = await self.home_pages(**since)
            if posts is not None:
                self.home.extend(reversed(posts))

    async def home_pages(self, **parameters: str) -> list[dict[str, Any]] | None:
        """All pages of the home feed, newest first; None if the service was away."""
        posts: list[dict[str, Any]] = []
        while True:
            status, page = await self.get("/feed", **{"user-id": FAN, "limit": "7"}, **parameters)
            if status not in {"200", AWAY, "503"}:
                self.contradictions.append(f"the home feed was answered with {status}: {page}")
            if status != "200":
                return None
            posts += page["posts"]
            if page["next"] is None:
                return posts
            parameters["cursor"] = page["next"]
