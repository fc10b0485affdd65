"""How alike texts are: the same vectors give the same numbers, and what all share says nothing."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from service.ranking.learnt import Learnt
from service.ranking.pipeline import make_list
from service.ranking.texts import Texts, packed
from service.ranking.types import Candidate, ListInput, Taste, TextVectors
from service.ranking.weights import Weights

CAT, OTHER_CAT, BOAT, LIKED = 10, 20, 30, 40
VECTORS = {
    CAT: packed([5.0, 1.0, 0.0]),
    OTHER_CAT: packed([5.0, 0.9, 0.1]),
    BOAT: packed([5.0, 0.0, 1.0]),
    LIKED: packed([5.0, 1.0, 0.1]),
}
"""All point nearly the same way, as those of real models do."""
AROUND = (CAT, OTHER_CAT, BOAT)


def cosine(one: Any, other: Any) -> float:
    one, other = one.astype(float), other.astype(float)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def scores(texts: Texts, *likes: int) -> dict[int, float]:
    posts = np.array([CAT, OTHER_CAT, BOAT, 99], dtype=np.int64)
    return dict(zip(posts.tolist(), texts.scores(posts, likes, 3.0).tolist(), strict=True))


def test_texts_like_the_liked_ones_score_higher_and_unknown_ones_nothing() -> None:
    found = scores(Texts.unpacked(VECTORS, AROUND * 30), LIKED)
    assert found[99] == 0
    assert 0 <= found[BOAT] < found[OTHER_CAT] <= 1
    assert found[BOAT] < found[CAT] <= 1


def test_newer_likes_weigh_more() -> None:
    texts = Texts.unpacked(VECTORS, AROUND)
    assert scores(texts, BOAT, LIKED)[CAT] > scores(texts, LIKED, BOAT)[CAT]
    assert texts.causes([CAT, BOAT, 99], [BOAT, LIKED], 3.0)[CAT] == LIKED


def test_without_likes_or_vectors_nothing_is_alike() -> None:
    assert set(scores(Texts.unpacked(VECTORS, AROUND)).values()) == {0}
    assert set(scores(Texts.unpacked({}, ()), LIKED).values()) == {0}
    assert Texts.unpacked({}, ()).causes([CAT], [LIKED], 3.0) == {}


def test_vectors_of_another_length_are_left_out() -> None:
    mixed = VECTORS | {BOAT: packed([1.0] * 7)}
    assert scores(Texts.unpacked(mixed, AROUND), LIKED, BOAT)[BOAT] == 0


def test_directions_survive_packing() -> None:
    values = np.random.default_rng(5).normal(size=(2, 384))
    bytes_ = [np.frombuffer(base64.b64decode(packed(row)), np.int8) for row in values]
    assert abs(cosine(*values) - cosine(*bytes_)) < 0.005
    assert packed([0.0, 0.0]) == ""


def test_the_same_vectors_and_seed_give_the_same_list_and_name_the_liked_text() -> None:
    candidates = [Candidate(post, f"author {post}") for post in AROUND]
    given = ListInput(
        candidates,
        Taste(likes=(LIKED,)),
        Weights(explored_places=0),
        now_seconds=100.0,
        size=3,
        seed=1,
        texts=TextVectors(VECTORS, AROUND),
    )
    lists = [make_list(Learnt(Weights()), given) for _ in range(2)]
    assert lists[0] == lists[1]
    first, reason = lists[0][0]
    assert first.post in (CAT, OTHER_CAT)
    assert (reason.kind, reason.liked, reason.is_alike) == ("because-you-liked", LIKED, True)
    assert lists[0][-1][0].post == BOAT
