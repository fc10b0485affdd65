"""Parameter types with more rules than their JSON type, which the API document shows.

Each has `parse`, which raises ValueError with a reason for the client.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta

from service.config import HttpConfig
from service.generators.protocol import CHAT, CHAT_FIELDS, ChatRequest, Turn
from service.http.parameters.validation import checked, from_json, schema_of
from service.request_ids import ID, time_of_id
from service.webhooks.targets import MAX_URL_CHARACTERS, webhook_url

SEED_BITS = 31
LARGEST_SEED = 2**SEED_BITS - 1
MAX_USER_ID_CHARACTERS = 200
MAX_REQUEST_ID_CHARACTERS = 200  # real ids are much shorter

VISIBLE = r"^[^\u0000]*[^\u0000\s][^\u0000]*$"
"""Text that is not blank and has no NUL, which SQLite and terminals take for an end."""

WEBHOOK = (
    r"^https?://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z]{2,59}(:[1-9][0-9]{0,3})?"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:/?-]*)?$"
)
"""URLs that need no further check. Addresses, one-word names and non-ASCII are accepted as well."""

_SIDE = "(6[4-9]|[7-9][0-9]|[1-9][0-9]{2}|1[0-9]{3}|20[0-3][0-9]|204[0-8])"  # 64 … 2048 pixels
SIZE = f"{_SIDE}x{_SIDE}"


class Prompt(str):
    """What a post is about."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, http: HttpConfig) -> Self:
        return cls(checked_text(value, http.max_prompt))

    @classmethod
    def schema(cls, http: HttpConfig) -> dict[str, Any]:
        return text_schema(http.max_prompt, "What the post is about.")


class UserId(str):
    """The owner of a post or a feed; a number counts as its digits."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if type(value) in (int, float) and -(2**63) <= value < 2**63 and value == int(value):
            value = str(int(value))  # 7.0 is an integer in JSON
        return cls(checked_text(value, MAX_USER_ID_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        text = text_schema(MAX_USER_ID_CHARACTERS, "Id of a user: any text, or an integer.")
        return {"anyOf": [text, {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}]}


class RequestId(str):
    """The id that `POST /content` answered with."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        return cls(checked_text(value, MAX_REQUEST_ID_CHARACTERS))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return text_schema(MAX_REQUEST_ID_CHARACTERS, "The `RequestId` that `POST /content` gave.")


class Webhook(str):
    """The URL that gets the final event of a request."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        return cls(webhook_url(checked_text(value, MAX_URL_CHARACTERS)))

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "format": "uri",
            "pattern": WEBHOOK,
            "maxLength": MAX_URL_CHARACTERS,
            "description": "A URL that gets the result, signed after Standard Webhooks. It must "
            "not lead to a private address, nor have a user name, a password or a fragment.",
            "examples": ["https://example.com/feedmill"],
        }


class Cursor(str):
    """Where a page of requests ended: the `next` that came with it."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if not isinstance(value, str) or time_of_id(value) is None:
            raise ValueError("Must be the `next` of another page.")
        return cls(value)

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": f"^{ID}$",
            "description": "The `next` of the previous page.",
        }


class PostCursor(int):
    """Where a page of a feed ended: microseconds since 1970, which clients need not know."""

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if type(value) not in (str, int) or not re.fullmatch(r"[0-9]{1,16}", str(value)):
            raise ValueError("Must be the one in the `Link` of another page.")
        return cls(value)

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": "^[0-9]{1,16}$",
            "description": "From the `Link` of the previous page: POST to its address unchanged.",
        }


