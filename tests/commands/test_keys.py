"""`run.py keys`: a key is told once, only its hash is kept, and it counts until it is revoked."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from service.commands import keys
from service.config import load
from tests.support.running import command

Told = tuple[int, str, str]
Keys = Callable[..., Told]


@pytest.fixture
def run_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Keys:
    """Runs `keys` with these arguments: exit code, standard output, standard error."""
    parser = argparse.ArgumentParser()
    keys.add(parser.add_subparsers())
    config = load(None, {}, [f"service.data_dir={tmp_path}/data"])

    def run(*words: str) -> Told:
        try:
            arguments = parser.parse_args(["keys", *words])
            code = arguments.do(arguments, config)
        except SystemExit as refused:
            code = refused.code
        return (int(code), *capsys.readouterr())

    return run


def test_a_key_is_printed_once_and_only_its_hash_is_kept(tmp_path: Path, run_keys: Keys) -> None:
    code, out, err = run_keys("create", "ann", "--scopes", "content,feed")
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


def test_a_name_has_one_key_at_a_time(run_keys: Keys) -> None:
    _, first, _ = run_keys("create", "ann")
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
        ((), 2, "ACTION"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    run_keys: Keys, words: tuple[str, ...], code: int, says: str
) -> None:
    told = run_keys(*words)
    assert told[:2] == (code, "")
    assert says in told[2]
    assert len(run_keys("list")[1].splitlines()) == 1


def test_the_configuration_may_stand_before_and_behind_the_command(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('[service]\ndata_dir = "there"\n')
    told = command(tmp_path, "keys", "create", "ann", "--config", str(tmp_path / "my.toml"))
    assert (told.returncode, told.stdout[:3]) == (0, "fm_")
    elsewhere = f"service.data_dir={tmp_path}/there"
    assert "ann" in command(tmp_path, "--set", elsewhere, "keys", "list").stdout
