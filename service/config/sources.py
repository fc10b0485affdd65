"""Sources of the configuration: the files, the environment, and --set."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct

ENVIRONMENT = "FEEDMILL_"
MODELS = "models."
"""The section of a model is this and its name."""
NOT_TEXT = "not a text file in UTF-8. Save it in that encoding."

Sections = Mapping[str, type[Struct]]


class ConfigError(Exception):
    """The configuration cannot be used; the message is one sentence that says what to change."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its source; `raw` if it is text that may stand for another type."""

    source: str
    value: Any
    raw: bool = False


Entries = Iterator[tuple[str, str, Value]]
"""Section, key, value."""


def local_file(file: Path) -> Path:
    """The file for the settings of this machine: config.local.toml beside config.toml."""
    return file.with_name(f"{file.stem}.local{file.suffix}")


def from_file(file: Path, sections: Sections) -> Entries:
    """The values in a TOML file. Raises ConfigError."""
    source = str(file)
    tables = _tables(file)
    yield from _of_models(source, tables.pop(MODELS[:-1], {}))
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigError(
                f"{source}: {section} is {shown(table)}: expected a table, [section] with its keys "
                "below it."
            )
        if section not in sections:
            raise unknown_section(source, section, sections)
        for key, value in table.items():
            if isinstance(value, dict) and f"{section}.{key}" in sections:
                yield from (
                    (f"{section}.{key}", inner, Value(source, deep))
                    for inner, deep in value.items()
                )
            elif isinstance(value, dict) and key not in sections[section].__struct_fields__:
                raise unknown_section(source, f"{section}.{key}", sections)
            else:
                yield section, key, Value(source, value)


def _of_models(source: str, models: Any) -> Entries:
    """The values of `[models.NAME]`. Raises ConfigError."""
    for name, table in models.items() if isinstance(models, dict) else [("", models)]:
        if not isinstance(table, dict) or not table:
            raise ConfigError(
                f"{source}: {MODELS}{name} is {shown(table)}: expected a table, [{MODELS}NAME] "
                "with its keys below it."
            )
        for key, value in table.items():
            yield f"{MODELS}{name}", key, Value(source, value)


def from_environment(environment: Mapping[str, str]) -> Entries:
    """The values of variables like FEEDMILL_TEXT__LOCAL__SLOTS."""
    for name, value in sorted(environment.items()):
        if name.startswith(ENVIRONMENT) and "__" in name:
            *sections, key = name.removeprefix(ENVIRONMENT).lower().split("__")
            yield ".".join(sections), key, Value(f"environment {name}", value, raw=True)


def from_settings(settings: Iterable[str]) -> Entries:
    """The values of `section.key=value`. Raises ConfigError."""
    for setting in settings:
        path, equals, value = setting.partition("=")
        section, dot, key = path.strip().rpartition(".")
        if not (equals and dot and section and key):
            raise ConfigError(f"--set {path}: expected section.key=value.")
        yield section, key, Value(f"--set {path.strip()}", value.strip(), raw=True)


def unknown_section(source: str, section: str, sections: Iterable[str]) -> ConfigError:
    """The error for an unknown section."""
    return ConfigError(f"{source}: unknown section [{section}]; there are {', '.join(sections)}.")


def shown(value: Any) -> str:
    """A TOML value as text, or what is wrong with it if it cannot be written."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):  # a hexadecimal number has no limit, nor have dotted keys
        return "too large"


def _tables(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")  # editors on Windows write a byte order mark
        if "\0" in text:
            raise ConfigError(f"{file}: {NOT_TEXT}")
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: {NOT_TEXT}") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is no TOMLDecodeError
        raise ConfigError(f"{file}: not valid TOML ({error}).") from error
