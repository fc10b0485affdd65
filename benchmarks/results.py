"""The results: every figure of every round, and every error."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from benchmarks.jobs import Tally

Samples = list[float]


@dataclass
class Results:
    """Figures by name and contender, with one sample per round."""

    samples: dict[str, dict[str, Samples]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    checked: int = 0
    """How many jobs and answers were right."""

    @classmethod
    def kept(cls, file: Path | None) -> Results:
        """Those of earlier runs that were kept in a file; none without one."""
        if file is None or not file.exists():
            return cls()
        return msgspec.json.decode(file.read_bytes(), type=cls)

    def keep(self, file: Path) -> None:
        """Keep them for later runs, which measure other parts."""
        file.write_bytes(msgspec.json.encode(self))

    def note(self, phase: str, contender: str, figures: Mapping[str, float]) -> None:
        """Add the figures of one round, named `phase figure`."""
        for name, value in figures.items():
            by_contender = self.samples.setdefault(f"{phase} {name}", {})
            by_contender.setdefault(contender, []).append(value)

    def check(self, phase: str, contender: str, tally: Tally) -> None:
        """Count the right jobs, and keep a sentence if any was not."""
        self.checked += tally.counts["done"]
        if not tally.good:
            self.wrong.append(f"{contender}, {phase}: {tally}")

    def of(self, figure: str, contender: str = "service") -> Samples:
        """The samples of a figure; empty if it was not measured."""
        return self.samples.get(figure, {}).get(contender, [])

    def ratio(self, figure: str, other: str) -> float | None:
        """The service relative to another: the median over the rounds, as drift affects both."""
        pairs = zip(self.of(figure), self.of(figure, other), strict=False)
        ratios = [mine / theirs for mine, theirs in pairs if theirs]
        return statistics.median(ratios) if ratios else None
