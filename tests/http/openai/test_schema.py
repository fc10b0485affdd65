"""Schemathesis over the APIs of others: calls that the document allows, or nearly, are answered."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
import requests
import schemathesis
from aiohttp import ClientSession
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.support.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPENAI = "^/v1/(chat|responses|images|models)"
OTHERS = "^/(replicate|fal|v1/text)"
EXAMPLES = {False: 3, True: 300}  # of each operation, right and wrong; with --long
SECONDS = 30.0  # for one answer
CHECKS = (
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.status_code_conformance,
)


@pytest.mark.parametrize("paths", [OPENAI, pytest.param(OTHERS, marks=pytest.mark.long)])
async def test_generated_calls_are_answered_as_described(
    service: Running, http: ClientSession, request: pytest.FixtureRequest, paths: str
) -> None:
    examples = EXAMPLES[request.config.getoption("long")]
    async with http.get("/openapi.json") as answer:
        document = await answer.json()
    schema = schemathesis.openapi.from_dict(document).include(path_regex=paths)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 6

    def run(operation: Any) -> None:
        with requests.Session() as session:
            for mode in GenerationMode:

                @settings(
                    max_examples=examples,
                    deadline=None,
                    derandomize=True,
                    database=None,
                    phases=[Phase.explicit, Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )
                @given(operation.as_strategy(generation_mode=mode))
                def call(case: Any) -> None:
                    response = case.call(base_url=service.url, session=session, timeout=SECONDS)
                    case.validate_response(response, checks=CHECKS)
                    assert paths == OTHERS or response.headers["x-request-id"]

                with contextlib.suppress(Unsatisfiable):  # without parameters no call is wrong
                    call()

    for operation in operations:
        await asyncio.to_thread(run, operation)
