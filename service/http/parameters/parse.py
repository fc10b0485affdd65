"""Parameters from query, form or JSON body, checked against one struct per endpoint."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import HttpVersion11, web
from yarl import query_to_pairs

from service.http.guards.access import QUERY_KEY, takes_query_key
from service.http.parameters.decompression import content_coding, inflated
from service.http.parameters.multipart import FORM, MAX_FIELDS, form_pairs, longest_body
from service.http.parameters.validation import checked, convert, from_json
from service.http.problems import Problem
from service.http.services import services_of

BODY_TIMEOUT_SECONDS = 30.0  # in which a body must have arrived: slow clients must not pile up
UPLOAD_TIMEOUT_SECONDS = 120.0  # the same, if it may have a picture in it
NO_TEXT = "Is not UTF-8, or holds half of a character."
REPLACED = "\ufffd"  # stands for invalid UTF-8, unless a client sent this very character


class Parameters(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    """The parameters of an endpoint.

    REQUIRES names parameters that need another one; the class checks them in `__post_init__`.
    """

    REQUIRES: ClassVar[Mapping[str, str]] = {}
    FILES: ClassVar[frozenset[str]] = frozenset()
    """Names of parameters that may be files in multipart/form-data: those of type InputImage."""


class EmptyParameters(Parameters):
    """No parameters."""


Shape = TypeVar("Shape", bound=Parameters)


async def parse_parameters(request: web.Request, shape: type[Shape]) -> Shape:
    """The parameters of a request as `shape`. Raises Problem, which names everything wrong.

    Query, form and JSON body all work; if a name comes in query and body, the body wins.
    """
    values = _pairs(request.rel_url.raw_query_string, shape)
    if request.can_read_body:
        uploads = shape.FILES and request.content_type == FORM
        seconds = UPLOAD_TIMEOUT_SECONDS if uploads else BODY_TIMEOUT_SECONDS
        timeout = None if request.content.is_eof() else seconds
        try:
            async with asyncio.timeout(timeout):
                values |= await _body(request, shape)
        except TimeoutError:
            raise Problem(
                "request-timeout",
                f"The body did not arrive within {seconds:g} seconds.",
                headers={"Connection": "close"},
            ) from None
    if QUERY_KEY in values and takes_query_key(request):
        del values[QUERY_KEY]
    http = services_of(request).config().http
    try:
        parameters: Shape = convert(values, shape, http)
    except msgspec.ValidationError:
        right, wrong = checked(values, shape, http)
        for name, other in shape.REQUIRES.items():
            needed = other.replace("_", "-")
            if right.get(name) and right.get(needed) is None:
                wrong.setdefault(needed, f"Missing: `{name}` needs it.")
        raise refusal(wrong) from None
    return parameters


def refusal(wrong: Mapping[str, str]) -> Problem:
    """The problem that names each wrong parameter with the reason."""
    shown = {_printable(name): reason for name, reason in wrong.items()}
    first = next(iter(shown))
    more = f" ({len(shown) - 1} more in errors.)" if len(shown) > 1 else ""
    return Problem("invalid-request", f"{first}: {shown[first]}{more}", errors=shown)


async def _body(request: web.Request, shape: type[Parameters]) -> Mapping[str, Any]:
    declared = request.content_type if "Content-Type" in request.headers else ""
    longest = longest_body(request, shape.FILES)
    if (request.content_length or 0) > longest:
        raise web.HTTPRequestEntityTooLarge(longest)
    coding = content_coding(request)
    if not request.content.is_eof():
        await _invite(request)
    if declared == FORM:
        return _once(await form_pairs(request, coding, shape.FILES), shape)
    body = await request.read()
    if coding:
        body = await inflated(body, coding, request.client_max_size)
    if not body:
        return {}
    if declared == "application/json" or declared.endswith("+json"):
        return _json(body)
    if declared == "application/x-www-form-urlencoded":
        try:
            return _pairs(body.decode(), shape)
        except UnicodeDecodeError:
            raise Problem("invalid-request", "The form is not URL-encoded UTF-8.") from None
    raise Problem(
        "unsupported-media-type",
        "The body must be application/json, application/x-www-form-urlencoded or "
        "multipart/form-data.",
        headers={"Accept-Post": "application/json, application/x-www-form-urlencoded"},
    )


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = from_json(body)
    except ValueError:
        if wrong := _halves_of_characters(body):
            raise refusal(wrong) from None
        raise Problem("invalid-request", "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Problem("invalid-request", "The body must be a JSON object.")
    return value


def _halves_of_characters(body: bytes) -> Mapping[str, str]:
    """The fields of a JSON object with a lone surrogate, and why they are refused."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    fields = value.items() if isinstance(value, dict) else ()
    return {name: NO_TEXT for name, field in fields if _is_half(name) or _is_half(field)}


def _is_half(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _pairs(text: str, shape: type[Parameters]) -> dict[str, Any]:
    if not text:
        return {}
    if text.count("&") >= MAX_FIELDS:
        raise Problem("invalid-request", f"There may be {MAX_FIELDS} parameters at most.")
    try:
        if not text.isascii():
            text.encode()  # invalid UTF-8 has become lone surrogates
        pairs = query_to_pairs(text)
        if "%" in text and any(REPLACED in name or REPLACED in value for name, value in pairs):
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeError:
        pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
        if wrong := {name: NO_TEXT for name, value in pairs if _is_half(value)}:
            raise refusal(wrong) from None
        raise Problem("invalid-request", "The parameters are not URL-encoded UTF-8.") from None
    return _once(pairs, shape)


def _once(pairs: Sequence[tuple[str, Any]], shape: type[Parameters]) -> dict[str, Any]:
    """The values by name. Raises Problem for one that is given twice, unless it is ignored."""
    values: dict[str, Any] = dict(pairs)
    if len(values) < len(pairs):
        times = Counter(name for name, _ in pairs)
        if not shape.__struct_config__.forbid_unknown_fields:
            known = {field.encode_name for field in msgspec.structs.fields(shape)}
            times = Counter({name: n for name, n in times.items() if name in known})
        if wrong := {name: "Given more than once." for name, n in times.items() if n > 1}:
            raise refusal(wrong)
    return values


async def _invite(request: web.Request) -> None:
    """Send `100 Continue` to a waiting client: only now the body is known to be needed."""
    if request.version == HttpVersion11 and "Expect" in request.headers:  # it was checked before
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer has not begun


def _printable(name: str) -> str:
    """A name from a client, short enough to be sent back, and without lone surrogates."""
    return name[:100].encode(errors="backslashreplace").decode()
