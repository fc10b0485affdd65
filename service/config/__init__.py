"""Typed configuration: its settings, its sources, and the checks."""

from service.config.pools import BudgetLimits, Price, WorkerBounds
from service.config.settings import SECTIONS, Config, HttpConfig, LimitsConfig, files, load
from service.config.sources import ConfigError, local_file

__all__ = [
    "SECTIONS",
    "BudgetLimits",
    "Config",
    "ConfigError",
    "HttpConfig",
    "LimitsConfig",
    "Price",
    "WorkerBounds",
    "files",
    "load",
    "local_file",
]
