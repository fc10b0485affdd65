"""The retry rules of webhooks: delivered, another attempt, or given up, and when."""

from __future__ import annotations

import random
from collections.abc import Sequence

from service.actors.webhooks.http_sender import GONE_STATUS, ReceiverAnswer
from service.store.sql.webhooks.deliveries import ClaimedDelivery, DeliveryOutcome

MAX_BLOCKING_ATTEMPTS = 3  # after which a delivery no longer holds up those behind it
JITTER_FRACTION = 0.2  # of a pause: deliveries that failed together are not retried together
DAY_SECONDS = 86_400.0


def outcome_of(
    delivery: ClaimedDelivery,
    answer: ReceiverAnswer,
    schedule: Sequence[float],
    began: float,
    seconds: float,
) -> DeliveryOutcome:
    """The new state of a delivery and its URL after an attempt of `seconds`, begun at `began`.

    The oldest delivery in order is a probe for those behind it. After MAX_BLOCKING_ATTEMPTS
    failures it leaves the order and is retried separately, and the next one is tried: at once if
    all failures since the last success were of this delivery, because the delivery and not the URL
    may be the cause; otherwise after a pause that grows with the failures in a row.
    """
    attempt = (began, seconds, answer.code, answer.reason)
    if answer.reason is None:
        return DeliveryOutcome(*attempt, "delivered", failures=0, resume_at=0.0)
    if answer.code == GONE_STATUS:
        return DeliveryOutcome(*attempt, "disabled")
    if answer.hopeless:
        return DeliveryOutcome(*attempt, "failed")
    now = began + seconds
    attempts = delivery.attempts + 1
    retry_after = answer.retry_after or 0.0
    retry_in = max(retry_after, _pause(schedule, attempts)) if attempts <= len(schedule) else None
    if delivery.due_at is not None:
        if retry_in is None:
            return DeliveryOutcome(*attempt, "failed")
        return DeliveryOutcome(*attempt, "pending", due_at=now + retry_in)
    failures = delivery.failures + 1
    step_aside = attempts >= MAX_BLOCKING_ATTEMPTS or retry_in is None
    its_own_fault = step_aside and failures <= attempts
    resume_at = now + max(retry_after, 0.0 if its_own_fault else _pause(schedule, failures))
    return DeliveryOutcome(
        *attempt,
        "failed" if retry_in is None else "pending",
        due_at=now + retry_in if retry_in is not None and step_aside else None,
        failures=failures,
        resume_at=resume_at,
        # the URL is down for as long as one delivery is tried: give up all that waited as long
        stale=now - max(sum(schedule), DAY_SECONDS) if failures > len(schedule) else None,
    )


def _pause(schedule: Sequence[float], failures: int) -> float:
    if not schedule:
        return 0.0
    pause = schedule[min(failures, len(schedule)) - 1]
    return pause * random.uniform(1 - JITTER_FRACTION, 1 + JITTER_FRACTION)
