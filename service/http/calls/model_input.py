"""The input of a model, as the APIs of models have it: a prompt, and fields with many names."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.config import HttpConfig
from service.generators.protocol import CHAT, ChatRequest, Turn
from service.http.calls.accepting import CallParameters
from service.http.parameters.parse import refusal
from service.http.parameters.types import Prompt, Size, Temperature, checked_text
from service.messages import PARTS, Options, Tag

MAX_TOKENS = 4096  # of a text, as in the options of `POST /content`
PIXELS = 1024 * 1024  # of a picture whose ratio alone is given
RATIO = re.compile(r"([1-9][0-9]?):([1-9][0-9]?)", re.ASCII)
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

FILES = [
    "image",
    "image_input",
    "image_prompt",
    "image_url",
    "image_urls",
    "images",
    "init_image",
    "input_image",
    "input_images",
    "control_image",
    "control_image_url",
    "mask",
    "mask_image",
    "mask_url",
    "audio",
    "audio_url",
    "video",
    "video_url",
]
NOT_HONOURED = (*FILES, "tools", "logprobs", "loras", "negative_prompt")
"""Fields that would change the result and cannot be honoured; other unknown ones are ignored."""
ONE = ("n", "num_images", "num_outputs")
CHAT_FIELDS = ("top_p", "presence_penalty", "frequency_penalty", "stop")
NEUTRAL: dict[str, Any] = {"top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}

Names = str | Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=4)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Side = Annotated[int, Meta(ge=64, le=2048)]


class PictureSize(msgspec.Struct):
    """The sides of a picture in pixels."""

    width: Side
    height: Side


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
    aspect_ratio: str | None = None
    image_size: str | PictureSize | None = None
    num_images: int | None = None
    num_outputs: int | None = None
    image: Any = None
    image_input: Any = None
    image_prompt: Any = None
    image_url: Any = None
    image_urls: Any = None
    images: Any = None
    init_image: Any = None
    input_image: Any = None
    input_images: Any = None
    control_image: Any = None
    control_image_url: Any = None
    mask: Any = None
    mask_image: Any = None
    mask_url: Any = None
    audio: Any = None
    audio_url: Any = None
    video: Any = None
    video_url: Any = None
    tools: Any = None
    logprobs: Any = None
    loras: Any = None
    negative_prompt: Any = None


def refuse_unsupported(given: ModelInput, tag: Tag, honoured: frozenset[str]) -> None:
    """Raises Problem for fields that would change the result and cannot be honoured."""
    for name in NOT_HONOURED:
        if getattr(given, name):
            raise refusal({name: "This service cannot honour it: leave it out."})
    for name in ONE:
        if getattr(given, name) not in {None, 1}:
            raise refusal({name: "A call has one result: leave it out."})
    if "text" not in PARTS[tag]:
        return
    for name in CHAT_FIELDS:
        value = getattr(given, name) or (given.stop_sequences if name == "stop" else None)
        if name not in honoured and value not in (None, "", [], NEUTRAL.get(name)):
            raise refusal({name: "The configured text generator cannot honour it: leave it out."})


def options_of(given: ModelInput, tag: Tag, http: HttpConfig) -> Options:
    """The options of the job. Raises Problem."""
    options: Options = {}
    if "image" in PARTS[tag] and (size := _size(given, http)):
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


def _size(given: ModelInput, http: HttpConfig) -> str | None:
    wanted = given.image_size
    if isinstance(wanted, PictureSize):
        return f"{wanted.width}x{wanted.height}"
    if isinstance(wanted, str):
        try:
            return str(Size.parse(SIZES.get(wanted, wanted), http))
        except ValueError:
            names = ", ".join(SIZES)
            raise refusal({"image_size": f"Must be WIDTHxHEIGHT or one of {names}."}) from None
    if given.width or given.height:
        return f"{given.width or given.height}x{given.height or given.width}"
    return None if given.aspect_ratio is None else _of_ratio(given.aspect_ratio)


def _of_ratio(wanted: str) -> str:
    ratio = RATIO.fullmatch(wanted)
    if ratio is None:
        raise refusal({"aspect_ratio": "Must be a ratio such as 16:9."})
    width = (PIXELS * int(ratio[1]) / int(ratio[2])) ** 0.5
    sides = (width, PIXELS / width)
    rounded = [round(side / STEP_PIXELS) * STEP_PIXELS for side in sides]
    if not all(64 <= side <= 2048 for side in rounded):
        raise refusal({"aspect_ratio": "Must not be wider than 4:1, or higher than 1:4."})
    return f"{rounded[0]}x{rounded[1]}"
