"""The input of a model: sizes in all their forms, and what the name of a model stands for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from service.config import HttpConfig
from service.generators.protocol import CHAT
from service.http.calls.model_input import ModelInput, options_of
from service.http.calls.model_names import tag_of
from service.http.parameters.validation import convert


def options(**fields: Any) -> dict[str, Any]:
    http = HttpConfig()
    return dict(options_of(convert({"prompt": "p", **fields}, ModelInput, http), "instagram", http))


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"width": 512}, "512x512"),
        ({"width": 512, "height": 256}, "512x256"),
        ({"image_size": "landscape_16_9"}, "1024x576"),
        ({"image_size": "640x480"}, "640x480"),
        ({"image_size": {"width": 64, "height": 2048}}, "64x2048"),
        ({"aspect_ratio": "1:1"}, "1024x1024"),
        ({"aspect_ratio": "16:9"}, "1360x768"),
        ({"aspect_ratio": "1:4"}, "512x2048"),
        ({"aspect_ratio": "32:1"}, "2048x64"),
        ({"aspect_ratio": "1:9"}, "224x2048"),
        ({"width": 512, "height": 512, "aspect_ratio": "custom"}, "512x512"),
    ],
)
def test_a_size(fields: dict[str, Any], size: str) -> None:
    assert options(**fields) == {"size": size}


@pytest.mark.parametrize("ratio", ["wide", "0:1", "1:33", "16:9\n", "", 1.5, ["16:9"]])
def test_a_ratio_is_refused(ratio: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match="Must be a ratio"):
        options(aspect_ratio=ratio)


def test_how_to_write() -> None:
    written = options(
        system_prompt="Be brief.", max_new_tokens=9999, temperature=0.5, stop_sequences="a,b,"
    )
    chat = msgspec.json.decode(written.pop(CHAT))
    assert written == {"max_tokens": 4096, "temperature": 0.5}
    assert [turn["role"] for turn in chat["messages"]] == ["system", "user"]
    assert chat["stop"] == ["a", "b"]
    assert options(system_prompt=" ") == {}


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("feedmill/text", "text"),
        ("image", "image"),
        ("fal-ai/instagram", "instagram"),
        ("fal-ai/flux/dev", "image"),
        ("stability-ai/stable-diffusion-3.5-large", "image"),
        ("google/imagen-4", "image"),
        ("openai/gpt-5", "text"),
        ("meta/meta-llama-3-70b-instruct", "text"),
        ("fal-ai/any-llm", "text"),
        ("someone/something:text", "text"),
        ("someone/instagram-captions", "instagram"),
        ("me/text-app", "text"),
        ("my-text", "text"),
        ("fal-ai/some-model/text-to-image", "image"),
        ("someone/image-to-text", "text"),
        ("someone/context", "instagram"),
        ("someone/something", "instagram"),
    ],
)
def test_what_a_name_stands_for(name: str, tag: str) -> None:
    assert tag_of(name, "instagram") == tag
