"""One chaos run: faults hit a world under load; it drains, and the verdict follows."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.chaos.check import Verdict, drained, judge
from tests.chaos.faults import Step, carry_out
from tests.chaos.load import at_work
from tests.chaos.world import World
from tests.support.waiting import wait_until

DRAIN = 120.0  # seconds; what has not changed for so long is stuck


async def chaos(
    folder: Path,
    steps: Iterable[Step],
    say: Callable[[str], None],
    *,
    seed: int,
    nodes: int = 1,
    external: bool = False,
    rate: float = 30.0,
    delay: float = 0.05,
) -> Verdict:
    """Carry out `steps` while clients submit `rate` prompts a second; returns the verdict.

    `delay` is the duration of one generation in seconds; `say` gets a line for every step.
    """
    world = World(folder, nodes=nodes, external=external, delay=delay)
    done: Counter[str] = Counter()
    began = time.monotonic()
    try:
        await world.start()
        async with at_work(world.nodes, seed, rate) as clients:
            for step in steps:
                say(f"{time.monotonic() - began:6.1f} s  {step}")
                await carry_out(step, world, done)
            await world.up()
            await clients.end_submitting()
            left = await drained(world, clients, DRAIN)
            verdict = await judge(world, clients)
        verdict.faults = done
        if left:
            verdict.wrong.append(f"nothing was done for {DRAIN:.0f} s, but there is: {left}")
        await world.stop()
        verdict.wrong += [f"stop: {what}" for node in world.nodes for what in node.trouble]
        with contextlib.suppress(AssertionError):
            await wait_until(lambda: not world.processes(), "all processes have ended")
        verdict.wrong += [f"process {pid} was left behind" for pid in world.processes()]
    finally:
        await world.destroy()
    return verdict
