"""Models are added, changed and removed while the service runs and is used."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from service.store.redis.connection import RedisConnection
from tests.support.running import Running, running_service
from tests.support.waiting import eventually, wait_until

KINDS = '[text]\ngenerator = "simulated"\n[image]\ngenerator = "simulated"\n'


def model(name: str, **keys: Any) -> str:
    values = {"kind": '"text"', "generator": '"simulated"', **keys}
    return f"[models.{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


class Client:
    """A client of the service that submits and reads."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session

    async def get(self, path: str) -> Any:
        async with self.session.get(path) as answer:
            return await answer.json(content_type=None)

    async def submit(self, model: str) -> tuple[int, Any]:
        body = {"prompt": "p", "tag": "text", "model": model}
        async with self.session.post("/content", json=body) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, status: int = 200) -> None:
        async with self.session.post(path) as answer:
            assert answer.status == status

    async def accepted(self, model: str) -> str:
        status, answer = await self.submit(model)
        assert status == 202, answer
        return str(answer["RequestId"])

    async def names(self) -> list[str]:
        return [model["name"] for model in (await self.get("/models"))["models"]]

    async def names_are(self, *names: str) -> None:
        async def so() -> bool:
            return await self.names() == ["text", "image", *names]

        await eventually(so, f"the models are {names}")

    async def ended(self, id_: str) -> Any:
        return await self.get(f"/content/{id_}?wait=60")


@contextlib.asynccontextmanager
async def service(folder: Path, text: str) -> Any:
    (folder / "config.toml").write_text(text)
    async with running_service(folder) as running, ClientSession(running.url) as session:
        yield running, Client(session)


@contextlib.contextmanager
def load(client: Client, *models: str) -> Iterator[list[str]]:
    """Submits for these models, in turn, while the context lasts; yields the ids."""
    ids: list[str] = []

    async def go_on() -> None:
        number = 0
        while True:
            ids.append(await client.accepted(models[number % len(models)]))
            number += 1
            await asyncio.sleep(0.04)  # the rate of this load

    task = asyncio.create_task(go_on())
    try:
        yield ids
    finally:
        task.cancel()


async def is_forgotten(running: Running, name: str) -> None:
    line = {"event": "nothing waits for a removed model", "model": name}
    await wait_until(
        lambda: any(line.items() <= each.items() for each in running.log_lines()),
        f"{name} is forgotten",
    )


