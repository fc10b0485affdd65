"""Descriptions of the fields of `/status` and `/status/history`, for the API document."""

from __future__ import annotations

STATUS_FIELDS = {
    "ConsumerStatus": {
        "pending": "Entries that it has in hand.",
        "idle_seconds": "Seconds since it last asked for more.",
    },
    "ConnectionStatus": {
        "open": "Open connections of clients.",
        "sse": "Of these, streams of Server-Sent Events.",
        "websocket": "Of these, WebSockets.",
    },
    "FoundServer": {
        "program": "What runs there, as Ollama.",
        "kind": "What it generates.",
        "base_url": "Its address, as a generator takes it.",
        "models": "The names of its models.",
    },
    "DatabaseStatus": {
        "commits": "Commits since the start.",
        "failed_commits": "Failed commits since the start, for example on a full disk.",
        "rows": "Rows written since the start.",
        "rows_per_commit": "The mean number of rows in a commit, since the start.",
        "bytes": "Size of the database on the disk, in bytes.",
    },
    "Latencies": {
        "waiting": "From acceptance until a worker begins.",
        "service": "From the start of the generation until the part is done.",
        "total": "From acceptance until the part is done: the sum of both.",
    },
    "Readiness": {
        "paused": "The paused pools, and why; not there if there is none.",
        "clock": "How far the clock of this machine is off that of the database, if more than a "
        "second; not there otherwise.",
        "unavailable": "Models that cannot work, and why, if the service can without them.",
    },
    "NodeStatus": {
        "name": "Its name in the streams.",
        "roles": "What it does of the service's work.",
        "version": "Its version of Feedmill.",
        "state": "`gone` if it has not been heard of for 30 seconds, `stopped` if it ended well.",
        "leads": "Whether it does what one does for all: puts back, expires, removes.",
        "started_at": "When it started, in UTC.",
        "seen_seconds": "Seconds since it was last heard of.",
        "clock_ahead_seconds": "How far the clock of its machine is ahead of the database's.",
    },
    "ServiceStatus": {
        "found": "Model servers that answered on this machine when the service started.",
        "version": "The version of Feedmill.",
        "node": "The name of this process in the streams.",
        "roles": "What this process does of the service's work: `http` accepts and answers, `mill` "
        "moves requests along, `worker` generates.",
        "nodes": "All processes that share the database, by name; over SQLite with the embedded "
        "Redis only this one.",
        "started_at": "When this process started, in UTC.",
        "uptime_seconds": "Seconds since this process started.",
        "accepted": "Requests accepted since the start of this process.",
        "finished": "Requests that became final since the start of this process.",
        "backlog": "Parts that are accepted and not final, waiting or running.",
        "pools": "The workers, by kind.",
        "latencies": "Seconds that parts took, by kind.",
        "streams": "The Redis streams by name; null if Redis does not answer.",
        "dead_letters": "Requests that failed for good; null if the database does not answer.",
        "event_loop_lag": "How late the event loop is, sampled twice a second; null before the "
        "first sample.",
    },
    "Percentiles": {
        "p50": "The median in seconds: half of the values are at or below it. The values are the "
        "latest 1,000, at most five minutes old.",
        "p95": "The 95th percentile of the same values, in seconds.",
        "p99": "The 99th percentile of the same values, in seconds.",
    },
    "ClientStatus": {
        "client": "`key:` and the name of a key, `user:` and a user, or `address:` and an address.",
        "weight": "The weight of its key; 1 without a key.",
        "waiting": "Its parts that wait for a worker.",
        "running": "Its parts that are being generated.",
        "share": "Its part of the generation time of this process in the last minute, 0 to 1.",
        "oldest_waiting_seconds": "Since the acceptance of its oldest request that waits.",
    },
    "PoolClientsStatus": {
        "waiting": "How many clients have parts that wait.",
        "served": "How many had generation time of this process in the last minute.",
        "first": "Those with the longest lines, then those with the largest shares: 20 at most.",
    },
    "PoolStatus": {
        "kind": "What its workers make.",
        "running": "What its workers are generating: 64 of them at most.",
        "clients": "The clients that share the pool; null while SQLite does not answer.",
        "configured": "Configured workers (`workers`).",
        "idle": "Workers that wait for a job.",
        "automatic": 'Whether the limit is found by measuring (`workers = "auto"`).',
        "limit": "How many generations may run at once now.",
        "refusals": "Jobs that the generator did not accept at the time (429), since the start of "
        "this process; they wait, and use up no attempt.",
        "waits_for": "Why no job begins although the pool is not paused; null if jobs begin.",
        "waits_until": "Until when, in UTC, as far as is known.",
        "oldest_waiting_seconds": "Since the acceptance of the oldest request that waits for a "
        "worker.",
        "oldest_running_seconds": "Since the start of the oldest running generation.",
        "in_flight": "Parts in the hands of workers, including generated and not yet stored ones.",
        "queued": "Parts that wait for a worker.",
        "breaker": "`open` while the pool pauses because its generator fails again and again, else "
        "`closed`.",
        "breaker_until": "When a paused pool tries the next job, in UTC; null while jobs flow.",
        "trouble": "Why the generator cannot work, as in `waiting_for`; null if it can.",
        "servers": "The servers of a `remote` generator, each with its limit; empty for others.",
        "failed_attempts": "Failed attempts since the start of this process.",
        "retries": "Failed attempts that are retried, since the start of this process.",
    },
    "RunningStatus": {
        "worker": "The worker, as its consumer is named in the streams.",
        "request": "The request that it makes a part of; null for direct calls.",
        "attempt": "The number of the attempt; 1 is the first. Null for direct calls.",
        "seconds": "Since the start of the generation; null for direct calls.",
    },
    "StatusHistory": {
        "step_seconds": "Seconds between two values.",
        "ended_at": "When each step ended, in UTC.",
        "accepted": "Requests accepted a second.",
        "finished": "Requests that became final a second.",
        "failed": "Requests that failed a second.",
        "kinds": "The parts, by kind.",
    },
    "KindHistory": {
        "begun": "First attempts that ended in the step.",
        "waiting_seconds": "The mean time from acceptance until a worker began.",
        "service_seconds": "The mean duration of attempts.",
        "backlog": "Parts that were accepted and not final at the end of the step.",
    },
    "ServerStatus": {
        "url": "Its address, as configured, without a password.",
        "up": "Whether it is up, as far as is known.",
        "jobs": "Jobs of this process at the server.",
        "limit": "How many it gets at once, as measured for it alone; null if its generator "
        "does not limit them.",
        "refusals": "Jobs that it did not accept at the time (429), since the start of this "
        "process.",
        "waits_until": "Until when it gets none, in UTC, as it has asked for a pause; null if it "
        "gets jobs.",
    },
    "Rates": {
        "accepted": "Requests accepted a second: the mean of the last minute.",
        "finished": "Requests that became final a second: the mean of the last minute.",
    },
    "FeedStatus": {
        "fanouts": "Posts that are not in all stored feeds yet; every read merges them.",
        "fanout_lag_seconds": "The age of the oldest of them; 0 if there is none.",
        "rebuilds": "Home feeds that were rebuilt since the start.",
        "reads": "Pages of home feeds since the start, by where they were found.",
    },
    "RedisStatus": {
        "reachable": "Whether it answers.",
        "version": "Its version; null if it does not answer.",
        "memory_bytes": "Memory used for data, in bytes.",
        "clients": "Open connections to it.",
        "reconnects": "How often this process has reconnected since its start.",
    },
    "StreamStatus": {
        "length": "Entries in the stream: its backlog.",
        "group": "The consumer group that reads it.",
        "pending": "Entries that a consumer has in hand.",
        "consumers": "The consumers of the group, by name.",
    },
}
"""By the name of a schema and of its field."""
