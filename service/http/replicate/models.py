"""`/replicate/v1/models`: a model and its version, with the schema of its input and output."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from aiohttp import web

from service.http.api.responses import json_reply
from service.http.calls.accepting import AnyParameters
from service.http.calls.kept import root_of
from service.http.calls.model_input import NOT_HONOURED, ModelInput
from service.http.calls.model_names import named_model, tag_of
from service.http.parameters.parse import parse_parameters
from service.http.parameters.validation import schema_of
from service.http.replicate.prediction import PREFIX
from service.http.services import Services, services_of
from service.messages import Tag

CREATED = "2026-11-01T00:00:00.000000Z"  # clients expect a time and do not use it
URI = {"type": "string", "format": "uri", "title": "Output"}
OUTPUTS: dict[Tag, dict[str, Any]] = {
    "text": {"type": "string", "title": "Output"},
    "image": URI,
    "instagram": {
        "type": "object",
        "title": "Output",
        "required": ["text", "image"],
        "properties": {"text": {"type": "string"}, "image": URI},
    },
}
INTERNAL = {*NOT_HONOURED, "n", "num_images", "num_outputs", "image_size", "max_new_tokens"}
"""Fields that the schema of the input leaves out."""


class ModelVersionResponse(msgspec.Struct):
    """The one version of a model."""

    id: str
    openapi_schema: dict[str, Any]
    created_at: str = CREATED
    cog_version: str = "0.0.0"


class HostedModelResponse(msgspec.Struct):
    """A model; every name is accepted as one."""

    url: str
    owner: str
    name: str
    description: str
    latest_version: ModelVersionResponse
    visibility: Literal["public"] = "public"
    github_url: None = None
    paper_url: None = None
    license_url: None = None
    run_count: int = 0
    cover_image_url: None = None
    default_example: None = None


class ModelVersionPageResponse(msgspec.Struct):
    """The versions of a model: it has one."""

    results: list[ModelVersionResponse]
    next: None = None
    previous: None = None


async def get_hosted_model(request: web.Request) -> web.StreamResponse:
    """A model with the schema of its input and output. Any name is accepted."""
    await parse_parameters(request, AnyParameters)
    owner, name = request.match_info["owner"], request.match_info["name"]
    tag = _tag(request, f"{owner}/{name}")
    version = _version(services_of(request), tag, tag)
    url = f"{root_of(request)}{PREFIX}/models/{owner}/{name}"
    return json_reply(
        HostedModelResponse(
            _plain(url), _plain(owner), _plain(name), f"Makes {WHAT[tag]}.", version
        )
    )


async def get_model_version(request: web.Request) -> web.StreamResponse:
    """A version of a model, with the schema of its input and output."""
    await parse_parameters(request, AnyParameters)
    info = request.match_info
    tag = _tag(request, f"{info['owner']}/{info['name']}")
    return json_reply(_version(services_of(request), tag, _plain(info["version"])))


async def list_model_versions(request: web.Request) -> web.StreamResponse:
    """The versions of a model."""
    await parse_parameters(request, AnyParameters)
    info = request.match_info
    tag = _tag(request, f"{info['owner']}/{info['name']}")
    return json_reply(ModelVersionPageResponse([_version(services_of(request), tag, tag)]))


def _tag(request: web.Request, name: str) -> Tag:
    model = named_model(name, services_of(request).config())
    return model.kind if model else tag_of(name, "text")


WHAT: dict[Tag, str] = {"text": "texts", "image": "pictures", "instagram": "texts with pictures"}


def _version(services: Services, tag: Tag, id_: str) -> ModelVersionResponse:
    hook = schema_of(services.config().http)
    _, components = msgspec.json.schema_components(
        [ModelInput], schema_hook=hook, ref_template="#/components/schemas/{name}"
    )
    given = components["ModelInput"]
    fields = {name: value for name, value in given["properties"].items() if name not in INTERNAL}
    schemas = {
        "Input": {
            "type": "object",
            "title": "Input",
            "required": given["required"],
            "properties": {
                name: {**value, "x-order": order}
                for order, (name, value) in enumerate(fields.items())
            },
        },
        "Output": OUTPUTS[tag],
    }
    document = {
        "openapi": "3.0.2",
        "info": {"title": "Feedmill", "version": services.monitor.version},
        "components": {"schemas": schemas},
    }
    return ModelVersionResponse(id_, document)


def _plain(text: str) -> str:
    """A part of a path, without lone surrogates."""
    return text.encode(errors="backslashreplace").decode()
