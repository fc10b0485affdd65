"""Pictures from servers: which are accepted, and which are refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from service.generators.pictures import received
from service.generators.pictures.received import Link, PictureReader
from service.generators.protocol import GenerationFailed
from tests.support.pictures import picture, png_that_says, wrapped
from tests.support.waiting import wait_until

# One reader for most tests, in one loop: what it has read must not matter to the next.
pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 1_000_000
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[PictureReader]:
    async with PictureReader("image", LIMIT) as reader:
        yield reader


@pytest.mark.parametrize("kind", KINDS)
async def test_a_complete_picture_is_accepted_with_its_real_size(
    reader: PictureReader, kind: str
) -> None:
    data = picture(kind, 70, 50)
    found = await reader.read(data)
    assert found == received.Picture(data, KINDS[kind], 70, 50)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [1, 2, 4, 12, 200, 1500])
async def test_a_picture_without_its_end_is_refused(
    reader: PictureReader, kind: str, missing: int
) -> None:
    with pytest.raises(GenerationFailed, match="not a complete picture") as failed:
        await reader.read(picture(kind, 70, 50)[:-missing])
    assert failed.value.retryable


async def test_a_png_with_a_broken_byte_is_refused(reader: PictureReader) -> None:
    data = bytearray(picture("PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(GenerationFailed):
        await reader.read(bytes(data))


async def test_a_png_with_a_wrong_checksum_is_refused(reader: PictureReader) -> None:
    data = bytearray(picture("PNG"))
    data[-13] ^= 0xFF  # the last byte of the pixels' checksum, before the 12 bytes of the end
    with pytest.raises(GenerationFailed):
        await reader.read(bytes(data))


async def test_a_well_formed_png_with_too_few_rows_is_refused(reader: PictureReader) -> None:
    with pytest.raises(GenerationFailed, match="not a complete picture"):
        await reader.read(png_that_says(640, 480))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<html><body>502 Bad Gateway</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        bytes(5000),
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
    ],
    ids=["nothing", "a signature", "html", "svg", "zeros", "gif", "bmp", "tiff"],
)
async def test_anything_else_is_refused(reader: PictureReader, data: bytes) -> None:
    with pytest.raises(GenerationFailed, match="not a complete picture"):
        await reader.read(data)


async def test_a_pixel_bomb_is_a_final_failure(reader: PictureReader) -> None:
    with pytest.raises(GenerationFailed, match="too large") as failed:
        await reader.read(png_that_says(50_000, 50_000))
    assert not failed.value.retryable


async def test_a_file_over_the_limit_is_a_final_failure() -> None:
    async with PictureReader("image", max_bytes=100) as reader:
        with pytest.raises(GenerationFailed, match="too large") as failed:
            await reader.read(picture())
        assert not failed.value.retryable
        with pytest.raises(GenerationFailed, match="too large"):
            await reader.unwrap(wrapped(picture()))


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
async def test_a_picture_is_decoded_from_base64(reader: PictureReader, prefix: str) -> None:
    data = picture()
    found = await reader.unwrap(wrapped(data, prefix))
    assert isinstance(found, received.Picture)
    assert found == received.Picture(data, "image/png", 48, 32)


async def test_a_link_is_returned_and_not_fetched(reader: PictureReader) -> None:
    answer = json.dumps({"data": [{"url": "file:///etc/passwd"}]}).encode()
    assert await reader.unwrap(answer) == Link("file:///etc/passwd")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not json",
        b"[" * 100_000,
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"data": []}',
        b'{"data": [null]}',
        b'{"data": [{}]}',
        b'{"data": [{"b64_json": 7}]}',
        b'{"data": [{"b64_json": "!!!"}]}',
        b'{"data": [{"b64_json": "\xc3\xa9"}]}',
        b'{"error": {"message": "out of memory"}}',
        wrapped(b"not a picture"),
        json.dumps({"data": [{"url": "http://x/" + "y" * 200_000}]}).encode(),
    ],
)
async def test_an_unusable_answer_fails_and_the_next_picture_is_read(
    reader: PictureReader, answer: bytes
) -> None:
    with pytest.raises(GenerationFailed):
        await reader.unwrap(answer)
    assert await reader.read(picture())


async def test_many_concurrent_callers_each_get_the_right_picture(reader: PictureReader) -> None:
    files = [picture("PNG", 10 + n, 20) for n in range(20)]
    found = await asyncio.gather(*map(reader.read, files))
    assert [one.data for one in found] == files
    assert [one.width for one in found] == [10 + n for n in range(20)]


def decoder(monkeypatch: pytest.MonkeyPatch, home: Path, script: str) -> None:
    """Replace the decoder with another script."""
    file = home / "decoder.py"
    file.write_text(f"import json, os, pathlib, sys, time\n{script}")
    monkeypatch.setattr(received, "DECODER", file)


async def test_the_decoder_sees_none_of_the_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    answer = 'print(json.dumps({"url": " ".join(os.environ)}), flush=True)'
    decoder(monkeypatch, tmp_path, f"{answer}; sys.stdin.read()")  # it takes what it is asked
    async with PictureReader("image", LIMIT) as reader:
        seen = await reader.unwrap(b"{}")
    assert isinstance(seen, Link)
    assert "PATH" in seen.url
    assert "KEY" not in seen.url


async def test_a_decoder_that_dies_fails_one_picture_and_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as broken:
        decoder(broken, tmp_path, "os.abort()")
        async with PictureReader("image", LIMIT) as reader:
            with pytest.raises(GenerationFailed, match="not a complete picture"):
                await reader.read(picture())
            broken.undo()
            assert await reader.read(picture())


async def test_a_decoder_that_hangs_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    decoder(monkeypatch, tmp_path, "time.sleep(3600)")
    monkeypatch.setattr(received, "DECODE_TIMEOUT_SECONDS", 0.3)
    async with PictureReader("image", LIMIT) as reader:
        with pytest.raises(GenerationFailed, match="not a complete picture"):
            await reader.read(bytes(LIMIT))  # more than a pipe holds: stuck while writing
        with pytest.raises(GenerationFailed, match="not a complete picture"):
            await reader.read(b"x")  # stuck while reading


async def test_cancelling_kills_the_decoder_and_never_mixes_up_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    with monkeypatch.context() as slow:
        decoder(slow, tmp_path, f"pathlib.Path({str(started)!r}).touch(); time.sleep(3600)")
        async with PictureReader("image", LIMIT) as reader:
            stuck = asyncio.create_task(reader.read(picture("PNG", 11, 11)))
            waiting = asyncio.create_task(reader.read(picture("PNG", 22, 22)))
            await wait_until(started.exists, "the decoder runs")
            slow.undo()
            stuck.cancel()
            assert (await waiting).width == 22
            with pytest.raises(asyncio.CancelledError):
                await stuck
