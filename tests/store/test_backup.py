"""`run.py backup` and `restore`: complete, private, and without anything else."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import shutil
import signal
import sqlite3
import stat
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.store.backup.make import make_backup
from service.store.backup.restore import restore_backup
from service.store.data_folder import claimed
from service.store.errors import BackupFailed
from service.store.media.folder import MediaFolder, keep_pictures
from service.store.media.names import PictureName
from service.store.sqlite import migrations
from tests.support import saved_databases
from tests.support.running import HOME, command, running_service
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until

FORMS = ["backup", "backup.tar", "backup.tar.gz", "backup.tgz", "backup.tar.xz", "backup.zip"]
SIMULATED = ("text.generator=simulated", "image.generator=simulated", "auth.required=false")
PICTURES = [b"the first picture", b"the second picture"]


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """The data folder of a stopped service, with two pictures and a secret."""
    folder = tmp_path / "data"
    saved_databases.restore(1, folder / "feedmill.db")
    media = MediaFolder(folder / "media")
    with contextlib.closing(sqlite3.connect(folder / "feedmill.db")) as database, database:
        for table in ("parts", "posts"):
            database.execute(f"UPDATE {table} SET image_uri = NULL")
        for data, (table, key) in zip(
            PICTURES, [("parts", "request_id"), ("posts", "id")], strict=True
        ):
            uri = await media.save(data, "image/png", "a fox")
            database.execute(
                f"UPDATE {table} SET image_uri = ? WHERE {key} = (SELECT max({key}) FROM {table})",
                (uri,),
            )
    (folder / "webhook-secret").write_text("whsec_secret\n")
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """The empty folder for the restored data."""
    return tmp_path / "restored"


def contents(folder: Path) -> tuple[list[str], dict[str, bytes]]:
    """Everything that must survive a restore: the rows, the pictures and the secret."""
    with contextlib.closing(sqlite3.connect(folder / "feedmill.db")) as database:
        rows = sorted(database.iterdump())
        rows += [
            str(database.execute(f"PRAGMA {name}").fetchone())
            for name in ("user_version", "auto_vacuum")
        ]
    kept = [folder / "webhook-secret", *(folder / "media").glob("??/*.*")]
    return rows, {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def everything(folder: Path) -> Iterator[Path]:
    return (path for path in [folder, *folder.rglob("*")] if path.exists())


@pytest.mark.parametrize("form", FORMS)
def test_a_restored_folder_equals_the_original(
    data: Path, tmp_path: Path, empty: Path, form: str
) -> None:
    manifest = make_backup(data, tmp_path / form)
    assert (manifest.requests > 0, manifest.pictures) == (True, 2)
    assert restore_backup(tmp_path / form, empty) == manifest
    assert contents(empty) == contents(data)
    assert not (empty / ".restoring").exists()


@pytest.mark.parametrize("form", ["backup", "backup.zip"])
@pytest.mark.usefixtures("data")
def test_only_the_owner_can_read_a_backup(tmp_path: Path, empty: Path, form: str) -> None:
    before = os.umask(0)  # the worst possible umask
    try:
        backup = command(tmp_path, "backup", form)
        restored = command(tmp_path, "--data-dir", str(empty), "restore", form)
    finally:
        os.umask(before)
    assert (backup.returncode, restored.returncode) == (0, 0), backup.stderr + restored.stderr
    assert "pictures: 2" in backup.stderr
    assert "pictures: 2" in restored.stderr
    for path in [*everything(tmp_path / form), *everything(empty)]:
        allowed = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) & ~allowed == 0, path


def test_a_backup_folder_has_the_files_unchanged(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "there already"
    target.mkdir(mode=0o755)
    make_backup(data, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert contents(target) == contents(data)


async def test_a_backup_has_the_pictures_that_requests_are_made_from(
    data: Path, tmp_path: Path, empty: Path
) -> None:
    migrations.migrate(data / "feedmill.db")
    uri = await MediaFolder(data / "media").save_input(b"a private picture", "image/jpeg")
    with contextlib.closing(sqlite3.connect(data / "feedmill.db")) as database, database:
        database.execute("INSERT INTO input_pictures VALUES ('a request', ?)", (uri,))
    assert make_backup(data, tmp_path / "backup.zip").pictures == 3
    restore_backup(tmp_path / "backup.zip", empty)
    assert contents(empty) == contents(data)
    assert await MediaFolder(empty / "media").read(uri) == (b"a private picture", "image/jpeg")


def test_pictures_without_a_row_are_left_out(data: Path, tmp_path: Path) -> None:
    (data / "media" / "ab").mkdir(exist_ok=True)
    (data / "media" / "ab" / f"ab{'0' * 62}.png").write_bytes(b"never shown")
    (data / "redis").mkdir()
    (data / "redis" / "log").touch()
    make_backup(data, tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        assert len(archive.namelist()) == 2 + len(
            ["manifest.json", "feedmill.db", "webhook-secret"]
        )


async def test_a_backup_under_load_ends_and_is_consistent(tmp_path: Path) -> None:
    accepted: list[str] = []
    ended = asyncio.Event()

    async def submit(client: ClientSession) -> None:
        while not ended.is_set():
            form = {
                "prompt": "a fox in the snow",
                "tag": "instagram",
                "user-id": "ann",
                "publish": "true",
            }
            async with client.post("/content", data=form) as answer:
                if answer.status != 202:
                    continue
                accepted.append((await answer.json())["RequestId"])
            async with client.get(f"/content/{accepted[-1]}", params={"wait": "20"}):
                pass  # so that a slow machine does not begin with a long queue

    async with (
        running_service(tmp_path, *SIMULATED) as service,
        ClientSession(service.url) as client,
        asyncio.TaskGroup() as load,
    ):
        for _ in range(8):
            load.create_task(submit(client))
        await wait_until(lambda: len(accepted) > 50, "there is load")
        archive = str(tmp_path / "backup.tar")
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                before = list(accepted)
                backup = await asyncio.to_thread(command, tmp_path, "backup", archive)
                while len(accepted) == len(before):  # until others write during one
                    archive += ".tar"
                    backup = await asyncio.to_thread(command, tmp_path, "backup", archive)
        finally:
            ended.set()
    assert backup.returncode == 0, backup.stderr
    other = tmp_path / "other"
    other.mkdir()
    assert command(other, "restore", archive).returncode == 0
    async with running_service(other, *SIMULATED) as service, ClientSession(service.url) as client:
        for id_ in before:
            async with client.get(f"/content/{id_}", params={"wait": "20"}) as answer:
                record = await answer.json()
            assert record["status"] == "completed", record
            async with client.get(record["imageUri"]) as answer:
                assert answer.status == 200

        async def published() -> bool:  # a moment after the end of its request
            url, posts = f"{service.url}/feed", set[str]()
            while url:
                async with client.post(url, data={"user-id": "ann"}) as answer:
                    posts |= {post["id"] for post in await answer.json()}
                    link = answer.links.get("next")
                    url = str(link["url"]) if link else ""
            return posts >= set(before)

        await eventually(published, "each request has its post")


async def test_no_picture_is_removed_while_a_backup_is_made(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "media")
    uri = await media.save(b"a picture", "image/png", "a fox")
    digest = uri.split("/")[2]
    path = await media.file(digest, "png")
    assert path is not None
    media.release(uri, 0.0)
    picture, deadline = PictureName(digest, "png"), time.monotonic() + HANGS_SECONDS
    assert await media.unclaimed([picture]) == [picture]
    with keep_pictures(tmp_path / "media"), keep_pictures(tmp_path / "media"):
        assert not await media.remove(picture, deadline)
        assert path.exists()
    assert await media.remove(picture, deadline)
    assert not path.exists()


@pytest.mark.parametrize("form", ["backup", "backup.tar.gz"])
def test_nothing_is_overwritten(data: Path, tmp_path: Path, form: str) -> None:
    make_backup(data, tmp_path / form)
    was = _version(tmp_path / form)
    with pytest.raises(BackupFailed, match=r"is there already: name a new "):
        make_backup(data, tmp_path / form)
    assert _version(tmp_path / form) == was
    assert (tmp_path / form / "manifest.json").exists() or (tmp_path / form).is_file()


def _version(path: Path) -> tuple[int, ...]:
    """What changes when something is written there; reading changes only the access time."""
    status = path.stat()
    return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@pytest.mark.parametrize("form", ["new", "backup.tar", "empty"])
def test_a_backup_that_fails_leaves_nothing(data: Path, tmp_path: Path, form: str) -> None:
    if form == "empty":
        (tmp_path / form).mkdir()
    (data / "feedmill.db").write_bytes(b"no database" * 1000)
    there = set(tmp_path.rglob("*"))
    with pytest.raises(BackupFailed, match="cannot be copied"):
        make_backup(data, tmp_path / form)
    assert set(tmp_path.rglob("*")) == there


def test_a_folder_without_data_cannot_be_backed_up(tmp_path: Path) -> None:
    result = command(tmp_path, "backup", "backup.zip")
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(
        r"There is nothing to back up: .*data holds no feedmill.db.\n", result.stderr
    )
    assert not (tmp_path / "backup.zip").exists()
    assert not (tmp_path / "data").exists()


def test_a_missing_picture_is_reported(data: Path, tmp_path: Path, empty: Path) -> None:
    lost, damaged = sorted((data / "media").glob("??/*.png"))
    lost.unlink()
    damaged.write_bytes(b"something else")
    backup = command(tmp_path, "backup", "backup.tar")
    assert backup.returncode == 1
    assert "2 in all" in backup.stderr
    restored = command(tmp_path, "--data-dir", str(empty), "restore", "backup.tar")
    assert restored.returncode == 1
    assert "2 in all" in restored.stderr
    assert contents(empty)[0] == contents(data)[0]


# ----------------------------------------------------------------------------- restoring: refused


def _refused(source: Path, folder: Path, sentence: str) -> None:
    with pytest.raises(BackupFailed, match=sentence):
        restore_backup(source, folder)
    there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert there <= {"nodes"}, "it changes nothing"


def test_a_folder_with_data_is_refused(data: Path, tmp_path: Path) -> None:
    make_backup(data, tmp_path / "backup")
    before = contents(data)
    result = command(tmp_path, "restore", "backup")
    assert result.returncode == 1
    assert "is not empty. Stop the service if it runs, and move the folder away" in result.stderr
    assert contents(data) == before


def test_a_folder_of_a_service_that_starts_is_refused(
    data: Path, tmp_path: Path, empty: Path
) -> None:
    make_backup(data, tmp_path / "backup")
    with claimed(empty, alone=False):
        _refused(tmp_path / "backup", empty, "Another Feedmill process already uses")


@pytest.mark.parametrize("form", ["backup", "backup.tar", "backup.zip"])
@pytest.mark.parametrize("name", ["feedmill.db", "webhook-secret", "media", "manifest.json"])
@pytest.mark.parametrize("how", ["damaged", "gone"])
def test_an_incomplete_backup_is_refused(
    data: Path, tmp_path: Path, empty: Path, form: str, name: str, how: str
) -> None:
    folder = tmp_path / "unpacked"
    make_backup(data, folder)
    path = next((folder / "media").glob("??/*.png")) if name == "media" else folder / name
    whole = path.read_bytes()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    if how == "gone":
        path.unlink()
    target = tmp_path / form
    if form == "backup":
        folder.rename(target)
    elif form == "backup.tar":
        with tarfile.open(target, "w") as tar:
            tar.add(folder, arcname=".")
    else:
        shutil.make_archive(str(tmp_path / "backup"), "zip", folder)
    _refused(target, empty, "damaged|not whole|cannot be read|has no manifest")


@pytest.mark.parametrize("form", ["backup.tar", "backup.tar.gz", "backup.tar.xz", "backup.zip"])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_a_truncated_archive_is_refused(
    data: Path, tmp_path: Path, empty: Path, form: str, part: float
) -> None:
    target = tmp_path / form
    make_backup(data, target)
    whole = target.read_bytes()
    kept = whole.rstrip(b"\0") if form == "backup.tar" else whole
    target.write_bytes(kept[: int(len(kept) * part)])
    _refused(target, empty, "damaged|not whole|cannot be read|has no manifest|no backup")


def test_a_file_that_is_not_a_backup_is_refused(tmp_path: Path, empty: Path) -> None:
    _refused(tmp_path / "missing", empty, "There is no ")
    (tmp_path / "other").mkdir()
    _refused(tmp_path / "other", empty, "is no backup")
    (tmp_path / "file").write_bytes(os.urandom(5000))
    _refused(tmp_path / "file", empty, "cannot be read as a backup")


@pytest.mark.parametrize("form", ["tar", "gztar", "zip"])
def test_a_folder_that_was_packed_by_hand_is_restored(
    data: Path, tmp_path: Path, empty: Path, form: str
) -> None:
    make_backup(data, tmp_path / "monday")
    packed = shutil.make_archive(str(tmp_path / "packed"), form, tmp_path, "monday")
    restore_backup(Path(packed), empty)
    assert contents(empty) == contents(data)


def test_several_backups_in_one_folder_are_refused(data: Path, tmp_path: Path, empty: Path) -> None:
    for day in ("monday", "tuesday"):
        (tmp_path / "all").mkdir(exist_ok=True)
        make_backup(data, tmp_path / "all" / day)
    _refused(tmp_path / "all", empty, "holds more than one backup: name one")


def test_nothing_is_written_outside_the_data_folder(
    data: Path, tmp_path: Path, empty: Path
) -> None:
    make_backup(data, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar", "a") as archive:
        for name in ("../evil", "/tmp/feedmill-evil", "media/../../evil", "redis/evil"):  # noqa: S108 - must not be created
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("media/aa/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    restore_backup(tmp_path / "backup.tar", empty)
    assert contents(empty) == contents(data)
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name or path.is_symlink()]


def test_a_newer_database_is_refused(data: Path, tmp_path: Path, empty: Path) -> None:
    with contextlib.closing(sqlite3.connect(data / "feedmill.db")) as database:
        database.execute("PRAGMA user_version = 999")
    make_backup(data, tmp_path / "backup")
    _refused(tmp_path / "backup", empty, "of version 999, newer than this program's")


def test_a_killed_restore_can_be_repeated(data: Path, tmp_path: Path, empty: Path) -> None:
    make_backup(data, tmp_path / "backup")
    (empty / ".restoring" / "media").mkdir(parents=True)
    (empty / ".restoring" / "feedmill.db").write_bytes(b"half of it")
    restore_backup(tmp_path / "backup", empty)
    assert contents(empty) == contents(data)


def test_a_restored_key_that_was_revoked_is_reported(tmp_path: Path, empty: Path) -> None:
    command(tmp_path, "keys", "create", "ann", "--yes")
    command(tmp_path, "keys", "create", "bob")
    assert command(tmp_path, "backup", "backup.zip").returncode == 0
    command(tmp_path, "keys", "revoke", "ann")
    result = command(tmp_path, "--data-dir", str(empty), "restore", "backup.zip")
    assert "These API keys are in use again: ann, bob." in result.stderr
    assert "run.py keys revoke NAME" in result.stderr


def test_an_external_redis_is_remembered(data: Path, tmp_path: Path, empty: Path) -> None:
    make_backup(data, tmp_path / "backup")
    external = ("--set", "redis.url=redis://127.0.0.1:1/0")
    result = command(tmp_path, "--data-dir", str(empty), *external, "restore", "backup")
    assert "FLUSHDB" in result.stderr
    assert result.returncode == 0


async def test_an_interrupted_backup_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(data / "feedmill.db")) as database:
        database.execute("BEGIN EXCLUSIVE")  # the backup waits
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(HOME / "run.py"),
            *("--data-dir", str(data), "backup", "backup"),
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        await wait_until((tmp_path / "backup").exists, "it has begun")
        process.send_signal(signal.SIGINT)
        _, result = await process.communicate()
    assert process.returncode in {1, 130}, result
    assert b"Traceback" not in result
    assert not (tmp_path / "backup").exists()


def test_an_interruption_right_after_the_folder_is_made_removes_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder = Path.mkdir

    def interrupted(folder: Path, mode: int = 0o777) -> None:
        make_folder(folder, mode)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_backup(data, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_files_from_a_zip_are_private_too(data: Path, tmp_path: Path) -> None:
    make_backup(data, tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        modes = {stat.S_IMODE(member.external_attr >> 16) for member in archive.infolist()}
    assert modes == {0o600}
