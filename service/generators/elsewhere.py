"""The stand-in for a generator that runs on other nodes: this process has no workers."""

from __future__ import annotations

from typing import Any

from service.generators.abilities import (
    IMAGE_ABILITIES,
    TEXT_ABILITIES,
    declared_abilities,
    declared_sides,
)
from service.generators.protocol import GenerationFailed, Job, Say, Written

NO_WORKERS = "This process has no workers: send this to a node with the role worker."


class Elsewhere:
    """Says what the generator of a model can, and generates nothing."""

    def __init__(self, kind: str, generator: Any) -> None:
        """`generator` is not open; one that learns its abilities when it opens may have all."""
        of_kind = TEXT_ABILITIES if kind == "text" else IMAGE_ABILITIES
        self.abilities = declared_abilities(generator, kind) or of_kind
        self.sides = declared_sides(generator)

    async def generate(self, job: Job, say: Say) -> Written:
        """Fail, as a generator does whose server does not answer."""
        del job, say
        raise GenerationFailed(NO_WORKERS, retryable=True, cause="away")
