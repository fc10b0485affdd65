"""Pictures as input: checked, given to the generator, private, kept, removed."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData
from openai import BadRequestError

from tests.http.openai.test_official_client import client_of
from tests.support import api_keys
from tests.support.pictures import picture, png_that_says
from tests.support.running import Running, running_service, spawn

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = picture("PNG", 64, 40)
CONFIG = """
[http]
max_picture = 200000
max_body = 20000
[text]
generator = "simulated"
[image]
generator = "simulated"
[image.simulated]
distinct = true
[models.plain]
kind = "image"
generator = "openai"
api_key_env = ""
edits = false
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "config.toml").write_text(CONFIG)
    return folder


def key(folder: Path, name: str) -> dict[str, str]:
    made = api_keys.create(folder / "data" / "feedmill.db", name, ("content", "worker"))
    return {"Authorization": f"Bearer {made}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(folder: Path) -> AsyncIterator[Running]:
    key(folder, "the first")
    async with running_service(folder) as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ann(service: Running, folder: Path) -> AsyncIterator[ClientSession]:
    async with ClientSession(service.url, headers=key(folder, "ann")) as http:
        yield http


def form(image: Any = PNG, name: str = "image", **fields: str) -> FormData:
    sent = FormData({"prompt": "make it blue", "tag": "image", **fields})
    sent.add_field(name, image, filename="photo.png", content_type="image/png")
    return sent


async def submit(http: ClientSession, data: Any = None, **fields: Any) -> tuple[int, Any]:
    how: Any = {"data": data} if data is not None else {"json": fields}
    async with http.post("/content", **how) as answer:
        return answer.status, await answer.json()


async def record(http: ClientSession, id_: str) -> Any:
    async with http.get(f"/content/{id_}?wait=60") as answer:
        return await answer.json()


async def done(http: ClientSession, data: Any = None, **fields: Any) -> Any:
    status, accepted = await submit(http, data, **fields)
    assert status == 202, accepted
    found = await record(http, accepted["RequestId"])
    assert found["status"] == "completed", found
    return found


async def colour(http: ClientSession, uri: str) -> bytes:
    """The bytes of a picture, which says what it was made from."""
    async with http.get(uri) as answer:
        assert answer.status == 200
        return await answer.read()


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "data" / "media").rglob("*.input")}


def reason(problem: Any, name: str = "image") -> str:
    return str({error["name"]: error["reason"] for error in problem["errors"]}[name])


async def test_a_file_is_what_a_picture_is_made_from(ann: ClientSession) -> None:
    plain = await done(ann, prompt="make it blue", tag="image")
    made = await done(ann, form())
    assert made["image"] == f"/content/{made['id']}/image"
    assert plain["image"] is None
    of_jpeg = await done(ann, form(picture("JPEG")))
    pictures = [await colour(ann, one["imageUri"]) for one in (plain, made, of_jpeg)]
    assert len(set(pictures)) == 3
    async with ann.get(made["image"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert await answer.read() == PNG
        assert answer.headers["Cache-Control"] == "private, no-cache"
    async with ann.get(f"/content/{plain['id']}/image") as answer:
        assert answer.status == 404
    both = await done(ann, form(tag="instagram"))
    assert both["text"] == "generated text for make it blue\n\n#generated #simulated"


async def test_addresses_of_this_service_are_input_as_well(
    ann: ClientSession, service: Running
) -> None:
    made = await done(ann, form())
    result = await colour(ann, made["imageUri"])
    for address in (made["imageUri"], f"{service.url}{made['imageUri']}"):
        again = await done(ann, prompt="p", tag="image", image=address)
        assert again["image"] == made["imageUri"]
        assert (await colour(ann, again["imageUri"])) != result
    same = await done(ann, prompt="p", tag="image", image=made["image"])
    assert await colour(ann, same["imageUri"]) == result  # its colour is that of its input


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/cat.png",
        f"/media/{'0' * 64}/cat.png",
        f"/inputs/{'0' * 64}/png.input",
        "/content/nope/image",
        "/etc/passwd",
        "file:///etc/passwd",
        "data:image/png;base64,aGk=",
        "ü\ud83d"[:1],
        "",
    ],
)
async def test_an_unknown_or_foreign_address_is_refused(ann: ClientSession, address: str) -> None:
    status, problem = await submit(ann, prompt="p", tag="image", image=address)
    assert status == 400
    assert reason(problem).startswith(("There is no picture of this service", "Must not be empty"))


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (form(b"no picture"), 400, "Must be a complete PNG, JPEG or WebP"),
        (form(PNG[:-30]), 400, "Must be a complete PNG, JPEG or WebP"),
        (form(png_that_says(30_000, 30_000)), 400, "Must be a complete PNG, JPEG or WebP"),
        (form(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), 400, "Must be a complete PNG"),
        (form(bytes(200_001)), 413, ""),
        (form(PNG, tag="text"), 400, "Texts are not made from pictures"),
        (form(PNG, model="plain"), 400, "The generator openai of the model plain cannot"),
        (form(PNG, name="picture"), 400, "a file only as image"),
        (form(PNG, prompt="p" * 25_000), 413, ""),
        (form(b""), 400, ""),
    ],
    ids=[
        "text",
        "cut off",
        "bomb",
        "svg",
        "large",
        "for a text",
        "unable",
        "name",
        "long",
        "empty",
    ],
)
async def test_a_file_that_cannot_be_used_queues_and_leaves_nothing(
    ann: ClientSession, folder: Path, data: FormData, status: int, words: str
) -> None:
    before = files(folder)
    got, problem = await submit(ann, data)
    assert (got, words in json.dumps(problem)) == (status, True), problem
    assert files(folder) == before


