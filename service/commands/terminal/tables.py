"""The content of `GET /status` as tables on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from feedmill.client.transport import plain

PLAIN_WIDTH_COLUMNS = 200  # where there is no terminal; nothing is that wide

POOLS = (
    *("pool", "generator", "busy", "limit", "queued", "oldest waiting", "oldest running"),
    *("retries", "breaker", "waiting", "service", "total"),
)
CLIENTS = ("client", "pool", "weight", "waiting", "running", "share", "oldest waiting")
NODES = ("node", "roles", "state", "version", "seen", "clock")
STREAMS = ("stream", "length", "pending", "group", "consumers", "idle")
LEGEND = (
    "/s: mean of the last minute; retries: since the start.",
    "limit: generations that may run at once now; auto: found by measuring.",
    "oldest waiting: age of the request that waits longest; oldest running: of a running one.",
    "waiting: acceptance until a worker begins; service: until the part is done; total: both.",
    "  Each is the median (p50) of the latest 1,000 first attempts, at most five minutes old.",
    "share: a client's part of the generation time of this process in the last minute.",
    "length: entries not done; pending: in a consumer's hands; idle: since one asked for more.",
)
"""The meaning of the columns, which are named as in `GET /status`."""


def console() -> Console:
    """Standard output; without a terminal, plain lines that are not cut."""
    is_terminal = sys.stdout.isatty()
    return Console(
        force_terminal=is_terminal,
        width=None if is_terminal else PLAIN_WIDTH_COLUMNS,
        highlight=False,
    )


@contextmanager
def screen(on: Console) -> Iterator[Callable[[RenderableType], None]]:
    """A function that shows a thing in place of the previous one; without a terminal, below it."""
    if not on.is_terminal:
        yield on.print
        return
    with Live(console=on, auto_refresh=False, vertical_overflow="crop") as live:
        yield lambda shown: live.update(shown, refresh=True)


def overview(status: Mapping[str, Any], away: str = "") -> RenderableType:
    """The whole status; `away` says why it is outdated."""
    legend = Text("\n".join(LEGEND), "dim")
    pools: list[RenderableType] = [_pools(status), *_generators(status)]
    clients: list[RenderableType] = [_clients(status), ""] if any(_shown_clients(status)) else []
    nodes: list[RenderableType] = [_nodes(status), ""] if len(status.get("nodes", ())) > 1 else []
    head = (_head(status, away), "", *nodes)
    return Group(*head, *pools, "", *clients, _streams(status), "", legend)


def _head(status: Mapping[str, Any], away: str) -> Text:
    rates = status["rates"]
    waiting = ", ".join(status["waiting_for"])
    state = ("ready", "green") if status["ready"] else (f"waiting for {waiting}", "yellow")
    facts = [
        f"Feedmill {status['version']} on {status['node']}",
        f"up {_span(status['uptime_seconds'])}",
        f"{rates['accepted']:.1f}/s in, {rates['finished']:.1f}/s done",
        f"dead letters {_number(status['dead_letters'])}",
    ]
    line = Text(plain(" · ".join(facts)) + " · ")
    return line.append(plain(away), "red") if away else line.append(plain(state[0]), state[1])


def _pools(status: Mapping[str, Any]) -> Table:
    table = _table(POOLS, left={"pool", "generator", "breaker"})
    for kind, pool in status["pools"].items():
        times = status["latencies"][kind]
        table.add_row(
            *map(
                _cell,
                (
                    kind,
                    pool["generator"],
                    f"{pool['busy']} of {pool['configured']}",
                    _limit(pool),
                    _number(pool["queued"]),
                    *(_age(pool[f"oldest_{name}_seconds"]) for name in ("waiting", "running")),
                    _number(pool["retries"]),
                    pool["breaker"],
                    *(_median(times[name]) for name in ("waiting", "service", "total")),
                ),
            )
        )
    return table


def _nodes(status: Mapping[str, Any]) -> Table:
    """All nodes, if there are several. Older services send none."""
    table = _table(NODES, left={"node", "roles", "state", "version"})
    for node in status["nodes"]:
        state = "leads" if node["leads"] else node["state"]
        clock = f"{node['clock_ahead_seconds']:+.1f}s"
        roles = ", ".join(node["roles"])
        seen = _age(node["seen_seconds"])
        table.add_row(*map(_cell, (node["name"], roles, state, node["version"], seen, clock)))
    return table


def _shown_clients(status: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The clients of all pools, each with its pool. Older services send none."""
    for kind, pool in status["pools"].items():
        for client in (pool.get("clients") or {}).get("first", ()):
            yield kind, client


