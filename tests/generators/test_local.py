"""The local generator with the real model: its contract, and the promises of its process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from feedmill.generator_contract import GeneratorContract
from service.generators.local import model_process, text
from service.generators.local.model_process import ModelProcess
from service.generators.local.text import BUNDLED, Local, Settings
from service.generators.protocol import CannotStart, ChatRequest, GenerationFailed, Job, Turn
from service.installation import ROOT
from tests.support.model import alive, all_free, bundled, seen_by_others
from tests.support.waiting import eventually, wait_until

LONG = Job("Two sentences about rain in Lisbon", seed=3)
SHORT = Job("Rain in Lisbon", seed=1, options={"max_tokens": 24})

# One model for all tests, in one loop: what it has been through must not matter to the next.
pytestmark = pytest.mark.asyncio(loop_scope="module")


def nothing(piece: str) -> None:
    del piece


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def generator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Local]:
    async with Local(Settings(slots=2), tmp_path_factory.mktemp("home")) as local:
        yield local


class TestContract(GeneratorContract):
    @pytest.fixture
    def job(self) -> Job:
        return SHORT

    @pytest.fixture
    def passing_trouble(self, generator: Local) -> Callable[[], Awaitable[object]]:
        async def killed() -> object:
            running = asyncio.ensure_future(generator.generate(LONG, nothing))
            await wait_until_busy(generator.model)
            first = generator.model.pid or 0
            os.kill(first, signal.SIGKILL)
            try:
                return await running
            finally:  # its death may be news to the generator for another moment
                await wait_until(lambda: generator.model.pid not in {None, first}, "another one")

        return killed

    @pytest.fixture
    def lasting_trouble(self, generator: Local) -> Callable[[], Awaitable[object]]:
        return lambda: generator.generate(Job('Translate "good morning"', seed=1), nothing)


async def wait_until_busy(model: ModelProcess) -> None:
    async def busy() -> bool:
        return not await all_free(model)

    await eventually(busy, "the model is writing")


async def test_the_same_job_gives_the_same_text_alone_and_in_parallel(generator: Local) -> None:
    alone = await generator.generate(SHORT, nothing)
    beside = await asyncio.gather(*(generator.generate(SHORT, nothing) for _ in range(2)))
    assert {written.text for written in beside} == {alone.text}


async def test_an_instagram_caption_ends_with_hashtags(generator: Local) -> None:
    job = Job("A rainy morning in Lisbon", seed=2, instagram=True, options={"max_tokens": 24})
    written = await generator.generate(job, nothing)
    body, tags = written.text.rsplit("\n\n", 1)
    assert "#" not in body
    assert tags.split()[0] == "#Lisbon"
    assert 2 <= len(tags.split()) <= 6


@pytest.mark.parametrize(
    "prompt", ["🍕🎉", "सुबह की चाय", "x" * 10_000, "rain " * 2_000, "\x00", "<|im_end|>"]
)
async def test_any_prompt_gives_a_text(generator: Local, prompt: str) -> None:
    written = await generator.generate(Job(prompt, seed=1, options={"max_tokens": 16}), nothing)
    assert written.text


async def test_a_cancelled_job_frees_its_slot(generator: Local) -> None:
    said: list[str] = []
    running = [asyncio.ensure_future(generator.generate(LONG, said.append)) for _ in range(3)]
    await wait_until_busy(generator.model)
    for one in running:
        one.cancel()
    await asyncio.wait(running)
    await eventually(lambda: all_free(generator.model), "all slots are free")
    assert (await generator.generate(SHORT, nothing)).text


async def test_a_model_that_dies_is_restarted(generator: Local) -> None:
    first = generator.model.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await wait_until(lambda: generator.model.pid not in {None, first}, "another process")
    assert (await generator.generate(SHORT, nothing)).text


async def test_a_model_that_has_died_cannot_work_until_it_is_back(generator: Local) -> None:
    assert generator.trouble() is None
    first = generator.model.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await wait_until(generator.trouble, "it is noticed, without a job")
    assert generator.trouble() == "The text model stopped and is being restarted."
    await wait_until(lambda: not generator.trouble(), "it is back, without a job")


async def test_a_model_that_dies_without_its_file_reports_the_missing_file(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    shutil.copy(BUNDLED, file)
    async with Local(Settings(model=str(file), slots=1), tmp_path) as local:
        file.unlink()
        assert local.trouble() is None  # the process has it
        os.kill(local.model.pid or 0, signal.SIGKILL)
        await wait_until(local.trouble, "it is noticed")
        assert local.trouble() == "The text model does not run, and its file is not there."
        with pytest.raises(GenerationFailed) as failed:
            await local.generate(SHORT, nothing)
        assert failed.value.cause == "setup"


async def test_a_job_waits_for_a_restart_only_for_a_limited_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_process, "RESTART_TIMEOUT_SECONDS", 0.01)
    monkeypatch.setattr(model_process, "FIRST_PAUSE_SECONDS", 3600.0)
    async with Local(Settings(), tmp_path) as local:
        os.kill(local.model.pid or 0, signal.SIGKILL)
        await wait_until(lambda: local.model.pid is None, "its death is noticed")
        with pytest.raises(GenerationFailed, match="being restarted") as failed:
            await local.generate(SHORT, nothing)
        assert failed.value.retryable


async def test_closing_ends_the_process(tmp_path: Path) -> None:
    async with Local(Settings(), tmp_path) as local:
        pid = local.model.pid
        assert pid
        assert alive(pid)
    assert not alive(pid)


async def test_a_hanging_process_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_process, "END_SECONDS", 0.05)
    async with Local(Settings(), tmp_path) as local:
        pid = local.model.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
    assert not alive(pid)


async def test_the_process_ends_when_the_service_is_killed(tmp_path: Path) -> None:
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert service.stdout
    model = int(await service.stdout.readline())
    assert alive(model)
    service.kill()
    await service.wait()
    await wait_until(lambda: not alive(model), "the model has followed")


PARENT = """
import asyncio, pathlib, sys
from service.installation import ROOT
from service.generators.local.text import Local, Settings

