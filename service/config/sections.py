"""The sections of the configuration that are not about pools: each key is a field of a struct."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

from msgspec import Meta, Struct
from yarl import URL

from service.addresses import path_of
from service.config.pools import Seconds
from service.config.redis_url import check_address
from service.config.validation import check_network
from service.roles import ROLES, Role
from service.webhooks import signing
from service.webhooks.targets import Network

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
        pattern=r"^(embedded$|rediss?(\+sentinel)?://|unix:///)",
        description='"embedded", redis://HOST:PORT/DB, rediss://HOST:PORT/DB, unix:///PATH?db=DB'
        " or redis+sentinel://HOST:PORT,HOST:PORT/NAME/DB",
    ),
]
DatabaseUrl = Annotated[
    str,
    Meta(
        pattern=r"^(postgres(ql)?://\S+)?$",
        description='"" for SQLite, or postgresql://USER@HOST:PORT/NAME',
    ),
]


Roles = Annotated[
    tuple[Role, ...],
    Meta(min_length=1, description='a list of "http", "mill" and "worker", or of some of them'),
]


BucketUrl = Annotated[
    str,
    Meta(
        pattern=r"^(s3://[^/?#\s@]+(/[^?#\s]*)?)?$",
        description='"" for the data folder, or s3://BUCKET/PREFIX',
    ),
]
WebUrl = Annotated[
    str,
    Meta(
        pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$",
        description='a URL like "https://s3.example", without user, ? and #, or ""',
    ),
]
MIN_CACHE_BYTES = 2**24  # some pictures


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
    *("content", "feed", "worker", "dead-letters", "deliveries", "pools", "models", "key", "media"),
    *("metrics", "status", "healthz", "readyz", "openapi.json", "docs", "problems"),
    *("engine", "gallery", "usage", "v1", "replicate", "fal"),
}
"""The first words of the service's paths; a base path that begins with one would be ambiguous."""


class ServiceConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[service]`."""

    data_dir: Filled = "data"
    node: Name = ""
    roles: Roles = ROLES
    lease: Seconds = 30.0
    drain: Annotated[float, Meta(ge=0)] = 20.0
    discover: bool = True

    def __post_init__(self) -> None:
        if len({*self.roles}) < len(self.roles):
            raise ValueError("expected each role once")


class HttpConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[http]`."""

    host: Filled = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    max_body: Annotated[int, Meta(ge=1024)] = 1_048_576
    max_picture: Annotated[int, Meta(ge=1024)] = 10_000_000
    max_prompt: Annotated[int, Meta(ge=1)] = 10_000
    internal_token_env: Variable = "FEEDMILL_INTERNAL_TOKEN"  # noqa: S105 - a name, not a token
    max_connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    max_connections_per_client: Annotated[int, Meta(ge=1, le=1_000_000)] = 2000
    max_incoming: Annotated[int, Meta(ge=65_536)] = 33_554_432
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
    def largest_picture(self) -> int:
        """Bytes of a picture that comes with a request: two of them fit into `max_incoming`."""
        return min(
            self.max_picture, max(self.max_incoming // 2, self.max_body) - self.max_body // 2
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


class DatabaseConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[database]`."""

    url: DatabaseUrl = ""


class MediaConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[media]`."""

    url: BucketUrl = ""
    endpoint: WebUrl = ""
    region: Name = ""
    public_url: WebUrl = ""
    presign: bool = False
    cache: Annotated[int, Meta(ge=MIN_CACHE_BYTES)] = 2**30

    def __post_init__(self) -> None:
        if self.public_url and self.presign:
            raise ValueError("expected public_url or presign, not both")


class QueueConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[queue]`."""

    lower_priority_share: Annotated[float, Meta(ge=0, le=0.5)] = 0.1
    refuse_late: bool = True
    removed_model_grace: Annotated[float, Meta(ge=0)] = 60.0


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
