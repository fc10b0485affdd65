"""A made-up log of known tastes, so that a ranking can be compared with the truth. Seeded.

Tastes are over subjects and authors, and three of ten drift. A post comes every six minutes, of
some quality; how often posts are shown beside others of their age follows Zipf's law. One author
floods the feed with a post a minute for some hours; one post of ten is by an author who is new.
Users see a page in which newer posts are likelier, and look less often at later places. One user of
five comes late and stays cold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.ranking.columns import MOST_SUBJECTS, NO_SUBJECT, Booleans, Columns, Floats, Integers
from service.ranking.evaluation.log import Log, LoggedEvent, Truth

DAY_SECONDS = 86_400.0
LIVE_SECONDS = 2 * DAY_SECONDS
JUDGED_EVERY = 8
DAYS = 8
POSTS_A_DAY = 240
SUBJECTS = 12
AUTHORS = 60
USERS = 300
LOVED_SUBJECTS, LOVED_AUTHORS = 2, 8
SUBJECT_WORTH, AUTHOR_WORTH = 3.5, 3.5
QUALITY_DEVIATION = 0.6
WITH_SECOND_SUBJECT = 0.4
BASE = -3.8
"""The log-odds of a like for an average post of no loved subject or author."""
COLD_USERS = 0.2
DRIFTING_USERS = 0.3
SESSIONS_A_DAY = 12.0
SHOWN = 20
LOOKED_AT = 0.97
"""How much less likely each later place is looked at."""
EXPOSURE_HALF_LIFE_SECONDS = DAY_SECONDS
NEW_EVERY, POSTS_OF_NEW = 10, 6
"""Every tenth post is by a new author, who makes this many within a day."""
FLOOD_HOURS = (130, 136)
"""When one author posts every minute."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A log, and what is true in it."""

    log: Log
    loved: Booleans
    """Subjects that users love, before the drift: a row for each user."""
    loved_later: Booleans
    """The same after it."""
    drifts_at: Floats
    """When the taste of each user changes; infinity for never."""

    def loved_at(self, user: int, at_seconds: float) -> Booleans:
        """The subjects that a user loves at a time."""
        has_drifted = at_seconds >= self.drifts_at[user]
        found: Booleans = (self.loved_later if has_drifted else self.loved)[user]
        return found


def plant(seed: int, taste: float = 1.0, users: int = USERS) -> Planted:
    """A log. With `taste` 0 all users like the same: what is good."""
    random = np.random.default_rng(seed)
    posts, quality, new = _posts(random)
    loved, later = _loves(random, users), _loves(random, users)
    drifts = np.where(
        random.random(users) < DRIFTING_USERS,
        DAYS * DAY_SECONDS * random.uniform(0.5, 0.65, users),
        np.inf,
    )
    later = np.where(np.isfinite(drifts)[:, None], later & ~loved, loved)
    before = _likings(random, posts, quality, loved, taste)
    attraction = 1 / (1.0 + random.permutation(len(posts)))  # Zipf's law
    truth = Truth(
        before,
        _likings(random, posts, quality, later, taste),
        drifts,
        EXPOSURE_HALF_LIFE_SECONDS,
        attraction,
    )
    truth.after[~np.isfinite(drifts)] = before[~np.isfinite(drifts)]
    events = _events(random, posts, truth)
    half = int(np.searchsorted([event.at_seconds for event in events], DAYS * DAY_SECONDS / 2))
    log = Log("planted", posts, events, half, JUDGED_EVERY, LIVE_SECONDS, new, truth)
    return Planted(log, loved, later, drifts)


def _posts(random: np.random.Generator) -> tuple[Columns, Floats, frozenset[int]]:
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
        is_new_voice=np.zeros(len(by), dtype=bool),
        author_names={f"author{number}": number for number in range(names + 1)},
        subject_names={f"subject{number}": number for number in range(SUBJECTS)},
    )
    return posts, quality, frozenset(range(AUTHORS, flooding))


def _loves(random: np.random.Generator, users: int) -> Booleans:
    ranks = random.random((users, SUBJECTS)).argsort(axis=1)
    found: Booleans = ranks < LOVED_SUBJECTS
    return found


def _likings(
    random: np.random.Generator, posts: Columns, quality: Floats, loved: Booleans, taste: float
) -> Floats:
    """The probability that each user likes each post on seeing it."""
    known = posts.subjects >= 0
    padded = np.concatenate([loved, np.zeros((len(loved), 1), dtype=bool)], axis=1)
    share = padded[:, posts.subjects].sum(axis=2) / known.sum(axis=1)
    favourites = (
        random.random((len(loved), len(posts.author_names))).argsort(axis=1) < LOVED_AUTHORS
    )
    worth = taste * (SUBJECT_WORTH * share + AUTHOR_WORTH * favourites[:, posts.authors]) + quality
    base = BASE if taste else BASE / 2
    found: Floats = 1 / (1 + np.exp(-base - worth))
    return found


def _events(random: np.random.Generator, posts: Columns, truth: Truth) -> list[LoggedEvent]:
    end, users = DAYS * DAY_SECONDS, len(truth.drifts_at)
    is_cold = random.random(users) < COLD_USERS
    sessions: list[tuple[float, int]] = []
    for user in range(users):
        count = 2 if is_cold[user] else random.poisson(SESSIONS_A_DAY * DAYS)
        begin = end / 2 if is_cold[user] else 0.0
        sessions += [(float(at), user) for at in random.uniform(begin, end, count)]
    seen = np.zeros((users, len(posts)), dtype=bool)
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
