"""The input of a model, as the APIs of models have it: a prompt, and fields with many names."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta

from service.config import HttpConfig
from service.generators.protocol import CHAT, ChatRequest, Turn
from service.http.calls.accepting import CallParameters
from service.http.parameters.parse import refusal
from service.http.parameters.types import SIZE, Prompt, Size, Temperature, checked_text
from service.http.parameters.validation import checked, convert
from service.messages import PARTS, Options, Tag

MAX_TOKENS = 4096  # of a text, as in the options of `POST /content`
RATIO_PIXELS = 1024 * 1024  # of a picture whose ratio alone is given
_NUMBER = "([1-9]|[12][0-9]|3[0-2])"  # a side of 2048 pixels is at most 32 times one of 64
RATIO = f"{_NUMBER}:{_NUMBER}"
CUSTOM = "custom"  # the ratio of those who send both sides
MAX_SIDE_PIXELS = 2048  # pixels of a side
STEP_PIXELS = 16  # that sides are multiples of
SIZES = {
    "square_hd": "1024x1024",
    "square": "512x512",
    "portrait_4_3": "768x1024",
    "portrait_16_9": "576x1024",
    "landscape_4_3": "1024x768",
    "landscape_16_9": "1024x576",
}
"""Names of sizes, as fal has them."""

SIZE_FIELDS = ("image_size", "width", "height", "aspect_ratio", "size")
"""Fields that a size comes from, the first that is set."""

Names = str | Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=4)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Side = Annotated[int, Meta(ge=64, le=2048)]
One = Annotated[int, Meta(ge=1, le=1)]
"""How many results: a call has one."""


class Unsupported(str):
    """A field that would change the result and cannot be honoured: only empty values pass."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if value:
            raise ValueError("This service cannot honour it: leave it out.")
        return cls()

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {"type": "string", "maxLength": 0}


class PictureSize(msgspec.Struct):
    """The sides of a picture in pixels."""

    width: Side
    height: Side


class AspectRatio(str):
    """The ratio of a picture's sides."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        is_ratio = isinstance(value, str) and (value == CUSTOM or re.fullmatch(RATIO, value))
        if not is_ratio:
            raise ValueError("Must be a ratio of two numbers up to 32, such as 16:9.")
        return cls(value)

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^({RATIO}|{CUSTOM})$"}


class SizeName(str):
    """Width and height of a picture, or a name that fal has for them."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, http: HttpConfig) -> Self:
        if not isinstance(value, str):
            sides = convert(value, PictureSize, http)
            return cls(f"{sides.width}x{sides.height}")
        try:
            return cls(Size.parse(SIZES.get(value, value), http))
        except ValueError:
            raise ValueError(f"Must be WIDTHxHEIGHT or one of {', '.join(SIZES)}.") from None

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        side = {"type": "integer", "minimum": 64, "maximum": 2048}
        sides = {"type": "object", "required": ["width", "height"]}
        named = {"type": "string", "pattern": f"^({SIZE}|{'|'.join(SIZES)})$"}
        return {"anyOf": [named, {**sides, "properties": {"width": side, "height": side}}]}


class ModelInput(CallParameters, kw_only=True):
    """A prompt, how to write or draw it, and Feedmill's own fields."""

    prompt: Prompt
    system_prompt: str | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_new_tokens: Annotated[int, Meta(ge=1)] | None = None
    temperature: Temperature | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    stop: Names | None = None
    stop_sequences: Names | None = None
    width: Side | None = None
    height: Side | None = None
    aspect_ratio: AspectRatio | None = None
    image_size: SizeName | None = None
    n: One | None = None
    num_images: One | None = None
    num_outputs: One | None = None
    image: Unsupported | None = None
    image_input: Unsupported | None = None
    image_prompt: Unsupported | None = None
    image_url: Unsupported | None = None
    image_urls: Unsupported | None = None
    images: Unsupported | None = None
    init_image: Unsupported | None = None
    input_image: Unsupported | None = None
    input_images: Unsupported | None = None
    control_image: Unsupported | None = None
    control_image_url: Unsupported | None = None
    mask: Unsupported | None = None
    mask_image: Unsupported | None = None
    mask_url: Unsupported | None = None
    audio: Unsupported | None = None
    audio_url: Unsupported | None = None
    video: Unsupported | None = None
    video_url: Unsupported | None = None
    tools: Unsupported | None = None
    logprobs: Unsupported | None = None
    loras: Unsupported | None = None
    negative_prompt: Unsupported | None = None

    def field_of(self, ability: str) -> str:
        """What this input calls the field that needs an ability."""
        names = {
            "stop": "stop_sequences" if self.stop_sequences and not self.stop else "stop",
            "max_tokens": "max_tokens" if self.max_tokens else "max_new_tokens",
            "size": next(name for name in SIZE_FIELDS if name == "size" or getattr(self, name)),
        }
        return names.get(ability, ability)


