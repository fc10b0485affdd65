"""`/v1/models`: the names that calls may use."""

from __future__ import annotations

from aiohttp import web

from service.config import Config
from service.http.api.responses import json_reply
from service.http.calls.accepting import AnyParameters
from service.http.guards.access import caller
from service.http.openai.shapes import ModelListResponse, ModelResponse
from service.http.parameters.parse import parse_parameters
from service.http.problems import Problem
from service.http.services import services_of
from service.messages import TAGS
from service.request_ids import new_id

CREATED = 1_790_000_000  # seconds since the epoch: clients expect a number and do not use it


async def list_models(request: web.Request) -> web.StreamResponse:
    """The names that have a meaning here: the kinds of posts, and the configured models.

    Calls accept any other name as well, because programs written for others name theirs.
    """
    await parse_parameters(request, AnyParameters)
    names = _names_for(request)
    models = ModelListResponse([ModelResponse(name, CREATED) for name in names])
    return json_reply(models, headers={"x-request-id": new_id()})


async def get_model(request: web.Request) -> web.StreamResponse:
    """One of the names in the list."""
    await parse_parameters(request, AnyParameters)
    name = request.match_info["model"]
    if name not in _names_for(request):
        raise Problem(
            "not-found", "There is no model of this name.", more={"code": "model_not_found"}
        )
    return json_reply(ModelResponse(name, CREATED), headers={"x-request-id": new_id()})


def _names_for(request: web.Request) -> list[str]:
    """The names without the models that the key of this call may not use."""
    config, permitted = services_of(request).config(), caller(request).models
    hidden = set() if permitted is None else set(config.named) - set(permitted)
    return [name for name in model_names(config) if name not in hidden]


def model_names(config: Config) -> list[str]:
    """The kinds of posts, the named models, then those that have a name at other servers."""
    generators = {"text": config.text.generator, "image": config.image.generator}
    named = [
        str(getattr(config.settings[kind][generator], "model", ""))
        for kind, generator in generators.items()
        if generator == "openai"  # for others `model` is a file, or nothing
    ]
    return list(dict.fromkeys([*TAGS, *config.named, *filter(None, named)]))
