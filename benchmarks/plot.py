"""The bar chart of the comparison, as SVG."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.report import FEEDS, QUEUE, Row, number
from benchmarks.results import Results

COLOURS = {"service": "#2f6f9f", "durable": "#e0a030", "full": "#b8b8b8", "feed": "#b8b8b8"}
NAMES = {
    "service": "Feedmill",
    "durable": "durable bound",
    "full": "full bound",
    "feed": "feed bound",
}
SHOWN = ("jobs_per_s", "per_s", "cpu_ms_per_job")
WIDTH, LEFT, BARS = 860, 250, 480  # the picture, where the bars begin, and the longest one
BAR, GAP = 15, 16  # the height of a bar, and the gap between two figures


def plot(results: Results) -> str:
    """The compared figures, each with its own scale, and a line from the minimum to the maximum."""
    y, parts = 34, [*_legend()]
    for row in (*QUEUE, *FEEDS):
        samples = {name: results.of(row.figure, name) for name in COLOURS}
        samples = {name: values for name, values in samples.items() if values}
        if row.figure.split()[1] not in SHOWN or "service" not in samples:
            continue
        parts += _figure(row, samples, y)
        y += BAR * len(samples) + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" font-family="sans-serif" font-size="12" fill="#222">\n'
        f'<rect width="{WIDTH}" height="{y}" fill="#fff"/>'
    )
    return "\n".join([head, *parts, "</svg>\n"])


def _legend() -> Iterator[str]:
    for place, name in enumerate(("service", "durable", "full")):
        x = LEFT + place * 130
        title = "full or feed bound" if name == "full" else NAMES[name]
        yield f'<rect x="{x}" y="10" width="12" height="12" fill="{COLOURS[name]}"/>'
        yield f'<text x="{x + 17}" y="20">{title}</text>'


def _figure(row: Row, samples: dict[str, list[float]], y: int) -> Iterator[str]:
    scale = BARS / max(max(values) for values in samples.values())
    better = "more" if row.more_is_better else "less"
    yield f'<text x="{LEFT - 10}" y="{y + 12}" text-anchor="end">{row.title}</text>'
    yield (
        f'<text x="{LEFT - 10}" y="{y + 26}" text-anchor="end" fill="#777" font-size="10">'
        f"{row.unit}, {better} is better</text>"
    )
    for name, values in samples.items():
        length = statistics.median(values) * scale
        low, high = LEFT + min(values) * scale, LEFT + max(values) * scale
        middle = y + BAR / 2 - 1
        yield (
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" '
            f'fill="{COLOURS[name]}"><title>{NAMES[name]}</title></rect>'
        )
        yield (
            f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#222" stroke-width="1" '
            f'opacity="0.6"/>'
        )
        label = number(statistics.median(values))
        yield f'<text x="{max(high, LEFT + length) + 6:.1f}" y="{y + 11}">{label}</text>'
        y += BAR
