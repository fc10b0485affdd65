"""`[models.NAME]`: named models, each with a separate pool and generator."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from service.config.generators import GeneratorChoice
from service.config.pools import KINDS, Kind, PoolConfig, Workers, check_pool
from service.config.sources import MODELS, ConfigError, Value
from service.config.validation import checked, listed, refusal

NAME = re.compile(r"[a-z0-9._-]{1,64}")

Source = tuple[PoolConfig, Mapping[str, Value]]
"""The keys of a pool, and the values that they were made of."""


class ModelConfig(PoolConfig, frozen=True, forbid_unknown_fields=True):
    """`[models.NAME]`, without the keys of its generator."""

    generator: str = ""
    workers: Workers = 1
    timeout: float = 120.0
    kind: Kind = "text"
    default: bool = False


GONE = ModelConfig()
"""The keys of a model of which nothing is known any more."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that requests may name: the keys of its pool, and the settings of its generator.

    `settings` is None for a custom generator that is not imported.
    """

    name: str
    kind: Kind
    pool: PoolConfig
    settings: Struct | None

    @property
    def default(self) -> bool:
        """Whether it is marked as the default of its kind."""
        return isinstance(self.pool, ModelConfig) and self.pool.default


def removed_model(name: str, kind: Kind) -> Model:
    """A model for which something waits, and of which nothing is known any more."""
    return Model(name, kind, msgspec.structs.replace(GONE, kind=kind), None)


def read_model(section: str, values: Mapping[str, Value], choose: GeneratorChoice) -> Model:
    """The model of a section `models.NAME`. Raises ConfigError."""
    name = section.removeprefix(MODELS)
    some = next(iter(values.values()))
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"{some.source}: [{section}] is no name of a model: expected 1 to 64 of a to z, 0 to "
            "9, dots, hyphens and underscores."
        )
    if name in KINDS:
        raise ConfigError(f"{some.source}: [{section}] has the name of the model of [{name}].")
    for key in ("kind", "generator"):
        if key not in values:
            raise ConfigError(f"{some.source}: [{section}] has no {key}: expected one.")
    fields = {field.name for field in msgspec.structs.fields(ModelConfig)}
    pool: Any = checked(section, ModelConfig, {k: v for k, v in values.items() if k in fields})
    choice = section, values["generator"]
    of = choose.type_of(pool.kind, pool.generator, choice)
    settings = None
    if of is not None:
        own = {field.name for field in msgspec.structs.fields(of)}
        for key, value in values.items():
            if key not in own | fields:
                known = listed(sorted(own | fields))
                raise ConfigError(
                    f"{value.source}: unknown key {key} in [{section}]; there are {known}."
                )
        # a key that both have, as `timeout`, is for both
        mine = {k: v for k, v in values.items() if k in own and k != "kind"}
        settings = choose.settings(section, of, mine, choice)
    check_pool((section, pool.kind), pool, settings, values)
    return Model(name, pool.kind, pool, settings)


def check_models(
    named: Mapping[str, tuple[Model, Mapping[str, Value]]], pools: Mapping[Kind, Source]
) -> None:
    """Raises ConfigError if models contradict each other."""
    kinds: dict[str, Kind] = {kind: kind for kind in pools}
    sources: dict[str, tuple[str, PoolConfig, Mapping[str, Value]]] = {
        kind: (kind, *source) for kind, source in pools.items()
    }
    for name, (model, values) in named.items():
        kinds[name] = model.kind
        sources[name] = f"{MODELS}{name}", model.pool, values
    fallbacks = {name: pool.fallback for name, (_, pool, _) in sources.items()}
    defaults: dict[Kind, str] = {}
    for name, (section, pool, values) in sources.items():
        kind = kinds[name]
        others = [other for other in kinds if kinds[other] == kind and other != name]
        if not set(pool.fallback) <= set(others):
            there = listed(others) or "there is none"
            expected = f"expected other models of the kind {kind}: {there}"
            raise refusal(section, "fallback", values["fallback"], expected)
        if isinstance(pool, ModelConfig) and pool.default:
            if kind in defaults:
                reason = f"expected one default of the kind {kind}, and {defaults[kind]} is one"
                raise refusal(section, "default", values["default"], reason)
            defaults[kind] = name
    for name, (section, _, values) in sources.items():
        if circle := _circle(fallbacks, name):
            reason = f"expected no circle, and {' → '.join(circle)} is one"
            raise refusal(section, "fallback", values["fallback"], reason)


def _circle(fallbacks: Mapping[str, Sequence[str]], start: str) -> list[str]:
    """A way from a model over fallbacks back to itself; empty if there is none."""
    before: dict[str, str] = {}
    ahead = [start]
    while ahead:
        at = ahead.pop()
        for other in fallbacks.get(at, ()):
            if other == start:
                way = [start, at]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1] if at != start else [start, start]
            if other not in before:
                before[other] = at
                ahead.append(other)
    return []
