"""`run.py feed evaluate`: judges the ranking of feeds by a log, beside simple rankings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from service.config import Config
from service.installation import MODELS

WHAT = "judge the ranking of feeds"
EVALUATE = "replay a log in time order, and compare the ranking with simple ones"
MOVIELENS = MODELS / "movielens-100k"
WEEK_SECONDS = 7 * 86_400.0


def add(commands: Any) -> None:
    """Describe `feed`."""
    parser = commands.add_parser("feed", help=WHAT, description=WHAT)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    evaluating = actions.add_parser("evaluate", help=EVALUATE, description=EVALUATE)
    evaluating.add_argument(
        "--log",
        choices=("planted", "movielens"),
        default="planted",
        help="planted: made up from known tastes; movielens: fetched by `python3 dev.py movielens`",
    )
    evaluating.add_argument("--seed", type=int, default=1, help="of the log and of all draws")
    evaluating.add_argument(
        "--every", type=int, metavar="N", help="judge every Nth like, for a quicker answer"
    )
    evaluating.add_argument(
        "--worth", action="store_true", help="leave out each part of the ranking in turn"
    )
    evaluating.set_defaults(do=evaluate)


def evaluate(arguments: argparse.Namespace, config: Config) -> int:
    """Print a table of all rankings."""
    # serving needs none of these
    import dataclasses

    from rich.console import Group
    from rich.table import Table

    from service.commands.terminal import tables
    from service.ranking.evaluation import movielens, planted
    from service.ranking.evaluation.rankers import Recommended
    from service.ranking.evaluation.reaches import reaches, visits
    from service.ranking.evaluation.replay import Judged, judge, replay

    truth = planted.plant(arguments.seed) if arguments.log == "planted" else None
    try:
        log = truth.log if truth is not None else movielens.read(MOVIELENS)
    except OSError as error:
        print(
            f"MovieLens cannot be read ({error.strerror}): fetch it with `python3 dev.py "
            "movielens`. Its licence allows research, and no redistribution.",
            file=sys.stderr,
        )
        return 1
    if arguments.every:
        log = dataclasses.replace(log, judged_every=arguments.every)
    table = Table(title=f"{log.name}, seed {arguments.seed}", box=None)
    columns = ("ranking", "hit-rate@10", "± se", "nDCG@10", "coverage", "dissimilarity")
    for name in (*columns, "new authors", "cold hits", "n", "cold n"):
        table.add_column(name, justify="left" if name == "ranking" else "right")
    pages: dict[str, list[Judged]] = {}
    with tables.screen(tables.console()) as show:
        for name, make in _rankings(log, config.ranking, arguments):
            if tables.console().is_terminal:
                table.caption = f"replaying: {name}"
                show(table)
            else:
                print(f"replaying: {name}", file=sys.stderr, flush=True)
            pages[name] = list(replay(log, make()))
            found = judge(log, pages[name])
            table.add_row(
                name,
                f"{found.hit_rate:.3f}",
                f"{found.standard_error:.3f}",
                f"{found.ndcg:.3f}",
                f"{found.coverage:.2f}",
                f"{found.dissimilarity:.3f}",
                f"{found.new_authors:.3f}",
                f"{found.cold_hit_rate:.3f}",
                str(found.pages),
                str(found.cold_pages),
            )
            if tables.console().is_terminal:
                show(table)
        table.caption = None
        whole: list[Any] = [table]
        if truth is not None:
            seed = arguments.seed
            visited = list(visits(truth, Recommended(truth.log, config.ranking, seed), seed))
            goals = reaches(truth, visited, pages["as configured"], pages["oracle"])
            whole += ["", _goals(goals)]
        show(Group(*whole))
    return 0


def _goals(found: Sequence[Any]) -> Any:
    """A table of what the configured ranking reaches on the planted log."""
    from rich.table import Table

    table = Table(title="as configured", box=None)
    for name in ("what", "goal", "found", "of", "reached"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for one in found:
        reached = "yes" if one.is_met else "no"
        table.add_row(one.name, one.goal, f"{one.found:.2f}", str(one.count), reached)
    return table


def _rankings(
    log: Any, weights: Any, arguments: argparse.Namespace
) -> Iterator[tuple[str, Callable[[], Any]]]:
    from msgspec.structs import replace

    from service.ranking.evaluation import rankers
    from service.ranking.scores import PARTS

    seed = arguments.seed
    yield "random", lambda: rankers.RandomBaseline(log, seed)
    yield "random (A/A)", lambda: rankers.RandomBaseline(log, seed + 1)
    yield "recency", lambda: rankers.RecencyBaseline(log, seed)
    yield "popularity", lambda: rankers.PopularityBaseline(log, seed, WEEK_SECONDS)
    yield "affinity", lambda: rankers.AffinityBaseline(log, seed)
    if log.truth is not None:
        yield "oracle", lambda: rankers.Oracle(log, seed)
    alone = rankers.scores_alone(weights)
    yield "scores alone", lambda: rankers.Recommended(log, alone, seed)
    yield "as configured", lambda: rankers.Recommended(log, weights, seed)
    yield "as configured (A/A)", lambda: rankers.Recommended(log, weights, seed + 1)
    if arguments.worth:
        for part in PARTS:
            without = replace(alone, **{part: 0.0})
            yield f"scores without {part}", lambda w=without: rankers.Recommended(log, w, seed)  # type: ignore[misc]
        undiversified = replace(weights, relevance=1.0)
        yield "without relevance", lambda: rankers.Recommended(log, undiversified, seed)
        unexplored = replace(weights, explored_places=0)
        yield "without exploration", lambda: rankers.Recommended(log, unexplored, seed)