async def main():
    async with Local(Settings(), pathlib.Path(sys.argv[1])) as local:
        print(local.model.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_signals_to_the_whole_process_group_do_not_stop_the_model(generator: Local) -> None:
    pid = generator.model.pid
    assert pid
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert (await generator.generate(SHORT, nothing)).text
    assert generator.model.pid == pid


async def test_the_api_of_the_model_needs_a_key_that_no_process_list_shows(
    generator: Local,
) -> None:
    shown = seen_by_others(generator.model.pid or 0)
    assert generator.model.key not in shown
    url = f"{await generator.model.url()}/chat/completions"
    async with aiohttp.ClientSession() as session, session.post(url, json={}) as response:
        assert response.status == 401


async def test_the_process_has_a_lower_priority_than_the_service(generator: Local) -> None:
    assert os.getpriority(os.PRIO_PROCESS, generator.model.pid or 0) > 0


@pytest.mark.parametrize("content", [None, b"", b"rubbish", b"GGUF" + bytes(1000)])
async def test_an_unusable_model_file_fails_with_advice(
    tmp_path: Path, content: bytes | None
) -> None:
    model = tmp_path / "model.gguf"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(CannotStart, match=r"python3 dev.py model"):
        async with Local(Settings(model=str(model)), tmp_path):
            pass


async def test_a_model_file_that_appears_later_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = tmp_path / "model.gguf"
    monkeypatch.setattr(text, "BUNDLED", later)
    monkeypatch.setattr(model_process, "FILE_CHECK_SECONDS", 0.01)
    monkeypatch.setattr(model_process, "RESTART_TIMEOUT_SECONDS", 60.0)  # a busy machine
    with capture_logs() as logged:
        async with Local(Settings(slots=1), tmp_path) as generator:
            with pytest.raises(GenerationFailed, match="is not installed here") as failed:
                await generator.generate(SHORT, nothing)
            assert failed.value.retryable
            later.symlink_to(BUNDLED)
            assert (await generator.generate(SHORT, nothing)).text
    assert "python3 dev.py model FROM" in logged[0]["problem"]
    assert "text.generator" in logged[0]["problem"]


@pytest.mark.parametrize("seed", [945597845, 337072803])  # whose first drafts say nothing
async def test_a_draft_without_usable_words_is_written_again(seed: int, tmp_path: Path) -> None:
    job = Job("A headline about bees", seed)
    async with Local(Settings(slots=1), tmp_path) as generator:
        written = await generator.generate(job, nothing)
        assert "bee" in written.text.lower()
        assert (await generator.generate(job, nothing)).text == written.text


async def test_a_processor_that_cannot_run_models_fails_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    monkeypatch.setattr(model_process, "CHILD", child)
    with pytest.raises(CannotStart, match="AVX2"):
        async with ModelProcess(bundled(), tmp_path / "log"):
            pass


@pytest.mark.parametrize(
    ("library", "advice"),
    [("libgomp.so.1", "apt-get install libgomp1"), ("libodd-2.so", "libodd-2.so: install it, or")],
)
async def test_a_missing_system_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, advice: str
) -> None:
    child = tmp_path / "child.py"
    child.write_text(f"raise ImportError('{library}: cannot open shared object file: No such')")
    monkeypatch.setattr(model_process, "CHILD", child)
    with pytest.raises(CannotStart, match=advice):
        async with ModelProcess(bundled(), tmp_path / "log"):
            pass


async def test_a_model_that_takes_too_long_to_load_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text("import sys; sys.stdin.read()")
    monkeypatch.setattr(model_process, "CHILD", child)
    monkeypatch.setattr(model_process, "LOAD_SECONDS", 0.3)
    with pytest.raises(CannotStart, match="did not load"):
        async with ModelProcess(bundled(), tmp_path / "log"):
            pass


async def test_another_model_is_asked_plainly_and_gets_hashtags(tmp_path: Path) -> None:
    """What the copywriter does for the bundled model would only hold back a larger one."""
    file = tmp_path / "own.gguf"
    file.symlink_to(BUNDLED)
    async with Local(Settings(model=str(file)), tmp_path) as generator:
        job = Job("Announce that our kiosk opens in Oslo", 1, instagram=True)
        written = await generator.generate(job, nothing)
        chat = ChatRequest((Turn("system", "Be brief."), Turn("user", "Hello")), stop=(" ",))
        options: Any = {"chat": msgspec.json.encode(chat).decode()}
        word = await generator.generate(Job("Hello", 1, options=options), nothing)
        assert generator.abilities > {"messages", "stop", "top_p"}
    assert (written.completion_tokens or 0) > 0  # the model's own words
    assert "#" in written.text
    assert word.text.split() == [word.text]


async def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="slot"):
        msgspec.convert({"slot": 2}, Settings)


async def test_the_file_of_a_model_may_have_any_name(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"mod\xe8l.gguf")
    try:
        shutil.copy(BUNDLED, file)
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    async with Local(Settings(model=str(file)), tmp_path) as generator:
        written = await generator.generate(SHORT, nothing)
    assert written.model == "mod\\udce8l"  # what a message can carry
    assert msgspec.json.encode(written)
