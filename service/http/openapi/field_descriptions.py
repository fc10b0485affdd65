"""What each field means, in the API document: its unit, what it counts, when it is null."""

from __future__ import annotations

from typing import Any

FIELDS = {
    "RequestId": "The id to ask for the request with.",
    "alive": "Always true: the event loop turns.",
    "attempts": "How often a worker has begun, at the part that needed most attempts.",
    "busy": "Workers that generate now.",
    "completed_at": "When it became final, in UTC; null before.",
    "created_at": "When it was accepted, in UTC.",
    "deliveries": "Oldest first.",
    "error": "Why it is not complete, as a sentence; null if nothing went wrong.",
    "eta_seconds": "Seconds until it will be done, from how fast the queue moved lately; null if "
    "that is not known or it does not wait.",
    "event_id": "The id of the last event of the log that is in it.",
    "generator": "The generator as it is named in config.toml.",
    "height": "Height of the picture in pixels.",
    "id": "The id of the request.",
    "imageUri": "The address of the picture, a path on this server or a whole URL; null for none.",
    "instagram": "Whether it is for a post with both a text and a picture.",
    "limit": "How many at most.",
    "message": "A sentence for people.",
    "missing": "Words of the prompt that the illustrator has no drawing for.",
    "model": "The model, as its generator names it; null if it does not.",
    "next": "The `cursor` of the page after it; null on the last page.",
    "parts": "The parts of the request, `text` and `image`.",
    "position": "How many requests are before it in the queue; null when it does not wait.",
    "priority": "Which of the waiting ones come first.",
    "prompt": "What it is to be about.",
    "publish": "Whether the finished post goes to the feed of `user-id`.",
    "redriven": "Ids of the requests that are tried again.",
    "requests": "Newest first.",
    "seed": "The number that chance began with: the same prompt and seed make the same result.",
    "started_at": "When a worker began, in UTC; null before.",
    "status": "The state of the request; the last four are final.",
    "tag": "What is made: a text, a picture (`image`), or a post of both (`instagram`).",
    "text": "The text; null if there is none, or not yet.",
    "timestamp": "When it happened, in UTC.",
    "title": "A short name of what happened.",
    "type": "What happened, as `content.completed`.",
    "user_id": "The author; null if none was named.",
    "waiting_for": "What is not ready, and why, by its name; empty when all is.",
    "ready": "Whether everything is up.",
    "webhook": "The URL that is told of the end; null for none.",
    "width": "Width of the picture in pixels.",
}
"""By the name of the field, wherever the next table has nothing else."""

