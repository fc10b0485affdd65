"""The stand-in for a generator that cannot start: it is away, and says why."""

from __future__ import annotations

from service.generators.abilities import IMAGE_ABILITIES, TEXT_ABILITIES
from service.generators.protocol import GenerationFailed, Job, Say, Written


class NotStarted:
    """Takes the place of a generator; every job finds it away."""

    abilities = TEXT_ABILITIES | IMAGE_ABILITIES
    """Unknown: jobs wait for one that starts, and is asked then."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def trouble(self) -> str:
        """Why it cannot work, as a sentence for users."""
        return self._reason

    async def generate(self, job: Job, say: Say) -> Written:
        """Fail, as a generator does whose server does not answer."""
        del job, say
        raise GenerationFailed(self._reason, retryable=True, cause="away")
