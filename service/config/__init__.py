"""Typed configuration: its settings, its sources, and the checks."""

from service.config.models import Model, removed_model
from service.config.pools import BudgetLimits, PoolConfig, Price, WorkerBounds, cost_of
from service.config.sections import HttpConfig, LimitsConfig, MediaConfig
from service.config.settings import SECTIONS, Config, check_files, files, load
from service.config.sources import ConfigError, local_file

__all__ = [
    "SECTIONS",
    "BudgetLimits",
    "Config",
    "ConfigError",
    "HttpConfig",
    "LimitsConfig",
    "MediaConfig",
    "Model",
    "PoolConfig",
    "Price",
    "WorkerBounds",
    "check_files",
    "cost_of",
    "files",
    "load",
    "local_file",
    "removed_model",
]
