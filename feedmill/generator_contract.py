"""Tests of the promises of every generator, inherited by each generator's tests.

For pytest with a plug-in for asyncio in its mode "auto"; only tests import this module.

A subclass provides the fixtures `generator` (open), `job` (long enough to be interrupted), and
`passing_trouble` and `lasting_trouble`: calls whose generation fails for a temporary reason and for
a permanent one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from feedmill.generators import (
    IMAGE_ABILITIES,
    TEXT_ABILITIES,
    Drawn,
    GenerationFailed,
    Generator,
    Job,
    Written,
)

HANGS_SECONDS = 60.0
"""After which a generator hangs: being slow is no failure."""

Call = Callable[[], Awaitable[object]]

SECRETS = re.compile(r"https?:|127\.0\.0\.1|localhost|/[a-z]+/|Traceback|Error\b|Bearer|sk-")
"""Patterns that must not appear in the reason of a failure shown to users."""


def ignore_piece(piece: str) -> None:
    del piece


def check(result: Written | Drawn, pieces: list[str]) -> None:
    """A result is complete, and starts with the text that was streamed."""
    assert result.model
    if isinstance(result, Drawn):
        assert result.data
        assert result.width > 0
        assert result.height > 0
        assert result.media_type.startswith("image/")
        return
    assert result.text == result.text.strip()
    assert result.text
    assert result.text.startswith("".join(pieces))
    for tokens in (result.prompt_tokens, result.completion_tokens):
        assert tokens is None or tokens > 0


def check_sentence(failure: GenerationFailed) -> None:
    """A failure is a sentence for users without hosts, paths or keys."""
    sentence = str(failure)
    assert re.fullmatch(r"[A-Z].*\.", sentence), sentence
    assert not SECRETS.search(sentence), sentence


class GeneratorContract:
    async def test_a_job_gives_a_complete_result(self, generator: Generator[Any], job: Job) -> None:
        pieces: list[str] = []
        check(await generator.generate(job, pieces.append), pieces)

    async def test_it_declares_abilities_that_there_are(self, generator: Generator[Any]) -> None:
        declared = frozenset(getattr(generator, "abilities", ()))
        assert declared <= TEXT_ABILITIES or declared <= IMAGE_ABILITIES

    async def test_options_are_accepted(self, generator: Generator[Any], job: Job) -> None:
        pieces: list[str] = []
        options: dict[str, int | float | str] = {"temperature": 0.2, "max_tokens": 20}
        with_options = Job(job.prompt, job.seed, job.instagram, options)
        check(await generator.generate(with_options, pieces.append), pieces)

    async def test_simultaneous_jobs_do_not_mix(self, generator: Generator[Any], job: Job) -> None:
        pieces: list[list[str]] = [[], [], []]
        jobs = [Job(job.prompt, seed, options=job.options) for seed in range(3)]
        results = await asyncio.gather(
            *(generator.generate(each, out.append) for each, out in zip(jobs, pieces, strict=True))
        )
        for result, out in zip(results, pieces, strict=True):
            check(result, out)

    async def test_a_cancelled_job_ends_at_once_and_the_next_one_succeeds(
        self, generator: Generator[Any], job: Job
    ) -> None:
        pieces: list[str] = []
        running = asyncio.ensure_future(generator.generate(job, pieces.append))
        await asyncio.sleep(0)  # it has begun
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        pieces.clear()
        check(await generator.generate(job, pieces.append), pieces)

    async def test_a_cancelled_job_streams_no_more_text(
        self, generator: Generator[Any], job: Job
    ) -> None:
        pieces: list[str] = []
        running = asyncio.ensure_future(generator.generate(job, pieces.append))
        async with asyncio.timeout(HANGS_SECONDS):
            while not (pieces or running.done()):  # noqa: ASYNC110 - nothing wakes us
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.wait([running])
        before = list(pieces)
        check(await generator.generate(job, ignore_piece), [])
        assert pieces == before

    async def test_a_timeout_around_a_job_raises_timeout_error(
        self, generator: Generator[Any], job: Job
    ) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await generator.generate(job, ignore_piece)
        check(await generator.generate(job, ignore_piece), [])

    async def test_temporary_trouble_is_retryable(self, passing_trouble: Call) -> None:
        with pytest.raises(GenerationFailed) as failed:
            await passing_trouble()
        assert failed.value.retryable
        check_sentence(failed.value)

    async def test_permanent_trouble_is_final(self, lasting_trouble: Call) -> None:
        with pytest.raises(GenerationFailed) as failed:
            await lasting_trouble()
        assert not failed.value.retryable
        check_sentence(failed.value)
