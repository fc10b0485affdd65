"""Pictures from ComfyUI: a scripted server with its routes, and workflows as it exports them."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from feedmill.generator_contract import GeneratorContract, check_sentence, ignore_piece
from service.generators.comfyui.image import ComfyUIImage, Settings
from service.generators.protocol import (
    CannotStart,
    Drawn,
    GenerationFailed,
    InputPicture,
    Job,
    Stage,
    send_stages_to,
)
from tests.support.comfyui import PNG, STEPS, WORKFLOW, Comfy, comfy
from tests.support.outside import outside, unused_url
from tests.support.pictures import picture
from tests.support.waiting import wait_until

CAT = Job("a cat", seed=7)
NODE_ERRORS = {
    "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed"},
    "node_errors": {
        "4": {
            "errors": [
                {
                    "type": "value_not_in_list",
                    "message": "Value not in list",
                    "details": "ckpt_name: 'model.safetensors' not in ['/models/other.ckpt']",
                    "extra_info": {"input_name": "ckpt_name"},
                }
            ],
            "dependent_outputs": ["9"],
            "class_type": "CheckpointLoaderSimple",
        }
    },
}


@pytest.fixture
async def server() -> AsyncIterator[Comfy]:
    async with comfy() as made:
        yield made


def saved(tmp_path: Path, workflow: Any = WORKFLOW) -> str:
    file = tmp_path / "workflow_api.json"
    file.write_text(json.dumps(workflow), "utf-8")
    return str(file)


@asynccontextmanager
async def opened(url: str, tmp_path: Path, **others: Any) -> AsyncIterator[ComfyUIImage]:
    workflow = others.pop("workflow", WORKFLOW)
    how = Settings(base_url=url, workflow=saved(tmp_path, workflow), poll=0.05, **others)
    async with ComfyUIImage(how, tmp_path) as generator:
        yield generator


async def draw(server: Comfy, tmp_path: Path, job: Job = CAT, **others: Any) -> Drawn:
    async with opened(server.url, tmp_path, **others) as generator:
        return await generator.generate(job, ignore_piece)


async def failure(url: str, tmp_path: Path, **others: Any) -> GenerationFailed:
    async with opened(url, tmp_path, **others) as generator:
        with pytest.raises(GenerationFailed) as failed:
            await generator.generate(CAT, ignore_piece)
    check_sentence(failed.value)
    return failed.value


class TestContract(GeneratorContract):
    @pytest.fixture
    def job(self) -> Job:
        return CAT

    @pytest.fixture
    async def generator(self, server: Comfy, tmp_path: Path) -> AsyncIterator[ComfyUIImage]:
        async with opened(server.url, tmp_path) as made:
            yield made

    @pytest.fixture
    def passing_trouble(self, tmp_path: Path) -> Callable[[], Awaitable[object]]:
        return lambda: _once(unused_url(), tmp_path)

    @pytest.fixture
    def lasting_trouble(self, server: Comfy, tmp_path: Path) -> Callable[[], Awaitable[object]]:
        server.refusal = (400, NODE_ERRORS)
        return lambda: _once(server.url, tmp_path)


async def _once(url: str, tmp_path: Path) -> object:
    async with opened(url, tmp_path) as generator:
        return await generator.generate(CAT, ignore_piece)


async def test_a_job_fills_the_workflow_and_leaves_no_history(
    server: Comfy, tmp_path: Path
) -> None:
    job = Job("a cat", seed=7, options={"size": "768x512"})
    drawn = await draw(server, tmp_path, job, steps=9, negative_prompt="blur")
    assert drawn == Drawn(PNG, "image/png", 64, 40, model="workflow_api")
    wanted = copy.deepcopy(WORKFLOW)
    wanted["3"]["inputs"] |= {"seed": 7, "steps": 9}
    wanted["5"]["inputs"] |= {"width": 768, "height": 512}
    wanted["6"]["inputs"]["text"] = "a cat"
    wanted["7"]["inputs"]["text"] = "blur"
    assert server.prompts == [wanted]
    assert server.history == {}
    assert len(server.forgotten) == 1


WITH_PICTURE = {
    **WORKFLOW,
    "10": {"class_type": "LoadImage", "inputs": {"image": "example.png", "upload": "image"}},
    "11": {"class_type": "VAEEncode", "inputs": {"pixels": ["10", 0], "vae": ["4", 2]}},
}


async def test_an_input_picture_is_uploaded_once_and_named_in_the_workflow(
    server: Comfy, tmp_path: Path
) -> None:
    file = tmp_path / "start.png"
    file.write_bytes(PNG)
    async with opened(server.url, tmp_path, workflow=WITH_PICTURE, picture=str(file)) as generator:
        await generator.generate(CAT, ignore_piece)
        await generator.generate(CAT, ignore_piece)
    [(name, data)] = server.uploads.items()
    assert data == PNG
    assert [sent["10"]["inputs"]["image"] for sent in server.prompts] == [name, name]


async def test_the_picture_of_a_job_is_put_where_the_workflow_loads_one(
    server: Comfy, tmp_path: Path
) -> None:
    workflow = {
        **WITH_PICTURE,
        "12": {"class_type": "LoadImage", "inputs": {"image": "b.png"}, "_meta": {"title": "Pose"}},
    }
    other = picture("JPEG", 20, 30)
    first = Job("a cat", seed=7, image=InputPicture(PNG, "image/png"))
    second = Job("a cat", seed=7, image=InputPicture(other, "image/jpeg"))
    async with opened(server.url, tmp_path, workflow=WITH_PICTURE) as generator:
        assert generator.abilities == {"seed", "size", "image"}
        for job in (first, second, CAT):
            await generator.generate(job, ignore_piece)
    names = [sent["10"]["inputs"]["image"] for sent in server.prompts]
    assert [server.uploads.get(name) for name in names] == [PNG, other, None]
    assert names[2] == "example.png"  # without one it is that of the workflow
    async with opened(server.url, tmp_path, workflow=workflow, picture_node="Pose") as generator:
        await generator.generate(first, ignore_piece)
    assert server.prompts[-1]["10"]["inputs"]["image"] == "example.png"
    assert server.prompts[-1]["12"]["inputs"]["image"] == names[0]
    async with opened(server.url, tmp_path) as generator:
        assert generator.abilities == {"seed", "size"}


@pytest.mark.parametrize(
    ("workflow", "size", "reason"),
    [
        (WORKFLOW, 10, "no input for a picture was found"),
        (WITH_PICTURE, 0, "is empty or has more"),
        (WITH_PICTURE, None, "cannot be read"),
    ],
)
async def test_an_unusable_input_picture_is_refused_at_the_start(
    tmp_path: Path, workflow: Any, size: int | None, reason: str
) -> None:
    file = tmp_path / "start.png"
    if size is not None:
        file.write_bytes(b"x" * size)
    with pytest.raises(CannotStart, match=reason):
        async with opened(unused_url(), tmp_path, workflow=workflow, picture=str(file)):
            pass


async def test_what_a_job_does_not_set_stays_as_in_the_workflow(
    server: Comfy, tmp_path: Path
) -> None:
    await draw(server, tmp_path)
    [sent] = server.prompts
    assert sent["5"] == WORKFLOW["5"]
    assert sent["7"] == WORKFLOW["7"]
    assert sent["3"]["inputs"]["steps"] == 20


@pytest.mark.parametrize("takes_ids", [True, False])
async def test_without_a_websocket_the_history_is_polled(
    server: Comfy, tmp_path: Path, *, takes_ids: bool
) -> None:
    server.with_socket = False
    server.takes_ids = takes_ids
    assert (await draw(server, tmp_path)).data == PNG


async def test_a_cancelled_job_that_waits_leaves_the_queue(server: Comfy, tmp_path: Path) -> None:
    server.go_on.clear()
    other = server.add({})
    await wait_until(lambda: bool(server.running), "the other prompt runs")
    async with opened(server.url, tmp_path) as generator:
        job = asyncio.ensure_future(generator.generate(CAT, ignore_piece))
        await wait_until(lambda: bool(server.pending), "ours waits")
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        await wait_until(lambda: not server.pending, "ours is out of the queue")
    assert [entry[1] for entry in server.running] == [other]
    assert server.interrupted == []


@pytest.mark.parametrize(
    ("version", "others_wait", "stops"),
    [
        ("0.3.75", True, True),
        ("0.3.75", False, True),
        ("", True, True),
        ("0.3.20", False, True),
        ("0.3.20", True, False),  # it would interrupt the other one if ours ends just now
    ],
)
async def test_a_cancelled_job_that_runs_is_interrupted_and_no_other_one(
    server: Comfy, tmp_path: Path, version: str, *, others_wait: bool, stops: bool
) -> None:
    server.go_on.clear()
    server.version = version
    async with opened(server.url, tmp_path) as generator:
        job = asyncio.ensure_future(generator.generate(CAT, ignore_piece))
        await wait_until(lambda: bool(server.running), "ours runs")
        [ours] = [entry[1] for entry in server.running]
        other = server.add({}) if others_wait else ""
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        if stops:
            await wait_until(lambda: server.interrupted == [ours], "ours is interrupted")
        else:
            server.go_on.set()
    assert server.interrupted == ([ours] if stops else [])
    assert ours not in server.history
    if others_wait:
        server.go_on.set()
        await wait_until(lambda: other in server.history, "the other one is made")


async def test_the_place_in_the_queue_and_the_steps_are_reported(
    server: Comfy, tmp_path: Path
) -> None:
    server.go_on.clear()
    server.add({})
    await wait_until(lambda: bool(server.running), "the other prompt runs")
    reported: list[Stage] = []

    async def drawn() -> None:
        send_stages_to(reported.append)
        async with opened(server.url, tmp_path) as generator:
            await generator.generate(CAT, ignore_piece)

    drawing = asyncio.ensure_future(drawn())
    await wait_until(lambda: Stage(position=1) in reported, "its place is reported")
    server.go_on.set()
    await drawing
    assert reported[0] == Stage(position=1)
    assert reported[-1] == Stage(step=STEPS - 1, steps=STEPS)


@pytest.mark.parametrize("number", [None, "x", {}])
async def test_a_place_in_the_queue_that_is_no_number_does_not_matter(
    server: Comfy, tmp_path: Path, number: object
) -> None:
    server.strange = [[number, "other"], []]
    server.go_on.clear()
    server.add({})
    await wait_until(lambda: bool(server.running), "the other prompt runs")
    reported: list[Stage] = []

    async def drawn() -> bytes:
        send_stages_to(reported.append)
        async with opened(server.url, tmp_path) as generator:
            return (await generator.generate(CAT, ignore_piece)).data

    drawing = asyncio.ensure_future(drawn())
    await wait_until(lambda: Stage(position=1) in reported or drawing.done(), "its place")
    server.go_on.set()
    assert await drawing == PNG


async def test_a_restart_of_comfyui_is_a_retry(tmp_path: Path) -> None:
    async with comfy() as server:
        server.go_on.clear()
        async with opened(server.url, tmp_path) as generator:
            job = asyncio.ensure_future(generator.generate(CAT, ignore_piece))
            await wait_until(lambda: bool(server.running), "ours runs")
            server.restart()
            with pytest.raises(GenerationFailed) as failed:
                await job
    assert failed.value.retryable
    check_sentence(failed.value)


async def test_a_server_that_is_away_uses_up_no_attempt(tmp_path: Path) -> None:
    failed = await failure(unused_url(), tmp_path)
    assert (failed.retryable, failed.cause) == (True, "away")


async def test_a_server_that_goes_away_under_a_job_uses_up_no_attempt(tmp_path: Path) -> None:
    async with comfy() as server:
        server.go_on.clear()
        generator = ComfyUIImage(
            Settings(base_url=server.url, workflow=saved(tmp_path), poll=0.05), tmp_path
        )
        await generator.__aenter__()
        job = asyncio.ensure_future(generator.generate(CAT, ignore_piece))
        await wait_until(lambda: bool(server.running), "ours runs")
    with pytest.raises(GenerationFailed) as failed:
        await job
    await generator.__aexit__(None, None, None)
    assert (failed.value.retryable, failed.value.cause) == (True, "away")


@pytest.mark.parametrize("said", [b"", b'{"queue_ru'])
async def test_an_answer_that_breaks_off_is_a_server_that_goes_away(
    tmp_path: Path, said: bytes
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/prompt":
            return web.json_response({"prompt_id": "p-1"})
        if request.path.startswith("/history"):
            broken = web.StreamResponse(headers={"Content-Length": "100"})
            await broken.prepare(request)
            await broken.write(said)
            assert request.transport is not None
            request.transport.close()
            return broken
        return web.Response(status=404)

    async with outside(answer) as world:
        failed = await failure(world.url, tmp_path)
    assert (failed.retryable, failed.cause) == (True, "away")


@pytest.mark.parametrize("status", [400, 200])
async def test_node_errors_are_final_and_name_the_node(
    server: Comfy, tmp_path: Path, status: int
) -> None:
    server.refusal = (status, {"prompt_id": "p-1", **NODE_ERRORS})
    failed = await failure(server.url, tmp_path)
    assert str(failed) == (
        "The image service does not accept the node Load Checkpoint (4) of its workflow"
        " for its input ckpt_name."
    )
    assert (failed.retryable, failed.cause) == (False, "setup")


async def test_an_unknown_kind_of_node_is_named(server: Comfy, tmp_path: Path) -> None:
    missing = {
        "type": "invalid_prompt",
        "message": "Cannot execute because node KSampler does not exist.",
        "details": "Node ID '#3'",
        "extra_info": {},
    }
    server.refusal = (400, {"error": missing, "node_errors": {}})
    failed = await failure(server.url, tmp_path)
    assert str(failed) == "The image service does not accept the node KSampler (3) of its workflow."
    assert (failed.retryable, failed.cause) == (False, "setup")


@pytest.mark.parametrize("with_socket", [True, False])
async def test_an_error_of_a_node_is_retried_and_names_the_node(
    server: Comfy, tmp_path: Path, *, with_socket: bool
) -> None:
    server.with_socket = with_socket
    server.error = {
        "node_id": "3",
        "node_type": "KSampler",
        "exception_type": "torch.OutOfMemoryError",
        "exception_message": "Allocation on device /dev/0",
    }
    failed = await failure(server.url, tmp_path)
    assert str(failed) == "The image service failed at the node KSampler (3) of its workflow."
    assert failed.retryable
    assert "OutOfMemoryError" in failed.detail


async def test_something_that_is_no_picture_is_retried(server: Comfy, tmp_path: Path) -> None:
    server.picture = b"not a picture"
    assert (await failure(server.url, tmp_path)).retryable
    assert server.history == {}


FLUX: dict[str, Any] = {
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["40", 0], "clip": ["11", 0]}},
    "40": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a fox"}},
    "26": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["6", 0]}},
    "22": {"class_type": "BasicGuider", "inputs": {"model": ["30", 0], "conditioning": ["26", 0]}},
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 1}},
    "17": {"class_type": "BasicScheduler", "inputs": {"steps": 20, "scheduler": "simple"}},
    "27": {"class_type": "EmptySD3LatentImage", "inputs": {"width": ["34", 0], "height": 1024}},
    "34": {"class_type": "PrimitiveInt", "inputs": {"value": 1024}},
    "30": {"class_type": "ModelSamplingFlux", "inputs": {"width": ["34", 0], "height": 1024}},
    "13": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {"noise": ["25", 0], "guider": ["22", 0], "latent_image": ["27", 0]},
    },
    "9": {"class_type": "SaveImage", "inputs": {"images": ["13", 0]}},
}
SDXL: dict[str, Any] = {
    "1": {
        "class_type": "CLIPTextEncodeSDXL",
        "inputs": {"text_g": "a fox", "text_l": "a fox", "width": 4096, "height": 4096},
    },
    "2": {
        "class_type": "CLIPTextEncodeSDXL",
        "inputs": {"text_g": "blur", "text_l": "blur", "width": 4096, "height": 4096},
    },
    "3": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 1024}},
    "4": {
        "class_type": "ControlNetApplyAdvanced",
        "inputs": {"positive": ["1", 0], "negative": ["2", 0], "strength": 1},
    },
    "5": {
        "class_type": "KSamplerAdvanced",
        "inputs": {
            "noise_seed": 1,
            "steps": 25,
            "positive": ["4", 0],
            "negative": ["4", 1],
            "latent_image": ["3", 0],
        },
    },
    "9": {"class_type": "SaveImage", "inputs": {"images": ["5", 0]}},
}
ZEROED: dict[str, Any] = {
    **{id_: WORKFLOW[id_] for id_ in ("4", "5", "6", "8", "9")},
    "7": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["6", 0]}},
    "3": WORKFLOW["3"],
}
JOB_VALUES = {"size": "768x512"}


@pytest.mark.parametrize(
    ("workflow", "changes"),
    [
        (
            FLUX,
            {
                ("40", "value"): "a cat",
                ("25", "noise_seed"): 7,
                ("34", "value"): 768,
                ("27", "height"): 512,
                ("30", "height"): 512,
            },
        ),
        (
            SDXL,
            {
                ("1", "text_g"): "a cat",
                ("1", "text_l"): "a cat",
                ("2", "text_g"): "ugly",
                ("2", "text_l"): "ugly",
                ("5", "noise_seed"): 7,
                ("3", "width"): 768,
                ("3", "height"): 512,
            },
        ),
        (
            ZEROED,
            {
                ("6", "text"): "a cat",
                ("3", "seed"): 7,
                ("5", "width"): 768,
                ("5", "height"): 512,
            },
        ),
    ],
    ids=["flux", "sdxl", "zeroed"],
)
async def test_the_inputs_of_ordinary_workflows_are_found(
    server: Comfy, tmp_path: Path, workflow: dict[str, Any], changes: dict[tuple[str, str], Any]
) -> None:
    job = Job("a cat", seed=7, options=JOB_VALUES)
    await draw(server, tmp_path, job, workflow=workflow, negative_prompt="ugly")
    wanted = copy.deepcopy(workflow)
    for (node, name), value in changes.items():
        wanted[node]["inputs"][name] = value
    assert server.prompts == [wanted]


@pytest.mark.parametrize("name", ["Words", "12", "12.value", "Words.value"])
async def test_a_node_is_named_by_its_title_or_id(server: Comfy, tmp_path: Path, name: str) -> None:
    workflow = {
        **WORKFLOW,
        "12": {"class_type": "Unknown", "inputs": {"value": "x"}, "_meta": {"title": "Words"}},
    }
    await draw(server, tmp_path, workflow=workflow, prompt_node=name)
    [sent] = server.prompts
    assert sent["12"]["inputs"]["value"] == "a cat"
    assert sent["6"] == WORKFLOW["6"]


@pytest.mark.parametrize(
    ("text", "others", "reason"),
    [
        ("{", {}, "it is no JSON"),
        ("[]", {}, "it has no nodes"),
        ('{"nodes": [], "links": []}', {}, "Export (API)"),
        ('{"1": {"inputs": {}}}', {}, "class_type"),
        ('{"1": {"class_type": "LoadImage", "inputs": {}}}', {}, "set prompt_node"),
        (json.dumps(WORKFLOW), {"prompt_node": "77"}, "no node with the title or id '77'"),
        (json.dumps(WORKFLOW), {"seed_node": "CLIP Text Encode (Prompt)"}, "2 nodes with the"),
        (json.dumps(WORKFLOW), {"seed_node": "3.sead"}, "no input 'sead'"),
        (json.dumps(WORKFLOW), {"seed_node": "8"}, "looks like one for the seed"),
        (json.dumps(WORKFLOW), {"output_node": "77"}, "no node with the title or id '77'"),
        (None, {}, "cannot be read"),
    ],
)
async def test_a_bad_workflow_is_refused_at_the_start(
    tmp_path: Path, text: str | None, others: dict[str, str], reason: str
) -> None:
    file = tmp_path / "bad.json"
    if text is not None:
        file.write_text(text, "utf-8")
    how = Settings(workflow=str(file), **others)  # type: ignore[arg-type] # names of nodes
    with pytest.raises(CannotStart) as refused:
        await ComfyUIImage(how, tmp_path).__aenter__()
    assert reason in str(refused.value)
    assert str(refused.value).startswith("image.comfyui.workflow ")
    assert "\n" not in str(refused.value)


async def test_without_a_workflow_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"image\.comfyui\.workflow is not set"):
        await ComfyUIImage(Settings(), tmp_path).__aenter__()
