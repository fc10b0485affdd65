"""The table that a user reads in a minute: what matters most, beside two other programs."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.peers.catalogue import PEERS
from benchmarks.report import number, table
from benchmarks.results import Results

OTHERS = ("bullmq", "django")
SURVIVES = "go on at once"


@dataclass(frozen=True)
class Line:
    """One or two figures in a line; the others have them if they were measured beside it."""

    title: str
    unit: str
    figures: tuple[str, ...]


LINES = (
    Line("texts from end to end", "jobs/s", ("peers jobs_per_s",)),
    Line("CPU for a text, its queue included", "ms", ("peers cpu_ms_per_job",)),
    Line("from submit to done at 100/s, p50 · p99", "ms", ("peers p50_ms", "peers p99_ms")),
    Line(
        "from submit to a pushed end (`wait`) at 100/s, p50 · p99",
        "ms",
        ("waiting p50_ms", "waiting p99_ms"),
    ),
    Line("posts (text and picture) from end to end", "jobs/s", ("instagram jobs_per_s",)),
    Line(
        "a streamed token after the model's server has sent it",
        "ms",
        ("streams token_p50_ms", "streams token_p99_ms"),
    ),
    Line("CPU of 1,000 streams of 20 tokens/s", "% of a core", ("streams cpu_percent",)),
    Line("views", "requests/s", ("view per_s",)),
    Line("reads of an unchanged feed", "requests/s", ("feed100 per_s",)),
    Line("a backlog of 100,000 is worked off", "jobs/s", ("backlog jobs_per_s",)),
    Line("from the start until ready", "ms", ("start empty_ms",)),
    Line("memory at rest, without and with model, illustrator and Redis", "MiB",
         ("rest main_mib", "rest tree_mib")),
    Line("CPU at rest", "% of a core", ("rest cpu_percent",)),
)  # fmt: skip


def summary(results: Results, facts: Mapping[str, str]) -> str:
    """The table, and what it was measured on, as Markdown."""
    lines = []
    for line in LINES:
        cells = [_cell(results, line, name) for name in ("service", *OTHERS)]
        if cells[0]:
            lines.append([f"{line.title} ({line.unit})", f"**{cells[0]}**", *cells[1:]])
    kills = [PEERS[name].killed for name in OTHERS]
    lines.append(["accepted jobs when the worker is killed", f"**{SURVIVES}**", *kills])
    cuts = ["last second lost" for _ in OTHERS]
    lines.append(["accepted jobs when the power fails", f"**{SURVIVES}**", *cuts])
    head = ["", "Feedmill", *(PEERS[name].title for name in OTHERS)]
    names = [name for name in ("measured", "CPU", "disk", "Python") if name in facts]
    return f"{table(head, lines)}\n\n{'; '.join(f'{name}: {facts[name]}' for name in names)}"


def _cell(results: Results, line: Line, name: str) -> str:
    """The medians of a line; "" if they were not measured."""
    samples = [results.of(figure, name) for figure in line.figures]
    return " · ".join(number(statistics.median(each)) for each in samples) if all(samples) else ""
