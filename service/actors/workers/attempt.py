"""Attempt: one generation of one part, by one worker, and its outcome as a message."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from service import clock
from service.actors.workers.failures.health import GeneratorHealth
from service.config import Price, cost_of
from service.generators.abilities import declared_abilities, needed_abilities
from service.generators.protocol import (
    INPUT_IMAGE,
    Drawn,
    GenerationFailed,
    Generator,
    InputPicture,
    Job,
    Say,
    Written,
)
from service.messages import Failed, Generated, Kind, Moved, Origin, Wanted
from service.store.errors import MediaUnavailable
from service.store.in_hand import InHand
from service.store.media.home import Media
from service.store.sql.requests.requests import Requests
from service.telemetry.metrics import Metrics
from service.telemetry.tracing import OFF, Tracing

log = structlog.get_logger()

SAVE_AGAIN_SECONDS = (0.2, 5.0)  # the first pause before a picture is saved again, and the longest
PAUSED_SECONDS = 5.0  # after which a direct call to a paused pool may try again


class WorkerContext(msgspec.Struct, frozen=True):
    """The common parts of a pool's workers: the generator, its name and time limit, and stores.

    `pool` is the name of the model, `named` the same as messages have it: "" for that of the kind.
    """

    kind: Kind
    pool: str
    named: str
    name: str
    generator: Generator[Written] | Generator[Drawn]
    media: Media
    timeout: Callable[[], float]
    outage: Callable[[], float]
    """Seconds a job waits for a generator that is away."""
    health: GeneratorHealth
    requests: Requests
    metrics: Metrics
    in_hand: InHand
    max_running: Callable[[], int] = lambda: 0
    """How many generations of one client may run at once; 0 for any number."""
    tracing: Tracing = OFF
    show: Callable[[str, str], None] = lambda _id, _text: None
    """Called with a request and its text, as far as it is written."""
    resumed: Callable[[str], None] = lambda _pool: None
    """Called with the name of the pool when a pause has ended."""
    prices: dict[str, Price] = {}
    """What models cost; empty: nothing is known. The pool keeps it up to date."""


AttemptOutcome = Generated | Failed
JobOutcome = Generated | Failed | Moved | None
"""What became of a job; None if there was nothing to generate."""
Generate = Callable[[Wanted], Awaitable[AttemptOutcome]]


def ignore_piece(_piece: str) -> None:
    """A `Say` that ignores the pieces: for calls that only need the result."""


def ignore_made() -> None:
    """For calls whose time limit covers the saving of a picture as well."""


async def generate(
    context: WorkerContext,
    worker: str,
    wanted: Wanted,
    say: Say,
    started: float,
    made: Callable[[], None] = ignore_made,
) -> AttemptOutcome:
    """Run one attempt without a time limit. Raises nothing but CancelledError.

    `made` is called when a picture is made, before it is saved.
    """
    began = time.perf_counter()
    try:
        job = wanted.job()
        if wanted.options:
            _refuse_unable(context, wanted)
            if INPUT_IMAGE in wanted.options and context.kind == "image":
                job = await _with_picture(context, wanted, job)
        result = await context.generator.generate(job, say)
        _refuse_half_characters(result)
        uri = None
        if isinstance(result, Drawn):
            made()
            uri, waited = await _save(context, result, wanted)
            began += waited
    except GenerationFailed as problem:
        failure = problem
    except Exception as problem:
        log.exception("generator crashed", request=wanted.id, part=context.kind, worker=worker)
        failure = GenerationFailed(
            "The generator failed unexpectedly.", retryable=True, detail=type(problem).__name__
        )
    else:
        context.health.succeeded(result.model)
        origin = _origin(context, worker, wanted, started, time.perf_counter() - began, result)
        text = result.text if isinstance(result, Written) else None
        sole = not wanted.instagram
        return Generated(wanted.id, context.kind, wanted.attempt, origin, text, uri, sole)
    context.health.failed(failure)
    return Failed(
        wanted.id,
        context.kind,
        wanted.attempt,
        _failed_origin(context, worker, wanted, started, time.perf_counter() - began),
        _encodable(str(failure)),
        failure.retryable,
        failure.retry_after,
        wanted.base,
        failure.cause,
        _encodable(failure.detail),
    )


def _refuse_unable(context: WorkerContext, wanted: Wanted) -> None:
    """Raise GenerationFailed for what the generator does not honour: it was another one before."""
    needed = needed_abilities(wanted.options, context.kind)
    if needed and (lacking := needed - declared_abilities(context.generator, context.kind)):
        what = " and ".join(sorted(lacking))
        reason = f"The generator {context.name} does not honour {what}."
        raise GenerationFailed(reason, retryable=False)


async def _with_picture(context: WorkerContext, wanted: Wanted, job: Job) -> Job:
    """The job with its input picture. Raises GenerationFailed."""
    try:
        picture = await context.media.read(str(wanted.options[INPUT_IMAGE]))
    except MediaUnavailable as failure:
        raise GenerationFailed(str(failure), retryable=True, cause="away") from failure
    if picture is None:
        raise GenerationFailed("The input picture is not there any more.", retryable=False)
    return msgspec.structs.replace(job, image=InputPicture(*picture))


async def _save(context: WorkerContext, drawn: Drawn, wanted: Wanted) -> tuple[str, float]:
    """Save a picture, however long that takes; returns its address, and the seconds lost.

    The worker holds it as long, so there are never more of them than workers, and no attempt is
    used up.
    """
    began, pause = 0.0, SAVE_AGAIN_SECONDS[0]
    while True:
        try:
            uri = await context.media.save(drawn.data, drawn.media_type, wanted.prompt)
        except MediaUnavailable as failure:
            if not began:
                began = time.perf_counter()
                log.warning("picture waits to be saved", request=wanted.id, reason=str(failure))
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, SAVE_AGAIN_SECONDS[1])
        else:
            return uri, time.perf_counter() - began if began else 0.0


def _refuse_half_characters(result: Written | Drawn) -> None:
    """Raise GenerationFailed for text with lone surrogates: it fits into no message or answer."""
    words = (result.text,) if isinstance(result, Written) else (*result.missing, result.alt)
    text = " ".join((result.model, *words))
    if not text.isascii() and _encodable(text) != text:
        raise GenerationFailed(
            "The generator gave a result with half of a character in it.", retryable=True
        )


def _encodable(text: str) -> str:
    """The text with a question mark for each lone surrogate."""
    return text.encode(errors="replace").decode()


def too_late(context: WorkerContext, worker: str, wanted: Wanted, began: float) -> Failed:
    """The failure of an attempt that was stopped at its time limit."""
    origin = _failed_origin(context, worker, wanted, began, context.timeout())
    reason = f"The generator did not finish within {context.timeout():g} seconds."
    return Failed(wanted.id, context.kind, wanted.attempt, origin, reason, True, base=wanted.base)


def paused(context: WorkerContext, wanted: Wanted) -> Failed:
    """The failure of a direct call to a paused pool."""
    return _not_begun(context, wanted, f"The {context.pool} workers are paused.", PAUSED_SECONDS)


def removed(context: WorkerContext, wanted: Wanted) -> Failed:
    """The failure of a job that waited for a model which was removed."""
    reason = f"The model {context.pool} was removed from the configuration."
    origin = _failed_origin(context, "", wanted, clock.now(), 0.0)
    return Failed(wanted.id, context.kind, wanted.attempt, origin, reason, False, base=wanted.base)


def too_many(context: WorkerContext, wanted: Wanted) -> Failed:
    """The failure of a direct call when too many wait already."""
    reason = f"Too many are waiting for the {context.pool} workers."
    return _not_begun(context, wanted, reason, 1.0)


def _not_begun(context: WorkerContext, wanted: Wanted, reason: str, retry_after: float) -> Failed:
    origin = _failed_origin(context, "", wanted, clock.now(), 0.0)
    return Failed(wanted.id, context.kind, wanted.attempt, origin, reason, True, retry_after)


def _failed_origin(
    context: WorkerContext, worker: str, wanted: Wanted, started: float, seconds: float
) -> Origin:
    return Origin(context.name, worker, started, seconds, seed=wanted.seed, pool=context.named)


def _origin(
    context: WorkerContext,
    worker: str,
    wanted: Wanted,
    started: float,
    seconds: float,
    result: Written | Drawn,
) -> Origin:
    seconds, prices = round(seconds, 4), context.prices
    if isinstance(result, Written):
        prompt, completion = result.prompt_tokens, result.completion_tokens
        return Origin(
            context.name,
            worker,
            started,
            seconds,
            result.model,
            wanted.seed,
            prompt,
            completion,
            pool=context.named,
            cost=cost_of(result.model, prompt or 0, completion or 0, prices) if prices else None,
            cached_tokens=result.cached_tokens,
            reasoning_tokens=result.reasoning_tokens,
        )
    return Origin(
        context.name,
        worker,
        started,
        seconds,
        result.model,
        wanted.seed,
        width=result.width,
        height=result.height,
        missing=result.missing,
        alt=result.alt,
        pool=context.named,
        cost=cost_of(result.model, 0, 0, prices) if prices else None,
    )
