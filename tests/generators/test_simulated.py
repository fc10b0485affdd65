"""The simulated generators: the behaviour on which tests and benchmarks rely."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from service.generators.protocol import GenerationFailed, Job
from service.generators.simulated import Settings, SimulatedImage, SimulatedText
from tests.support.waiting import wait_until


def nothing(piece: str) -> None:
    del piece


async def test_a_text_repeats_the_prompt_verbatim(tmp_path: Path) -> None:
    async with SimulatedText(Settings(), tmp_path) as generator:
        written = await generator.generate(Job("a <b> 東京", seed=1), nothing)
    assert written.text == "generated text for a <b> 東京"
    assert written.model == "simulated-text"


async def test_a_caption_holds_the_prompt_and_hashtags(tmp_path: Path) -> None:
    async with SimulatedText(Settings(), tmp_path) as generator:
        written = await generator.generate(Job("a cat", seed=1, instagram=True), nothing)
    assert "a cat" in written.text
    assert "#" in written.text


async def test_without_a_delay_a_text_is_ready_before_the_loop_turns(tmp_path: Path) -> None:
    generation = SimulatedText(Settings(), tmp_path).generate(Job("a cat", seed=1), nothing)
    with pytest.raises(StopIteration):
        generation.send(None)


async def test_with_a_delay_a_text_is_passed_on_in_pieces(tmp_path: Path) -> None:
    pieces: list[str] = []
    async with SimulatedText(Settings(delay=0.01), tmp_path) as generator:
        written = await generator.generate(Job("a cat", seed=1), pieces.append)
    assert len(pieces) > 1
    assert "".join(pieces) == written.text


@pytest.mark.parametrize("kind", [SimulatedText, SimulatedImage])
async def test_a_slow_generation_can_be_cancelled(
    kind: type[SimulatedText | SimulatedImage], tmp_path: Path
) -> None:
    generation = kind(Settings(delay=3600), tmp_path).generate(Job("a cat", seed=1), nothing)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(generation, 0.01)


async def test_every_picture_is_the_same_valid_png_of_the_size_it_says(tmp_path: Path) -> None:
    async with SimulatedImage(Settings(), tmp_path) as generator:
        first = await generator.generate(Job("a cat", seed=1), nothing)
        second = await generator.generate(Job("a dog", seed=2, instagram=True), nothing)
    assert first is second
    with Image.open(io.BytesIO(first.data), formats=["PNG"]) as picture:
        picture.load()
        assert picture.size == (first.width, first.height)
    assert (first.media_type, first.model) == ("image/png", "simulated-image")


async def test_distinct_pictures_differ_by_prompt_and_repeat_with_it(tmp_path: Path) -> None:
    async with SimulatedImage(Settings(distinct=True), tmp_path) as generator:
        cat, dog, again = [
            await generator.generate(Job(prompt, seed=1), nothing)
            for prompt in ("a cat", "a dog", "a cat")
        ]
    assert cat.data != dog.data
    assert cat == again


async def test_every_generation_is_recorded_when_it_begins_even_if_it_fails(
    tmp_path: Path,
) -> None:
    record = tmp_path / "record"
    settings = Settings(record=str(record), failure_rate=1)
    for kind in (SimulatedText, SimulatedImage):
        async with kind(settings, tmp_path) as generator:
            with pytest.raises(GenerationFailed):
                await generator.generate(Job("a\ncat", seed=5), nothing)
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert lines == [["text", 5, "a\ncat"], ["image", 5, "a\ncat"]]


async def failures(settings: Settings, home: Path, jobs: list[Job]) -> list[bool]:
    async def fails(job: Job) -> bool:
        try:
            await generator.generate(job, nothing)
        except GenerationFailed as failure:
            return failure.retryable
        return False

    async with SimulatedText(settings, home) as generator:
        return [await fails(job) for job in jobs]


async def test_a_failure_rate_of_one_fails_always_and_zero_never(tmp_path: Path) -> None:
    jobs = [Job("a cat", seed=n) for n in range(50)]
    assert all(await failures(Settings(failure_rate=1), tmp_path, jobs))
    assert not any(await failures(Settings(failure_rate=0), tmp_path, jobs))


async def test_failures_repeat_with_the_seed_and_a_retry_may_succeed(tmp_path: Path) -> None:
    retries = [Job("a cat", seed=1)] * 100
    outcome = await failures(Settings(failure_rate=0.5, seed=7), tmp_path, retries)
    assert outcome == await failures(Settings(failure_rate=0.5, seed=7), tmp_path, retries)
    assert outcome != await failures(Settings(failure_rate=0.5, seed=8), tmp_path, retries)
    assert 20 < sum(outcome) < 80


@pytest.mark.parametrize(
    "wrong", [{"delay": -1}, {"failure_rate": 2}, {"failure_rate": -0.1}, {"speed": 3}]
)
def test_settings_refuse_impossible_values_and_unknown_keys(wrong: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Settings)


async def test_a_held_generation_ends_when_it_is_released(tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.touch()
    said: list[str] = []
    settings = Settings(hold=str(held))
    async with (
        SimulatedText(settings, tmp_path) as text,
        SimulatedImage(settings, tmp_path) as image,
    ):
        writing = asyncio.create_task(text.generate(Job("a cat", seed=1), said.append))
        drawing = asyncio.create_task(image.generate(Job("a cat", seed=1), said.append))
        await wait_until(lambda: said, "it says its first words")
        assert (writing.done(), drawing.done()) == (False, False)
        held.unlink()
        assert (await writing).text == "".join(said)
        await drawing