async def test_models_come_and_go_under_load(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    draft = model("draft", workers=2, delay=0.01)
    async with service(tmp_path, KINDS + draft) as (running, client):
        await client.names_are("draft")
        assert (await client.submit("good"))[0] == 400
        with load(client, "text", "draft") as ids:
            good = model("good", workers=2, delay=0.02, fallback='["draft"]')
            file.write_text(KINDS + draft + good)
            await client.names_are("draft", "good")
            redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")

            async def has_consumers() -> bool:
                stream, group = "content:model:good", "good-workers"
                rows: Any = await redis.one("XINFO", "CONSUMERS", stream, group)
                names = sorted(row[1].decode().rpartition(".")[2] for row in rows)
                return names == ["good-1", "good-2"]

            await eventually(has_consumers, "its workers are consumers")
            with load(client, "good") as of_good:
                await asyncio.gather(*[client.accepted("good") for _ in range(10)])
                first = await client.accepted("good")
                assert (await client.ended(first))["model"] == "good"
                # resized, and opened again with other settings
                slower = good.replace("delay = 0.02", "delay = 0.1").replace("2\n", "1\n", 1)
                file.write_text(KINDS + draft + slower)
                await eventually(lambda: workers_are(client, 1), "it has one worker")
                waiting = [await client.accepted("good") for _ in range(20)]
            file.write_text(KINDS + draft)  # and now it goes
            await client.names_are("draft")
            refused = await client.submit("good")
            assert refused[0] == 400
            records = [await client.ended(id_) for id_ in [*of_good, *waiting]]
            assert {record["status"] for record in records} == {"completed"}
            made = Counter(record["model"] for record in records[-20:])
            assert made["draft"] > 0
            assert set(made) <= {"good", "draft"}
            assert {record["wanted_model"] for record in records} == {"good"}
        await running.logged("nothing waits for a removed model")
        rest = [await client.ended(id_) for id_ in ids]
        assert {record["status"] for record in rest} == {"completed"}
        status = await client.get("/status")
        assert [*status["pools"]] == ["text", "image", "draft"]
        assert "content:model:good" not in status["streams"]
        redis.close()


async def workers_are(client: Client, count: int) -> bool:
    pools = (await client.get("/status"))["pools"]
    return "good" in pools and pools["good"]["configured"] == count


async def test_what_waits_for_a_removed_model_fails_unless_it_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    async with service(tmp_path, KINDS + model("good")) as (_, client):
        await client.post("/pools/good/pause")
        id_ = await client.accepted("good")
        file.write_text(KINDS)
        await client.names_are()
        assert (await client.get(f"/content/{id_}"))["status"] == "queued"
        file.write_text(KINDS + model("good"))  # it was a mistake
        await client.names_are("good")
        await client.post("/pools/good/resume")
        assert (await client.ended(id_))["model"] == "good"
        await client.post("/pools/good/pause")
        id_ = await client.accepted("good")
    grace = "[queue]\nremoved_model_grace = 0.2\n"
    async with service(tmp_path, KINDS + grace) as (running, client):
        record = await client.ended(id_)
        sentence = "text: The model good was removed from the configuration."
        assert (record["status"], record["error"]) == ("failed", sentence)
        assert (record["model"], record["wanted_model"]) == ("good", "good")
        await running.logged("nothing waits for a removed model")


async def test_an_edit_that_cannot_be_used_leaves_the_others_alone(tmp_path: Path) -> None:
    file, draft = tmp_path / "config.toml", KINDS + model("draft")
    async with service(tmp_path, draft) as (running, client):
        file.write_text(KINDS + '[models.a]\nkind = "text"\n')
        refused = await running.logged("configuration refused")
        assert "[models.a] has no generator: expected one." in refused["reason"]
        assert await client.names() == ["text", "image", "draft"]
        workflow = tmp_path / "flux.json"
        workflow.write_text("{")
        comfy = model("b") + model(
            "flux", kind='"image"', generator='"comfyui"', workflow=f'"{workflow}"'
        )
        file.write_text(draft + comfy)
        why = f"[models.flux] workflow {workflow} cannot be used: it is no JSON."
        await wait_until(lambda: any(why in line for line in running.lines), "it is refused")
        assert await client.names() == ["text", "image", "draft"]
        file.write_text(draft + model("a", generator='"remote"'))
        refused = await running.logged("model cannot start")
        assert refused["reason"] == "The remote text generator needs `urls`, its servers."
        await client.names_are("a", "draft")
        [a] = [one for one in (await client.get("/models"))["models"] if one["name"] == "a"]
        assert (a["state"], a["reason"]) == ("unavailable", refused["reason"])
        file.write_text(draft + model("a", default="true"))  # it is tried at the next edit
        await running.logged("model added")
        async with client.session.post("/content", data={"prompt": "p", "tag": "text"}) as answer:
            id_ = (await answer.json())["RequestId"]
        assert (await client.ended(id_))["model"] == "a"


SLOW = """
import asyncio
from feedmill.generators import Written


class Writer:
    def __init__(self, settings, home):
        pass

    async def __aenter__(self):
        await asyncio.sleep(1.5)  # as a model that is loaded
        return self

    async def __aexit__(self, *_):
        pass

    async def generate(self, job, say):
        return Written("slow", "slow")
"""


async def test_what_waits_for_a_model_always_has_a_pool(tmp_path: Path) -> None:
    """Generators that cannot start, models that come back, and redrives for those that are gone."""
    file = tmp_path / "config.toml"
    (tmp_path / "slow_writer.py").write_text(SLOW)
    text = KINDS + "[queue]\nremoved_model_grace = 0.1\n"
    fails = model("fails", failure_rate=1, attempts=1)
    broken = model("broken", generator='"remote"', fallback='["text"]')
    busy = model("m", delay=1)
    async with service(tmp_path, text + fails + busy) as (running, client):
        dead = await client.accepted("fails")
        assert (await client.ended(dead))["status"] == "failed"
        # a bad edit of a model, with one that never was: the old one goes on
        worse = busy.replace('"simulated"', '"remote"').replace("delay = 1\n", "")
        file.write_text(text + worse + broken)
        await client.names_are("broken", "m")
        moved = await client.accepted("broken")
        record = await client.ended(moved)
        assert (record["status"], record["model"]) == ("completed", "text")
        states = {one["name"]: one["state"] for one in (await client.get("/models"))["models"]}
        assert states["broken"] == "unavailable"
        file.write_text(text + busy)
        await client.names_are("m")
        running_job = await client.accepted("m")
        # removed while it works, and back with a generator that takes its time
        file.write_text(text)
        await client.names_are()
        back = text + model("m", generator='"slow_writer:Writer"')
        file.write_text(back)
        await client.names_are("m")
        assert (await client.ended(running_job))["status"] == "completed"
        later = await client.accepted("m")
        assert (await client.ended(later))["status"] == "completed"
        file.write_text(back + model("later"))
        await client.names_are("later", "m")
        file.write_text(back)
        await is_forgotten(running, "later")  # a look at removed models
        assert await client.names() == ["text", "image", "m"]
        # not with another kind
        file.write_text(text + model("m", kind='"image"', generator='"simulated"'))
        refused = await running.logged("configuration refused")
        assert refused["reason"] == "[models.m] kind cannot change: remove the model first."
        # a redrive for one that is gone
        await client.post(f"/dead-letters/{dead}/redrive", 202)
        record = await client.ended(dead)
        assert record["status"] == "failed"
        assert record["error"].endswith("was removed from the configuration.")


BREAKING = """
import asyncio
from feedmill.generators import Written


class Writer:
    def __init__(self, settings, home):
        pass

    async def __aenter__(self):
        return self

    async def generate(self, job, say):
        return Written("a text", "breaking")


class Raises(Writer):
    async def __aexit__(self, *_):
        raise RuntimeError("it cannot close")


class Cancels(Writer):
    async def __aexit__(self, *_):
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await task  # it forgot that this raises
"""


async def test_a_generator_that_cannot_close_ends_nothing_else(tmp_path: Path) -> None:
    """Neither while the service runs nor at its stop, whose exit code is 0."""
    (tmp_path / "breaking.py").write_text(BREAKING)
    file = tmp_path / "config.toml"
    text = KINDS.replace('"simulated"', '"breaking:Cancels"', 1)
    text += "[queue]\nremoved_model_grace = 0.1\n"
    names = ("raises", "cancels")
    made = [model(name, generator=f'"breaking:{name.title()}"') for name in names]
    async with service(tmp_path, text + "".join(made)) as (running, client):
        for name in names:
            record = await client.ended(await client.accepted(name))
            assert (record["status"], record["model"]) == ("completed", name)
        file.write_text(text)
        for name in names:
            await is_forgotten(running, name)
        assert (await client.ended(await client.accepted("text")))["status"] == "completed"
        reasons = [line for line in running.log_lines() if line["event"] == "generator not closed"]
        classes = [line["generator"].rpartition(":")[2] for line in reasons]
        assert sorted(classes) == ["Cancels", "Raises"]
