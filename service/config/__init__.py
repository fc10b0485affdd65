"""Typed configuration: its settings, its sources, and the checks."""

from service.config.pools import WorkerBounds
from service.config.settings import SECTIONS, Config, HttpConfig, LimitsConfig, files, load
from service.config.sources import ConfigError, local_file

__all__ = [
    "SECTIONS",
    "Config",
    "ConfigError",
    "HttpConfig",
    "LimitsConfig",
    "WorkerBounds",
    "files",
    "load",
    "local_file",
]