FIELDS_OF: dict[str, dict[str, str]] = {
    "ConsumerStatus": {
        "pending": "Entries that it has in hand.",
        "idle_seconds": "Seconds since it last asked for more.",
    },
    "ConnectionStatus": {
        "open": "Connections of clients that are open.",
        "sse": "Those that follow Server-Sent Events.",
        "websocket": "Those that follow a WebSocket.",
    },
    "ContentPart": {
        "status": "The state of this part: queued, generating, completed or failed.",
        "attempts": "How often a worker has begun with it.",
        "seconds": "How long the successful attempt took, in seconds.",
        "prompt_tokens": "Tokens of the prompt as the model counts them; null if it does not.",
        "completion_tokens": "Tokens of the text as the model counts them; null if it does not.",
    },
    "CreateContent": {
        "publish": "Put the finished post into the feed of `user-id`.",
        "priority": "Requests of a higher one begin first; within one, first come, first served.",
    },
    "DatabaseStatus": {
        "commits": "Commits since the start.",
        "failed_commits": "Commits since the start that failed, as on a full disk.",
        "rows": "Rows written since the start.",
        "rows_per_commit": "The mean of rows that shared a commit, since the start.",
        "bytes": "Size of the database on the disk, in bytes.",
    },
    "DeadLetter": {
        "failed_at": "When it failed for good, in UTC.",
        "history": "Every attempt that failed, oldest first.",
    },
    "DeadLetterPage": {"dead_letters": "Newest first."},
    "FailedAttempt": {
        "part": "Which part: `text` or `image`.",
        "attempt": "The number of the attempt; 1 is the first.",
        "started_at": "When it began, in UTC.",
        "seconds": "How long it took, in seconds.",
        "reason": "Why it failed, as users see it.",
        "detail": "For operators: address and status of a model server and its first words, "
        "without what may be a secret; null where there is no more to say.",
    },
    "Latencies": {
        "waiting": "From acceptance until a worker begins.",
        "service": "From when a worker begins until the part is there.",
        "total": "From acceptance until the part is there: the sum of both.",
    },
    "ServiceStatus": {
        "version": "The version of Feedmill.",
        "node": "The name of this process in the streams.",
        "started_at": "When this process started, in UTC.",
        "uptime_seconds": "Seconds since this process started.",
        "accepted": "Requests accepted since the start of this process.",
        "finished": "Requests that became final since the start of this process.",
        "backlog": "Parts that are accepted and not final, waiting or in work.",
        "pools": "The workers, by kind.",
        "latencies": "Seconds that parts took, by kind.",
        "streams": "The Redis streams by name; null if Redis does not answer.",
        "dead_letters": "Requests that failed for good; null if the database does not answer.",
        "event_loop_lag": "How late the event loop ran what was due, looked at twice a second; "
        "null before it was.",
    },
    "Percentiles": {
        "p50": "The median in seconds: half of the values are at or below it. The values are the "
        "latest 1,000, at most five minutes old.",
        "p95": "The 95th percentile of the same values, in seconds.",
        "p99": "The 99th percentile of the same values, in seconds.",
    },
    "PoolStatus": {
        "configured": "Workers that there are to be (`workers`).",
        "idle": "Workers that wait for something to do.",
        "oldest_waiting_seconds": "Since the oldest request was accepted that waits for a worker.",
        "oldest_running_seconds": "Since the oldest request that a worker is at was begun.",
        "in_flight": "Parts in the hands of workers, with those that are generated and not stored.",
        "queued": "Parts that wait for a worker.",
        "breaker": "`open` while the pool pauses because its generator fails again and again, else "
        "`closed`.",
        "breaker_until": "When a paused pool tries the next job, in UTC; null while jobs flow.",
        "trouble": "Why the generator cannot work, as in `waiting_for`; null as far as it can.",
        "servers": "The servers of a `remote` generator; empty for others.",
        "failed_attempts": "Attempts that failed since the start of this process.",
        "retries": "Attempts that were made again since the start of this process.",
    },
    "ServerStatus": {
        "url": "Its address, as configured, without a password.",
        "up": "Whether it is there, as far as is known.",
        "jobs": "Jobs of this process that it has in hand.",
    },
    "Post": {
        "id": "The id of the post: that of the request it came of.",
        "title": "The first words of the prompt.",
        "content": "The text; empty if there is none.",
        "created_at": "When it was published, in UTC, to the microsecond: pass the newest one as "
        "`timestamp` and nothing comes twice.",
    },
    "Rates": {
        "accepted": "Requests accepted a second: the mean of the last minute.",
        "finished": "Requests that became final a second: the mean of the last minute.",
    },
    "ReadFeed": {
        "timestamp": "The newest `created_at` that the user has seen; only later posts come.",
    },
    "Redelivered": {"redelivered": "The id of the delivery that is made again."},
    "RedisStatus": {
        "reachable": "Whether it answers.",
        "version": "Its version; null if it does not answer.",
        "memory_bytes": "Memory that it uses for data, in bytes.",
        "clients": "Connections that it has.",
        "reconnects": "How often this process connected to it again since its start.",
    },
    "StreamStatus": {
        "length": "Entries in it: what is not done yet.",
        "group": "The consumer group that reads it.",
        "pending": "Entries that a consumer has in hand.",
        "consumers": "Who reads it, by name.",
    },
    "WebhookAttempt": {
        "number": "The number of the attempt; 1 is the first.",
        "at": "When it began, in UTC.",
        "seconds": "How long it took, in seconds.",
        "status_code": "The status code of the answer; null if there was none.",
        "reason": "Why it failed; null if it did not.",
    },
    "WebhookDelivery": {
        "id": "The `webhook-id`, the same at every attempt.",
        "event_id": "The id of the event that it tells.",
        "type": "What it tells, as `content.completed`.",
        "url": "The URL that is told.",
        "status": "`pending`: an attempt will be made; `sending`: one is being made; `delivered`, "
        "`failed` and `disabled` (the URL answered 410) are final.",
        "ended_at": "When the request became final, in UTC.",
        "next_attempt_at": "When the next attempt is due, in UTC; null when none is.",
        "attempts": "Every attempt, oldest first.",
    },
}
"""By the name of a schema, for what its fields mean there."""


def describe(name: str, schema: dict[str, Any]) -> None:
    """Add to each field of a schema what it means, unless its type says so."""
    own = FIELDS_OF.get(name, {})
    for field, value in schema.get("properties", {}).items():
        meaning = own.get(field) or FIELDS.get(field)
        if meaning and "description" not in value:
            value["description"] = meaning


def description_of(schema: dict[str, Any]) -> str:
    """What a value means, as its schema says: there, or in one of its alternatives."""
    found = [schema, *schema.get("anyOf", ())]
    return next((one["description"] for one in found if "description" in one), "")
