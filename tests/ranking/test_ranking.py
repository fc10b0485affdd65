"""The ranking as rules: what it learns, how it orders, what it never does."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.ranking.columns import columns
from service.ranking.evaluation.rankers import scores_alone
from service.ranking.exploration import Draws
from service.ranking.learnt import Learnt
from service.ranking.neighbours import Neighbours
from service.ranking.pipeline import rank
from service.ranking.popularity import Popularity
from service.ranking.scores import NEAR, PARTS, Situation
from service.ranking.taste import taste_of
from service.ranking.types import Act, Candidate, Ranked, Taste
from service.ranking.weights import Weights

WEIGHTS = Weights()
NOW_SECONDS = 1_000_000.0
NOW = int(NOW_SECONDS * 1e6)


def ranked(
    candidates: list[Candidate],
    taste: Taste = Taste(),  # noqa: B008 - frozen
    weights: Weights = WEIGHTS,
    learnt: Learnt | None = None,
    size: int = 10,
    seed: int = 1,
) -> list[Ranked]:
    learnt = learnt or Learnt(weights, places=8)
    at = Situation(columns(candidates), taste, learnt, weights, NOW_SECONDS)
    return rank(at, size, seed)


def posts_of(
    author: str, count: int, subjects: tuple[str, ...] = (), age: int = 0
) -> list[Candidate]:
    """Posts a second apart, all followed."""
    first = NOW - age * 1_000_000 - 1_000_000 * hash_of(author)
    return [
        Candidate(first - n * 1_000_000, author, subjects, is_followed=True) for n in range(count)
    ]


def hash_of(name: str) -> int:
    return int.from_bytes(name.encode()) % 1000


def test_posts_that_the_same_users_liked_come_first() -> None:
    learnt = Learnt(WEIGHTS, places=8)
    for _ in range(5):
        learnt.like(1, [], NOW_SECONDS)
        learnt.like(2, [1], NOW_SECONDS)
    for _ in range(9):
        learnt.like(3, [], NOW_SECONDS)
    taste = Taste(likes=(1,) * 1)
    candidates = [Candidate(2, "ann", is_followed=True), Candidate(3, "ben", is_followed=True)]
    weights = replace(scores_alone(WEIGHTS), popularity=0.0)
    first, second = ranked(candidates, taste, weights, learnt)
    assert (first.post, second.post) == (2, 3)
    cosine = (25 / 7) / (5 + WEIGHTS.shrink)
    near = WEIGHTS.neighbours * math.log(1 + cosine / NEAR)
    assert first.parts["neighbours"] == pytest.approx(near)
    assert second.parts["neighbours"] == 0
    assert learnt.neighbours.causes([2], taste.likes, 3, 5) == {2: 1}


def test_later_likes_weigh_more() -> None:
    near = Neighbours(8)
    for before, post in ((1, 10), (2, 20)):
        near.observe(before, [])
        near.observe(post, [before])
    posts = columns([Candidate(10, "ann"), Candidate(20, "ben")]).posts
    older, newer = near.scores(posts, [1, 2], half_life=1, shrink=0)
    assert newer == pytest.approx(2 * older)


def test_taking_back_a_like_leaves_what_was_before() -> None:
    learnt, other = Learnt(WEIGHTS, places=8), Learnt(WEIGHTS, places=8)
    for one in (learnt, other):
        one.like(1, [], NOW_SECONDS)
        one.like(2, [1], NOW_SECONDS)
    learnt.like(3, [1, 2], NOW_SECONDS)
    learnt.unlike(3, [1, 2, 3], NOW_SECONDS)
    posts = columns([Candidate(n, "ann") for n in (1, 2, 3)]).posts
    for likes in ([1], [2], [1, 2]):
        assert (
            learnt.neighbours.scores(posts, likes, 3, 5)
            == other.neighbours.scores(posts, likes, 3, 5)
        ).all()
    assert learnt.popularity.most(9) == other.popularity.most(9)


def test_a_post_whose_last_like_is_oldest_is_forgotten_for_a_new_one() -> None:
    near = Neighbours(places=2)
    near.observe(1, [])
    near.observe(2, [1])
    near.observe(1, [2])
    near.observe(3, [1])  # takes the place of 2
    assert [post in near for post in (1, 2, 3)] == [True, False, True]
    assert near.nearest([1], 3, 0, limit=5) == [3]
    posts = columns([Candidate(n, "ann") for n in (1, 2, 3)]).posts
    assert near.scores(posts, [1], 3, 0)[1] == 0


def test_popularity_fades_out_as_likes_come() -> None:
    learnt = Learnt(WEIGHTS, places=8)
    for _ in range(50):
        learnt.like(5, [], NOW_SECONDS)
    candidates = [Candidate(5, "ann", is_followed=True, likes=50, views=100)]
    weights = replace(WEIGHTS, cold_likes=10.0)
    [cold] = ranked(candidates, weights=weights, learnt=learnt)
    warm_taste = Taste(likes=tuple(range(10, 40)))
    [warm] = ranked(candidates, warm_taste, weights=weights, learnt=learnt)
    assert warm.parts["popularity"] == pytest.approx(cold.parts["popularity"] / 4)


def test_popular_likes_fade_with_time() -> None:
    learnt = Learnt(WEIGHTS, places=8)
    day = 86_400
    for _ in range(3):
        learnt.like(1, [], NOW_SECONDS - 30 * day)
    learnt.like(2, [], NOW_SECONDS)
    assert learnt.popularity.most(2) == [2, 1]
    for years in range(1, 30):  # no float overflows
        learnt.like(2, [], NOW_SECONDS + years * 365 * day)
    assert learnt.popularity.most(1) == [2]


def test_authors_and_subjects_that_are_liked_more_than_usual_score_higher() -> None:
    acts = [Act("view", n, "ann", ("cats",)) for n in range(20)]
    acts += [Act("like", 100 + n, "ben", ("sea",)) for n in range(5)]
    taste = taste_of(acts)
    assert taste.authors["ben"] > 0.3  # in part it is the subject
    assert taste.authors["ann"] < 0
    assert taste.subjects["sea"] > 0.5
    assert taste.subjects["cats"] < 0
    candidates = [Candidate(NOW, "ann", ("cats",)), Candidate(NOW - 1, "ben", ("sea",))]
    assert [post.post for post in ranked(candidates, taste)] == [NOW - 1, NOW]


@pytest.mark.parametrize("of", ["author", "subject"])
def test_less_of_an_author_or_a_subject_lowers_only_that(of: str) -> None:
    taste = taste_of([Act("less", 1, "ann", ("cats",), of)])  # type: ignore[arg-type]
    assert (taste.authors.get("ann", 0) < -0.9) == (of == "author")
    assert (taste.subjects.get("cats", 0) < -0.9) == (of == "subject")


def test_likes_without_views_still_teach() -> None:
    taste = taste_of([Act("like", n, "ann", ("cats",)) for n in range(4)])
    assert taste.authors["ann"] > 0.3


def test_a_post_from_beyond_the_follows_counts_three_quarters() -> None:
    learnt = Learnt(WEIGHTS, places=8)
    learnt.like(1, [], NOW_SECONDS)
    learnt.like(2, [1], NOW_SECONDS)
    taste = Taste(likes=(1,), authors={"ann": -0.5})
    [own] = ranked([Candidate(2, "ann", is_followed=True)], taste, learnt=learnt)
    [beyond] = ranked([Candidate(2, "ann")], taste, learnt=learnt)
    assert math.exp(beyond.score - own.score) == pytest.approx(0.75)
    assert beyond.parts["author"] == own.parts["author"] < 0
    never = replace(WEIGHTS, beyond_follows=0.0)
    [unwanted] = ranked([Candidate(2, "ann")], taste, never, learnt=learnt)
    assert unwanted.score < own.score - 10


def test_a_post_from_the_future_is_not_new() -> None:
    [post] = ranked([Candidate(NOW + 86_400 * 1_000_000, "ann")])
    assert post.parts["recency"] == -WEIGHTS.recency


def test_the_score_is_the_sum_of_its_parts() -> None:
    taste = taste_of([Act("like", n, "ann", ("cats",)) for n in range(3)])
    for post in ranked(posts_of("ann", 3, ("cats", "sea")) + posts_of("ben", 3), taste):
        assert post.score == pytest.approx(sum(post.parts.values()))
        # all are followed, and there are no vectors of texts
        assert set(post.parts) == set(PARTS) - {"similarity"}


def test_a_part_without_weight_is_left_out() -> None:
    [post] = ranked(posts_of("ann", 1), weights=replace(WEIGHTS, recency=0.0))
    assert "recency" not in post.parts


AUTHORS = st.sampled_from("abcdef")
SUBJECTS = st.lists(st.sampled_from("stuvwxyz"), max_size=3, unique=True).map(tuple)
POSTS = st.lists(st.tuples(AUTHORS, SUBJECTS, st.integers(0, 300)), max_size=60).map(
    lambda rows: [
        Candidate(NOW - 1000 * n, author, subjects, views=views)
        for n, (author, subjects, views) in enumerate(rows)
    ]
)


@given(POSTS, st.integers(0, 2**32))
def test_no_ten_posts_have_more_of_an_author_or_subject_while_there_is_anything_else(
    candidates: list[Candidate], seed: int
) -> None:
    by_post = {candidate.post: candidate for candidate in candidates}
    found = [by_post[post.post] for post in ranked(candidates, size=100, seed=seed)]
    assert Counter(found) == Counter(candidates)  # all of them, each once
    for place, post in enumerate(found):
        before = found[max(place - 9, 0) : place]
        if allowed(post, before):
            continue
        assert not any(allowed(other, before) for other in found[place:])


def allowed(post: Candidate, before: list[Candidate]) -> bool:
    """Whether a post may follow these nine."""
    if sum(other.author == post.author for other in before) >= WEIGHTS.by_one_author:
        return False
    return all(
        sum(name in other.subjects for other in before) < WEIGHTS.by_one_subject
        for name in post.subjects
    )


@given(POSTS, st.integers(0, 2**32))
def test_the_same_input_and_seed_give_the_same_list(candidates: list[Candidate], seed: int) -> None:
    assert ranked(candidates, size=100, seed=seed) == ranked(candidates, size=100, seed=seed)


def test_the_tenth_place_tries_a_post_with_few_views_and_says_how_likely_it_was() -> None:
    seen = [
        Candidate(NOW - n, f"author{n}", views=1000, likes=500, is_followed=True) for n in range(30)
    ]
    new = [Candidate(NOW - 10**12 - n, f"new{n}", views=3) for n in range(4)]
    drawn = set()
    for seed in range(30):
        found = ranked([*seen, *new], seed=seed)
        [tried] = [post for post in found if post.is_explored]
        assert found.index(tried) == 9
        assert 0 < tried.probability < 1
        assert all(post.probability == 1 for post in found[:9])
        drawn.add(tried.post)
    assert drawn == {post.post for post in new}


def test_one_post_without_views_is_tried_for_certain() -> None:
    seen = [Candidate(NOW - n, f"author{n}", views=1000, is_followed=True) for n in range(30)]
    tried = ranked([*seen, Candidate(1, "new")])[9]
    assert (tried.post, tried.probability, tried.is_explored) == (1, 1.0, True)


def test_posts_of_unseen_authors_are_tried_before_those_of_an_author_who_posts_much() -> None:
    flood = [Candidate(NOW - n, "busy", is_followed=True) for n in range(200)]
    known = [Candidate(1000 + n, f"author{n}", views=1000, is_followed=True) for n in range(90)]
    new = [Candidate(2000 + n, f"new{n}", views=3, is_followed=True) for n in range(100)]
    tried = Draws(columns([*flood, *known, *new]), 100, seed=1).tried
    assert set(tried.tolist()) == set(range(290, 390))


def test_posts_of_new_authors_are_tried_before_all_others() -> None:
    others = [Candidate(NOW - n, f"author{n}", is_followed=True) for n in range(150)]
    new = Candidate(1, "new", views=15, is_new_voice=True)
    tried = ranked([*others, new])[9]
    assert (tried.post, tried.probability, tried.is_explored) == (1, 1.0, True)


def test_relevance_1_is_score_alone() -> None:
    found = ranked(posts_of("ann", 30, ("cats",)), weights=scores_alone(WEIGHTS), size=30)
    assert [post.score for post in found] == sorted((p.score for p in found), reverse=True)


def test_posts_unlike_those_before_come_earlier() -> None:
    alike = [Candidate(NOW - n, f"author{n}", ("cats",), is_followed=True) for n in range(3)]
    other = Candidate(NOW - 3_000_000, "ben", ("sea",), is_followed=True)
    assert [post.post for post in ranked([*alike, other])][1] == other.post


def test_nothing_to_rank_gives_an_empty_list() -> None:
    assert ranked([]) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 40), st.booleans(), st.booleans()),
        max_size=200,
    )
)
def test_the_most_popular_posts_are_those_with_most_likes_after_any_likes(
    likes: list[tuple[int, int, bool, bool]],
) -> None:
    popularity = Popularity(86_400.0)
    counts: Counter[int] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.ranking.popularity.MOST_SORTED", 5)
        for post, other, is_taken_back, is_read in [*likes, (0, 0, False, True)]:
            popularity.observe(post, NOW_SECONDS)
            counts[post] += 1
            if is_taken_back and counts[other]:
                popularity.forget(other, NOW_SECONDS)
                counts[other] -= 1
            if not is_read:
                continue
            expected = sorted((post for post in counts if counts[post]), reverse=True)
            expected.sort(key=lambda post: -counts[post])
            assert popularity.most(5) == expected[:5]


def test_likes_that_are_taken_back_are_not_sorted_before_they_are_read() -> None:
    popularity = Popularity(86_400.0)
    for post in range(100):
        popularity.observe(post, NOW_SECONDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.ranking.popularity._largest", lambda *_: pytest.fail("sorts"))
        for post in range(99, 50, -1):
            popularity.forget(post, NOW_SECONDS)
    assert popularity.most(2) == [50, 49]


def test_the_example_of_the_docs_has_its_score() -> None:
    learnt = Learnt(WEIGHTS, places=8)
    liked, post = NOW, NOW - 12 * 3600 * 1_000_000
    for user in range(7):
        learnt.like(liked, [], NOW_SECONDS)
        if user:
            learnt.like(post, [liked], NOW_SECONDS)
    candidate = Candidate(post, "ann", views=100, likes=6)
    [found] = ranked([candidate], Taste(likes=(liked,)), learnt=learnt)
    assert found.score == pytest.approx(3.904, abs=0.001)
