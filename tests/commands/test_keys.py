"""`run.py keys`: a key is shown once, only its hash is kept, and it can be revoked."""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.commands import keys
from service.config import load
from service.store.sql.keys import key_registry
from tests.support.running import HOME, command, running_service

Outcome = tuple[int, str, str]
Keys = Callable[..., Outcome]


@pytest.fixture
def run_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Keys:
    """Runs `keys` with these arguments: exit code, standard output, standard error."""
    parser = argparse.ArgumentParser()
    keys.add(parser.add_subparsers())
    config = load(None, {}, [f"service.data_dir={tmp_path}/data"])

    def run(*words: str) -> Outcome:
        try:
            arguments = parser.parse_args(["keys", *words])
            code = arguments.do(arguments, config)
        except SystemExit as refused:
            code = refused.code
        return (int(code), *capsys.readouterr())

    return run


def test_a_key_is_printed_once_and_only_its_hash_is_kept(tmp_path: Path, run_keys: Keys) -> None:
    code, out, err = run_keys("create", "ann", "--scopes", "content,feed", "--yes")
    assert code == 0
    prefix, id_, secret = out.strip().split("_")
    assert (prefix, len(id_), len(secret)) == ("fm", 12, 48)
    assert out.count("\n") == 1
    assert "ann" in err
    assert secret not in err
    _, listed, _ = run_keys("list")
    assert "ann" in listed
    assert "content,feed" in listed
    assert secret not in listed
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("feedmill.db*"))
    assert id_.encode() in stored
    assert secret.encode() not in stored
    assert bytes.fromhex(secret) not in stored


def test_a_name_can_have_one_key_at_a_time(run_keys: Keys) -> None:
    _, first, _ = run_keys("create", "ann", "--yes")
    sentence = "There is a key named ann already: revoke it first.\n"
    assert run_keys("create", "ann") == (1, "", sentence)
    assert run_keys("revoke", "ann")[0] == 0
    _, second, _ = run_keys("create", "ann", "--scopes", "admin")
    assert second.startswith("fm_")
    assert second != first
    assert len(run_keys("list")[1].splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("revoke", "nobody"), 1, "There is no key named nobody in use.\n"),
        (("create", "a b"), 2, "a name has 1 to 64 letters"),
        (("create", "ann", "--scopes", "content,all"), 2, "expected some of content, feed"),
        (("create", "ann", "--scopes", ""), 2, "expected some of content, feed"),
        (("create", "ann", "--weight", "0"), 2, "expected a whole number from 1 to 1000"),
        (("create", "ann", "--weight=-1"), 2, "expected a whole number from 1 to 1000"),
        (("create", "ann", "--weight", "1001"), 2, "expected a whole number from 1 to 1000"),
        (("create", "ann", "--weight", "0.5"), 2, "expected a whole number from 1 to 1000"),
        (("create", "ann", "--weight", "much"), 2, "expected a whole number from 1 to 1000"),
        (("create", "ann", "--priority", "urgent"), 2, "expected one of high, normal, low"),
        (("change", "ann", "--weight", "1001"), 2, "expected a whole number from 1 to 1000"),
        (("change", "ann", "--priority", ""), 2, "expected one of high, normal, low"),
        (("change", "ann", "--weight", "2"), 1, "There is no key named ann in use.\n"),
        (("change", "ann"), 1, "Nothing was changed: add --weight, --priority or --models.\n"),
        (("create", "ann", "--models", ""), 2, "expected names of models, or all"),
        (("create", "ann", "--models", "nope"), 1, "There is no model nope: they are text, image."),
        ((), 2, "ACTION"),
    ],
)
def test_invalid_arguments_are_refused_in_a_sentence(
    run_keys: Keys, words: tuple[str, ...], code: int, says: str
) -> None:
    result = run_keys(*words)
    assert result[:2] == (code, "")
    assert says in result[2]
    assert len(run_keys("list")[1].splitlines()) == 1


