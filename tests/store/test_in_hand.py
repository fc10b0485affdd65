"""The file of what a node is at: it survives the node, and others may read it in between."""

from __future__ import annotations

import threading
from pathlib import Path

from service import clock
from service.messages import TextWanted, new_id
from service.store.in_hand import InHand, of_dead_nodes


def test_a_node_starts_although_another_one_reads_its_file_just_now(tmp_path: Path) -> None:
    with InHand(tmp_path, "here") as died:
        died.begin(TextWanted(new_id(), "a fox", 7), "text", 1, clock.now())
    opened = threading.Event()

    def start() -> None:
        with InHand(tmp_path, "here"):
            opened.set()

    dead = of_dead_nodes(tmp_path)
    next(dead)
    starting = threading.Thread(target=start)
    starting.start()
    starting.join(0.1)  # it has tried by now
    next(dead, None)  # the other node is through with it
    starting.join()
    assert opened.is_set()


def test_the_file_of_a_node_that_lives_is_left_alone(tmp_path: Path) -> None:
    with InHand(tmp_path, "here"):
        assert not list(of_dead_nodes(tmp_path))
