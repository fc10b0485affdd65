"""MovieLens 100k as a log. It is no part of Feedmill: `python3 dev.py movielens` fetches it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from service.ranking.columns import MOST_SUBJECTS, NO_SUBJECT, Columns
from service.ranking.evaluation.log import Log, LoggedEvent

RATINGS, FILMS = "ml-100k.inter", "ml-100k.item"
"""The files: tables with tabs."""
LIKED_STARS = 4.0
"""The rating from which a film is liked; one below it counts as a view."""
JUDGED_EVERY = 3
DAY_SECONDS = 86_400.0


def read(folder: Path) -> Log:
    """The log. A film is created when it is rated first. Raises OSError."""
    rows = [line.split("\t") for line in (folder / RATINGS).read_text().splitlines()[1:]]
    rows.sort(key=lambda row: float(row[3]))
    films = {film: place for place, film in enumerate(dict.fromkeys(row[1] for row in rows))}
    users: dict[str, int] = {}
    events = [
        LoggedEvent(
            float(at),
            users.setdefault(user, len(users)),
            films[film],
            "like" if float(stars) >= LIKED_STARS else "view",
        )
        for user, film, stars, at in rows
    ]
    created = np.zeros(len(films))
    for event in reversed(events):
        created[event.post] = event.at_seconds
    lines = (folder / FILMS).read_text(encoding="latin-1").splitlines()[1:]
    genres = {row[0]: row[3].split() for row in (line.split("\t") for line in lines)}
    names = sorted({name for film in films for name in genres.get(film, ())})
    subjects = np.full((len(films), MOST_SUBJECTS), NO_SUBJECT, dtype=np.int64)
    for film, place in films.items():
        for column, name in enumerate(genres.get(film, ())[:MOST_SUBJECTS]):
            subjects[place, column] = names.index(name)
    count = len(films)
    return Log(
        "MovieLens 100k",
        Columns(
            posts=np.arange(count, dtype=np.int64),
            created_seconds=created,
            authors=np.arange(count, dtype=np.int64),
            subjects=subjects,
            is_followed=np.ones(count, dtype=bool),
            views=np.zeros(count),
            likes=np.zeros(count),
            is_new_voice=np.zeros(count, dtype=bool),
            author_names=films,
            subject_names={name: number for number, name in enumerate(names)},
        ),
        events,
        judged_from=len(events) // 2,
        judged_every=JUDGED_EVERY,
        live_seconds=10_000 * DAY_SECONDS,
    )
