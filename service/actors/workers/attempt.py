"""Worker: one consumer that generates one thing at a time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from service.generators.protocol import Drawn, GenerationFailed, Generator, Job, Say, Written
from service.messages import Failed, Generated, Kind, Origin, Wanted
from service.metrics import Metrics
from service.store.media import Media
from service.store.sql.requests import Requests
from service.tracing import OFF, Tracing

log = structlog.get_logger()


class Workbench(msgspec.Struct, frozen=True):
    """What the workers of a pool share: their generator, its name, and a time limit in seconds."""

    kind: Kind
    name: str
    generator: Generator[Written] | Generator[Drawn]
    media: Media
    timeout: Callable[[], float]
    requests: Requests
    metrics: Metrics
    tracing: Tracing = OFF


Outcome = Generated | Failed
Generate = Callable[[Wanted], Awaitable[Outcome]]


def unheard(_piece: str) -> None:
    """For texts that nobody follows while they are written."""


async def generate(bench: Workbench, worker: str, wish: Wanted, say: Say) -> Outcome:
    """One attempt at one part, with no limit. It never raises, but for being cancelled."""
    started = time.time()
    clock = time.perf_counter()
    reason, retryable, retry_after = "", True, None
    try:
        made = await bench.generator.generate(
            Job(wish.prompt, wish.seed, wish.instagram, wish.options), say
        )
        uri = None
        if isinstance(made, Drawn):
            uri = await bench.media.save(made.data, made.media_type, wish.prompt)
    except GenerationFailed as failure:
        reason, retryable, retry_after = str(failure), failure.retryable, failure.retry_after
    except Exception:
        log.exception("generator crashed", request=wish.id, part=bench.kind, worker=worker)
        reason = "The generator failed unexpectedly."
    else:
        origin = _origin(bench, worker, wish, started, time.perf_counter() - clock, made)
        text = made.text if isinstance(made, Written) else None
        sole = not wish.instagram
        return Generated(wish.id, bench.kind, wish.attempt, origin, text, uri, sole)
    origin = Origin(bench.name, worker, started, time.perf_counter() - clock, seed=wish.seed)
    failed = Failed(wish.id, bench.kind, wish.attempt, origin, reason, retryable, retry_after)
    return msgspec.structs.replace(failed, base=wish.base)


def too_late(bench: Workbench, worker: str, wish: Wanted, began: float) -> Failed:
    """What becomes of an attempt that was stopped because it took too long."""
    origin = Origin(bench.name, worker, began, bench.timeout(), seed=wish.seed)
    reason = f"The generator did not finish within {bench.timeout():g} seconds."
    return Failed(wish.id, bench.kind, wish.attempt, origin, reason, True, base=wish.base)


def too_many(bench: Workbench, wish: Wanted) -> Failed:
    """What becomes of a wish for which no worker will have time soon."""
    origin = Origin(bench.name, "", time.time(), 0.0, seed=wish.seed)
    reason = f"Too many are waiting for the {bench.kind} workers."
    return Failed(wish.id, bench.kind, wish.attempt, origin, reason, True, 1.0)


def _origin(
    bench: Workbench,
    worker: str,
    wish: Wanted,
    started: float,
    seconds: float,
    made: Written | Drawn,
) -> Origin:
    seconds = round(seconds, 4)
    match made:
        case Written():
            return Origin(
                bench.name,
                worker,
                started,
                seconds,
                made.model,
                wish.seed,
                made.prompt_tokens,
                made.completion_tokens,
            )
        case Drawn():
            return Origin(
                bench.name,
                worker,
                started,
                seconds,
                made.model,
                wish.seed,
                width=made.width,
                height=made.height,
                missing=made.missing,
            )
