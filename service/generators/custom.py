"""Custom generators: a class named as "module:Class", or the name that an installed package has.

The first is in any file that Python can import, the second a plug-in (plugins.py).
"""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import structlog

from service.generators import plugins
from service.generators.abilities import ANY_SIDES, NONE, declared_abilities, declared_sides
from service.generators.closing import close
from service.generators.protocol import (
    CannotStart,
    Drawn,
    GenerationFailed,
    Job,
    Say,
    ServerState,
    Written,
)

T = TypeVar("T")

log = structlog.get_logger()

SECTION = "custom"
"""The table of its settings in config.toml: [text.custom] or [image.custom]."""

RESULTS: dict[str, Any] = {"text": Written, "image": Drawn}


class NoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a generator whose file defines none."""


class UnusableGenerator(Exception):
    """The name does not lead to a generator; the message says why."""


def is_custom(name: str) -> bool:
    """Whether this names a custom class and not a generator of the catalogue."""
    module, _, attribute = name.partition(":")
    return attribute.isidentifier() and all(part.isidentifier() for part in module.split("."))


def section_of(name: str) -> str:
    """The table of the settings of a custom generator, below that of its kind."""
    return SECTION if is_custom(name) else name


def class_of(name: str) -> str:
    """The class of a custom generator, as "module:Class". Raises UnusableGenerator."""
    if is_custom(name):
        return name
    classes = sorted(plugins.installed().get(name, ()))
    if len(classes) != 1:
        raise UnusableGenerator(
            f"installed packages have {len(classes)} generators of this name"
            + (f" ({', '.join(classes)})" if classes else "")
        )
    if not is_custom(classes[0]):
        raise UnusableGenerator(f'its package names {classes[0]}, which is no "module:Class"')
    return classes[0]


def find(name: str, folder: Path) -> Any:
    """Import the class, from Python's path or else from `folder`.

    Raises UnusableGenerator for every error in its file.
    """
    module_name, _, attribute = class_of(name).partition(":")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # at the end: no file there replaces a known module
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and type(error) is not SystemExit:
            raise  # a subclass: a signal has arrived
        raise UnusableGenerator(f"{module_name} cannot be imported ({described(error)})") from error
    class_ = getattr(module, attribute, None)
    if not inspect.isclass(class_):
        raise UnusableGenerator(
            f"there is no class {attribute} in {module.__file__ or module_name}"
        )
    _check(class_)
    return class_


def settings_of(class_: Any) -> type[msgspec.Struct]:
    """The Settings class in the file of a generator class. Raises UnusableGenerator."""
    settings = getattr(sys.modules[class_.__module__], "Settings", NoSettings)
    if not (inspect.isclass(settings) and issubclass(settings, msgspec.Struct)):
        raise UnusableGenerator("its Settings must be a msgspec.Struct")
    for field in msgspec.structs.fields(settings):
        if field.required:
            raise UnusableGenerator(f"{field.name} in its Settings needs a default")
    return settings


def described(error: BaseException) -> str:
    """An error as one line, with the place in the file where it was raised."""
    line = " ".join(str(error).split()) or "no message"
    if isinstance(error, SyntaxError | ModuleNotFoundError):  # its message has the place
        return line
    [*_, last] = [*traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__}: {line}, {last.filename} line {last.lineno}"


class Custom:
    """A custom generator behind the protocol: results are checked, errors fail only their jobs."""

    def __init__(self, kind: str, name: str, settings: msgspec.Struct, home: Path) -> None:
        self._kind, self._name = kind, f"{kind}.generator {name}"
        self._result = RESULTS[kind]
        module, _, attribute = class_of(name).partition(":")
        try:
            self._generator = getattr(sys.modules[module], attribute)(settings, home)
        except Exception as error:
            raise self._cannot_start(error) from error

    async def __aenter__(self) -> Self:
        try:
            self._generator = await self._generator.__aenter__()
        except CannotStart:
            raise
        except Exception as error:
            raise self._cannot_start(error) from error
        if not hasattr(self._generator, "generate"):
            raise CannotStart(f"{self._name}: __aenter__ must return the generator.")
        for name, guarded in (
            *(("trouble", self._trouble), ("servers", self._servers)),
            *(("reach", self._reach), ("check", self._check)),
        ):  # a pool looks for these methods to see what the generator supports
            if hasattr(self._generator, name):
                setattr(self, name, guarded)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await close(self._generator, self._name, kind, error, trace)

    @property
    def abilities(self) -> frozenset[str]:
        """What it declares that it honours."""
        return self._declared("abilities", partial(declared_abilities, kind=self._kind), NONE)

    @property
    def model_name(self) -> str:
        """What it says that its results will name as their model; "" if it says nothing."""
        return self._declared("model_name", _model_name, "")

    @property
    def sides(self) -> range:
        """The pixels that a side of its pictures may have."""
        return self._declared("sides", declared_sides, ANY_SIDES)

    def _declared(self, name: str, read: Callable[[Any], T], fallback: T) -> T:
        """What an attribute says; the fallback if reading it raises something."""
        try:
            return read(self._generator)
        except Exception:
            log.exception("generator crashed", generator=self._name, method=name)
            return fallback

    async def generate(self, job: Job, say: Say) -> Written | Drawn:
        """The result, checked. Raises what the generator raises."""
        try:
            returned = await self._generator.generate(job, say)
        except SystemExit as error:  # it would end the service
            raise RuntimeError("the generator called sys.exit") from error
        # converting checks the types of its fields
        result: Written | Drawn = msgspec.convert(msgspec.structs.asdict(returned), self._result)
        return result

    def _trouble(self) -> str | None:
        trouble = self._call("trouble", None)
        return None if trouble is None else str(trouble)

    def _servers(self) -> tuple[ServerState, ...]:
        states = self._call("servers", ())
        return tuple(state for state in states if isinstance(state, ServerState))

    def _call(self, method: str, otherwise: Any) -> Any:
        try:
            return getattr(self._generator, method)()
        except Exception:
            log.exception("generator crashed", generator=self._name, method=method)
            return otherwise

    async def _reach(self) -> None:
        await self._probe("reach")

    async def _check(self) -> None:
        await self._probe("check")

    async def _probe(self, method: str) -> None:
        try:
            await getattr(self._generator, method)()
        except GenerationFailed:
            raise
        except Exception as error:
            log.exception("generator crashed", generator=self._name, method=method)
            raise GenerationFailed("The generator cannot be checked.", retryable=True) from error

    def _cannot_start(self, error: Exception) -> CannotStart:
        return CannotStart(f"{self._name} does not start ({described(error)}).")


def _model_name(generator: Any) -> str:
    name = getattr(generator, "model_name", "")
    return name if isinstance(name, str) else ""


def _check(class_: Any) -> None:
    """Raise UnusableGenerator if this class lacks a part of the protocol."""
    _check_call(class_.__name__, class_, 2)
    for method, count in (("generate", 3), ("__aenter__", 1), ("__aexit__", 4)):
        function = getattr(class_, method, None)
        if function is None:
            raise UnusableGenerator(f"{class_.__name__} has no method {method}")
        if not inspect.iscoroutinefunction(function):
            raise UnusableGenerator(f"{method} of {class_.__name__} must be an async def")
        _check_call(f"{method} of {class_.__name__}", function, count)


def _check_call(name: str, function: Any, count: int) -> None:
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError as error:
        raise UnusableGenerator(f"{name} does not take its arguments ({error})") from error