class Size(str):
    """Width and height of a picture."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if not (isinstance(value, str) and re.fullmatch(SIZE, value)):
            raise ValueError("Must be WIDTHxHEIGHT with sides of 64 to 2048 pixels.")
        return cls(value)

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": f"^{SIZE}$",
            "description": "Pictures: width and height in pixels, each 64 to 2048.",
            "examples": ["1080x1080"],
        }


MAX_WAIT_SECONDS = 60
Wait = Annotated[
    float, Meta(ge=1, le=MAX_WAIT_SECONDS, description="Seconds to wait until the state is final.")
]
EventId = Annotated[
    int, Meta(ge=0, le=2**53, description="The id of the last known event; 0 for none.")
]
Deadline = Annotated[
    float, Meta(gt=0, le=31_536_000, description="Seconds from now; then the request expires.")
]
Seed = Annotated[int, Meta(ge=0, le=LARGEST_SEED, description="The same seed, the same result.")]
MaxTokens = Annotated[
    int,
    Meta(
        ge=1,
        le=4096,
        description="Texts: tokens of the answer at most, each about three quarters of a word.",
    ),
]
Temperature = Annotated[
    float,
    Meta(ge=0, le=2, description="Texts: 0 for always the likeliest word, 2 for unlikely ones."),
]

Style = Annotated[
    Literal["scene", "poster", "auto"],
    Meta(
        description="Pictures by the illustrator: `scene` draws what the prompt names, `poster` "
        "sets its words in type, `auto` (the default) makes posters of announcements, "
        "invitations, offers, quotes, and of what can hardly be drawn."
    ),
]


_StopWord = Annotated[str, Meta(min_length=1, max_length=200)]
_Penalty = Annotated[
    float, Meta(ge=-2, le=2, description="Texts: above 0 against what is there already.")
]


class GeneratorOptions(msgspec.Struct, forbid_unknown_fields=True):
    """Options for the generator besides the prompt, if it can honour them: else they are refused.

    A key that is not set has the default of the generator in config.toml. Options for texts have
    no effect on pictures, and the other way round.
    """

    max_tokens: MaxTokens | None = None
    temperature: Temperature | None = None
    top_p: (
        Annotated[float, Meta(ge=0, le=1, description="Texts: the share of likely words.")] | None
    ) = None
    presence_penalty: _Penalty | None = None
    frequency_penalty: _Penalty | None = None
    stop: (
        Annotated[
            list[_StopWord], Meta(max_length=4, description="Texts: words that end the text.")
        ]
        | None
    ) = None
    response_format: (
        Annotated[dict[str, Any], Meta(description="Texts: their form, as in OpenAI's chat API.")]
        | None
    ) = None
    messages: (
        Annotated[
            list[Turn], Meta(max_length=100, description="Texts: what was said before the prompt.")
        ]
        | None
    ) = None
    size: Size | None = None
    style: Style | None = None


class Options(dict[str, int | float | str]):
    """Generator options that are set; in a query or a form they are a JSON object as text."""

    NAMES = frozenset(field.encode_name for field in msgspec.structs.fields(GeneratorOptions))

    @classmethod
    def parse(cls, value: Any, http: HttpConfig) -> Self:
        if isinstance(value, str):
            value = from_json(value)
        if not isinstance(value, dict):
            raise ValueError("Must be a JSON object.")  # noqa: TRY004 - msgspec wants a ValueError
        options, wrong = checked(value, GeneratorOptions, http)
        if wrong:
            raise ValueError(" ".join(f"{name}: {reason}" for name, reason in wrong.items()))
        if sum(len(turn.content) for turn in options.get("messages") or ()) > http.max_prompt:
            raise ValueError(f"messages: At most {http.max_prompt} characters are allowed.")
        chat = ChatRequest(
            **{name: options.pop(name) for name in (*CHAT_FIELDS, "messages") if options.get(name)}
        )
        if chat != ChatRequest():
            options[CHAT] = msgspec.json.encode(chat).decode()
        return cls(set_options(**options))

    @classmethod
    def schema(cls, http: HttpConfig) -> dict[str, Any]:
        [_], schemas = msgspec.json.schema_components(
            [GeneratorOptions], schema_hook=schema_of(http)
        )
        schema = dict(schemas[GeneratorOptions.__name__])
        [turns, *_] = schema["properties"]["messages"]["anyOf"]
        turns["items"] = schemas[Turn.__name__]
        return schema


class Chat(str):
    """A ChatRequest as JSON: what the prompt follows, and the settings of a chat client."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: Any, http: HttpConfig) -> Self:
        chat = msgspec.convert(from_json(value) if isinstance(value, str) else value, ChatRequest)
        if sum(len(turn.content) for turn in chat.messages) > http.max_prompt:
            raise ValueError(f"At most {http.max_prompt} characters are allowed.")
        return cls(msgspec.json.encode(chat).decode())

    @classmethod
    def schema(cls, _http: HttpConfig) -> dict[str, Any]:
        return {
            "type": "object",
            "description": "The conversation that ends with the prompt, as `messages` with `role` "
            "and `content`; and `stop`, `top_p`, `presence_penalty`, `frequency_penalty`, "
            "`response_format` as in OpenAI's chat API.",
        }


def set_options(**options: float | str | None) -> dict[str, int | float | str]:
    """The options that are set, as plain types, because messages contain only these."""
    return {
        name: str(value) if isinstance(value, str) else value
        for name, value in options.items()
        if value is not None
    }


def checked_text(text: Any, longest: int) -> str:
    """The text that a client sent. Raises ValueError if it is blank, too long or has a NUL."""
    if not isinstance(text, str):
        raise ValueError("Must be text.")  # noqa: TRY004 - msgspec wants a ValueError
    if not text.strip():
        raise ValueError("Must not be empty.")
    if len(text) > longest:
        raise ValueError(f"Has {len(text)} characters; at most {longest} are allowed.")
    if "\0" in text:
        raise ValueError("Must not contain the NUL character.")
    return text


def text_schema(longest: int, description: str) -> dict[str, Any]:
    """The same rules as JSON Schema."""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": longest,
        "pattern": VISIBLE,
        "description": description,
    }
