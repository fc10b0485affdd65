"""The API document (OpenAPI 3.1), made from the route table and the structs that validate."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

import msgspec

from service.config import HttpConfig
from service.http.api import idempotency
from service.http.api.responses import AcceptedResponse, ContentRecordResponse
from service.http.endpoint import Endpoint
from service.http.fal import errors as fal_errors
from service.http.fal.proxy import ADDRESS, TARGET
from service.http.fal.queue import PRIORITY, SECONDS, START_TIMEOUT
from service.http.guards.access import QUERY_KEY, STREAMS, scope_of
from service.http.guards.rate_limiting import is_limited
from service.http.openai import errors as openai_errors
from service.http.openapi.examples import EXAMPLES, WEBHOOK_EVENT
from service.http.openapi.field_descriptions import describe, description_of
from service.http.openapi.groups import GROUPS, group_of, links
from service.http.openapi.webhook_schema import WebhookEvent, webhooks
from service.http.parameters.parse import Parameters
from service.http.parameters.validation import schema_of
from service.http.problems import CONTENT_TYPE, KINDS, ProblemType, members
from service.http.replicate.prediction_parameters import CANCEL_AFTER, DURATION
from service.installation import PROGRAM
from service.messages import PRIORITIES

ALWAYS = ("method-not-allowed",)
"""Problems that any endpoint may answer with."""
WITH_PARAMETERS = ("invalid-request", "request-timeout", "too-large", "unsupported-media-type")
"""Problems of endpoints that read a body."""

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
THIS = {"schema": {"type": "object"}, "example": {"openapi": "3.1.0"}}  # the document itself
SWITCHING = 101  # the status that a WebSocket begins with
FORM = "Form"  # suffix of the name of a schema, for the same fields in a form
NULL = {"enum": [None, "null"]}  # the alternative of fields that are not text
TRUTH = [True, False, 1, 0]  # accepted truth values; text in a form
ANYWHERE = (
    "Every parameter may also come in the query; if a name comes in both, the body wins. "
    "In a query or a form an object is written as JSON."
)
REF = "#/components/schemas/{name}"

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "error"],
    "properties": {
        "type": {"type": "string", "description": "A section of the problems page."},
        "title": {"type": "string", "description": "The kind of problem in a few words."},
        "status": {"type": "integer", "description": "The status code of the answer."},
        "detail": {"type": "string", "description": "What went wrong this time, as a sentence."},
        "error": {"type": "string", "description": "The same sentence as `detail`."},
        "errors": {
            "type": "array",
            "description": "Each invalid parameter, with the reason.",
            "items": {
                "type": "object",
                "required": ["name", "reason"],
                "properties": {"name": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}

OPENAI_ERROR = {
    **PROBLEM,
    "properties": {
        **PROBLEM["properties"],
        "error": {
            "type": "object",
            "description": "The error as OpenAI's API has it.",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string", "description": "The same sentence as `detail`."},
                "type": {"type": "string", "description": "The class of the error."},
                "param": {
                    "type": ["string", "null"],
                    "description": "The first invalid parameter; null for other errors.",
                },
                "code": {"type": "string", "description": "The kind of error."},
            },
        },
    },
}

FAL_ERROR = {
    **PROBLEM,
    "required": [*PROBLEM["required"], "message", "error_type"],
    "properties": {
        **PROBLEM["properties"],
        "message": {"type": "string", "description": "The same sentence as `detail`."},
        "error_type": {"type": "string", "description": "The kind of error."},
    },
}
FOREIGN_ERRORS: dict[Any, str] = {openai_errors: "OpenAIError", fal_errors: "FalError"}
"""The schemas of errors in the form of other APIs, by the module that writes them."""

SECURITY = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fm_…",
        "description": f"An API key with the named scope, or `admin`; `{PROGRAM} keys create`.",
    },
    "internal": {"type": "http", "scheme": "bearer", "description": "The internal token."},
    "query-key": {
        "type": "apiKey",
        "in": "query",
        "name": QUERY_KEY,
        "description": "For EventSource and WebSocket in browsers, which cannot send headers.",
    },
}

IN_PATHS = {
    "author": "The author's id.",
    "id": "The id of a request, as returned by `POST /content`.",
    "delivery": "The id of a delivery: its `webhook-id`.",
    "digest": "The digest of the picture: a result has the whole address, as `imageUri`.",
    "pool": "The name of a pool: `text` or `image`.",
    "name": "The file name for saving the picture, or the name of a model.",
    "response": "The id of a response: `resp_` and the id of its request.",
    "model": "One of the names in `GET /v1/models`.",
    "app": "The name of an app, with slashes: any one.",
    "request": "The id of a request.",
    "prediction": "The id of a prediction: that of its request.",
    "owner": "The owner of a model: any name.",
    "version": "The version of a model: any name.",
}
HEADER_RULES: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "pattern": "^[!-~]+$",
        "minLength": 1,
        "maxLength": idempotency.MAX_KEY_CHARACTERS,
    },
    TARGET: {"pattern": f"^{ADDRESS}"},
    START_TIMEOUT: {"pattern": f"^{SECONDS}$"},
    PRIORITY: {"enum": list(PRIORITIES)},
    CANCEL_AFTER: {"pattern": f"^{DURATION}$"},
}
"""Schemas of headers that are refused if they do not match."""
NEEDED = {TARGET}
"""Headers that must be there."""
UNPROMISED = {"Idempotency-Key"}
"""Headers whose schema cannot promise that they are accepted: the second use of a key with other
parameters is refused. They are under `x-headers`, where tools do not generate values."""

HEADERS: dict[Any, dict[str, str]] = {
    AcceptedResponse: {"Location": "The whole record of the request."},
    ContentRecordResponse: {"ETag": "Changes with the record: send it as `If-None-Match`."},
    401: {"WWW-Authenticate": "How to authenticate."},
    405: {"Allow": "The methods that work."},
    416: {"Content-Range": "How many bytes there are."},
    429: {
        "Retry-After": "Seconds until another attempt makes sense.",
        "RateLimit": "How many requests, or places in the queue, are left.",
        "RateLimit-Policy": "The limit itself.",
    },
    503: {"Retry-After": "Seconds until another attempt makes sense."},
}
"""Documented headers, by the status of a problem or the struct that is sent."""


def document(
    endpoints: Sequence[Endpoint], version: str, http: HttpConfig, path: str = ""
) -> dict[str, Any]:
    """The OpenAPI document of these endpoints under these limits, as JSON-ready objects.

    `path` is the prefix of the service.
    """
    structs: set[type[msgspec.Struct]] = {WebhookEvent}
    structs |= {struct for endpoint in endpoints for struct in _structs(endpoint)}
    _, components = msgspec.json.schema_components(
        structs, schema_hook=schema_of(http), ref_template=REF
    )
    schemas = {_public(name): _with_public_names(schema) for name, schema in components.items()}
    for struct in structs:
        name = schema_name(struct)
        if issubclass(struct, Parameters) and struct.REQUIRES:
            schemas[name]["allOf"] = list(_together(struct))
        if issubclass(struct, Parameters):
            schemas[name] = loose = _loosely(schemas[name])
            schemas[name + FORM] = _as_form(loose)
    for name, schema in schemas.items():
        describe(name.removesuffix(FORM), schema)
    paths: dict[str, dict[str, Any]] = {}
    sockets: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        # OpenAPI cannot describe a WebSocket: as a path it would promise an answer to a plain GET
        place = sockets if SWITCHING in endpoint.gives else paths
        place.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Feedmill",
            "version": version,
            "description": f"Turns prompts into posts and posts into feeds. {ANYWHERE}",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": path or "/"}],
        "tags": [{"name": name, "description": text} for name, text in GROUPS.items()],
        "paths": paths,
        "x-websockets": sockets,
        "webhooks": webhooks({"$ref": REF.format(name=schema_name(WebhookEvent))}, WEBHOOK_EVENT),
        "components": {
            "schemas": {
                **schemas,
                "Problem": PROBLEM,
                "OpenAIError": OPENAI_ERROR,
                "FalError": FAL_ERROR,
            },
            "securitySchemes": SECURITY,
        },
    }


def schema_name(struct: type[msgspec.Struct]) -> str:
    """The name of a struct in the document, and so of a class in a generated client."""
    return _public(struct.__name__)


def operation_id(endpoint: Endpoint) -> str:
    """The handler's name in camel case: the name of a method in a generated client."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), endpoint.handler.__name__)


