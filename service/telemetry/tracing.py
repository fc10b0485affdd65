"""OpenTelemetry traces: one per request, from HTTP to webhook.

Configured with OpenTelemetry's environment variables; `OTEL_EXPORTER_OTLP_ENDPOINT` turns it on.
The packages are an extra. The `traceparent` is stored with the request, so every later step, in any
process, is recorded as a child of the acceptance once it is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import structlog

from service import clock
from service.messages import Accepted, AnyMessage, Failed, Finished, Generated

log = structlog.get_logger()

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
FLUSH_SECONDS = 3.0  # that a stop waits for the last spans to be sent at most
STEPS = (Accepted, Generated, Failed, Finished)
"""Messages whose handling is a step of a request; the others report progress."""

Tracer = Any  # the packages may not be installed
TraceOf = Callable[[str], Awaitable[str | None]]


async def _none(_id: str) -> None:
    """No request has a trace."""


class Tracing:
    """Records spans of requests. Without a tracer it is off: check `on` first."""

    def __init__(self, tracer: Tracer | None = None, trace_of: TraceOf = _none) -> None:
        self.on = tracer is not None
        self._tracer = tracer
        self._trace_of = trace_of
        self._recording: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def request(self, name: str, headers: Mapping[str, str]) -> Iterator[str | None]:
        """The span of an HTTP request while the context lasts; yields its `traceparent` to store.

        It is a child of the request's `traceparent` header, if there is one.
        """
        if self._tracer is None:
            yield None
            return
        from opentelemetry.trace import SpanKind

        parent = _context({key.lower(): value for key, value in headers.items()})
        with self._tracer.start_as_current_span(name, context=parent, kind=SpanKind.SERVER):
            yield _traceparent()

    def handled(self, actor: str, messages: Sequence[AnyMessage], began: float) -> None:
        """Record that an actor handled these messages, from `began` (s since the epoch) to now."""
        for message in messages:
            if isinstance(message, STEPS):
                self.record_span(actor, message.id, began, clock.now())

    def record_span(
        self,
        name: str,
        id_: str,
        began: float,
        ended: float,
        error: str | None = None,
        **about: str | int,
    ) -> None:
        """Record a span of a request. Times are seconds since the epoch."""
        if self._tracer is None:
            return
        recording = asyncio.create_task(
            self._record(self._tracer, name, id_, began, ended, error, about), name="trace"
        )
        self._recording.add(recording)
        recording.add_done_callback(self._recording.discard)

    async def _record(
        self,
        tracer: Tracer,
        name: str,
        id_: str,
        began: float,
        ended: float,
        error: str | None,
        about: Mapping[str, str | int],
    ) -> None:
        if (trace := await self._trace_of(id_)) is None:
            return
        from opentelemetry.trace import Status, StatusCode

        span = tracer.start_span(
            name,
            context=_context({"traceparent": trace}),
            start_time=_nanoseconds(began),
            attributes={"feedmill.request": id_, **about},
        )
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, error))
        span.end(_nanoseconds(max(began, ended)))


OFF = Tracing()


@contextlib.contextmanager
def tracer(version: str, environment: Mapping[str, str] = os.environ) -> Iterator[Tracer | None]:
    """A tracer as configured in the environment, or None; sends the last spans at the end."""
    has_endpoint = any(environment.get(name) for name in ENDPOINTS)
    if not has_endpoint or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as missing:
        log.warning("no traces: the packages of the extra `otel` are needed", missing=missing.name)
        yield None
        return
    named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "feedmill"}
    resource = Resource.create({"service.version": version, **named})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield provider.get_tracer("feedmill", version)
    finally:
        # in a thread that the process does not wait for: the collector may be unreachable
        ending = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(FLUSH_SECONDS)


def _context(headers: Mapping[str, str]) -> Any:
    from opentelemetry.trace.propagation.tracecontext import (
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator().extract(headers)


def _traceparent() -> str | None:
    from opentelemetry.trace.propagation.tracecontext import (
        TraceContextTextMapPropagator,
    )

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def _nanoseconds(seconds: float) -> int:
    return int(clock.shown(seconds) * 1_000_000_000)
