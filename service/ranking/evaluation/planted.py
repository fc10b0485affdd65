"""A made-up log of known tastes, so that a ranking can be compared with the truth. Seeded.

Tastes are over subjects and authors, and some drift. Posts come by the minute, with a quality that
makes a few of them popular; one author floods the feed for some hours; one post of ten is by an
author who is new. Users see a page in which newer posts are likelier, and look less often
at later places. One user of five comes late and stays cold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.ranking.columns import MOST_SUBJECTS, NO_SUBJECT, Booleans, Columns, Floats, Integers
from service.ranking.evaluation.log import Log, LoggedEvent, Truth

DAY_SECONDS = 86_400.0
LIVE_SECONDS = 2 * DAY_SECONDS
DAYS = 8
POSTS_A_DAY = 80
SUBJECTS = 12
AUTHORS = 30
USERS = 200
LOVED_SUBJECTS, LOVED_AUTHORS = 2, 5
SUBJECT_WORTH, AUTHOR_WORTH = 3.5, 3.5
QUALITY_DEVIATION = 0.6
WITH_SECOND_SUBJECT = 0.4
BASE = -5.0
"""The log-odds of a like for an average post of no loved subject or author."""
COLD_USERS = 0.2
DRIFTING_USERS = 0.5
SESSIONS_A_DAY = 3.0
SHOWN = 20
LOOKED_AT = 0.97
"""How much less likely each later place is looked at."""
EXPOSURE_HALF_LIFE_SECONDS = DAY_SECONDS
NEW_EVERY, POSTS_OF_NEW = 10, 3
"""Every tenth post is by a new author, who makes this many within a day."""
FLOOD_HOURS = (130, 136)
"""When one author posts every minute."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A log, and what is true in it."""

    log: Log
    loved: Booleans
    """Subjects that users love, before the drift: a row for each user."""
    flooding_author: int
    drifts_at: Floats
    """When the taste of each user changes; infinity for never."""


def plant(seed: int, taste: float = 1.0) -> Planted:
    """A log. With `taste` 0 all users like the same: what is good."""
    random = np.random.default_rng(seed)
    posts, quality, new, flooding = _posts(random)
    loved, later = _loves(random), _loves(random)
    drifts = np.where(
        random.random(USERS) < DRIFTING_USERS,
        DAYS * DAY_SECONDS * random.uniform(0.5, 0.65, USERS),
        np.inf,
    )
    later = np.where(np.isfinite(drifts)[:, None], later & ~loved, loved)
    before = _likings(random, posts, quality, loved, taste)
    truth = Truth(
        before, _likings(random, posts, quality, later, taste), drifts, EXPOSURE_HALF_LIFE_SECONDS
    )
    truth.after[~np.isfinite(drifts)] = before[~np.isfinite(drifts)]
    events = _events(random, posts, truth)
    half = int(np.searchsorted([event.at_seconds for event in events], DAYS * DAY_SECONDS / 2))
    log = Log("planted", posts, events, half, 1, LIVE_SECONDS, new, truth)
    return Planted(log, loved, flooding, drifts)


def _posts(random: np.random.Generator) -> tuple[Columns, Floats, frozenset[int], int]:
    count = DAYS * POSTS_A_DAY
    times = list(np.sort(random.uniform(0, DAYS * DAY_SECONDS, count)))
    zipf = 1 / np.arange(1, AUTHORS + 1) ** 0.7
    authors = list(random.choice(AUTHORS, size=count, p=zipf / zipf.sum()))
    names = AUTHORS
    waiting: list[int] = []
    for place in range(0, count, NEW_EVERY):
        if not waiting:
            waiting, names = [names] * POSTS_OF_NEW, names + 1
        authors[place] = waiting.pop()
    flooding = names
    times += [hour * 3600 + minute * 60 for hour in range(*FLOOD_HOURS) for minute in range(60)]
    authors += [flooding] * (len(times) - count)
    order = np.argsort(times, kind="stable")
    created, by = np.array(times)[order], np.array(authors, dtype=np.int64)[order]
    popular = 1 / np.arange(1, SUBJECTS + 1) ** 0.5
    main = random.choice(SUBJECTS, size=(names + 1, 2), p=popular / popular.sum())
    subjects: Integers = np.full((len(by), MOST_SUBJECTS), NO_SUBJECT, dtype=np.int64)
    subjects[:, 0] = main[by, random.integers(0, 2, len(by))]
    second = random.integers(0, SUBJECTS, len(by))
    with_second = (random.random(len(by)) < WITH_SECOND_SUBJECT) & (second != subjects[:, 0])
    subjects[with_second, 1] = second[with_second]
    quality = random.normal(0, QUALITY_DEVIATION, len(by))
    posts = Columns(
        posts=(created * 1e6).astype(np.int64) + np.arange(len(by)),
        created_seconds=created,
        authors=by,
        subjects=subjects,
        is_followed=np.ones(len(by), dtype=bool),
        views=np.zeros(len(by)),
        likes=np.zeros(len(by)),
        author_names={f"author{number}": number for number in range(names + 1)},
        subject_names={f"subject{number}": number for number in range(SUBJECTS)},
    )
    return posts, quality, frozenset(range(AUTHORS, flooding)), flooding


def _loves(random: np.random.Generator) -> Booleans:
    ranks = random.random((USERS, SUBJECTS)).argsort(axis=1)
    found: Booleans = ranks < LOVED_SUBJECTS
    return found


def _likings(
    random: np.random.Generator, posts: Columns, quality: Floats, loved: Booleans, taste: float
) -> Floats:
    """The probability that each user likes each post on seeing it."""
    known = posts.subjects >= 0
    padded = np.concatenate([loved, np.zeros((USERS, 1), dtype=bool)], axis=1)
    share = padded[:, posts.subjects].sum(axis=2) / known.sum(axis=1)
    favourites = random.random((USERS, len(posts.author_names))).argsort(axis=1) < LOVED_AUTHORS
    worth = taste * (SUBJECT_WORTH * share + AUTHOR_WORTH * favourites[:, posts.authors]) + quality
    base = BASE if taste else BASE / 2
    found: Floats = 1 / (1 + np.exp(-base - worth))
    return found


def _events(random: np.random.Generator, posts: Columns, truth: Truth) -> list[LoggedEvent]:
    end = DAYS * DAY_SECONDS
    is_cold = random.random(USERS) < COLD_USERS
    sessions: list[tuple[float, int]] = []
    for user in range(USERS):
        count = 2 if is_cold[user] else random.poisson(SESSIONS_A_DAY * DAYS)
        begin = end / 2 if is_cold[user] else 0.0
        sessions += [(float(at), user) for at in random.uniform(begin, end, count)]
    seen = np.zeros((USERS, len(posts)), dtype=bool)
    events: list[LoggedEvent] = []
    for at, user in sorted(sessions):
        first, last = np.searchsorted(posts.created_seconds, [at - LIVE_SECONDS, at])
        live = np.arange(first, last)
        live = live[~seen[user, live]]
        chances = np.log(truth.exposure(posts, live, at)) + random.gumbel(size=len(live))
        for rank, post in enumerate(live[np.argsort(-chances)[:SHOWN]]):
            if random.random() < LOOKED_AT**rank:
                seen[user, post] = True
                likes = random.random() < truth.liking(user, at)[post]
                events.append(LoggedEvent(at + rank, user, int(post), "like" if likes else "view"))
    events.sort(key=lambda event: event.at_seconds)
    return events