def with_own_fields(
    values: Mapping[str, Any], parameters: CallParameters, names: Container[str]
) -> dict[str, Any]:
    """The fields of a model's input, and those of Feedmill's own that stand beside it: these win.

    `names` are the own fields that may stand there, as requests spell them.
    """
    beside = {
        field.encode_name: value
        for field in msgspec.structs.fields(CallParameters)
        if field.encode_name in names and (value := getattr(parameters, field.name)) is not None
    }
    return {**values, **beside}


def read_model_input(
    values: Mapping[str, Any], http: HttpConfig, names: Mapping[str, str] = MappingProxyType({})
) -> ModelInput:
    """The input of a model.

    Raises Problem with every invalid field; `names` maps fields to their names in the API.
    """
    try:
        return convert(values, ModelInput, http)  # type: ignore[no-any-return] # as the type says
    except msgspec.ValidationError:
        wrong = checked(values, ModelInput, http)[1]
        raise refusal({names.get(name, name): why for name, why in wrong.items()}) from None


def options_of(given: ModelInput, tag: Tag, http: HttpConfig) -> Options:
    """The options of the job. Raises Problem."""
    options: Options = {}
    if "image" in PARTS[tag] and (size := _size(given)):
        options["size"] = size
    if "text" not in PARTS[tag]:
        return options
    longest = given.max_tokens or given.max_new_tokens
    if longest is not None:
        options["max_tokens"] = min(longest, MAX_TOKENS)
    if given.temperature is not None:
        options["temperature"] = given.temperature
    chat = ChatRequest(
        _turns(given, http),
        _stop(given),
        given.top_p,
        given.presence_penalty,
        given.frequency_penalty,
    )
    if chat != ChatRequest():
        options[CHAT] = msgspec.json.encode(chat).decode()
    return options


def _turns(given: ModelInput, http: HttpConfig) -> tuple[Turn, ...]:
    system = given.system_prompt
    if system is None or not system.strip():
        return ()
    try:
        checked_text(system + given.prompt, http.max_prompt)
    except ValueError as wrong:
        raise refusal({"system_prompt": f"With the prompt: {wrong}"}) from None
    return Turn("system", system), Turn("user", str(given.prompt))


def _stop(given: ModelInput) -> tuple[str, ...]:
    if isinstance(given.stop, str):
        return (given.stop,) if given.stop else ()
    if given.stop:
        return tuple(given.stop)
    words = given.stop_sequences or ()
    return tuple(filter(None, words.split(",") if isinstance(words, str) else words))[:4]


def _size(given: ModelInput) -> str | None:
    if given.image_size:
        return str(given.image_size)
    if given.width or given.height:
        return f"{given.width or given.height}x{given.height or given.width}"
    ratio = re.fullmatch(RATIO, given.aspect_ratio or "")
    return None if ratio is None else _of_ratio(int(ratio[1]) / int(ratio[2]))


def _of_ratio(ratio: float) -> str:
    """A size of about a million pixels, if the longer side can be long enough."""
    longer = min(MAX_SIDE_PIXELS, (RATIO_PIXELS * max(ratio, 1 / ratio)) ** 0.5)
    sides = (longer, longer / ratio) if ratio > 1 else (longer * ratio, longer)
    width, height = (round(side / STEP_PIXELS) * STEP_PIXELS for side in sides)
    return f"{width}x{height}"


NOT_HONOURED = frozenset(
    field.name for field in msgspec.structs.fields(ModelInput) if field.type == Unsupported | None
)
"""The fields that are refused."""
