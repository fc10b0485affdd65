"""Refuses what the chosen models cannot honour, before anything is queued."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.generators.abilities import needed_abilities, outside_sides
from service.http.api.submission.model_choice import listed
from service.http.guards.access import Caller
from service.http.parameters.parse import refusal
from service.http.services import Services
from service.messages import PARTS, Kind, Models, Options, Tag


def refuse_unable(
    who: Caller,
    services: Services,
    tag: Tag,
    models: Models,
    options: Options,
    field: Callable[[str], str] = str,
) -> None:
    """Raises Problem for options that the generator of a model does not honour.

    `field` has the name of the client's field for an ability.
    """
    if not options:
        return
    pools, wrong = services.monitor.pools, dict[str, str]()
    for kind in PARTS[tag]:
        name = models.get(kind, kind)
        needed = needed_abilities(options, kind)
        if not needed or name not in pools:
            continue
        if kind == "image" and outside_sides(options, sides := pools[name].sides):
            called = "" if field("size") == "size" else "size: "
            wrong[field("size")] = (
                f"{called}The generator {pools[name].generator} of the model {name} draws sides of "
                f"{sides[0]} to {sides[-1]} pixels."
            )
        for ability in sorted(needed - pools[name].abilities):
            called = "" if field(ability) == ability else f"{ability}: "
            reason = f"The generator {pools[name].generator} of the model {name} cannot honour it"
            able = [each for each in _able(services, kind, needed) if _may_use(who, each)]
            other = f" or choose {listed(able)}" if able else ""
            wrong[field(ability)] = f"{called}{reason}: leave it out{other}."
    if wrong:
        raise refusal(wrong)


def _may_use(who: Caller, model: str) -> bool:
    """Whether the requests of a caller may use a model."""
    return who.models is None or model in who.models


def _able(services: Services, kind: Kind, needed: Iterable[str]) -> list[str]:
    """The models that honour all of it."""
    pools, config = services.monitor.pools, services.config()
    return [
        name
        for name, model in config.models.items()
        if model.kind == kind and name in pools and pools[name].abilities.issuperset(needed)
    ]
