"""Examples of what operators read, for the API document."""

from __future__ import annotations

import msgspec

from service.http.api.responses import (
    LivenessResponse,
    ReadinessResponse,
)
from service.http.monitoring.clients import ClientStatus, PoolClientsStatus
from service.http.monitoring.history import KindHistory, StatusHistoryResponse
from service.http.monitoring.nodes import NodeStatus
from service.http.monitoring.status import (
    ConnectionStatus,
    ConsumerStatus,
    DatabaseStatus,
    FeedStatus,
    FoundServer,
    Latencies,
    Percentiles,
    PoolStatus,
    Rates,
    RedisStatus,
    RunningStatus,
    ServiceStatus,
    StreamStatus,
)
from service.http.openapi.example_values import ID, WHEN

TIMES = Percentiles(1.9, 3.2, 4.8)

STATUS_EXAMPLES: tuple[msgspec.Struct, ...] = (
    ReadinessResponse(ready=True, waiting_for={}),
    StatusHistoryResponse(
        20,
        [WHEN],
        [0.5],
        [0.45],
        [0.0],
        {
            "text": KindHistory([10], [0.8], [1.9], [2]),
            "image": KindHistory([0], [None], [None], [0]),
        },
    ),
    LivenessResponse(alive=True),
    ServiceStatus(
        version="1.0.0",
        node="mill",
        roles=["http", "mill", "worker"],
        nodes=[
            NodeStatus("mill", ["http", "mill", "worker"], "1.0.0", "alive", True, WHEN, 1.2, 0.004)
        ],
        started_at=WHEN,
        uptime_seconds=3600.0,
        ready=True,
        waiting_for={},
        accepted=1200,
        finished=1198,
        rates=Rates(0.5, 0.483),
        backlog={"text": 2, "image": 0},
        pools={
            "text": PoolStatus(
                "text",
                "local",
                2,
                2,
                0,
                2,
                2,
                4.7,
                1.3,
                "closed",
                None,
                None,
                [],
                1,
                1,
                False,
                None,
                None,
                PoolClientsStatus(1, 1, [ClientStatus("key:ann", 4, 2, 2, 1.0, 4.7)]),
                False,
                2,
                0,
                None,
                None,
                [RunningStatus("mill.text-1", ID, 1, 1.3)],
            ),
            "image": PoolStatus(
                "image",
                "illustrator",
                1,
                0,
                1,
                0,
                7,
                None,
                None,
                "closed",
                None,
                None,
                [],
                0,
                0,
                True,
                "operator",
                WHEN,
                PoolClientsStatus(0, 0, []),
                False,
                1,
                0,
                None,
                None,
                [],
            ),
        },
        latencies={
            "text": Latencies(TIMES, TIMES, TIMES),
            "image": Latencies(None, None, None),
        },
        streams={
            "content:text": StreamStatus(
                2, "text-workers", 2, {"mill.text-1": ConsumerStatus(2, 0.5)}
            )
        },
        dead_letters=0,
        database=DatabaseStatus(900, 0, 4800, 5.33, 2_097_152),
        redis=RedisStatus(True, "9.1.2", 1_700_000, 8, 0),
        feeds=FeedStatus(1, 0.012, 4, {"stored": 930, "rebuilt": 4, "database": 66}),
        event_loop_lag=Percentiles(0.0004, 0.0011, 0.0052),
        connections=ConnectionStatus(3, 1, 0),
        found=[FoundServer("Ollama", "text", "http://127.0.0.1:11434/v1", ["llama3.2:latest"])],
    ),
)
