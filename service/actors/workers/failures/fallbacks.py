"""Fallbacks: the model that takes a job when the wanted one cannot work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from service.config import Config
from service.generators.abilities import needed_abilities
from service.messages import Kind
from service.store.errors import DatabaseUnavailable
from service.store.sql.requests.requests import Requests


class FallbackPool(Protocol):
    """What is needed of a pool here."""

    @property
    def cannot_work(self) -> str | None:
        """Why no job begins there for now, as a sentence; None if jobs begin."""

    @property
    def abilities(self) -> frozenset[str]:
        """What its generator honours."""


class Fallback(NamedTuple):
    """The model that a part goes on with, and which it passed over, in sentences."""

    model: str
    passed: str = ""

    def reason(self, why: str) -> str:
        """Why the part moves, and why not to a model before this one."""
        return f"{why} {self.passed}".rstrip()


class PartNeeds(NamedTuple):
    """The wanted model of a part, and what its request asks of the generator."""

    model: str
    abilities: frozenset[str]


class Fallbacks:
    """The order of models is that of `fallback` of the wanted one; a job never goes back."""

    def __init__(self, config: Callable[[], Config], requests: Requests) -> None:
        self._config = config
        self._requests = requests
        self._known: Config | None = None  # for which `_configured` is known
        self._configured = False
        self.pools: Mapping[str, FallbackPool] = {}

    @property
    def configured(self) -> bool:
        """Whether any model has a fallback."""
        config = self._config()
        if config is not self._known:
            self._known = config
            self._configured = any(model.pool.fallback for model in config.models.values())
        return self._configured

    async def needs(self, id_: str, kind: Kind) -> PartNeeds | None:
        """What a part needs, which never changes; None if it is not known (now)."""
        try:
            record = await self._requests.record(id_)
        except DatabaseUnavailable:
            return None
        wanted = None if record is None else record.request.pools.get(kind)
        if record is None or wanted is None:
            return None
        return PartNeeds(wanted, needed_abilities(record.request.options, kind))

    def after(self, pool: str, needs: PartNeeds, *, any_: bool = False) -> Fallback | None:
        """The fallback of a part at this pool; None if there is none.

        It is the first that can work and honours what the request asks for; with `any_`, else the
        first at which the part can wait.
        """
        passed, ahead = [], []
        for name in self._ahead(needs.model, pool):
            if lacking := needs.abilities - self.pools[name].abilities:
                what = " and ".join(sorted(lacking))
                passed.append(f"{name} is passed over: its generator does not honour {what}.")
                continue
            ahead.append(Fallback(name, " ".join(passed)))
            if self.pools[name].cannot_work is None:
                return ahead[-1]
        return ahead[0] if ahead and any_ else None

    def _ahead(self, wanted: str, pool: str) -> list[str]:
        config = self._config()
        order = [wanted, *config.fallbacks(wanted)]
        rest = order[order.index(pool) + 1 :] if pool in order else config.fallbacks(pool)
        return [name for name in rest if name in self.pools]