def _public(name: str) -> str:
    """A class name without the suffix that says in which direction the struct is sent."""
    return name.removesuffix("Response").removesuffix("Parameters")


def _with_public_names(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose title and references have public names."""
    text = msgspec.json.encode(schema).decode()
    text = re.sub(r'(?<="\$ref":")([^"]*/)(\w+)', lambda match: match[1] + _public(match[2]), text)
    renamed: dict[str, Any] = msgspec.json.decode(text)
    if "title" in renamed:
        renamed["title"] = _public(renamed["title"])
    return renamed


def _structs(endpoint: Endpoint) -> Iterable[type[msgspec.Struct]]:
    shapes = [inner for shape in endpoint.gives.values() for inner in _several(shape)]
    for shape in (endpoint.takes, *shapes):
        inner = get_args(shape)[0] if get_origin(shape) is list else shape
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield inner


def _several(shape: Any) -> Sequence[Any]:
    return shape if isinstance(shape, tuple) else (shape,)


def _together(struct: type[Parameters]) -> Iterable[dict[str, Any]]:
    """Parameters that need another one, as JSON Schema."""
    for name, other in struct.REQUIRES.items():
        needs = other.replace("_", "-")
        yield {
            "if": {"properties": {name: {"enum": [True, 1]}}, "required": [name]},
            "then": {"required": [needs], "properties": {needs: {"not": {"type": "null"}}}},
        }


def _operation(endpoint: Endpoint, schemas: Mapping[str, Any]) -> dict[str, Any]:
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
        operation["responses"][str(status)] = _problem(endpoint.path, status, kinds)
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
    objects = {*schema["properties"]} - {*_as_form(schema)["properties"]}
    forms = () if objects & {*needed} else FORMS  # a form has no objects
    operation["requestBody"] = {
        "description": ANYWHERE,
        "required": bool(needed),
        "content": {"application/json": json, **dict.fromkeys(forms, form)},
    }


def _loosely(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of parameters, with all accepted truth values."""
    properties = {name: _loose(value) for name, value in schema["properties"].items()}
    return {**schema, "properties": properties}


def _loose(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") == "boolean":
        return {"enum": TRUTH}
    if {"type": "boolean"} in value.get("anyOf", ()):
        return {**value, "anyOf": [_loose(alternative) for alternative in value["anyOf"]]}
    return value


def _as_form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema for a form, where everything is text: null is a word, objects are JSON."""
    properties = {}
    for name, value in schema["properties"].items():
        some = [one for one in _alternatives(value) if one.get("type") != "array"]
        kinds = {alternative.get("type") for alternative in some}
        if "object" in kinds or kinds <= {"null"}:
            continue
        if "null" in kinds:
            values = [alternative for alternative in some if alternative.get("type") != "null"]
            value = {"anyOf": values if "string" in kinds else [*values, NULL]}  # noqa: PLW2901 - as a form has it
        properties[name] = value
    needed = [name for name in schema.get("required", ()) if name in properties]
    return {**schema, "properties": properties, "required": needed}


def _alternatives(schema: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if "anyOf" not in schema:
        yield schema
    for alternative in schema.get("anyOf", ()):
        yield from _alternatives(alternative)


def _gives(endpoint: Endpoint, status: int, shape: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": {}}
    operation_links = links(operation_id(endpoint), status)
    if operation_links:
        described["links"] = operation_links
    for body in _several(shape):
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
    return described | _headers(shape)


def _problem(path: str, status: int, kinds: Sequence[ProblemType]) -> dict[str, Any]:
    problems = {kind.slug: members(kind, kind.help) for kind in kinds}
    name, content_type = "Problem", CONTENT_TYPE
    for door, error in FOREIGN_ERRORS.items():
        if path.startswith(door.PATHS):
            name, content_type = error, door.CONTENT_TYPE
            problems = {slug: door.body(body, slug) for slug, body in problems.items()}
    examples = {slug: {"value": body} for slug, body in problems.items()}
    schema = {"$ref": REF.format(name=name)}
    return {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {content_type: {"schema": schema, "examples": examples}},
    } | _headers(status)


def _headers(of: Any) -> dict[str, Any]:
    if of not in HEADERS:
        return {}
    return {
        "headers": {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in HEADERS[of].items()
        }
    }
