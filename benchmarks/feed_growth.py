"""How feeds slow down with more posts and more follows: `python -m benchmarks.feed_growth`.

Runs `home_feeds` and `recommended` with few and with many posts, and prints every p99 side by side:
from few to many posts, and from readers with 10 to those with 1,000 follows.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvloop

from benchmarks import home_feeds, recommended
from benchmarks.machine import load

FEW, MANY = 10_000, 1_000_000  # posts
EVENTS_OF_POST = 10
MOST_BY_POSTS, MOST_BY_FOLLOWS = 1.5, 3.0
"""The goals: how many times as long a p99 may take."""

_P99 = re.compile(r"p99 ([\d.]+) ms")
_FEW_FOLLOWS = (("reads 10", "reads 1000"), ("10 follows", "1,000 follows"))


async def measured(posts: int, followers: int) -> dict[str, float]:
    """The p99 in ms of each row of both benchmarks."""
    rows: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        rows += await home_feeds.main(posts, followers, Path(name))
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        rows += await recommended.main(posts, posts * EVENTS_OF_POST, Path(name))
    return {name: float(found[1]) for name, text in rows if (found := _P99.search(text))}


def by_posts(few: Mapping[str, float], many: Mapping[str, float]) -> Iterator[str]:
    """A row for each p99: with few posts, with many, and how many times as long."""
    for name, before in few.items():
        if name in many:
            yield _row(name, before, many[name], MOST_BY_POSTS)


def by_follows(found: Mapping[str, float]) -> Iterator[str]:
    """A row for each p99 of readers with 10 follows, beside those with 1,000."""
    for name, before in found.items():
        for ten, thousand in _FEW_FOLLOWS:
            other = re.sub(rf"\b{ten}\b", thousand, name)
            if other != name and other in found:
                yield _row(name, before, found[other], MOST_BY_FOLLOWS)


def _row(name: str, before: float, after: float, most: float) -> str:
    verdict = "" if after <= most * before else f" (goal: {most:g})"
    return f"| {name} | {before:.1f} | {after:.1f} | {after / max(before, 0.1):.1f} x{verdict} |"


async def main(few: int, many: int, followers: int) -> None:
    """Measure with few and with many posts, and print both tables."""
    print(f"load average {load()}")
    with_few = await measured(few, followers)
    with_many = await measured(many, followers)
    print(f"\n| p99 in ms | {few:,} posts | {many:,} posts | |\n|---|---|---|---|")
    print("\n".join(by_posts(with_few, with_many)))
    print(f"\n| p99 in ms, {many:,} posts | 10 follows | 1,000 follows | |\n|---|---|---|---|")
    print("\n".join(by_follows(with_many)))
    print(f"load average {load()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--followers", type=int, default=100_000)
    arguments = parser.parse_args()
    uvloop.run(main(arguments.few, arguments.many, arguments.followers))
