"""The verdict on a chaos run: what clients received, compared with database, Redis and pictures."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from service.messages import PARTS
from service.store.redis.feeds.feeds import bodies_key, index_key
from service.store.sql.feeds.posts import iso
from service.stream_groups import GROUPS
from tests.chaos.fairness import MOST_FAIR_WAITS
from tests.chaos.load import USERS, Clients
from tests.chaos.world import Node
from tests.support.waiting import eventually

NEWEST = 1000  # posts that a feed holds
ROWS = dict[str, dict[str, Any]]


class Judged(Protocol):
    """What a world has that the verdict is about."""

    @property
    def nodes(self) -> Sequence[Node]: ...
    @property
    def redis(self) -> Asked: ...
    @property
    def record(self) -> Path: ...
    @property
    def twins(self) -> Sequence[str]: ...
    @property
    def delay(self) -> float: ...
    async def rows(self, sql: str) -> list[dict[str, Any]]: ...
    def longest_wait(self) -> tuple[float, str]: ...


class Asked(Protocol):
    """A Redis that takes commands."""

    async def command(self, *command: str | float) -> Any: ...


@dataclass
class Verdict:
    """Counts, and sentences about everything that is wrong."""

    sent: int = 0
    accepted: int = 0
    completed: int = 0
    failed: int = 0
    lost: int = 0
    doubled: int = 0
    generations: int = 0
    starved: float = 0.0
    repeated: int = 0
    silent: float = 0.0
    stuck: float = 0.0
    posts: int = 0
    home: int = 0
    pictures: int = 0
    followed: int = 0
    resumed: int = 0
    delivered: int = 0
    delivered_again: int = 0
    not_accepted: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def table(self) -> str:
        """All counts as a Markdown table."""
        share = self.repeated / (self.generations or 1)
        refused = ", ".join(f"{why}: {n}" for why, n in sorted(self.not_accepted.items()))
        rows = [
            *((what, str(count)) for what, count in sorted(self.faults.items())),
            ("requests sent", str(self.sent)),
            ("not accepted", refused or "0"),
            ("accepted (202)", str(self.accepted)),
            ("completed", str(self.completed)),
            ("failed", str(self.failed)),
            ("**lost**", f"**{self.lost}**"),
            ("**doubled**", f"**{self.doubled}**"),
            ("generations begun", str(self.generations)),
            ("generated again after a fault", f"{self.repeated} ({share:.1%})"),
            ("longest wait of a client, in fair waits", f"{max(0.0, self.starved):.1f}"),
            ("seconds without a 202", f"{self.silent:.0f}"),
            ("seconds without progress", f"{self.stuck:.0f}"),
            ("posts in feeds", str(self.posts)),
            ("posts that the home feed brought", str(self.home)),
            ("pictures that answer", str(self.pictures)),
            ("requests followed to their end", str(self.followed)),
            ("of these listeners, times cut off", str(self.resumed)),
            ("webhooks delivered", str(self.delivered)),
            ("of these, delivered again with the same id", str(self.delivered_again)),
        ]
        lines = [f"| {what} | {count} |" for what, count in rows]
        return "\n".join(["| | |", "|---|---|", *lines])


async def quiet(world: Judged) -> str:
    """What is still on the streams; "" if nothing is."""
    for stream, group in GROUPS.items():
        length = await world.redis.command("XLEN", stream)
        [pending, *_] = await world.redis.command("XPENDING", stream, group)
        if length or pending:
            return f"{stream} holds {length} entries, {pending} of them pending"
    return ""


async def drained(world: Judged, clients: Clients, seconds: float) -> str:
    """Wait until nothing is left to do; returns what is left if it stays the same for so long."""

    async def remaining() -> str:
        return clients.still_waiting() or await quiet(world)

    async def changed() -> bool:
        return await remaining() != left

    left = await remaining()
    while left:
        with contextlib.suppress(AssertionError):
            await eventually(changed, "something is done", seconds=seconds)
        before, left = left, await remaining()
        if left == before:
            break
    return left


async def judge(world: Judged, clients: Clients) -> Verdict:
    """The verdict on a world at rest."""
    verdict = Verdict(sent=clients.sent, accepted=len(clients.accepted))
    verdict.not_accepted = Counter({k: n for k, n in clients.answers.items() if k != "202"})
    verdict.wrong += clients.contradictions
    for node in world.nodes:
        verdict.wrong += node.trouble
    verdict.silent, verdict.stuck = clients.silent.seconds, clients.stuck.seconds
    for user in USERS:
        await clients.read_on(user)
    await clients.read_home()
    for id_ in clients.accepted:  # every result once more: a final one must not change
        await clients.look_at(id_)
    verdict.wrong += clients.contradictions[len(verdict.wrong) :]
    requests = {row["id"]: row for row in await world.rows("SELECT * FROM requests")}
    posts = {row["id"]: row for row in await world.rows("SELECT * FROM posts ORDER BY created_us")}
    _judge_requests(verdict, clients, requests)
    _judge_posts(verdict, clients, requests, posts)
    for user in USERS:
        await _judge_feed(verdict, world, clients, user, posts)
    await _judge_home(verdict, clients, posts)
    await _judge_pictures(verdict, clients, world)
    await _judge_events(verdict, clients, requests)
    _judge_notices(verdict, clients, requests)
    _judge_generations(verdict, world)
    verdict.starved, whose = world.longest_wait()
    # instant generations begin as they come from the dispatcher: there is no queue to share
    if world.delay and verdict.starved > MOST_FAIR_WAITS:
        verdict.wrong.append(f"starved for {verdict.starved:.1f} fair waits: {whose}")
    return verdict


def _judge_requests(verdict: Verdict, clients: Clients, requests: ROWS) -> None:
    for id_, sent in clients.accepted.items():
        row, view = requests.get(id_), clients.results.get(id_)
        if row is None or view is None:
            verdict.lost += 1
            verdict.wrong.append(
                f"lost: {id_} {sent} is {row} in the database, {view} to its client"
            )
            continue
        if row["status"] != view["status"]:
            verdict.wrong.append(f"{id_} is {row['status']} but its client saw {view['status']}")
        if view["status"] != "completed":
            verdict.failed += 1
            verdict.wrong.append(f"failed: {id_} {view}")
            continue
        verdict.completed += 1
        kinds = PARTS[sent.tag]  # type: ignore[index] # a tag is a string here
        has_text = sent.prompt in (view["text"] or "")
        if has_text != ("text" in kinds) or bool(view["imageUri"]) != ("image" in kinds):
            verdict.wrong.append(f"{id_} {sent} has the wrong result {view}")
    verdict.doubled += sum("became" in sentence for sentence in clients.contradictions)


def _judge_posts(verdict: Verdict, clients: Clients, requests: ROWS, posts: ROWS) -> None:
    verdict.posts = len(posts)
    for id_, row in requests.items():
        wanted = bool(row["publish"]) and row["status"] == "completed"
        if wanted and id_ not in posts:
            verdict.lost += id_ in clients.accepted
            verdict.wrong.append(f"lost: no post for {id_}")
        elif not wanted and id_ in posts:
            verdict.wrong.append(f"a post for {id_}, which is {row}")
    verdict.wrong += [f"a post for {id_}, which is unknown" for id_ in posts if id_ not in requests]
    prompts = Counter(requests[id_]["prompt"] for id_ in posts if id_ in requests)
    again = {prompt: n for prompt, n in prompts.items() if n > 1}
    verdict.doubled += len(again)
    verdict.wrong += [f"doubled: {n} posts for {prompt!r}" for prompt, n in again.items()]
    for id_, post in posts.items():
        view = clients.results.get(id_)
        if view and (post["content"], post["image_uri"]) != (view["text"] or "", view["imageUri"]):
            verdict.wrong.append(f"the post {post} is not the result {view}")


async def _judge_feed(
    verdict: Verdict, world: Judged, clients: Clients, user: str, posts: ROWS
) -> None:
    mine = [post for post in posts.values() if post["author"] == user]
    newest = [(post["id"], iso(post["created_us"])) for post in mine[-NEWEST:]]
    # A reader that continues from the newest post must see every post once, and in order.
    read = [post["id"] for post in clients.feeds[user]]
    if read != [post["id"] for post in mine]:
        repeated = [id_ for id_, n in Counter(read).items() if n > 1]
        missed = [post["id"] for post in mine if post["id"] not in set(read)]
        verdict.doubled += len(repeated)
        verdict.lost += len(missed)
        verdict.wrong.append(f"reader of {user}: repeated {repeated}, missed {missed}")
    _, answer = await clients.ask("/feed/", **{"user-id": user})
    if [(post["id"], post["created_at"]) for post in reversed(answer)] != newest:
        verdict.wrong.append(f"the feed of {user} is not what the database holds")
    index = await world.redis.command("ZRANGE", index_key(user), 0, -1)
    bodies = await world.redis.command("HGETALL", bodies_key(user))
    held = dict(zip(bodies[::2], bodies[1::2], strict=True))
    held.pop(b"", None)
    found = [json.loads(held[time]) for time in index if time in held]
    in_redis = [(post["id"], post["created_at"]) for post in found]
    if in_redis != newest or len(held) != len(index):
        verdict.wrong.append(f"Redis holds another feed of {user} than the database")


async def _judge_home(verdict: Verdict, clients: Clients, posts: ROWS) -> None:
    """Nothing is skipped, doubled, or lingers after an unfollow."""
    read, all_of_it = Counter(post["id"] for post in clients.home), list(posts)
    missed = [id_ for id_ in all_of_it if id_ not in read]
    repeated = [id_ for id_, times in read.items() if times > 1]
    verdict.lost += len(missed)
    verdict.doubled += len(repeated)
    if [post["id"] for post in clients.home] != all_of_it:
        verdict.wrong.append(f"reader of the home feed: repeated {repeated}, missed {missed}")
    verdict.home = len(read)
    left = USERS[-1]
    for unfollowed in (None, left):
        if unfollowed is not None:
            await clients.unfollow(unfollowed)
        found = await clients.home_pages()
        expected = [id_ for id_ in reversed(posts) if posts[id_]["author"] != unfollowed]
        if found is None or [post["id"] for post in found] != expected:
            verdict.wrong.append(
                f"the home feed without {unfollowed} is not what the database holds"
            )


async def _judge_pictures(verdict: Verdict, clients: Clients, world: Judged) -> None:
    uris = {view["imageUri"] for view in clients.results.values() if view["imageUri"]}
    for id_ in world.twins:
        _, view = await clients.ask("/content/view/", **{"request-id": id_})
        if view["status"] != "completed":
            verdict.wrong.append(f"the request for a picture that was shown before is {view}")
        else:
            uris.add(view["imageUri"])
    for uri in uris:
        if hashlib.sha256(await clients.picture(uri)).hexdigest() == uri.split("/")[2]:
            verdict.pictures += 1
        else:
            verdict.lost += 1
            verdict.wrong.append(f"lost: no picture at {uri}")


async def _judge_events(verdict: Verdict, clients: Clients, requests: ROWS) -> None:
    for listener in clients.listeners:
        if listener.id not in requests:  # lost: reported by _judge_requests
            continue
        verdict.followed += 1
        verdict.resumed += listener.cut_off
        verdict.wrong += listener.complaints(await clients.log_of(listener.id))


def _judge_notices(verdict: Verdict, clients: Clients, requests: ROWS) -> None:
    """One webhook per request: a repeated delivery has the same id, so receivers can drop it."""
    received = clients.receiver.received
    for id_ in clients.accepted:
        if clients.accepted[id_].hooked and id_ not in received:
            verdict.lost += 1
            verdict.wrong.append(f"lost: no webhook for the end of {id_}")
    for id_, deliveries in received.items():
        verdict.delivered += 1
        verdict.delivered_again += deliveries.total() - 1
        if len(deliveries) > 1:
            verdict.doubled += 1
            verdict.wrong.append(f"doubled: {id_} was delivered as {sorted(deliveries)}")
        if not (requests[id_]["webhook"] if id_ in requests else None):
            verdict.wrong.append(f"{id_} was delivered, but has no webhook")


def _judge_generations(verdict: Verdict, world: Judged) -> None:
    begun = [json.loads(line) for line in world.record.read_text().splitlines()]
    times = Counter((kind, prompt) for kind, _seed, prompt in begun)
    verdict.generations = len(begun)
    verdict.repeated = len(begun) - len(times)
