"""`/content`: what clients of the original API rely on, to the letter."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import ClientSession, FormData

from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

STATUSES = {"queued", "generating", "completed", "failed", "cancelled", "expired"}
UNKNOWN = "0" * 45
EMOJI = "Ein Füchslein 🦊 im Schnee; ça va, 日本"


async def ask(
    http: ClientSession, path: str, parameters: dict[str, str], way: str = "query"
) -> tuple[int, Any]:
    """POST parameters in one of four ways; returns the status and the JSON that came back."""
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": parameters},
        "form": {"data": parameters},
        "multipart": {"data": multipart(parameters)},
        "json": {"json": parameters},
    }
    async with http.post(path, **ways[way]) as answer:
        return answer.status, await answer.json(content_type=None)


def multipart(parameters: dict[str, str]) -> FormData:
    form = FormData(default_to_multipart=True)
    for name, value in parameters.items():
        form.add_field(name, value)
    return form


async def submitted(http: ClientSession, **parameters: str) -> str:
    status, body = await ask(http, "/content", parameters)
    assert status == 202, body
    return str(body["RequestId"])


async def finished(http: ClientSession, id_: str) -> dict[str, Any]:
    async def final() -> dict[str, Any] | None:
        status, view = await ask(http, "/content/view", {"request-id": id_})
        assert status == 200
        assert view["status"] in STATUSES
        return view if view["status"] not in {"queued", "generating"} else None

    return await eventually(final, "the request is final")


every_way = pytest.mark.parametrize("way", ["query", "form", "multipart", "json"])


@every_way
@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_prompt_is_accepted_in_query_form_and_json(
    http: ClientSession, way: str, slash: str
) -> None:
    parameters = {"prompt": EMOJI, "tag": "text"}
    status, body = await ask(http, f"/content{slash}", parameters, way)
    assert status == 202
    assert body == {
        "message": "Hello! Your content is being generated. Use the request id to know status",
        "RequestId": body["RequestId"],
    }
    id_ = {"request-id": body["RequestId"]}
    view = await finished(http, body["RequestId"])
    assert await ask(http, f"/content/view{slash}", id_, way) == (200, view)
    assert view == {
        "status": "completed",
        "text": f"generated text for {EMOJI}",
        "imageUri": None,
        "error": None,
    }


async def test_a_form_with_unescaped_utf8_is_accepted(http: ClientSession) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"tag=text&prompt={EMOJI.replace(' ', '+')}".encode()
    async with http.post("/content", data=body, headers=form) as answer:
        id_ = (await answer.json())["RequestId"]
    assert (await finished(http, id_))["text"] == f"generated text for {EMOJI}"


async def test_the_body_wins_over_the_query(http: ClientSession) -> None:
    query = "/content?" + urlencode({"prompt": "query", "tag": "nonsense"})
    for way in ("form", "multipart", "json"):
        status, body = await ask(http, query, {"prompt": "body", "tag": "text"}, way)
        assert status == 202
        assert (await finished(http, body["RequestId"]))["text"] == "generated text for body"


async def test_parameters_can_be_split_between_query_and_body(http: ClientSession) -> None:
    status, body = await ask(http, "/content?tag=text", {"prompt": "half and half"}, "json")
    assert status == 202
    assert "half and half" in (await finished(http, body["RequestId"]))["text"]


async def test_an_empty_body_with_a_content_type_is_no_body(http: ClientSession) -> None:
    for declared in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        path, headers = "/content?prompt=p&tag=text", {"Content-Type": declared}
        async with http.post(path, headers=headers) as answer:
            assert answer.status == 202, declared


@pytest.mark.parametrize("tag", ["text", "image", "instagram"])
async def test_a_result_has_exactly_the_requested_parts(http: ClientSession, tag: str) -> None:
    view = await finished(http, await submitted(http, prompt="a boat", tag=tag))
    assert view.keys() == {"status", "text", "imageUri", "error"}
    assert view["status"] == "completed"
    assert view["error"] is None
    assert (view["text"] is not None) == (tag != "image")
    assert (view["imageUri"] is not None) == (tag != "text")


async def test_a_list_has_the_result_of_each_request(http: ClientSession) -> None:
    id_ = await submitted(http, prompt="a fox", tag="instagram")
    record = await finished(http, id_)
    async with http.get("/content", params={"tag": "instagram", "limit": "100"}) as answer:
        [listed] = [item for item in (await answer.json())["requests"] if item["id"] == id_]
    assert (listed["text"], listed["imageUri"]) == (record["text"], record["imageUri"])
    assert None not in (listed["text"], listed["imageUri"])


async def test_the_answer_has_the_location_of_the_whole_record(http: ClientSession) -> None:
    async with http.post("/content", json={"prompt": "p", "tag": "instagram"}) as answer:
        id_, location = (await answer.json())["RequestId"], answer.headers["Location"]
    assert location == f"/content/{id_}"
    view = await finished(http, id_)
    async with http.get(location) as answer:
        record = await answer.json()
    async with http.get(location + "/") as answer:
        assert await answer.json() == record
    assert {name: record[name] for name in view} == view
    assert record["id"] == id_
    assert record["tag"] == "instagram"
    assert record["prompt"] == "p"
    assert record["parts"].keys() == {"text", "image"}
    assert record["attempts"] == 1
    assert record["position"] is None
    assert record["eta_seconds"] is None
    times = [record[name] for name in ("created_at", "started_at", "completed_at")]
    assert times == sorted(times)
    assert all(time.endswith("Z") for time in times)


async def test_the_random_parts_of_ids_are_unique(http: ClientSession) -> None:
    ids = [await submitted(http, prompt="p", tag="text") for _ in range(20)]
    random = [id_[13:] for id_ in ids]
    assert all(len(part) * 4 >= 120 for part in random)
    for place in range(32):  # every digit varies
        assert len({part[place] for part in random}) > 1


async def test_the_same_seed_and_options_are_kept(http: ClientSession) -> None:
    parameters = {"prompt": "p", "tag": "image", "seed": "7", "user-id": "12", "publish": "false"}
    id_ = await submitted(
        http, **parameters, options=json.dumps({"size": "64x128", "temperature": 1})
    )
    await finished(http, id_)
    async with http.get(f"/content/{id_}") as answer:
        record = await answer.json()
    assert (record["seed"], record["user_id"], record["publish"]) == (7, "12", False)
    assert record["parts"]["image"]["seed"] == 7


@pytest.mark.parametrize("id_", [UNKNOWN, "x", "view2", "%FF", "%00", "é", "a%2Fb", "%ED%A0%80"])
async def test_an_unknown_id_is_not_found(http: ClientSession, id_: str) -> None:
    for path in (f"/content/{id_}", f"/content/{id_}/"):
        async with http.get(path) as answer:
            assert answer.status == 404
            assert answer.content_type == "application/problem+json"


async def test_viewing_an_unknown_id_is_not_found(http: ClientSession) -> None:
    for id_ in (UNKNOWN, "x", "é", "🦊", "' OR 1=1 --", "../../etc/passwd", quote(UNKNOWN) + " "):
        status, problem = await ask(http, "/content/view", {"request-id": id_}, "json")
        assert status == 404, id_
        assert problem["type"] == "/problems#not-found"


@every_way
async def test_a_prompt_of_the_maximum_length_is_accepted_and_a_longer_one_is_not(
    http: ClientSession, way: str
) -> None:
    status, body = await ask(http, "/content", {"prompt": "🦊" * 10_000, "tag": "text"}, way)
    assert status == 202
    assert "🦊" * 10_000 in (await finished(http, body["RequestId"]))["text"]
    status, problem = await ask(http, "/content", {"prompt": "é" * 10_001, "tag": "text"}, way)
    assert status == 400
    [error] = problem["errors"]
    assert error["name"] == "prompt"
    assert "10001 characters" in error["reason"]
