"""`run.py keys`: a key is told once, only its hash is kept, and it counts until it is revoked."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from tests.running import command


def keys(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command(tmp_path, "keys", *arguments)


def test_a_key_is_printed_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    told = keys(tmp_path, "create", "ann", "--scopes", "content,feed")
    assert told.returncode == 0
    prefix, id_, secret = told.stdout.strip().split("_")
    assert (prefix, len(id_), len(secret)) == ("fm", 12, 48)
    assert told.stdout.count("\n") == 1
    assert "ann" in told.stderr
    assert secret not in told.stderr
    listed = keys(tmp_path, "list").stdout
    assert "ann" in listed
    assert "content,feed" in listed
    assert secret not in listed
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("feedmill.db*"))
    assert id_.encode() in stored
    assert secret.encode() not in stored
    assert bytes.fromhex(secret) not in stored


def test_a_name_has_one_key_at_a_time(tmp_path: Path) -> None:
    first = keys(tmp_path, "create", "ann").stdout
    told = keys(tmp_path, "create", "ann")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "There is a key named ann already: revoke it first.\n"
    assert keys(tmp_path, "revoke", "ann").returncode == 0
    second = keys(tmp_path, "create", "ann", "--scopes", "admin").stdout
    assert second.startswith("fm_")
    assert second != first
    assert len(keys(tmp_path, "list").stdout.splitlines()) == 3


def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for arguments, code, says in (
        (("revoke", "nobody"), 1, "There is no key named nobody in use.\n"),
        (("create", "a b"), 2, "a name has 1 to 64 letters"),
        (("create", "ann", "--scopes", "content,all"), 2, "expected some of content, feed"),
        (("create", "ann", "--scopes", ""), 2, "expected some of content, feed"),
        (("list", "--set", "text.workers=0"), 2, "[text] workers is 0"),
        ((), 2, "ACTION"),
    ):
        told = keys(tmp_path, *arguments)
        assert (told.returncode, told.stdout) == (code, ""), arguments
        assert says in told.stderr
        assert "Traceback" not in told.stderr


def test_the_configuration_may_stand_before_and_behind_the_command(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('[service]\ndata_dir = "there"\n')
    assert keys(tmp_path, "create", "ann", "--config", str(tmp_path / "my.toml")).stdout
    elsewhere = f"service.data_dir={tmp_path}/there"
    assert "ann" in command(tmp_path, "--set", elsewhere, "keys", "list").stdout
    with closing(sqlite3.connect(tmp_path / "there" / "feedmill.db")) as database:
        assert database.execute("SELECT name FROM api_keys").fetchall() == [("ann",)]
