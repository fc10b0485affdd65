"""The file of a node's running attempts: it survives the node, and other nodes may read it."""

from __future__ import annotations

import threading
from pathlib import Path

from service import clock
from service.messages import Kind, TextWanted
from service.request_ids import new_id
from service.store.in_hand import AttemptInHand, InHand, of_dead_nodes


def test_a_node_starts_while_another_one_reads_its_file(tmp_path: Path) -> None:
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
    starting.join(0.1)  # it has tried to lock the file
    next(dead, None)  # the other node releases it
    starting.join()
    assert opened.is_set()


def test_the_file_of_a_live_node_is_left_alone(tmp_path: Path) -> None:
    with InHand(tmp_path, "here"):
        assert not list(of_dead_nodes(tmp_path))


def test_an_attempt_names_its_worker(tmp_path: Path) -> None:
    wanted = TextWanted(new_id(), "a fox", 7, attempt=2, base=1)
    with InHand(tmp_path, "here") as in_hand:
        in_hand.begin(wanted, "text", 3, 1.5)
        in_hand.begin(wanted, "image", 12, 2.5)
        assert list(in_hand.attempts()) == [
            AttemptInHand(wanted.id, "text", 2, 1, "here.text-3", 1.5),
            AttemptInHand(wanted.id, "image", 2, 1, "here.image-12", 2.5),
        ]


def test_the_end_of_an_attempt_removes_it_and_no_other(tmp_path: Path) -> None:
    ids = [new_id() for _ in range(4)]
    with InHand(tmp_path, "here") as in_hand:
        workers: list[tuple[Kind, int]] = [("text", 1), ("text", 2), ("image", 1), ("image", 2)]
        for id_, (kind, number) in zip(ids, workers, strict=True):
            in_hand.begin(TextWanted(id_, "a fox", 7), kind, number, 1.0)
        in_hand.end("text", 2)
        in_hand.end("image", 1)
        assert [attempt.id for attempt in in_hand.attempts()] == [ids[0], ids[3]]
