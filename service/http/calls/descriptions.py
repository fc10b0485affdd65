"""Descriptions of the fields of a model's input, for the API document."""

from __future__ import annotations

from service.http.calls.model_input import NOT_HONOURED

REFUSED = "Refused unless it is empty: it would change the result, and cannot be honoured."
SOME = "For generators of the kind `openai`; others refuse it."

MODEL_INPUT: dict[str, str] = {
    "seed": "Any integer. The same seed, the same result.",
    "system_prompt": "Texts: the system message.",
    "max_tokens": "Texts: tokens at most; more than 4096 counts as 4096.",
    "max_new_tokens": "The same, under another name.",
    "top_p": SOME,
    "presence_penalty": SOME,
    "frequency_penalty": SOME,
    "stop": SOME,
    "stop_sequences": "The same; a text has commas between them.",
    "width": "Pictures: pixels, 64 to 2048.",
    "height": "Pictures: pixels, 64 to 2048.",
    "aspect_ratio": "Pictures: a ratio such as `16:9`, of about a million pixels.",
    "image_size": "Pictures: WIDTHxHEIGHT, both as an object, or a name such as `square_hd`.",
    **dict.fromkeys(("n", "num_images", "num_outputs"), "1: a call has one result."),
    **dict.fromkeys(NOT_HONOURED, REFUSED),
}
