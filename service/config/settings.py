"""Typed configuration: config.toml, config.local.toml, the environment, --set; later ones win.

Every key is a field of one of the structs here or of a generator's own Settings. An unknown key,
a wrong type or an impossible value is a ConfigError: one sentence that names the source, the
section, the key, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from service.config.feed import EmbeddingsConfig, FeedConfig
from service.config.generators import GeneratorChoice
from service.config.models import GONE, Model, check_models, read_model
from service.config.pools import (
    KINDS,
    ImageConfig,
    Kind,
    PoolConfig,
    TextConfig,
    WorkerBounds,
    check_pool,
)
from service.config.sections import (
    AuthConfig,
    DatabaseConfig,
    HttpConfig,
    LimitsConfig,
    LogConfig,
    MediaConfig,
    QueueConfig,
    RedisConfig,
    RetentionConfig,
    ServiceConfig,
    WebhooksConfig,
)
from service.config.sources import (
    MODELS,
    ConfigError,
    Value,
    from_environment,
    from_file,
    from_settings,
    local_file,
    unknown_section,
)
from service.config.validation import checked
from service.config.validation import refusal as refused_value
from service.generators import catalogue, custom, plugins
from service.generators.protocol import CannotStart, CheckedSettings, FileSettings
from service.installation import HOME
from service.ranking.weights import Weights
from service.roles import refusal

SettingsT = TypeVar("SettingsT", bound=Struct | None)

__all__ = ["SECTIONS", "Config", "ConfigError", "files", "load"]


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; `source` is the file it came from, without its local file."""

    service: ServiceConfig
    http: HttpConfig
    redis: RedisConfig
    database: DatabaseConfig
    media: MediaConfig
    text: TextConfig
    image: ImageConfig
    queue: QueueConfig
    feed: FeedConfig
    ranking: Weights
    embeddings: EmbeddingsConfig
    webhooks: WebhooksConfig
    auth: AuthConfig
    limits: LimitsConfig
    retention: RetentionConfig
    log: LogConfig
    settings: Mapping[str, Mapping[str, Struct]]
    """The Settings of every generator: by kind, then by name."""
    named: Mapping[str, Model]
    """The models of `[models.NAME]`, by name."""
    leaving: Mapping[str, Model]
    """Models that were removed, while something may still wait for them."""
    source: Path | None
    _models: dict[str, Model] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def data_dir(self) -> Path:
        """The folder for all files; a relative path starts at the configuration file's folder."""
        base = self.source.parent if self.source else HOME
        return (base / Path(self.service.data_dir).expanduser()).resolve()

    def pool(self, name: str) -> PoolConfig:
        """The keys of a pool; those of a model that is not there any more are the defaults."""
        if name == "text":
            return self.text
        if name == "image":
            return self.image
        model = self.named.get(name) or self.leaving.get(name)
        return GONE if model is None else model.pool

    @property
    def models(self) -> dict[str, Model]:
        """All models by name: `text` and `image` first."""
        if not self._models:
            for kind in KINDS:
                pool = self.pool(kind)
                settings = self.settings[kind].get(custom.section_of(pool.generator))
                self._models[kind] = Model(kind, kind, pool, settings)
            self._models.update(self.named)
        return self._models

    def default(self, kind: Kind) -> str:
        """The model of requests that name none."""
        for model in self.named.values():
            if model.default and model.kind == kind:
                return model.name
        return kind

    def fallbacks(self, name: str) -> list[str]:
        """The fallbacks of a model in order, with the fallbacks of these models."""
        found: dict[str, None] = {}
        ahead = [*reversed(self.pool(name).fallback)]
        while ahead:
            if (other := ahead.pop()) not in found:
                found[other] = None
                ahead += reversed(self.pool(other).fallback)
        return [*found]

    def workers(self, name: str) -> WorkerBounds:
        """How many workers a pool has."""
        model = self.models[name]
        return model.pool.bounds(model.settings)

    @property
    def database_file(self) -> Path:
        """The file of the SQLite database, if there is no `[database] url`."""
        return self.data_dir / "feedmill.db"


SECTIONS: dict[str, type[Struct]] = {
    "service": ServiceConfig,
    "http": HttpConfig,
    "redis": RedisConfig,
    "database": DatabaseConfig,
    "media": MediaConfig,
    "text": TextConfig,
    "image": ImageConfig,
    "queue": QueueConfig,
    "feed": FeedConfig,
    "feed.ranking": Weights,
    "feed.embeddings": EmbeddingsConfig,
    "webhooks": WebhooksConfig,
    "auth": AuthConfig,
    "limits": LimitsConfig,
    "retention": RetentionConfig,
    "log": LogConfig,
    f"text.{custom.SECTION}": custom.NoSettings,
    f"image.{custom.SECTION}": custom.NoSettings,
    **{
        f"{kind}.{name}": catalogue.settings_of(generator)
        for kind, table in catalogue.OF_KIND.items()
        for name, generator in table.items()
    },
}


def files(file: Path | None) -> Iterator[Path]:
    """The configuration file and its local file, if there is one, in the order of reading."""
    if file is not None:
        yield file
        local = local_file(file)
        if local.exists():
            yield local


