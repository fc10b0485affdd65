"""Typed configuration: what it holds, where it comes from, how it is checked."""

from service.config.settings import HOME, SECTIONS, Config, Http, Limits, load
from service.config.sources import ConfigError

__all__ = ["HOME", "SECTIONS", "Config", "ConfigError", "Http", "Limits", "load"]
