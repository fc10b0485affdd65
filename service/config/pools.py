"""`[text]` and `[image]`: the pools of workers, and how many workers each has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple, get_args

from msgspec import Meta, Struct

from service.config.sources import Value
from service.config.validation import refusal

Kind = Literal["text", "image"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Seconds = Annotated[float, Meta(gt=0)]
Workers = Annotated[
    Annotated[int, Meta(ge=0, le=1024)] | Literal["auto"],
    Meta(description='an integer from 0 to 1024, or "auto"'),
]

MOST_AUTOMATIC_WORKERS = 64  # unless max_workers says how many


class WorkerBounds(NamedTuple):
    """How many workers a pool has: `most` of them, or as many of these as its model bears."""

    most: int
    least: int = 1
    automatic: bool = False


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """What a model costs: for a million tokens of prompts and of texts, and for each generation."""

    input: Annotated[float, Meta(ge=0)] = 0.0
    output: Annotated[float, Meta(ge=0)] = 0.0
    each: Annotated[float, Meta(ge=0)] = 0.0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What one generation costs."""
        tokens = self.input * prompt_tokens + self.output * completion_tokens
        return self.each + tokens / 1_000_000


def cost_of(
    model: str | None, prompt_tokens: int, completion_tokens: int, prices: Mapping[str, Price]
) -> float | None:
    """What a generation costs; None without prices.

    A model has the price whose name it begins with, else the highest one.
    """
    if not prices or not model:
        return None
    if named := [name for name in prices if model.startswith(name)]:
        price = prices[max(named, key=len)]
    else:
        price = max(prices.values(), key=lambda price: price.cost(1000, 1000))
    return price.cost(prompt_tokens, completion_tokens)


class BudgetLimits(NamedTuple):
    """What a pool may use; 0 is any number. `prices` are by the name of the model."""

    requests_per_minute: int
    tokens_per_minute: int
    cost_per_day: float
    prices: Mapping[str, Price]


class PoolConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[text]` and `[image]`, without the tables of their generators."""

    generator: str
    workers: Workers
    timeout: Seconds
    min_workers: Annotated[int, Meta(ge=1, le=1024)] = 1
    max_workers: Annotated[int, Meta(ge=0, le=1024)] = 0
    attempts: Annotated[int, Meta(ge=1, le=100)] = 3
    backoff: Annotated[float, Meta(ge=0)] = 1.0
    outage: Annotated[float, Meta(ge=0)] = 600.0
    max_queued: Annotated[int, Meta(ge=1)] = 100_000
    max_queued_bytes: Annotated[int, Meta(ge=1024)] = 64 * 2**20
    requests_per_minute: Annotated[int, Meta(ge=0)] = 0
    tokens_per_minute: Annotated[int, Meta(ge=0)] = 0
    max_cost_per_day: Annotated[float, Meta(ge=0)] = 0.0
    prices: dict[str, Price] = {}
    fallback: Annotated[tuple[str, ...], Meta(description='a list like ["other"]')] = ()

    @property
    def budget(self) -> BudgetLimits:
        """What the pool may use."""
        return BudgetLimits(
            self.requests_per_minute, self.tokens_per_minute, self.max_cost_per_day, self.prices
        )

    def bounds(self, settings: Struct | None) -> WorkerBounds:
        """How many workers there are; `settings` are those of the generator."""
        if self.workers != "auto":
            return WorkerBounds(self.workers)
        most = self.max_workers or _bearable(self.generator, settings)
        return WorkerBounds(most, self.min_workers, automatic=True)


class TextConfig(PoolConfig, frozen=True, forbid_unknown_fields=True):
    """`[text]`."""

    generator: str = "local"
    workers: Workers = 2
    timeout: Seconds = 120.0


class ImageConfig(PoolConfig, frozen=True, forbid_unknown_fields=True):
    """`[image]`."""

    generator: str = "illustrator"
    workers: Workers = 1
    timeout: Seconds = 120.0


def check_pool(
    of: tuple[str, Kind], pool: PoolConfig, settings: Struct | None, values: Mapping[str, Value]
) -> None:
    """Raises ConfigError if values contradict each other; `of` is the section and its kind."""
    section, kind = of
    if pool.workers == "auto" and pool.generator == "simulated" and not pool.max_workers:
        reason = "expected max_workers as well, as the simulated generator bears any number"
        raise refusal(section, "workers", values["workers"], reason)
    if pool.max_cost_per_day and not pool.prices:
        reason = "expected prices as well: without them no generation has a cost"
        raise refusal(section, "max_cost_per_day", values["max_cost_per_day"], reason)
    if pool.tokens_per_minute and kind == "image":
        reason = "expected 0, as pictures have no tokens"
        raise refusal(section, "tokens_per_minute", values["tokens_per_minute"], reason)
    most = pool.bounds(settings).most if pool.workers == "auto" else pool.max_workers
    if most and pool.min_workers > most:
        why = "max_workers" if pool.max_workers else f"what the generator {pool.generator} bears"
        reason = f"expected at most {most}, which is {why}"
        raise refusal(section, "min_workers", values["min_workers"], reason)
    if pool.workers != "auto" and pool.workers:  # with 0 it is paused
        if most and pool.workers > most:
            reason = f"expected at most {most}, which is max_workers"
            raise refusal(section, "workers", values["workers"], reason)
        if pool.workers < pool.min_workers:
            reason = f"expected at least {pool.min_workers}, which is min_workers"
            raise refusal(section, "workers", values["workers"], reason)


def _bearable(generator: str, settings: Struct | None) -> int:
    """The most generations at once that make sense for a generator."""
    match generator:
        case "local":
            return int(getattr(settings, "slots", 1))
        case "illustrator":
            return os.cpu_count() or 1
    return MOST_AUTOMATIC_WORKERS