async def test_variants_and_a_repeated_call_share_one_file(
    ann: ClientSession, folder: Path
) -> None:
    other = picture("PNG", 20, 20)
    before = files(folder)
    headers = {"Idempotency-Key": "once"}
    answers = []
    for sent in (other, other, PNG):
        async with ann.post("/content", data=form(sent, n="3"), headers=headers) as answer:
            answers.append((answer.status, await answer.json()))
    assert [status for status, _ in answers] == [202, 202, 422 if answers[2][0] == 422 else 409]
    assert answers[0][1]["RequestIds"] == answers[1][1]["RequestIds"]
    assert len(files(folder) - before) == 1


async def test_the_picture_is_private_and_goes_with_its_request(
    ann: ClientSession, service: Running, folder: Path
) -> None:
    mine = picture("PNG", 33, 33)
    made = await done(ann, form(mine))
    [stored] = [
        path for path in (folder / "data" / "media").rglob("*.input") if path.read_bytes() == mine
    ]
    async with ClientSession(service.url, headers=key(folder, "bob")) as bob:
        for suffix in ("png", "webp", "input"):
            async with bob.get(f"/media/{stored.stem}/x.{suffix}") as answer:
                assert answer.status == 404
        async with bob.get(made["image"]) as answer:
            assert answer.status == 404
        status, problem = await submit(bob, prompt="p", tag="image", image=made["image"])
        assert (status, "no picture of this service" in reason(problem)) == (400, True)
    async with ClientSession(service.url) as nobody, nobody.get(made["image"]) as answer:
        assert answer.status == 401
    async with ann.delete(f"/content/{made['id']}") as answer:
        assert answer.status == 204
    async with ann.get(made["image"]) as answer:
        assert answer.status == 404


async def test_openai_clients_edit_and_vary_pictures(service: Running, folder: Path) -> None:
    token = key(folder, "client")["Authorization"].split()[1]
    async with client_of(service, token) as client:
        edited = await client.images.edit(image=("a.png", PNG), prompt="make it blue", n=2)
        listed = await client.images.edit(image=[("a.png", PNG)], prompt="x", size="512x512")
        assert len(edited.data or ()) == 2
        firsts = [answer.data[0].b64_json for answer in (edited, listed) if answer.data]
        assert firsts == [firsts[0]] * 2
        for wrong, param in (
            ({"mask": ("m.png", PNG)}, "mask"),
            ({"model": "plain"}, "image"),
            ({"image": [("a.png", PNG), ("b.png", PNG)]}, "image"),
            ({"image": ("a.png", b"x")}, "image"),
        ):
            fields: Any = {"image": ("a.png", PNG), "prompt": "p", **wrong}
            with pytest.raises(BadRequestError) as refused:
                await client.images.edit(**fields)
            assert refused.value.param in (param, f"{param}[]")


