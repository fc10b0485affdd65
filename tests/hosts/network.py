"""Hosts: network namespaces with cables to one bridge."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

BRIDGE = "lan"
CLIENTS = "10.77.0.1"  # the address of the bridge
NETWORK = "10.77.0.0/24"
NAMESPACES = Path("/run/netns")


def run(*command: str, text: str | None = None) -> None:
    """Run a command that must succeed."""
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def make_bridge() -> None:
    """The switch that all hosts hang on; it is the clients' host as well."""
    run("mount", "-t", "tmpfs", "none", "/run")
    NAMESPACES.mkdir()
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "address", "add", f"{CLIENTS}/24", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")


class Host:
    """A host: an address, a cable, and processes."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address = f"10.77.0.{number}"
        self.folder = Path("/run/hosts") / name
        self.folder.mkdir(parents=True)
        run("ip", "netns", "add", name)
        run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", name, "master", BRIDGE, "up")
        run("ip", "-n", name, "address", "add", f"{self.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            run("ip", "-n", name, "link", "set", link, "up")

    def command(self, *words: str | Path) -> list[str]:
        """The command that runs another one on this host; the process is that one's."""
        return ["nsenter", f"--net={NAMESPACES / self.name}", *map(str, words)]

    def pids(self) -> list[int]:
        """Its processes."""
        inode = (NAMESPACES / self.name).stat().st_ino
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended
                if (process / "ns/net").stat().st_ino == inode:
                    found.append(int(process.name))
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all its processes; SIGKILL ends those that are stopped, too."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def pull_cable(self) -> None:
        """Nothing gets in or out, and no connection is told."""
        run("ip", "link", "set", self.name, "down")

    def plug_cable(self) -> None:
        """Undo `pull_cable`."""
        run("ip", "link", "set", self.name, "up")

    def filter(self, incoming: str = "", outgoing: str = "") -> None:
        """Rules of nftables for its packets, instead of those before."""
        chains = "\n".join(
            f"chain {hook} {{\ntype filter hook {hook} priority 0\n{rules}\n}}"
            for hook, rules in (("input", incoming), ("output", outgoing))
        )
        text = f"add table inet fault\ndelete table inet fault\ntable inet fault {{\n{chains}\n}}\n"
        run(*self.command("nft", "-f", "-"), text=text)

    def unfilter(self) -> None:
        """Pass on all packets again."""
        run(*self.command("nft", "-f", "-"), text="add table inet fault\ndelete table inet fault\n")
