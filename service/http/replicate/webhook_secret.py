"""`/replicate/v1/webhooks/default/secret`: the secret that webhooks are signed with."""

from __future__ import annotations

import msgspec
from aiohttp import web

from service.http.api.responses import json_reply
from service.http.calls.accepting import AnyParameters
from service.http.parameters.parse import parse_parameters
from service.http.services import services_of
from service.webhooks import signing


class WebhookSecretResponse(msgspec.Struct):
    """The secret in the form of Standard Webhooks."""

    key: str


async def get_webhook_secret(request: web.Request) -> web.StreamResponse:
    """The newest secret that webhooks are signed with; only for the scope `admin`."""
    await parse_parameters(request, AnyParameters)
    key = services_of(request).webhook_keys[0]
    headers = {"Cache-Control": "no-store"}
    return json_reply(WebhookSecretResponse(signing.written(key)), headers=headers)