async def test_a_variation_needs_no_prompt(ann: ClientSession) -> None:
    sent = FormData({"n": "2", "response_format": "url"})
    sent.add_field("image", PNG, filename="a.png")
    async with ann.post("/v1/images/variations", data=sent) as answer:
        made = await answer.json()
    assert len({one["url"] for one in made["data"]}) == 1
    async with ann.post("/v1/images/variations", json={"image": made["data"][0]["url"]}) as answer:
        assert answer.status == 200
    async with ann.post("/v1/images/edits", json={"prompt": "p"}) as answer:
        assert (answer.status, (await answer.json())["error"]["param"]) == (400, "image")


async def test_a_direct_call_takes_a_picture_as_well(ann: ClientSession) -> None:
    sent = FormData({"prompt": "p"})
    sent.add_field("image", PNG, filename="a", content_type="image/png")
    async with ann.post("/worker/image", data=sent) as answer:
        uri = (await answer.json())["imageUri"]
    made = await done(ann, form())
    assert await colour(ann, uri) == await colour(ann, made["imageUri"])


async def test_the_event_loop_goes_on_while_a_bomb_is_looked_at(ann: ClientSession) -> None:
    bombs = [form(png_that_says(5_000, 6_000)) for _ in range(4)]
    sent = asyncio.gather(*(submit(ann, bomb) for bomb in bombs))
    async with ann.get("/healthz") as answer:
        assert answer.status == 200
    assert {status for status, _ in await sent} == {400}


async def test_the_input_outlives_a_kill_a_failure_and_a_redrive(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    simulated = '[text]\ngenerator = "simulated"\n[image]\ngenerator = "simulated"\nattempts = 1\n'
    file.write_text(f"{simulated}[image.simulated]\nfailure_rate = 1.0\n")
    running = await spawn(tmp_path)
    async with ClientSession((await running.logged("ready"))["url"]) as http:
        ids = [(await submit(http, form()))[1]["RequestId"]]
        assert (await record(http, ids[0]))["status"] == "failed"
        async with http.post("/pools/image/pause"):
            pass
        ids.append((await submit(http, form()))[1]["RequestId"])
    running.process.kill()
    await running.process.wait()
    file.write_text(simulated)
    async with running_service(tmp_path) as service, ClientSession(service.url) as http:
        for path in (f"/dead-letters/{ids[0]}/redrive", "/pools/image/resume"):
            async with http.post(path) as answer:
                assert answer.status in {200, 202}
        for id_ in ids:
            found = await record(http, id_)
            assert found["status"] == "completed"
            drawn = await colour(http, found["imageUri"])
            wanted = zlib.crc32(PNG).to_bytes(4)[:3]
            assert zlib.compress((b"\0" + wanted * 8) * 8) in drawn


async def test_files_that_were_not_chosen_count_as_fields(ann: ClientSession) -> None:
    """A form with millions of them would keep the event loop for a minute."""
    part = '--b\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n'
    declared = {"Content-Type": "multipart/form-data; boundary=b"}
    async with ann.post("/content", data=f"{part * 51}--b--\r\n", headers=declared) as answer:
        assert (answer.status, "50 parameters at most" in await answer.text()) == (400, True)


@pytest.mark.parametrize("line", ["\n", "--bx\n"])
async def test_a_form_with_many_lines_around_its_fields_is_refused(
    ann: ClientSession, line: str
) -> None:
    """They are read in one go, too."""
    field = '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nrain\r\n'
    declared = {"Content-Type": "multipart/form-data; boundary=b"}
    sent = f"{line * 2001}{field}--b--\r\n"
    async with ann.post("/content?tag=text", data=sent, headers=declared) as answer:
        assert (answer.status, "cannot be read" in await answer.text()) == (400, True)
