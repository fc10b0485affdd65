"""Report: the metrics and the trace span of an attempt that is over."""

from __future__ import annotations

from service.actors.workers.attempt import AttemptOutcome, WorkerContext
from service.messages import Failed, Wanted
from service.request_ids import time_of_id


def report(context: WorkerContext, worker: str, wanted: Wanted, outcome: AttemptOutcome) -> None:
    """Record an attempt in the metrics, and in a trace if tracing is on."""
    times, origin = context.metrics.times[context.pool], outcome.origin
    context.metrics.clients[context.pool].add(wanted.client, origin.seconds)
    accepted_at = time_of_id(wanted.id)
    if accepted_at is not None and wanted.attempt == 1:
        times.observe(accepted_at, origin.started_at, origin.seconds)
    else:  # the wait of a retry includes earlier attempts
        times.service.observe(origin.seconds)
    if context.tracing.on:
        context.tracing.record_span(
            f"generate {context.kind}",
            wanted.id,
            origin.started_at,
            origin.started_at + origin.seconds,
            outcome.reason if isinstance(outcome, Failed) else None,
            attempt=wanted.attempt,
            worker=worker,
            generator=origin.generator,
        )
