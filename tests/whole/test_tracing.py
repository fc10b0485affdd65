"""One trace of a request, from HTTP through both pools to the webhook, as a collector gets it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from service.telemetry import tracing
from tests.support.outside import Outside, outside, says, unused_url
from tests.support.running import running_service
from tests.support.waiting import wait_until

SIMULATED = ("text.generator=simulated", "image.generator=simulated", "text.backoff=0")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


OTHER = "5bf92f3577b34da6a3ce929d0e0e4737"
CALLS: dict[str, Any] = {
    "/replicate/v1/predictions": {"version": "text", "input": {"prompt": "p"}},
    "/v1/images/generations": {"prompt": "p"},
}


def names_of(some: list[Span], trace: str) -> set[str]:
    """The names of the spans of a trace."""
    return {span.name for span in some if span.trace_id.hex() == trace}


def spans(world: Outside) -> list[Span]:
    """All that the collector has got until now."""
    all_spans: list[Span] = []
    for request in world.requests:
        if request.path == "/v1/traces":
            export = ExportTraceServiceRequest.FromString(request.body)
            all_spans += [
                span for r in export.resource_spans for s in r.scope_spans for span in s.spans
            ]
    return all_spans


async def test_a_request_is_one_trace_from_its_acceptance_to_its_webhook(tmp_path: Path) -> None:
    settings = (*SIMULATED, 'webhooks.allow=["127.0.0.0/8"]', "text.simulated.failure_rate=1")
    async with outside(says({})) as world:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": world.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        async with (
            running_service(tmp_path, *settings, environment=environment) as service,
            ClientSession(service.url) as http,
        ):
            submission = {"prompt": "p", "tag": "instagram", "webhook": f"{world.url}/hook"}
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            async with http.post("/content", json=submission, headers=headers) as answer:
                id_ = (await answer.json())["RequestId"]
            await wait_until(
                lambda: "webhook" in {span.name for span in spans(world)},
                "the last span has arrived",
            )
            all_spans = spans(world)
            for path, body in CALLS.items():
                parent = {"traceparent": f"00-{OTHER}-{PARENT}-01"}
                async with http.post(path, json=body, headers=parent) as answer:
                    assert answer.status < 300
            await wait_until(
                lambda: {f"POST {path}" for path in CALLS} <= names_of(spans(world), OTHER),
                "the calls of other APIs are in the trace of their client",
            )
        names = {span.name for span in all_spans}
        assert names == {
            "POST /content",
            "dispatcher",
            "generate text",
            "generate image",
            "collector",
            "notifier",
            "webhook",
        }
        assert {span.trace_id.hex() for span in all_spans} == {TRACE}
        [accepted] = [span for span in all_spans if span.name == "POST /content"]
        assert accepted.parent_span_id.hex() == PARENT
        others = [span for span in all_spans if span is not accepted]
        assert {span.parent_span_id for span in others} == {accepted.span_id}
        attempts = [span for span in all_spans if span.name == "generate text"]
        assert len(attempts) == 3
        assert all(span.status.code == Status.STATUS_CODE_ERROR for span in attempts)
        about = {attribute.key: attribute.value.string_value for attribute in others[0].attributes}
        assert about["feedmill.request"] == id_


async def test_an_unreachable_collector_does_not_affect_the_service(tmp_path: Path) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": unused_url()}
    async with (
        running_service(tmp_path, *SIMULATED, environment=environment) as service,
        ClientSession(service.url) as http,
        http.post("/content", json={"prompt": "p", "tag": "text"}) as answer,
    ):
        assert answer.status == 202


@pytest.mark.parametrize(
    "environment",
    [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}],
)
def test_without_an_endpoint_nothing_is_traced(environment: dict[str, str]) -> None:
    with tracing.tracer("1", environment) as tracer:
        assert tracer is None
    assert not tracing.OFF.on


def test_without_the_packages_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with tracing.tracer("1", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}) as tracer:
        assert tracer is None
