"""The parameters of a response, and what is made of them: a prompt with options."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.config import HttpConfig
from service.generators.protocol import CHAT, ChatRequest, Turn
from service.http.calls.kept import Kept, keep
from service.http.openai.calls import (
    NAMES,
    Background,
    OpenAIParameters,
    OutputFormat,
    size_option,
)
from service.http.openai.chat.parameters import MAX_TOKENS
from service.http.openai.conversation import InputMessage, Messages, ModelName, turns_of
from service.http.parameters.parse import Parameters, refusal
from service.http.parameters.types import Temperature
from service.messages import Options, Tag

IMAGE_TOOL = "image_generation"
NOT_HONOURED = ("previous_response_id", "conversation", "prompt", "top_logprobs")
"""Fields that would change the answer and cannot be honoured; other unknown ones are ignored."""

LOGPROBS = "message.output_text.logprobs"

Metadata = Annotated[
    dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]],
    Meta(max_length=16),
]


class ResponseTool(msgspec.Struct, omit_defaults=True):
    """A tool of a response, and how it is to draw."""

    type: str
    size: str | None = None
    output_format: OutputFormat | None = None
    background: Background | None = None
    input_image_mask: Any = None


class CreateResponseParameters(OpenAIParameters, kw_only=True):
    """A text, or a caption and a picture, to answer with."""

    input: str | Messages
    instructions: str | None = None
    model: ModelName = "text"
    background: bool | None = None
    stream: bool | None = None
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    max_output_tokens: Annotated[int, Meta(ge=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    tools: Annotated[list[ResponseTool], Meta(max_length=8)] | None = None
    tool_choice: Any = None
    include: list[str] | None = None
    top_logprobs: int | None = None
    text: dict[str, Any] | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    prompt: Any = None

    @property
    def usable_tools(self) -> list[ResponseTool]:
        """The tools, unless the client forbids their use."""
        return [] if self.tool_choice == "none" else self.tools or []

    @property
    def tag(self) -> Tag:
        """What to make: the tool for pictures adds one to the text."""
        return NAMES.get(self.model) or ("instagram" if self.usable_tools else "text")

    def field_of(self, ability: str) -> str:
        """What this API calls the field that needs an ability."""
        names = {"response_format": "text", "max_tokens": "max_output_tokens", "size": "tools"}
        return names.get(ability, ability)


class GetResponseParameters(Parameters, rename=None, forbid_unknown_fields=False):
    """Whether to follow the response, and after which of its events."""

    stream: bool = False
    starting_after: Annotated[int, Meta(ge=0)] | None = None


class KeptResponse(Kept):
    """What is kept with the request and returned."""

    door: str = "openai"
    model: str = ""
    instructions: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    background: bool = False
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    tools: list[dict[str, Any]] = msgspec.field(default_factory=list)
    text: dict[str, Any] | None = None
    """The wanted form, if it is not plain text."""


def refuse_unsupported(parameters: CreateResponseParameters) -> None:
    """Raises Problem for fields that would change the answer and that no generator honours."""
    for name in NOT_HONOURED:
        if getattr(parameters, name):
            raise refusal({name: "This service cannot honour it: leave it out."})
    if LOGPROBS in (parameters.include or ()):
        raise refusal({"include": f"This service has no {LOGPROBS}: leave it out."})
    for tool in parameters.tools or ():
        if tool.type != IMAGE_TOOL:
            raise refusal({"tools": f"The only tool is {IMAGE_TOOL}."})
        if tool.background == "transparent" or tool.input_image_mask:
            raise refusal({"tools": "Pictures here are opaque, and made without other pictures."})


def form_of(parameters: CreateResponseParameters) -> dict[str, Any] | None:
    """The form of the text, as chat completions have it; None for plain text."""
    form = (parameters.text or {}).get("format")
    if not isinstance(form, dict) or form.get("type") in (None, "text"):
        return None
    if not isinstance(form["type"], str):
        raise refusal({"text": "format: The type must be text."})
    if form["type"] != "json_schema":
        return form
    schema = {name: value for name, value in form.items() if name != "type"}
    return {"type": "json_schema", "json_schema": schema}


def conversation(parameters: CreateResponseParameters, longest: int) -> list[Turn]:
    """The input as texts, after the instructions. Raises Problem."""
    content = parameters.input
    messages = [InputMessage("user", content)] if isinstance(content, str) else content
    if parameters.instructions:
        messages = [InputMessage("system", parameters.instructions), *messages]
    return turns_of(messages, longest, "input", form_of(parameters), "text")


def keep_for_webhook(options: Options, parameters: OpenAIParameters, model: str) -> Options:
    """The options of another call, which its webhook will name as a response."""
    return options if parameters.webhook is None else keep(options, KeptResponse(model=model))


def options_of(
    parameters: CreateResponseParameters, turns: list[Turn], http: HttpConfig
) -> Options:
    """The options of the job, and what is kept for the client."""
    longest = parameters.max_output_tokens
    options: Options = {}
    for tool in parameters.usable_tools:
        options |= size_option(tool.size, http, "tools")
    if longest is not None:
        options["max_tokens"] = min(longest, MAX_TOKENS)
    if parameters.temperature is not None:
        options["temperature"] = parameters.temperature
    chat = ChatRequest(
        tuple(turns) if len(turns) > 1 else (),
        top_p=parameters.top_p,
        response_format=form_of(parameters),
    )
    if chat != ChatRequest():
        options[CHAT] = msgspec.json.encode(chat).decode()
    return keep(
        options,
        KeptResponse(
            model=parameters.model,
            instructions=parameters.instructions,
            metadata=parameters.metadata or {},
            background=bool(parameters.background),
            max_output_tokens=longest,
            temperature=parameters.temperature,
            top_p=parameters.top_p,
            tools=msgspec.to_builtins(parameters.usable_tools),
            text=parameters.text if form_of(parameters) else None,
        ),
    )
