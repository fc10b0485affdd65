"""Metrics against numbers worked out by hand and by trec_eval (pytrec-eval-terrier 0.5.11)."""

from __future__ import annotations

import pytest

from service.ranking.columns import columns
from service.ranking.evaluation import metrics
from service.ranking.types import Candidate

TREC_EVAL = {0: 1.0, 1: 0.6309297535714575, 2: 0.5, 4: 0.38685280723454163, 9: 0.2890648263178879}
"""ndcg_cut_10 of a list whose only relevant document is at this place."""


@pytest.mark.parametrize(("place", "expected"), TREC_EVAL.items())
def test_gain_is_that_of_trec_eval(place: int, expected: float) -> None:
    assert metrics.gain(place) == pytest.approx(expected, abs=1e-12)


def test_a_like_beyond_the_page_gains_nothing() -> None:
    assert metrics.gain(10) == metrics.gain(None) == 0


def test_dissimilarity_is_1_less_the_mean_cosine_of_all_pairs() -> None:
    posts = columns(
        [
            Candidate(1, "ann", ("sea",)),
            Candidate(2, "ben", ("sea",)),
            Candidate(3, "cas", ("sea", "cats")),
            Candidate(4, "dan"),
        ]
    )
    # pairs: 1-2 alike (1), 1-3 and 2-3 share one of two (1 / sqrt 2), 4 is like none (0)
    mean = (1 + 2 * 2**-0.5) / 6
    assert metrics.dissimilarity(posts, [0, 1, 2, 3]) == pytest.approx(1 - mean)
    assert metrics.dissimilarity(posts, [0]) == 0


def test_the_standard_error_of_a_share() -> None:
    assert metrics.standard_error(0.2, 1600) == pytest.approx(0.01)
    assert metrics.standard_error(0.2, 0) == 0
