"""What a process does only because other processes share its stores."""

from __future__ import annotations

from functools import partial

from service.actors.actor import LostSignal
from service.actors.events.announcer import Announcer, Follow
from service.actors.maintenance.load_watch import LoadWatch
from service.actors.request_ends import RequestEnds
from service.queueing.admission import Admission
from service.store.database import Seat
from service.store.redis.announcements import Announcements
from service.store.stores import Stores
from service.subscriptions.requests import Subscriptions


def load_watch(stores: Stores, seat: Seat, admission: Admission, *, accepts: bool) -> LoadWatch:
    """What keeps the counts of admission right; `accepts`: this process needs them."""
    return LoadWatch(stores, admission, lambda: seat.leads, accepts=accepts)


def announcer(
    stores: Stores, seat: Seat, lost: LostSignal, ends: RequestEnds, subscriptions: Subscriptions
) -> Announcer:
    """What tells other processes of this one's changes, and follows theirs."""

    def look_again() -> None:
        if stores.shared_look is not None:
            stores.shared_look.forget()

    follow = Follow(
        changed=subscriptions.changed_elsewhere,
        ended=ends.interrupt,
        lost=lambda: lost() if seat.leads else None,
        pauses=look_again,
        posts=stores.posts.changed.set_here,
        acts=stores.interactions.changed.set_here,
    )
    made = Announcer(Announcements(stores.streams), seat.name, follow)
    subscriptions.announce, ends.announce = made.changed, made.ended
    stores.pool_pauses.announce = partial(made.tell, "pauses")
    stores.posts.changed.announce = partial(made.tell, "posts")
    stores.interactions.changed.announce = partial(made.tell, "acts")
    lost.tell_leader = partial(made.tell, "lost")
    return made
