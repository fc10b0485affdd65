"""The choice of a generator: one of the catalogue, a plug-in, or a class; and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from service.config.sources import ConfigError, Value
from service.config.validation import checked, listed, refusal
from service.generators import catalogue, custom, plugins
from service.installation import HOME

Choice = tuple[str, Value]
"""The section that chooses a generator, and the value that does."""


class GeneratorChoice:
    """Finds the settings types of generators. Without `imports`, those of custom ones are none."""

    def __init__(self, file: Path | None, *, imports: bool) -> None:
        self._folder = file.parent if file else HOME
        self.imports = imports

    def type_of(self, kind: str, name: str, chosen: Choice) -> type[Struct] | None:
        """The type of the settings of a generator; None for a custom one that is not imported.

        Raises ConfigError.
        """
        table = catalogue.OF_KIND[kind]
        if name in table:
            return catalogue.settings_of(table[name])
        if not custom.is_custom(name) and name not in plugins.installed():
            expected = (
                f"expected one of {listed(table)}, the name of an installed plug-in, "
                'or a class as "module:Class"'
            )
            raise refusal(chosen[0], "generator", chosen[1], expected)
        if not self.imports:
            return None
        try:
            return custom.settings_of(custom.find(name, self._folder))
        except custom.UnusableGenerator as error:
            raise refusal(chosen[0], "generator", chosen[1], str(error)) from error

    def settings(
        self, section: str, settings: type[Struct], values: Mapping[str, Value], chosen: Choice
    ) -> Struct:
        """The settings with the values in a section. Raises ConfigError."""
        try:
            return checked(section, settings, values)
        except ConfigError:
            raise
        except Exception as error:
            reason = f"its settings cannot be made ({custom.described(error)})"
            raise refusal(chosen[0], "generator", chosen[1], reason) from error
