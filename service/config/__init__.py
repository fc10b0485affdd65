"""Typed configuration: what it holds, where it comes from, how it is checked."""

from service.config.settings import HOME, SECTIONS, Config, HttpConfig, LimitsConfig, load
from service.config.sources import ConfigError

__all__ = ["HOME", "SECTIONS", "Config", "ConfigError", "HttpConfig", "LimitsConfig", "load"]
