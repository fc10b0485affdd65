"""The answers of the child process that decodes pictures, line by line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping

import pytest
from PIL import Image

from service.generators.pictures import decoder
from tests.support.pictures import picture, png_that_says, wrapped

LIMIT = 1_000_000


def test_the_decoder_answers_line_by_line_until_its_input_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # as in the script
    webp, png = picture("WEBP", 12, 9), picture("PNG", 5, 6)
    link = json.dumps({"data": [{"url": "http://x/1"}]}).encode()
    asked = [
        (webp, False),
        (png_that_says(50_000, 50_000), False),
        (png[:-1], False),
        (bytes(LIMIT + 1), False),
        (wrapped(png), True),
        (link, True),
        (b"{}", True),
    ]
    requests = b"".join(
        json.dumps({"size": len(body), "wrapped": how, "limit": LIMIT, "width": 0}).encode()
        + b"\n"
        + body
        for body, how in asked
    )
    answers = io.BytesIO()
    decoder.main(io.BytesIO(requests), answers)
    size = {"media_type": "image/png", "width": 5, "height": 6, "size": len(png)}
    assert answers.getvalue() == b"".join(
        (
            line({"media_type": "image/webp", "width": 12, "height": 9, "size": 0}),
            line({"problem": "too large"}),
            line({"problem": "no picture"}),
            line({"problem": "too large"}),
            line(size) + png,
            line({"url": "http://x/1"}),
            line({"problem": "no answer"}),
        )
    )


def line(answer: Mapping[str, object]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not enforce it")
def test_the_memory_of_the_script_is_limited() -> None:
    """Otherwise a picture of a few bytes could use up the machine's memory."""
    request = {"size": 2 * decoder.MAX_MEMORY_BYTES, "wrapped": False, "limit": LIMIT}
    script = subprocess.run(
        [sys.executable, decoder.__file__], input=line(request), capture_output=True,
        check=False,
    )  # fmt: skip
    assert script.returncode != 0
    assert b"MemoryError" in script.stderr