def test_configuration_options_work_before_and_after_the_command(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('[service]\ndata_dir = "there"\n')
    result = command(
        tmp_path, "keys", "create", "ann", "--yes", "--config", str(tmp_path / "my.toml")
    )
    assert (result.returncode, result.stdout[:3]) == (0, "fm_")
    elsewhere = f"service.data_dir={tmp_path}/there"
    assert "ann" in command(tmp_path, "--set", elsewhere, "keys", "list").stdout


def test_weight_and_priority_are_given_with_a_key_and_changed_later(run_keys: Keys) -> None:
    def rights(name: str) -> list[str]:
        lines = run_keys("list")[1].splitlines()
        return next(line.split()[2:4] for line in lines if line.startswith(f"{name} "))

    run_keys("create", "ann", "--yes")
    run_keys("create", "bob", "--weight", "4", "--priority", "high")
    assert rights("ann") == ["1", "normal"]
    assert rights("bob") == ["4", "high"]
    code, out, err = run_keys("change", "ann", "--weight", "1000", "--priority", "low")
    assert (code, out) == (0, "")
    assert err == "The key of ann has weight 1000 and priorities up to low now.\n"
    assert rights("ann") == ["1000", "low"]
    run_keys("change", "bob", "--weight", "2")
    assert rights("bob") == ["2", "high"]


def test_a_key_is_limited_to_models(run_keys: Keys) -> None:
    def models(name: str) -> str:
        lines = run_keys("list")[1].splitlines()
        return next(line.split()[4] for line in lines if line.startswith(f"{name} "))

    run_keys("create", "ann", "--yes", "--models", "image")
    run_keys("create", "bob")
    assert (models("ann"), models("bob")) == ("image", "all")
    code, _, err = run_keys("change", "ann", "--models", "text,image")
    assert (code, err) == (0, "The key of ann has text, image as models now.\n")
    assert models("ann") == "text,image"
    run_keys("change", "ann", "--weight", "2")
    assert models("ann") == "text,image"
    assert (
        run_keys("change", "ann", "--models", "all")[2] == "The key of ann has all as models now.\n"
    )
    assert models("ann") == "all"


# --------------------------------------------------------------------- the first key


def test_the_first_key_is_created_only_after_a_confirmation(tmp_path: Path) -> None:
    result = command(tmp_path, "keys", "create", "ann")
    assert (result.returncode, result.stdout) == (1, "")
    assert "every caller needs one" in result.stderr
    assert result.stderr.endswith("No key was made. Add --yes to confirm.\n")
    assert command(tmp_path, "keys", "list").stdout.count("\n") == 1
    result = command(tmp_path, "keys", "create", "ann", "--yes")
    assert (result.returncode, result.stdout[:3]) == (0, "fm_")
    assert "every caller" not in result.stderr
    result = command(tmp_path, "keys", "create", "bob")  # the second changes nothing
    assert (result.returncode, result.stdout[:3]) == (0, "fm_")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("http.host=0.0.0.0", ""),  # there the service does not start without a key
        ("auth.required=true", ""),
        ("auth.required=false", "It is not required: [auth] required is false."),
    ],
)
def test_the_first_key_needs_no_confirmation_if_keys_are_required_anyway(
    tmp_path: Path, setting: str, says: str
) -> None:
    result = command(tmp_path, "keys", "create", "ann", "--set", setting)
    assert (result.returncode, result.stdout[:3]) == (0, "fm_")
    assert says in result.stderr
    assert "every caller" not in result.stderr


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("Yes", 0), ("", 1), ("n", 1), ("\x04", 1)])
def test_a_terminal_asks_for_confirmation_of_the_first_key(
    tmp_path: Path, answer: str, code: int
) -> None:
    own, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, HOME / "run.py", "--data-dir", tmp_path / "data", "keys", "create", "ann"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as asking:
        os.close(theirs)
        seen = b""
        while not seen.endswith(b"Make it? [y/N] "):
            seen += os.read(own, 1000)
        os.write(own, f"{answer}\n".encode())
        key, _ = asking.communicate()
    os.close(own)
    assert b"every caller needs one" in seen
    assert asking.returncode == code
    assert key.startswith(b"fm_") == (code == 0)
    assert ("ann" in command(tmp_path, "keys", "list").stdout) == (code == 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_a_key_that_cannot_be_printed_is_not_created(tmp_path: Path, output: str) -> None:
    words = (sys.executable, str(HOME / "run.py"), "--data-dir", str(tmp_path / "data"), "keys")
    result = subprocess.run(
        ["sh", "-c", f'exec "$@" {output}', "sh", *words, "create", "ann", "--yes"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert command(tmp_path, "keys", "list").stdout.count("\n") == 1


# --------------------------------------------------------------------- adopt


async def test_requests_without_a_key_can_be_adopted(tmp_path: Path) -> None:
    simulated = ("text.generator=simulated", "image.generator=simulated")
    async with running_service(tmp_path, *simulated) as service, ClientSession(service.url) as http:
        once = {"prompt": "fox", "tag": "text"}
        ids = []
        for headers in ({"Idempotency-Key": "k"}, {}, {}):
            async with http.post("/content", json=once, headers=headers) as answer:
                ids.append((await answer.json())["RequestId"])
        keys = {}
        for name in ("ann", "bob"):
            words = ("keys", "create", name, "--yes")
            keys[name] = (await asyncio.to_thread(command, tmp_path, *words)).stdout.strip()
        ann = {"Authorization": f"Bearer {keys['ann']}"}
        async with http.get(f"/content/{ids[0]}", headers=ann) as answer:
            assert answer.status == 404
        result = await asyncio.to_thread(command, tmp_path, "keys", "adopt", "ann")
        assert (result.returncode, result.stderr) == (0, "3 requests given to ann.\n")
        async with http.get("/content", headers=ann) as answer:
            assert [r["id"] for r in (await answer.json())["requests"]] == ids[::-1]
        again = ann | {"Idempotency-Key": "k"}
        async with http.post("/content", json=once, headers=again) as answer:
            assert (await answer.json())["RequestId"] == ids[0]
        bob = {"Authorization": f"Bearer {keys['bob']}"}
        async with http.get(f"/content/{ids[0]}", headers=bob) as answer:
            assert answer.status == 404
        result = await asyncio.to_thread(command, tmp_path, "keys", "adopt", "bob")
        assert result.stderr == "0 requests given to bob.\n"


def test_only_a_valid_key_can_adopt_requests(run_keys: Keys) -> None:
    run_keys("create", "ann", "--yes")
    run_keys("revoke", "ann")
    for name in ("ann", "nobody"):
        sentence = f"There is no key named {name} in use.\n"
        assert run_keys("adopt", name) == (1, "", sentence)


def test_many_requests_are_adopted_in_short_steps(
    tmp_path: Path, run_keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_keys("create", "ann", "--yes")
    monkeypatch.setattr(key_registry, "ADOPT_BATCH_REQUESTS", 3)
    with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as database:
        for number in range(10):
            database.execute(
                "INSERT INTO requests (id, tag, prompt, seed, owner, created_at) "
                "VALUES (?, 'text', 'p', 1, ?, 1)",
                (f"id{number}", "bob" if number == 5 else None),
            )
        database.commit()
        assert run_keys("adopt", "ann") == (0, "", "9 requests given to ann.\n")
        owners = database.execute("SELECT owner FROM requests ORDER BY id").fetchall()
    assert [owner for (owner,) in owners] == ["ann"] * 5 + ["bob"] + ["ann"] * 4
