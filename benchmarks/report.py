"""The report: medians, ranges and ratios as Markdown tables, between two marks of a document."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import PEERS
from benchmarks.results import Results

BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
NEW = f"# Benchmarks\n\n{BEGIN}\n{END}\n"


@dataclass(frozen=True)
class Row:
    """One figure: its name, title and unit."""

    figure: str
    title: str
    unit: str
    more_is_better: bool = True


QUEUE = (
    Row("text jobs_per_s", "text, from end to end", "jobs/s"),
    Row("instagram jobs_per_s", "instagram, from end to end", "jobs/s"),
    Row("text cpu_ms_per_job", "CPU for a text", "ms", more_is_better=False),
    Row("instagram cpu_ms_per_job", "CPU for an instagram post", "ms", more_is_better=False),
    Row("submit per_s", "submit alone", "requests/s"),
    Row("submit p99_ms", "submit alone, p99", "ms", more_is_better=False),
    Row("view per_s", "view alone", "requests/s"),
    Row("view cpu_ms", "CPU for a view", "ms", more_is_better=False),
    Row("rate p50_ms", "from submit to done at 100/s, p50", "ms", more_is_better=False),
    Row("rate p99_ms", "from submit to done at 100/s, p99", "ms", more_is_better=False),
)
FEEDS = (
    Row("feed100 per_s", "feed of 100 posts", "reads/s"),
    Row("feed1000 per_s", "feed of 1,000 posts", "reads/s"),
    Row("feed100 cpu_ms", "CPU for a read, 100 posts", "ms", more_is_better=False),
    Row("feed1000 cpu_ms", "CPU for a read, 1,000 posts", "ms", more_is_better=False),
)
ALONE = (
    Row("start empty_ms", "from the start until ready, empty", "ms"),
    Row("start full_ms", "from the start until ready, 100,000 unfinished requests", "ms"),
    Row("rest main_mib", "memory at rest, the service's own process", "MiB"),
    Row("rest tree_mib", "memory at rest with Redis, model and illustrator", "MiB"),
    Row("rest cpu_percent", "CPU at rest", "% of a core"),
    Row("work view_p50_ms", "view while both generators work, p50", "ms"),
    Row("work view_p99_ms", "view while both generators work, p99", "ms"),
    Row("work lag_p50_ms", "the event loop is late, p50", "ms"),
    Row("work lag_p99_ms", "the event loop is late, p99", "ms"),
    Row("work lag_max_ms", "the event loop is late, at most", "ms"),
    Row("work own_p99_ms", "the same without waiting for a core, p99", "ms"),
    Row("work own_max_ms", "the same without waiting for a core, at most", "ms"),
    Row("work texts_per_min", "texts that are written at the same time", "a minute"),
    Row("work pictures_per_min", "pictures that are drawn at the same time", "a minute"),
    Row("work main_mib", "memory of the service's own process then", "MiB"),
)
DELIVERY = (
    Row("waiting p50_ms", "from submit to a pushed end (`wait`) at 100/s, p50", "ms"),
    Row("waiting p99_ms", "the same, p99", "ms"),
    Row("waiting polled_p50_ms", "the same for clients that poll every 2 ms, p50", "ms"),
    Row("waiting polled_p99_ms", "the same, p99", "ms"),
    Row("listeners cpu_percent", "CPU while 1,000 listeners follow a text", "% of a core"),
    Row("listeners kib_each", "memory for each of them", "KiB"),
    Row("listeners behind_p50_ms", "behind the first that has an event, p50", "ms"),
    Row("listeners behind_p99_ms", "behind the first that has an event, p99", "ms"),
    Row("eta error_percent", "error of `eta_seconds` in a queue of 60, median", "%"),
    Row("eta bias_percent", "the same with its sign: above 0 it was too late", "%"),
)
STREAMS = (
    Row("streams first_p50_ms", "the first token of 100 streams after it was sent, p50", "ms"),
    Row("streams first_p99_ms", "the same, p99", "ms"),
    Row("streams token_p50_ms", "any token of 100 streams after it was sent, p50", "ms"),
    Row("streams token_p99_ms", "the same, p99", "ms"),
    Row("streams token_us", "CPU for a token of 1,000 streams", "µs"),
    Row("streams cpu_percent", "CPU of 1,000 streams of 20 tokens a second", "% of a core"),
)
GROWTH = (
    Row("backlog jobs_per_s", "a backlog of 100,000 is worked off", "jobs/s"),
    Row("backlog main_mib", "the same, memory at most", "MiB"),
    Row("history jobs_per_s", "with 1,000,000 finished requests", "jobs/s"),
    Row("history main_mib", "the same, memory", "MiB"),
    *(
        Row(f"{name} {figure}", title if figure == "jobs_per_s" else "the same, memory", unit)
        for name, title in (
            ("workers1", "with 1 worker of each kind"),
            ("workers16", "with 16 workers"),
            ("workers256", "with 256 workers"),
        )
        for figure, unit in (("jobs_per_s", "jobs/s"), ("main_mib", "MiB"))
    ),
    Row("busy p50_ms", "a text while every image worker is busy, p50", "ms"),
    Row("busy p99_ms", "a text while every image worker is busy, p99", "ms"),
)
PROMPTS = (
    Row("prompt100 jobs_per_s", "with prompts of 100 bytes", "jobs/s"),
    Row("prompt10000 jobs_per_s", "with prompts of 10,000 bytes", "jobs/s"),
    Row("prompt100 main_mib", "memory with prompts of 100 bytes", "MiB"),
    Row("prompt10000 main_mib", "memory with prompts of 10,000 bytes", "MiB"),
)


def tables(results: Results, facts: Mapping[str, str]) -> str:
    """All results as Markdown."""
    parts = [
        "\n".join(f"- {name}: {value}" for name, value in facts.items()),
        _compared(results, QUEUE, {"durable": "durable bound", "full": "full bound"}),
        _compared(results, FEEDS, {"feed": "bound"}),
        _single(results, ALONE),
        _single(results, DELIVERY),
        _single(results, STREAMS),
        _single(results, GROWTH),
        _compared(results, PROMPTS, {"durable": "durable bound"}),
        _peers(results),
    ]
    return "\n\n".join(part for part in parts if part)


def write(text: str, document: Path) -> None:
    """Put the tables between the marks of the document; creates it if it does not exist."""
    around = document.read_text() if document.exists() else NEW
    before, _, rest = around.partition(BEGIN)
    after = rest.partition(END)[2]
    document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _compared(results: Results, rows: Sequence[Row], bounds: Mapping[str, str]) -> str:
    lines = []
    for row in rows:
        if not results.of(row.figure):
            continue
        cells = [f"{row.title} ({row.unit})", f"**{middle(results.of(row.figure))}**"]
        for bound in bounds:
            samples, ratio = results.of(row.figure, bound), results.ratio(row.figure, bound)
            cells += [middle(samples), f"{ratio:.2f}"] if ratio else ["", ""]
        lines.append(cells)
    head = ["", "service", *(cell for name in bounds.values() for cell in (name, "ratio"))]
    return table(head, lines)


def _single(results: Results, rows: Sequence[Row]) -> str:
    lines = [
        [f"{row.title} ({row.unit})", f"**{middle(results.of(row.figure))}**"]
        for row in rows
        if results.of(row.figure)
    ]
    return table(["", "service"], lines)


def _peers(results: Results) -> str:
    """One line per peer, the fastest first."""
    shown = [name for name in PEERS if results.of("peers jobs_per_s", name)]
    shown.sort(key=lambda name: -statistics.median(results.of("peers jobs_per_s", name)))
    if not shown:
        return ""
    lines = [["**Feedmill**", *_cells(results, "service"), "go on at once"]]
    lines += [[PEERS[name].title, *_cells(results, name), PEERS[name].killed] for name in shown]
    head = ["texts", "jobs/s", "Feedmill to it", "CPU (ms)", "Feedmill to it"]
    head += ["done at 100/s, p50 (ms)", "p99 (ms)", "accepted jobs when the worker is killed"]
    return table(head, lines)


def _cells(results: Results, name: str) -> list[str]:
    cells = []
    for figure in ("peers jobs_per_s", "peers cpu_ms_per_job"):
        ratio = results.ratio(figure, name) if name != "service" else None
        cells += [middle(results.of(figure, name)), f"{ratio:.2f}" if ratio else ""]
    for figure in ("peers p50_ms", "peers p99_ms"):
        samples = results.of(figure, name)
        cells.append(middle(samples) if samples else "")
    return cells


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table as Markdown; nothing without lines."""
    if not lines:
        return ""
    rule = ["---", *("--:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def middle(samples: Sequence[float]) -> str:
    """The median and the range."""
    if len(samples) == 1:
        return number(samples[0])
    low, high = number(min(samples)), number(max(samples))
    return f"{number(statistics.median(samples))} ({low} … {high})"


def number(value: float) -> str:
    """A number with three significant digits, or all before the decimal point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
