"""The API document (OpenAPI 3.1), made from the route table and the structs that validate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args, get_origin

import msgspec

from service.config import HttpConfig
from service.http.endpoint import Endpoint
from service.http.guards.access import QUERY_KEY
from service.http.openapi.examples import WEBHOOK_EVENT
from service.http.openapi.field_descriptions import describe
from service.http.openapi.groups import GROUPS
from service.http.openapi.operations import ANYWHERE, operation_of, several
from service.http.openapi.problem_responses import FAL_ERROR, OPENAI_ERROR, PROBLEM
from service.http.openapi.schemas import (
    FORM,
    REF,
    as_form,
    loosely,
    parameters_together,
    public_name,
    schema_name,
    with_public_names,
)
from service.http.openapi.webhook_schema import WebhookEvent, webhooks
from service.http.parameters.parse import Parameters
from service.http.parameters.validation import schema_of
from service.installation import PROGRAM

SWITCHING_PROTOCOLS_STATUS = 101  # the status that a WebSocket begins with
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
    schemas = {public_name(name): with_public_names(schema) for name, schema in components.items()}
    for struct in structs:
        name = schema_name(struct)
        if issubclass(struct, Parameters) and struct.REQUIRES:
            schemas[name]["allOf"] = list(parameters_together(struct))
        if issubclass(struct, Parameters):
            schemas[name] = loose = loosely(schemas[name])
            schemas[name + FORM] = as_form(loose)
    for name, schema in schemas.items():
        describe(name.removesuffix(FORM), schema)
    paths: dict[str, dict[str, Any]] = {}
    sockets: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        # OpenAPI cannot describe a WebSocket: as a path it would promise an answer to a plain GET
        place = sockets if SWITCHING_PROTOCOLS_STATUS in endpoint.gives else paths
        place.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation_of(
            endpoint, schemas
        )
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


def _structs(endpoint: Endpoint) -> Iterable[type[msgspec.Struct]]:
    shapes = [inner for shape in endpoint.gives.values() for inner in several(shape)]
    for shape in (endpoint.takes, *shapes):
        inner = get_args(shape)[0] if get_origin(shape) is list else shape
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield inner
