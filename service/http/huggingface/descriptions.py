"""Descriptions of the fields of this API, for the API document."""

from __future__ import annotations

HUGGINGFACE_FIELDS: dict[str, dict[str, str]] = {
    "DrawText": {
        "inputs": "What to draw.",
        "parameters": "`width`, `height`, `seed` and others, also Feedmill's own.",
        "seed": "In `parameters`.",
        "n": "1: a call has one picture.",
    },
}
