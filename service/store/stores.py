"""All stores of a process, created in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from service.config.feed import FeedConfig
from service.store.database import Database
from service.store.home_feeds import HomeFeeds
from service.store.media.home import Media
from service.store.pending_posts import PendingPosts
from service.store.publisher import Publisher
from service.store.redis.feeds.feeds import Feeds
from service.store.redis.feeds.ranked_lists import RankedLists
from service.store.redis.feeds.stored_feeds import StoredHomeFeeds
from service.store.redis.rate_limits import RateLimits
from service.store.redis.streams import Streams
from service.store.sql.clock import ClockStore
from service.store.sql.events import Events
from service.store.sql.feeds.candidates import Candidates
from service.store.sql.feeds.fanouts import Fanouts
from service.store.sql.feeds.feed_addresses import FeedAddresses
from service.store.sql.feeds.feed_events import FeedEvents
from service.store.sql.feeds.follows import Follows
from service.store.sql.feeds.interactions import Interactions
from service.store.sql.feeds.markers import Markers
from service.store.sql.feeds.mutes import Mutes
from service.store.sql.feeds.post_vectors import PostVectors
from service.store.sql.feeds.posts import Posts
from service.store.sql.feeds.scheduled_posts import ScheduledPosts
from service.store.sql.feeds.served_posts import ServedPosts
from service.store.sql.feeds.visible_posts import HomeFeedPosts
from service.store.sql.keys.api_keys import ApiKeys
from service.store.sql.keys.usage import Usage
from service.store.sql.nodes import Nodes
from service.store.sql.queues.pool_costs import PoolCosts
from service.store.sql.queues.pool_pauses import PoolPauses
from service.store.sql.queues.queue_listing import QueueListing
from service.store.sql.queues.waiting_clients import WaitingClients
from service.store.sql.requests.dead_letters import DeadLetters
from service.store.sql.requests.request_cancellation import RequestCancellation
from service.store.sql.requests.request_listing import RequestListing
from service.store.sql.requests.request_notes import RequestNotes
from service.store.sql.requests.request_priorities import RequestPriorities
from service.store.sql.requests.requests import Requests
from service.store.sql.retention import Retention
from service.store.sql.shared_look import SharedLook
from service.store.sql.shared_values import SharedValues
from service.store.sql.webhooks.deliveries import Deliveries
from service.store.sql.webhooks.delivery_history import DeliveryHistory


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores over one database, one Redis and one folder of pictures.

    `alone`: no other process uses them at the same time.
    """

    database: Database
    streams: Streams
    media: Media
    alone: bool
    clock: ClockStore
    requests: Requests
    request_listing: RequestListing
    cancellation: RequestCancellation
    dead_letters: DeadLetters
    retention: Retention
    events: Events
    posts: Posts
    follows: Follows
    mutes: Mutes
    home_feeds: HomeFeeds
    fanouts: Fanouts
    feed_events: FeedEvents
    markers: Markers
    interactions: Interactions
    candidates: Candidates
    post_vectors: PostVectors
    served_posts: ServedPosts
    ranked_lists: RankedLists
    feeds: Feeds
    publisher: Publisher
    pending_posts: PendingPosts
    scheduled_posts: ScheduledPosts
    deliveries: Deliveries
    delivery_history: DeliveryHistory
    api_keys: ApiKeys
    waiting_clients: WaitingClients
    pool_pauses: PoolPauses
    pool_costs: PoolCosts
    queue_listing: QueueListing
    rate_limits: RateLimits
    request_notes: RequestNotes
    request_priorities: RequestPriorities
    feed_addresses: FeedAddresses
    usage: Usage
    nodes: Nodes
    shared_values: SharedValues
    shared_look: SharedLook | None
    """What others may have changed and what is due; None where each can look for itself."""

    @classmethod
    def over(
        cls,
        database: Database,
        streams: Streams,
        media: Media,
        feed: FeedConfig,
        *,
        alone: bool,
    ) -> Self:
        """Create the stores; `feed` limits the posts in Redis and in an answer."""
        shared = SharedLook(database) if database.is_remote or not alone else None
        requests, events = Requests(database, alone=alone), Events(database)
        posts, follows = Posts(database), Follows(database)
        fanouts = Fanouts(database)
        feeds = Feeds(
            streams.connection(),
            posts,
            max_posts=feed.max_posts,
            max_answer=feed.max_answer,
            is_full=lambda: streams.memory.full,
        )
        return cls(
            database,
            streams,
            media,
            alone,
            ClockStore(database, shared, alone=alone),
            requests,
            RequestListing(database),
            RequestCancellation(database, requests.ended),
            DeadLetters(database, events),
            Retention(database, media, streams, requests.removed),
            events,
            posts,
            follows,
            Mutes(database),
            HomeFeeds(
                HomeFeedPosts(database),
                follows,
                StoredHomeFeeds(streams.connection(), feed.max_posts),
                is_full=lambda: streams.memory.full,
            ),
            fanouts,
            FeedEvents(database),
            Markers(database, posts.changed),
            Interactions(database),
            Candidates(database),
            PostVectors(database),
            ServedPosts(database),
            RankedLists(
                streams.connection(),
                is_full=lambda: streams.memory.full,
                added=streams.memory.count,
            ),
            feeds,
            Publisher(posts, feeds, fanouts, streams),
            PendingPosts(alone=alone),
            ScheduledPosts(database),
            Deliveries(database),
            DeliveryHistory(database),
            ApiKeys(database, shared),
            WaitingClients(database),
            PoolPauses(database, shared),
            PoolCosts(database),
            QueueListing(database),
            RateLimits(streams.connection()),
            RequestNotes(database),
            RequestPriorities(database),
            FeedAddresses(database),
            Usage(database),
            Nodes(database),
            SharedValues(database),
            shared,
        )

    async def is_due(self, what: str) -> bool:
        """Whether to look for `retries`, `deadlines`, `scheduled` posts or `stamps` to correct.

        Always, where a look costs little. Raises DatabaseUnavailable.
        """
        return self.shared_look is None or what in (await self.shared_look.now()).facts

    async def aclose(self) -> None:
        """Close the connections to Redis; the caller that opened the database closes it."""
        await self.rate_limits.aclose()
        await self.ranked_lists.aclose()
        await self.streams.aclose()
        await self.feeds.aclose()
        await self.home_feeds.aclose()
