"""Operations: what an endpoint takes and answers, in the API document."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

import msgspec

from service.http.endpoint import Endpoint
from service.http.guards.access import STREAMS, scope_of
from service.http.guards.rate_limiting import is_limited
from service.http.openapi.examples import EXAMPLES
from service.http.openapi.field_descriptions import description_of
from service.http.openapi.groups import group_of, links
from service.http.openapi.headers import HEADER_RULES, NEEDED, UNPROMISED, headers_of
from service.http.openapi.problem_responses import ALWAYS, WITH_PARAMETERS, problem_response
from service.http.openapi.schemas import FORM, REF, as_form, schema_name
from service.http.problems import KINDS, ProblemType

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
THIS = {"schema": {"type": "object"}, "example": {"openapi": "3.1.0"}}  # the document itself
ANYWHERE = (
    "Every parameter may also come in the query; if a name comes in both, the body wins. "
    "In a query or a form an object is written as JSON."
)
IN_PATHS = {
    "author": "The author's id.",
    "id": "The id of a request, as returned by `POST /content`.",
    "delivery": "The id of a delivery: its `webhook-id`.",
    "digest": "The digest of the picture: a result has the whole address, as `imageUri`.",
    "pool": "The name of a pool: `text`, `image` or a named model.",
    "name": "The file name for saving the picture, or the name of a model.",
    "response": "The id of a response: `resp_` and the id of its request.",
    "model": "One of the names in `GET /v1/models`.",
    "app": "The name of an app, with slashes: any one.",
    "request": "The id of a request.",
    "prediction": "The id of a prediction: that of its request.",
    "owner": "The owner of a model: any name.",
    "version": "The version of a model: any name.",
}


def operation_id(endpoint: Endpoint) -> str:
    """The handler's name in camel case: the name of a method in a generated client."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), endpoint.handler.__name__)


def several(shape: Any) -> Sequence[Any]:
    """The alternatives of a shape: itself, or the members of a tuple."""
    return shape if isinstance(shape, tuple) else (shape,)


def operation_of(endpoint: Endpoint, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The operation of an endpoint; `schemas` has the one of its parameters, by name."""
    headers = [
        {
            "name": name,
            "in": "header",
            "description": meaning,
            "required": name in NEEDED,
            "schema": {"type": "string", **HEADER_RULES.get(name, {})},
        }
        for name, meaning in endpoint.headers.items()
    ]
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": operation_id(endpoint),
        "description": inspect.getdoc(endpoint.handler) or endpoint.summary,
        "tags": [group_of(endpoint.path)],
        "parameters": [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": IN_PATHS[name],
                "schema": {"type": "string"},
            }
            for name in re.findall(r"{(\w+)}", endpoint.path)
        ]
        + [header for header in headers if header["name"] not in UNPROMISED],
        "responses": {
            str(status): _gives(endpoint, status, shape) for status, shape in endpoint.gives.items()
        },
    }
    if unpromised := [header for header in headers if header["name"] in UNPROMISED]:
        operation["x-headers"] = unpromised
    slugs = (*ALWAYS, *endpoint.problems)
    if endpoint.takes is not None:
        slugs = (*slugs, *WITH_PARAMETERS)
        _add_parameters(operation, endpoint, schemas[schema_name(endpoint.takes)])
    scope = scope_of(endpoint.path)
    if scope is not None:
        slugs = (*slugs, "unauthorized", "forbidden", "cross-site")
        operation["security"] = list(_keys(endpoint, scope))
    if is_limited(endpoint.method, endpoint.path):
        slugs = (*slugs, "rate-limited")
    by_status: dict[int, list[ProblemType]] = {}
    for slug in dict.fromkeys(slugs):
        by_status.setdefault(KINDS[slug].status, []).append(KINDS[slug])
    for status, kinds in sorted(by_status.items()):
        operation["responses"][str(status)] = problem_response(endpoint.path, status, kinds)
    return operation


def _keys(endpoint: Endpoint, scope: str) -> Iterable[dict[str, list[str]]]:
    """The accepted credentials: any one of these, or none if no keys are required."""
    yield {"key": [scope]}
    if scope == "worker":
        yield {"internal": []}
    if endpoint.method == "GET" and endpoint.path.endswith(STREAMS):
        yield {"query-key": []}
    yield {}


def _add_parameters(operation: dict[str, Any], endpoint: Endpoint, schema: Any) -> None:
    """A body for POST; the query otherwise."""
    if endpoint.method != "POST":
        operation["parameters"] += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": description_of(value),
                "schema": value,
            }
            for name, value in schema["properties"].items()
        ]
        return
    assert endpoint.takes is not None  # noqa: S101 - the caller looked
    name = schema_name(endpoint.takes)
    json = {"schema": {"$ref": REF.format(name=name)}}
    form = {"schema": {"$ref": REF.format(name=name + FORM)}}
    if endpoint.example:
        json["example"] = form["example"] = dict(endpoint.example)
    needed = schema.get("required", ())
    objects = {*schema["properties"]} - {*as_form(schema)["properties"]}
    forms = () if objects & {*needed} else FORMS  # a form has no objects
    operation["requestBody"] = {
        "description": ANYWHERE,
        "required": bool(needed),
        "content": {"application/json": json, **dict.fromkeys(forms, form)},
    }


def _gives(endpoint: Endpoint, status: int, shape: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": {}}
    operation_links = links(operation_id(endpoint), status)
    if operation_links:
        described["links"] = operation_links
    for body in several(shape):
        if isinstance(body, str):
            described["content"][body] = THIS if body == "application/json" else {}
            continue
        is_list = get_origin(body) is list
        struct = get_args(body)[0] if is_list else body
        schema: dict[str, Any] = {"$ref": REF.format(name=schema_name(struct))}
        example = EXAMPLES[struct]
        described["content"][getattr(struct, "MEDIA_TYPE", "application/json")] = {
            "schema": {"type": "array", "items": schema} if is_list else schema,
            "example": msgspec.to_builtins([example] if is_list else example),
        }
        described["description"] = (struct.__doc__ or "Success").splitlines()[0]
    return described | headers_of(shape)
