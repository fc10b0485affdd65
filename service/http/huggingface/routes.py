"""The endpoint of this API, for the route table."""

from __future__ import annotations

from service.http.endpoint import Endpoint
from service.http.huggingface.text_to_image import DrawTextParameters, draw_text

HUGGINGFACE_ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/text-to-image",
        draw_text,
        "Draw a picture (Hugging Face's API)",
        DrawTextParameters,
        {200: "image/*"},
        (
            "generation-failed",
            "idempotency-key-reused",
            "queue-full",
            "too-late",
            "gone",
            "unavailable",
        ),
        {"inputs": "A red fox in the snow", "parameters": {"width": 1024, "height": 1024}},
        {"Accept": "`image/png`, `image/jpeg` or `image/webp`, or the format that was drawn."},
    ),
]