def load(
    file: Path | None,
    environment: Mapping[str, str],
    settings: Iterable[str] = (),
    *,
    custom_generators: bool = True,
) -> Config:
    """The configuration; `settings` are `section.key=value`. Raises ConfigError.

    With `custom_generators`, the chosen ones are imported, and their settings checked.
    """
    entries, known = _entries(file, environment, list(settings))
    values_of: dict[str, dict[str, Value]] = {section: {} for section in known}
    for section, key, value in entries:
        values_of.setdefault(section, {})[key] = value
    # unless a custom generator is chosen, its keys are unknown
    custom_values = {
        section: values_of.pop(section)
        for section in known
        if section not in SECTIONS or section.endswith(f".{custom.SECTION}")
    }
    of_models = {section: values_of.pop(section) for section in values_of.keys() - known.keys()}
    sections: dict[str, Any] = {
        section: checked(section, SECTIONS[section], values)
        for section, values in values_of.items()
    }
    _check_roles(sections["service"], sections["redis"], sections["database"])
    _check_limits(sections["limits"], values_of["limits"])
    choose = GeneratorChoice(file, imports=custom_generators)
    of_generators: dict[str, dict[str, Struct]] = {}
    for kind in KINDS:
        table = catalogue.OF_KIND[kind]
        mine = of_generators[kind] = {name: sections[f"{kind}.{name}"] for name in table}
        chosen, values = sections[kind].generator, values_of[kind]
        if chosen not in table:
            own = custom.section_of(chosen)
            choice = kind, values["generator"]
            if (type_ := choose.type_of(kind, chosen, choice)) is not None:
                of_own = custom_values.get(f"{kind}.{own}", {})
                mine[own] = choose.settings(f"{kind}.{own}", type_, of_own, choice)
        check_pool((kind, kind), sections[kind], mine.get(custom.section_of(chosen)), values)
    read = {of: read_model(of, values, choose) for of, values in sorted(of_models.items())}
    pools = {kind: (sections[kind], values_of[kind]) for kind in KINDS}
    check_models({model.name: (model, of_models[of]) for of, model in read.items()}, pools)
    return Config(
        **{key: sections[key] for key in ("service", "http", "redis", "database", "media")},
        **{
            key: sections[key]
            for key in ("text", "image", "queue", "feed", "webhooks", "auth", "limits")
        },
        **{key: sections[key] for key in ("retention", "log")},
        ranking=sections["feed.ranking"],
        embeddings=sections["feed.embeddings"],
        settings={
            kind: {name: _in_folder(own, file) for name, own in mine.items()}
            for kind, mine in of_generators.items()
        },
        named={
            model.name: replace(model, settings=_in_folder(model.settings, file))
            for model in read.values()
        },
        leaving={},
        source=file,
    )


def _in_folder(settings: SettingsT, file: Path | None) -> SettingsT:
    """Settings whose files are beside the configuration file; without one, in this folder."""
    if file is None or not isinstance(settings, FileSettings):
        return settings
    return settings.in_folder(file.parent)


def _check_limits(limits: LimitsConfig, values: Mapping[str, Value]) -> None:
    """Raises ConfigError if a client may have more generations than requests at once."""
    most = limits.max_queued
    if most and limits.max_running > most:
        reason = f"expected at most {most}, which is max_queued"
        raise refused_value("limits", "max_running", values["max_running"], reason)


def _check_roles(service: ServiceConfig, redis: RedisConfig, database: DatabaseConfig) -> None:
    """Raises ConfigError for roles that need other processes, which these stores exclude."""
    embedded = redis.url == "embedded"
    if refused := refusal(service.roles, is_embedded=embedded, is_sqlite=not database.url):
        raise ConfigError(f"[service] roles: {refused}")


def check_files(config: Config) -> None:
    """Raises ConfigError if a file that a chosen generator needs cannot be used."""
    for model in config.models.values():
        if isinstance(model.settings, CheckedSettings):
            try:
                model.settings.check()
            except CannotStart as problem:  # it names its key as that of its own table
                table = f"{model.kind}.{model.pool.generator}"
                section = table if model.name == model.kind else f"{MODELS}{model.name}"
                sentence = str(problem).replace(f"{table}.", f"[{section}] ", 1)
                raise ConfigError(f"{config.source}: {sentence}") from problem


def _entries(
    file: Path | None, environment: Mapping[str, str], settings: Sequence[str]
) -> tuple[Sequence[tuple[str, str, Value]], Mapping[str, type[Struct]]]:
    """All values, and the known sections: with those of plug-ins if there are others than ours."""

    def read(known: Mapping[str, type[Struct]]) -> Sequence[tuple[str, str, Value]]:
        entries = [
            *(value for source in files(file) for value in from_file(source, known)),
            *from_environment(environment),
            *from_settings(settings),
        ]
        for section, _, value in entries:
            if section not in known and not section.startswith(MODELS):
                raise unknown_section(value.source, section, known)
        return entries

    try:
        return read(SECTIONS), SECTIONS
    except ConfigError:
        named = plugins.installed()
        if not named:
            raise
        known: dict[str, type[Struct]] = {
            f"{kind}.{name}": custom.NoSettings for kind in ("text", "image") for name in named
        }
        known |= SECTIONS
        return read(known), known
