"""Which models a request gets: those that it names, or the defaults of their kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from service.config import Config
from service.http.guards.access import Caller
from service.http.parameters.model_choice import ANY_PART
from service.http.parameters.parse import refusal
from service.http.problems import Problem
from service.http.services import Services
from service.messages import PARTS, Kind, Models, Tag

SHORT_NAME = 64  # characters of an unknown name that a refusal repeats

MAKES: dict[Kind, str] = {"text": "texts", "image": "pictures"}


def chosen_models(who: Caller, services: Services, tag: Tag, names: Mapping[str, str]) -> Models:
    """The models for the parts of a request, without those that are named after their kinds.

    `names` are by part; that of ANY_PART is for the part that it can make. Raises Problem.
    """
    config, permitted = services.config(), who.models
    if not names and not config.named and permitted is None:
        return {}
    picked = _picked(config, tag, names) if names else {}
    models: Models = {}
    for kind in PARTS[tag]:
        name = picked.get(kind) or _default(config, kind, permitted)
        if permitted is not None and name not in permitted:
            allowed = listed(sorted(permitted))
            raise Problem("forbidden", f"This key may not use the model {name}, only {allowed}.")
        if name != kind:
            models[kind] = name
    return models


def _picked(config: Config, tag: Tag, names: Mapping[str, str]) -> Models:
    picked: Models = {}
    known = config.models
    for part, name in names.items():
        field = "model" if part == ANY_PART else f"{part}-model"
        model = known.get(name)
        if model is None:
            of = [other for other in known if known[other].kind in PARTS[tag]]
            what = f"model “{name}”" if 0 < len(name) <= SHORT_NAME else "model of this name"
            raise refusal({field: f"There is no {what}: they are {listed(of)}."})
        if part not in (ANY_PART, model.kind) or model.kind not in PARTS[tag]:
            others = [other for other in known if known[other].kind != model.kind]
            reason = f"{name} makes {MAKES[model.kind]}; others are {listed(others)}."
            raise refusal({field: reason})
        picked[model.kind] = name
    return picked


def _default(config: Config, kind: Kind, permitted: Sequence[str] | None) -> str:
    """The default of a kind, or the first one that the key permits."""
    default = config.default(kind)
    if permitted is None or default in permitted:
        return default
    of_kind = [name for name, model in config.models.items() if model.kind == kind]
    return next((name for name in of_kind if name in permitted), default)


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
