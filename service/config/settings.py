"""Typed configuration: config.toml, config.local.toml, the environment, --set; later ones win.

Every key is a field of one of the structs here or of a generator's own Settings. An unknown key,
a wrong type or an impossible value is a ConfigError: one sentence that names the source, the
section, the key, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct
from yarl import URL

from service.addresses import path_of
from service.config.feed import FeedConfig
from service.config.pools import ImageConfig, Seconds, TextConfig, WorkerBounds, check_pool
from service.config.sources import (
    ConfigError,
    Value,
    from_environment,
    from_file,
    from_settings,
    local_file,
    unknown_section,
)
from service.config.validation import check_address, check_network, checked, listed, refusal
from service.generators import catalogue, custom, plugins
from service.installation import HOME
from service.ranking.weights import Weights
from service.webhooks import signing
from service.webhooks.targets import Network

__all__ = ["SECTIONS", "Config", "ConfigError", "files", "load"]


# A description says what is allowed, where msgspec could only quote a pattern.
MIN_REDIS_BYTES = 32 * 2**20  # some batches of the longest prompts

Filled = Annotated[str, Meta(pattern=r"\S", description="text that is not empty")]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_.-]{0,64}$",
        description="at most 64 letters, digits, dots, hyphens and underscores",
    ),
]
Variable = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the name of an environment variable"),
]
RedisUrl = Annotated[
    str,
    Meta(
        pattern=r"^(embedded$|rediss?://|unix:///)",
        description='"embedded", redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH?db=DB',
    ),
]


Origins = Annotated[
    list[Annotated[str, Meta(pattern=r"^(\*|https?://[^/?#@\s]+)$")]],
    Meta(description='a list like ["https://mill.example"], or ["*"]'),
]
Hosts = Annotated[
    list[
        Annotated[
            str, Meta(pattern=r"^([^/?#@:\s]+|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]?)$")
        ]
    ],
    Meta(description='a list of names like ["mill.example"], without ports'),
]


BasePath = Annotated[
    str, Meta(pattern=r"^(/[^?#\s\\]*)?$", description='a path like "/mill", or ""')
]
PublicUrl = Annotated[
    str,
    Meta(
        pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$",
        description='a URL like "https://mill.example", without ? and #, or ""',
    ),
]
OWN_PATHS = {
    *("content", "feed", "worker", "dead-letters", "deliveries", "pools", "key", "media"),
    *("metrics", "status", "healthz", "readyz", "openapi.json", "docs", "problems"),
    *("engine", "gallery", "v1", "replicate", "fal"),
}
"""The first words of the service's paths; a base path that begins with one would be ambiguous."""


class ServiceConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[service]`."""

    data_dir: Filled = "data"
    node: Name = ""
    lease: Seconds = 30.0
    drain: Annotated[float, Meta(ge=0)] = 20.0
    discover: bool = True


class HttpConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[http]`."""

    host: Filled = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    max_body: Annotated[int, Meta(ge=1024)] = 1_048_576
    max_prompt: Annotated[int, Meta(ge=1)] = 10_000
    internal_token_env: Variable = "FEEDMILL_INTERNAL_TOKEN"  # noqa: S105 - a name, not a token
    max_connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    max_connections_per_client: Annotated[int, Meta(ge=1, le=1_000_000)] = 2000
    max_incoming: Annotated[int, Meta(ge=65_536)] = 16_777_216
    max_outgoing: Annotated[int, Meta(ge=65_536)] = 67_108_864
    hosts: Hosts = []
    cors_origins: Origins = []
    trusted_proxies: list[str] = []
    base_path: BasePath = ""
    public_url: PublicUrl = ""

    def __post_init__(self) -> None:
        for network in self.trusted_proxies:
            check_network(network)
        path_of(self.public_url)
        first = path_of(self.base_path).split("/")[1:2]
        if first and first[0] in OWN_PATHS:
            raise ValueError(
                f"expected a path that does not begin with /{first[0]}, which is taken"
            )

    @property
    def url(self) -> str:
        """`public_url` as a prefix for paths: encoded, without a slash at its end."""
        return (
            f"{URL(self.public_url).origin()}{path_of(self.public_url)}" if self.public_url else ""
        )

    @property
    def path(self) -> str:
        """The public path prefix of the service, "" for none."""
        return path_of(self.base_path or self.public_url)


class RedisConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[redis]`."""

    url: RedisUrl = "embedded"
    max_memory: Annotated[int, Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        if 0 < self.max_memory < MIN_REDIS_BYTES:
            raise ValueError(f"expected 0 or at least {MIN_REDIS_BYTES}")
        if self.url != "embedded":
            check_address(self.url)


class QueueConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[queue]`."""

    lower_priority_share: Annotated[float, Meta(ge=0, le=0.5)] = 0.1
    refuse_late: bool = True


class AuthConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[auth]`."""

    required: Annotated[bool | Literal["auto"], Meta(description='true, false or "auto"')] = "auto"
    users: dict[str, list[str | int]] = {}


class LimitsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[limits]`."""

    rate: Annotated[float, Meta(ge=0)] = 0.0
    burst: Annotated[int, Meta(ge=1, le=1_000_000)] = 20
    max_queued: Annotated[int, Meta(ge=0)] = 0
    max_running: Annotated[int, Meta(ge=0)] = 0


class WebhooksConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[webhooks]`."""

    secrets: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    timeout: Annotated[float, Meta(gt=0, le=60)] = 15.0
    schedule: tuple[Annotated[float, Meta(gt=0, le=2_592_000)], ...] = (
        5.0,
        300.0,
        1800.0,
        7200.0,
        18_000.0,
        36_000.0,
        50_400.0,
        72_000.0,
        86_400.0,
    )

    def __post_init__(self) -> None:
        for secret in self.secrets:
            signing.check(secret)
        for network in self.allow:
            try:
                ip_network(network)
            except ValueError:
                raise ValueError('expected networks as ["10.0.0.0/8", "fd00::/8"]') from None

    @property
    def networks(self) -> tuple[Network, ...]:
        """What `allow` lists."""
        return tuple(map(ip_network, self.allow))


class RetentionConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[retention]`."""

    results: Annotated[float, Meta(ge=0)] = 2_592_000.0
    interval: Seconds = 60.0


class LogConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[log]`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; `source` is the file it came from, without its local file."""

    service: ServiceConfig
    http: HttpConfig
    redis: RedisConfig
    text: TextConfig
    image: ImageConfig
    queue: QueueConfig
    feed: FeedConfig
    ranking: Weights
    webhooks: WebhooksConfig
    auth: AuthConfig
    limits: LimitsConfig
    retention: RetentionConfig
    log: LogConfig
    settings: Mapping[str, Mapping[str, Struct]]
    """The Settings of every generator: by kind, then by name."""
    source: Path | None

    @property
    def data_dir(self) -> Path:
        """The folder for all files; a relative path starts at the configuration file's folder."""
        base = self.source.parent if self.source else HOME
        return (base / Path(self.service.data_dir).expanduser()).resolve()

    def workers(self, kind: Literal["text", "image"]) -> WorkerBounds:
        """How many workers the pool of a kind has."""
        pool = self.text if kind == "text" else self.image
        return pool.bounds(self.settings[kind])

    @property
    def database(self) -> Path:
        """The file of the SQLite database."""
        return self.data_dir / "feedmill.db"


SECTIONS: dict[str, type[Struct]] = {
    "service": ServiceConfig,
    "http": HttpConfig,
    "redis": RedisConfig,
    "text": TextConfig,
    "image": ImageConfig,
    "queue": QueueConfig,
    "feed": FeedConfig,
    "feed.ranking": Weights,
    "webhooks": WebhooksConfig,
    "auth": AuthConfig,
    "limits": LimitsConfig,
    "retention": RetentionConfig,
    "log": LogConfig,
    f"text.{custom.SECTION}": custom.NoSettings,
    f"image.{custom.SECTION}": custom.NoSettings,
    **{
        f"text.{name}": catalogue.settings_of(generator)
        for name, generator in catalogue.TEXT.items()
    },
    **{
        f"image.{name}": catalogue.settings_of(generator)
        for name, generator in catalogue.IMAGE.items()
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
        values_of[section][key] = value
    # unless a custom generator is chosen, its keys are unknown
    custom_values = {
        section: values_of.pop(section)
        for section in known
        if section not in SECTIONS or section.endswith(f".{custom.SECTION}")
    }
    sections = {
        section: checked(section, SECTIONS[section], values)
        for section, values in values_of.items()
    }
    of_generators = {}
    for kind, table in (("text", catalogue.TEXT), ("image", catalogue.IMAGE)):
        of_generators[kind] = {name: sections[f"{kind}.{name}"] for name in table}
        chosen = sections[kind].generator  # type: ignore[attr-defined] # both are Pools
        if chosen not in table:
            named = values_of[kind]["generator"]
            section = custom.section_of(chosen)
            if section != custom.SECTION and chosen not in plugins.installed():
                expected = (
                    f"expected one of {listed(table)}, the name of an installed plug-in, "
                    'or a class as "module:Class"'
                )
                raise refusal(kind, "generator", named, expected)
            if custom_generators:
                values = custom_values.get(f"{kind}.{section}", {})
                of_generators[kind][section] = _custom(kind, chosen, named, values, file)
        check_pool(kind, sections[kind], of_generators[kind], values_of[kind])  # type: ignore[arg-type] # both are Pools
    return Config(
        **{key: sections[key] for key in ("service", "http", "redis", "text", "image")},  # type: ignore[arg-type] # SECTIONS says which is which
        queue=sections["queue"],  # type: ignore[arg-type] # the same
        retention=sections["retention"],  # type: ignore[arg-type] # the same
        auth=sections["auth"],  # type: ignore[arg-type] # the same
        limits=sections["limits"],  # type: ignore[arg-type] # the same
        feed=sections["feed"],  # type: ignore[arg-type] # the same
        ranking=sections["feed.ranking"],  # type: ignore[arg-type] # the same
        webhooks=sections["webhooks"],  # type: ignore[arg-type] # the same
        log=sections["log"],  # type: ignore[arg-type] # the same
        settings=of_generators,
        source=file,
    )


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
            if section not in known:
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


def _custom(
    kind: str, chosen: str, named: Value, values: Mapping[str, Value], file: Path | None
) -> Struct:
    """The settings of a custom generator, whose class is imported. Raises ConfigError."""
    section = f"{kind}.{custom.section_of(chosen)}"
    try:
        generator = custom.find(chosen, file.parent if file else HOME)
        settings = custom.settings_of(generator)
    except custom.UnusableGenerator as error:
        raise refusal(kind, "generator", named, str(error)) from error
    try:
        return checked(section, settings, values)
    except ConfigError:
        raise
    except Exception as error:
        reason = f"its settings cannot be made ({custom.described(error)})"
        raise refusal(kind, "generator", named, reason) from error
