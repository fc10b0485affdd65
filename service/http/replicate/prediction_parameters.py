"""The parameters of predictions: the input of a model, and how long to wait for it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from aiohttp import web
from msgspec import Meta

from service.config import HttpConfig
from service.http.calls.accepting import AnyParameters, CallParameters
from service.http.calls.model_input import ModelInput, read_model_input, with_own_fields
from service.http.parameters.parse import refusal
from service.http.parameters.types import Cursor, Prompt, Webhook
from service.http.parameters.validation import from_json

CANCEL_AFTER = "Cancel-After"
DURATION = "(?=.*[1-9])(?:([0-9]{1,3})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,7})s?)?"
"""A deadline as clients write it: less than a year."""
OWN = ("user-id", "publish", "priority", "start-by", "finish-by", "webhook")
"""Feedmill's own fields, which may be in the input or beside it."""
PICTURE_FIELDS = {"width", "height", "aspect_ratio", "num_inference_steps", "guidance_scale"}
"""Fields that only models of pictures have: they tell what an unknown model makes."""

Name = Annotated[str, Meta(max_length=300)]


class PredictionInput(dict[str, Any]):
    """The input of a model; in a query or a form it is a JSON object as text."""

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if isinstance(value, str):
            value = from_json(value)
        if not isinstance(value, dict):
            raise ValueError("Must be a JSON object.")  # noqa: TRY004 - msgspec wants a ValueError
        return cls(value)

    @classmethod
    def schema(cls, http: HttpConfig) -> dict[str, Any]:
        prompt = Prompt.schema(http)
        return {"type": "object", "required": ["prompt"], "properties": {"prompt": prompt}}


class CreateModelPredictionParameters(CallParameters, kw_only=True):
    """The input of a model."""

    input: PredictionInput
    webhook_completed: Webhook | None = None
    webhook_events_filter: list[str] | None = None
    stream: bool | None = None


class CreatePredictionParameters(CreateModelPredictionParameters, kw_only=True):
    """The input of a version of a model."""

    version: Name


class ListPredictionsParameters(AnyParameters):
    """Where the page begins."""

    cursor: Cursor | None = None


def input_of(parameters: CreateModelPredictionParameters, http: HttpConfig) -> ModelInput:
    """The input of the model, with Feedmill's own fields from beside it. Raises Problem."""
    values = with_own_fields(parameters.input, parameters, OWN)
    if parameters.webhook is None and parameters.webhook_completed is not None:
        values["webhook"] = parameters.webhook_completed
    return read_model_input(values, http)


def cancel_after(request: web.Request) -> float | None:
    """The seconds in the header `Cancel-After`: `90`, `90s`, `1m30s`. Raises Problem."""
    text = request.headers.get(CANCEL_AFTER)
    if text is None:
        return None
    parts = re.fullmatch(DURATION, text, re.ASCII)
    if parts is None:
        raise refusal({CANCEL_AFTER: "Must be a duration such as 90s or 1m30s."})
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return float(3600 * hours + 60 * minutes + seconds)