def _clients(status: Mapping[str, Any]) -> Table:
    table = _table(CLIENTS, left={"client", "pool"})
    for kind, client in _shown_clients(status):
        table.add_row(
            *map(
                _cell,
                (
                    client["client"] or "(the service)",
                    kind,
                    *(_number(client[name]) for name in ("weight", "waiting", "running")),
                    f"{client['share']:.0%}",
                    _age(client["oldest_waiting_seconds"]),
                ),
            )
        )
    return table


def _generators(status: Mapping[str, Any]) -> Iterator[Text]:
    """Why generators cannot work, until when their pools pause, and the servers of remote ones."""
    for kind, pool in status["pools"].items():
        if pool["trouble"]:
            yield Text(plain(f"{kind}: {pool['trouble']}"), "yellow")
        if pool["paused"]:
            yield Text(plain(f"{kind}: {_why_paused(kind, pool)}"), "yellow")
        if pool.get("waits_for"):
            until = f" (until {pool['waits_until']})" if pool["waits_until"] else ""
            yield Text(plain(f"{kind}: {pool['waits_for']}{until}"), "yellow")
        if pool["breaker_until"]:
            yield Text(plain(f"{kind}: paused until {pool['breaker_until']}"), "yellow")
        for server in pool["servers"]:
            yield Text(plain(f"{kind}: {server['url']} {_server(server)}"))


def _server(server: Mapping[str, Any]) -> str:
    """The state of a server. Older services do not send its limit."""
    state = "up" if server["up"] else "away"
    words = f"is {state}, {server['jobs']} jobs in hand"
    if server.get("limit") is not None:
        words += f", limit {_number(server['limit'])}, {_number(server['refusals'])} refused"
    return words + (f", pauses until {server['waits_until']}" if server.get("waits_until") else "")


def _limit(pool: Mapping[str, Any]) -> str:
    """How many may run at once now. Older services do not send it."""
    limit = _number(pool.get("limit"))
    return f"{limit} auto" if pool.get("automatic") else limit


def _why_paused(kind: str, pool: Mapping[str, Any]) -> str:
    if pool["paused_by"] == "configuration":
        section = kind if kind == pool.get("kind", kind) else f"models.{kind}"
        return f"paused, as [{section}] workers is 0"
    return f"paused by an operator since {pool['paused_at']}; run.py resume {kind} ends it"


def _streams(status: Mapping[str, Any]) -> RenderableType:
    if status["streams"] is None:
        return Text("Redis does not answer.", "red")
    table = _table(STREAMS, left={"stream", "group"})
    for name, stream in status["streams"].items():
        idle = [consumer["idle_seconds"] for consumer in stream["consumers"].values()]
        table.add_row(
            *map(
                _cell,
                (
                    name,
                    _number(stream["length"]),
                    _number(stream["pending"]),
                    stream["group"],
                    _number(len(idle)),
                    _span(min(idle)) if idle else "-",
                ),
            )
        )
    return table


def _table(columns: tuple[str, ...], left: set[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, justify="left" if name in left else "right", no_wrap=True)
    return table


def _cell(value: str) -> Text:
    return Text(plain(value))


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _age(seconds: float | None) -> str:
    return "-" if seconds is None else _span(seconds)


def _median(times: Mapping[str, float] | None) -> str:
    return "-" if times is None else f"{times['p50']:.3g} s"


def _span(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
