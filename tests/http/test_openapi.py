"""The API document is valid, whole, and true."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.http.problems import KINDS
from service.http.routes import ENDPOINTS
from tests.support.running import HOME

pytestmark = pytest.mark.asyncio(loop_scope="session")

Document = dict[str, Any]
SUCCESS = {101, *range(200, 300)}  # 101 opens a WebSocket

UNKNOWN = (
    *("id", "digest", "name", "delivery", "model", "author", "response"),
    *("prediction", "owner", "version", "request", "pool"),
)
"""What paths name."""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def document(http: ClientSession) -> Document:
    async with http.get("/openapi.json") as answer:
        content: Document = await answer.json()
        return content


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def all_operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """With those that begin a WebSocket, for which OpenAPI has no words."""
    yield from operations(document)
    yield from operations({"paths": document["x-websockets"]})


def validate(schema: Document, value: Any) -> None:
    """Hold a value against a schema."""
    # it takes more than 1 s to load, in every process that collects tests
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    Draft202012Validator(schema).validate(value)


def check(document: Document, answer: Document, value: Any) -> None:
    """Hold a JSON value against the schema of a described answer."""
    [content] = [described for kind, described in answer["content"].items() if "json" in kind]
    schema = {**content["schema"], "components": document["components"]}
    validate(schema, value)


async def test_the_document_is_valid_openapi(document: Document, tmp_path: Path) -> None:
    assert document["openapi"].startswith("3.1")
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    # in a separate process without coverage: that takes a third of the time
    words = [sys.executable, "-m", "openapi_spec_validator", str(file)]
    validator = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True)
    assert validator.returncode == 0, validator.stdout + validator.stderr


async def test_every_endpoint_is_described_with_its_errors(document: Document) -> None:
    described = {(path, method) for path, method, _ in all_operations(document)}
    assert described == {(endpoint.path, endpoint.method.lower()) for endpoint in ENDPOINTS}
    for path, method, operation in all_operations(document):
        assert operation["summary"]
        assert any(int(status) in SUCCESS for status in operation["responses"])
        statuses = {int(status) for status in operation["responses"]}
        if "requestBody" in operation:
            assert {400, 413, 415} <= statuses, (path, method)
        for slug in next(
            endpoint.problems
            for endpoint in ENDPOINTS
            if (endpoint.path, endpoint.method.lower()) == (path, method)
        ):
            assert KINDS[slug].status in statuses


async def test_every_example_matches_its_schema(document: Document) -> None:
    for _, _, operation in operations(document):
        for answer in operation["responses"].values():
            for kind, content in answer.get("content", {}).items():
                if "json" not in kind:
                    continue
                examples = [example["value"] for example in content.get("examples", {}).values()]
                for example in examples or [content["example"]]:
                    check(document, answer, example)
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = {**content["schema"], "components": document["components"]}
            if "example" in content:
                validate(schema, content["example"])
            else:
                validate(schema, {})  # so plain that it needs no example


async def test_every_endpoint_lists_its_credentials(document: Document) -> None:
    schemes = document["components"]["securitySchemes"]
    for path, method, operation in operations(document):
        wanted = operation.get("security", [])
        assert {name for names in wanted for name in names} <= set(schemes)
        assert ({} in wanted) is bool(wanted)
        assert bool(wanted) is {"401", "403"}.issubset(operation["responses"]), (path, method)
    assert {"key": ["admin"]} in document["paths"]["/dead-letters"]["get"]["security"]


def meanings(schema: Document, document: Document) -> list[str]:
    """The descriptions of a value: its own, those of its alternatives and of what it refers to."""
    descriptions = [schema.get("description", "")]
    if "$ref" in schema:
        referred = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        descriptions.append(referred.get("description", ""))
    for schema_part in schema.get("anyOf", ()):
        descriptions += meanings(schema_part, document)
    return [text for text in descriptions if text]


async def test_every_field_and_parameter_has_a_description(document: Document) -> None:
    silent = []
    for name, schema in document["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            if not meanings(value, document):
                silent.append(f"{name}.{field}")
    for path, method, operation in all_operations(document):
        parameters = [*operation["parameters"], *operation.get("x-headers", [])]
        silent += [
            f"{method} {path}: {parameter}"
            for parameter in parameters
            if not parameter["description"]
        ]
    assert silent == []


async def test_the_options_of_generators_are_listed_with_their_units(document: Document) -> None:
    options = document["components"]["schemas"]["CreateContent"]["properties"]["options"]
    [keys] = [option["properties"] for option in options["anyOf"] if "properties" in option]
    chat = {"top_p", "presence_penalty", "frequency_penalty", "stop", "response_format", "messages"}
    assert set(keys) == {"max_tokens", "temperature", "size", "style"} | chat
    assert all(meanings(value, document) for value in keys.values())
    percentiles = document["components"]["schemas"]["Percentiles"]["properties"]
    assert "median" in percentiles["p50"]["description"]


async def test_operations_have_unique_names(document: Document) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


async def test_every_endpoint_answers_its_example_as_described(
    http: ClientSession, document: Document
) -> None:
    async with http.post("/worker/image", json={"prompt": "p"}) as answer:
        _, _, digest, name = (await answer.json())["imageUri"].split("/")
    async with http.post("/content", json={"prompt": "p", "tag": "text"}) as answer:
        id_ = (await answer.json())["RequestId"]
    for path, method, operation in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        fields = (body or {}).get("example", {})
        if "request-id" in fields:
            fields = {"request-id": id_}
        values = {"id": id_, "digest": digest, "name": name}
        url = path.format(**dict.fromkeys(UNKNOWN, "unknown") | values, app="a/b")
        async with http.request(method, url, json=fields if body else None) as answer:
            described = operation["responses"][str(answer.status)]
            assert answer.status < 500, (method, path)
            for header in described.get("headers", {}):
                assert header in answer.headers, (method, path, header)
            if "json" in answer.content_type:
                check(document, described, await answer.json(content_type=None))


async def test_links_lead_to_operations_with_their_parameters(document: Document) -> None:
    known = {
        operation["operationId"]: (path, operation) for path, _, operation in operations(document)
    }
    count = 0
    for _, _, operation in operations(document):
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                count += 1
                path, target = known[link["operationId"]]
                for name in link.get("parameters", {}):
                    assert f"{{{name}}}" in path
                for name in link.get("requestBody", {}):
                    schema = target["requestBody"]["content"]["application/json"]["schema"]
                    reference = schema["$ref"].rpartition("/")[2]
                    assert name in document["components"]["schemas"][reference]["properties"]
    assert count


async def test_every_group_and_every_problem_is_described(
    http: ClientSession, document: Document
) -> None:
    groups = {entry["name"] for entry in document["tags"]}
    assert all(set(entry["tags"]) <= groups for _, _, entry in all_operations(document))
    async with http.get("/problems") as answer:
        page = await answer.text()
    assert all(f'id="{slug}"' in page for slug in KINDS)


async def test_the_command_prints_the_same_document(document: Document) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "run.py", "openapi", cwd=HOME, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert json.loads(printed) == document


async def test_errors_match_the_document(http: ClientSession, document: Document) -> None:
    for path, method, operation in operations(document):
        url = path.format(**dict.fromkeys(UNKNOWN, "unknown"), app="a/b")
        for how in (
            {"data": b"{", "headers": {"Content-Type": "application/json"}},
            {"data": b"x"},
        ):
            if "requestBody" not in operation:
                continue
            async with http.request(method, url, **how) as answer:
                assert answer.status in {400, 415}, (method, path)
                described = operation["responses"][str(answer.status)]
                check(document, described, await answer.json(content_type=None))
        async with http.request("PUT", url) as answer:
            if answer.status == 405:
                described = operation["responses"]["405"]
                check(document, described, await answer.json(content_type=None))
