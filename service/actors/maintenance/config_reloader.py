"""Config reloader: applies edits of config.toml and config.local.toml while the service runs."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog

from service.actors.actor import pause_until
from service.config import SECTIONS, Config, ConfigError, PoolConfig, local_file
from service.config.feed import EmbeddingsConfig
from service.config.sources import MODELS
from service.ranking.weights import Weights

log = structlog.get_logger()

POLL_SECONDS = 0.5  # between two checks of the files

RANKING, EMBEDDINGS = "feed.ranking", "feed.embeddings"
RANKING_KEYS = {
    f"{RANKING}.{key}"
    for key in Weights.__struct_fields__
    if key != "popularity_half_life_hours"  # the likes are counted with it
}
EMBEDDINGS_KEYS = {f"{EMBEDDINGS}.{key}" for key in EmbeddingsConfig.__struct_fields__}
LIVE_OF_POOLS = set(PoolConfig.__struct_fields__) - {"generator"}
OF_SECTIONS = {
    *(f"{kind}.{key}" for kind in ("text", "image") for key in LIVE_OF_POOLS),
    "queue.lower_priority_share",
    "http.max_prompt",
    "feed.max_follows",
    "feed.max_mutes",
    "feed.max_scheduled",
    "feed.fanout_limit",
    "feed.inactive",
    "feed.public",
    "webhooks.allow",
    "auth.required",
    "auth.users",
    "limits.rate",
    "limits.burst",
    "limits.max_queued",
    "limits.max_running",
    "queue.refuse_late",
    "queue.removed_model_grace",
    "retention.results",
    "retention.interval",
}
LIVE = OF_SECTIONS | RANKING_KEYS | EMBEDDINGS_KEYS
"""The keys that take effect at once; all others take effect at the next start."""


class LiveConfig:
    """The configuration in force; a call returns it."""

    def __init__(self, config: Config) -> None:
        self.current = config
        self.get: Callable[[], Config] = partial(getattr, self, "current")
        """The same as a call, without one in Python: for those that ask with each request."""

    def __call__(self) -> Config:
        return self.current


class ConfigReloader:
    """Replaces the configuration in force when one of its files changes, or on SIGHUP."""

    name = "reloader"

    def __init__(
        self, live: LiveConfig, reread: Callable[[], Config], apply: Callable[[Config], None]
    ) -> None:
        self._live = live
        self._reread = reread
        self._apply = apply
        source = live.current.source
        self._files = [] if source is None else [source, local_file(source)]
        self._read_contents: Any = ()  # of the files when they were last read; unknown at first
        self._last_contents: Any = ()  # at the last check
        self._requested = False
        self._stopping = asyncio.Event()
        self.seen = time.monotonic()

    def reload_soon(self) -> None:
        """Read the files at the next check even if they look unchanged."""
        self._requested = True

    async def run(self) -> None:
        while not self._stopping.is_set():
            self.seen = time.monotonic()
            contents = [_content(file) for file in self._files]
            # not while it is being written: half a file may be valid and mean the defaults
            settled, self._last_contents = contents == self._last_contents, contents
            if self._requested or (settled and contents != self._read_contents):
                self._requested = False
                self._read_contents = contents
                try:
                    await self._reload()
                except Exception:
                    log.exception("actor failed", actor=self.name)
            await pause_until(self._stopping, POLL_SECONDS)

    async def stop(self) -> None:
        self._stopping.set()

    async def _reload(self) -> None:
        try:
            config = await asyncio.to_thread(self._reread)  # it may import a custom generator
        except ConfigError as error:
            log.error("configuration refused", reason=str(error))  # noqa: TRY400 - a sentence, no traceback
            return
        if other := _with_other_kind(self._live.current, config):
            why = f"[models.{other}] kind cannot change: remove the model first."
            log.error("configuration refused", reason=why)
            return
        changed = dict(_changes(self._live.current, config))
        late = sorted(key for key in changed if not _is_live(key))
        if late:
            log.warning("takes effect at the next start", keys=late)
        live = {key: value for key, value in changed.items() if _is_live(key)}
        self._live.current = _merged(self._live.current, config)
        if live:
            log.info(
                "configuration changed", **{key.replace(".", "_"): v for key, v in live.items()}
            )
            self._apply(self._live.current)


def _with_other_kind(old: Config, new: Config) -> str:
    """The name of a model whose kind an edit would change; "" for none."""
    there = {**old.leaving, **old.named}
    changed = (name for name in new.named if name in there)
    return next((name for name in changed if there[name].kind != new.named[name].kind), "")


def _is_live(key: str) -> bool:
    return key in LIVE or key.startswith(MODELS)


def _content(file: Path) -> bytes | None:
    """The content of a file, None while it does not exist. File times would be less reliable."""
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError:  # in the middle of being replaced
        return None


def _changes(old: Config, new: Config) -> Iterator[tuple[str, Any]]:
    for section in (name for name in SECTIONS if "." not in name):
        before, after = (msgspec.to_builtins(getattr(config, section)) for config in (old, new))
        for key, value in after.items():
            if before[key] != value:
                yield f"{section}.{key}", value
    for table, before, after in (
        (RANKING, old.ranking, new.ranking),
        (EMBEDDINGS, old.embeddings, new.embeddings),
    ):
        for key, value in msgspec.to_builtins(after).items():
            if getattr(before, key) != value:
                yield f"{table}.{key}", value
    for kind in ("text", "image"):
        for name, value in new.settings[kind].items():
            if value != old.settings[kind].get(name):
                yield f"{kind}.{name}", value
    yield from _changed_models(old, new)


def _changed_models(old: Config, new: Config) -> Iterator[tuple[str, str]]:
    """What happened to each model; values may be secrets."""
    for name in sorted(old.named.keys() | new.named.keys()):
        before, after = old.named.get(name), new.named.get(name)
        if before != after:
            word = "added" if before is None else "removed" if after is None else "changed"
            yield f"{MODELS}{name}", word


def _merged(old: Config, new: Config) -> Config:
    """The old configuration with the new values of the live keys."""
    sections = {}
    for section in {key.partition(".")[0] for key in OF_SECTIONS}:
        keys = [key.partition(".")[2] for key in OF_SECTIONS if key.startswith(f"{section}.")]
        fresh = getattr(new, section)
        sections[section] = msgspec.structs.replace(
            getattr(old, section), **{key: getattr(fresh, key) for key in keys}
        )
    leaving = {**old.leaving, **old.named}
    return dataclasses.replace(
        old,
        **sections,
        named=new.named,
        leaving={name: model for name, model in leaving.items() if name not in new.named},
        ranking=msgspec.structs.replace(
            new.ranking, popularity_half_life_hours=old.ranking.popularity_half_life_hours
        ),
        embeddings=new.embeddings,
    )
