"""Descriptions of the fields in the API document: meaning, unit, when it is null."""

from __future__ import annotations

from typing import Any

from service.http.api.feeds.descriptions import FEED_FIELDS
from service.http.fal.descriptions import FAL_FIELDS
from service.http.huggingface.descriptions import HUGGINGFACE_FIELDS
from service.http.monitoring.descriptions import STATUS_FIELDS
from service.http.openai.descriptions import OPENAI_FIELDS
from service.http.replicate.descriptions import REPLICATE_FIELDS

FIELDS = {
    "adds": "What the part adds to the score, its weight included.",
    "affinity": "From -1 to 1: likes against those expected from what the user has seen.",
    "eligible": "Whether the post passes all filters.",
    "filters": "Each rule that leaves posts out of ranked lists, and whether the post passes it.",
    "follows": "Whether the user follows the author.",
    "liked_post_id": "The liked post that the reason is about; null for other reasons.",
    "paused": "Whether it begins nothing: what runs ends, what waits stays.",
    "paused_at": "When an operator paused it, in UTC; null if none did.",
    "paused_by": "`operator`, or `configuration` while `workers` is 0; null if it is not paused.",
    "passed": "Whether the post passes the filter.",
    "post_id": "The id of the post.",
    "reason": "Why the post is recommended; only in recommended lists.",
    "score": "The sum of the parts.",
    "served": "The id of a recommended list, for `served` of `POST /feed/events`.",
    "sources": "Where the post would come from; empty if no source has it.",
    "views": "Users who have seen the post.",
    "weight": "The weight of the part in config.toml.",
    "why": "Why the post does not pass; null if it does.",
    "words": "The affinity in words.",
    "author": "The author of the post.",
    "author_id": "The author.",
    "authors": "Ids of authors.",
    "events": "Events that were taken.",
    "followers": "Ids of users who follow the author.",
    "following": "Whether the user follows the author.",
    "subject": "The subject, as it is written in posts: one word, in lower case.",
    "subjects": "What posts are about: nouns and hashtags, each one word in lower case.",
    "newer": "Posts of the feed that are newer than the user's marker, counted up to 1000; null "
    "without a marker.",
    "muted": "Whether these posts are hidden from the user.",
    "RequestId": "The id of the request, for reading it.",
    "alive": "Always true: the event loop runs.",
    "alt": "What is in the picture, as an alternative text; of a poster its words.",
    "attempts": "Attempts at the part that needed most of them.",
    "busy": "Workers that are generating.",
    "completed_at": "When it became final, in UTC; null before.",
    "created_at": "When it was accepted, in UTC.",
    "deliveries": "Oldest first.",
    "publish_at": "When it is published, in UTC.",
    "at": "When it is published; at once if it is in the past.",
    "edited_at": "When it was edited last, in UTC; null if never.",
    "error": "Why it is not complete, as a sentence; null if nothing went wrong.",
    "eta_seconds": "Estimated seconds until it is done, from the recent speed of the queue; null "
    "if there is no estimate or it does not wait.",
    "wanted_model": "The model that was wanted, or the default; an object for two parts.",
    "event_id": "The id of the last event that this record covers.",
    "generator": "The generator as it is named in config.toml.",
    "height": "Height of the picture in pixels.",
    "id": "The id of the request.",
    "proof": "In the place of a key: from an address of `POST /feed/addresses`.",
    "note": "A private note for those who review it; never published. Null without one.",
    "cancel": "Only cancel: a finished request stays, and the answer is 409.",
    "imageUri": "The address of the picture, a path on this server or a whole URL; null for none.",
    "instagram": "Whether it is for a post with both a text and a picture.",
    "limit": "The largest number of results.",
    "message": "A sentence for people.",
    "missing": "Words of the prompt that the illustrator has no drawing for.",
    "model": "The model, as its generator names it; null if it does not.",
    "next": "The `cursor` of the next page; null on the last page.",
    "parts": "The parts of the request, `text` and `image`.",
    "position": "How many requests are before it in the queue; null when it does not wait.",
    "priority": "Which waiting requests come first.",
    "prompt": "What it is about.",
    "publish": "Whether the finished post goes to the feed of `user-id`.",
    "redriven": "Ids of the requests that are tried again.",
    "requests": "Newest first.",
    "seed": "The random seed: the same prompt and seed give the same result.",
    "started_at": "When a worker began, in UTC; null before.",
    "status": "The state of the request; the last four are final.",
    "tag": "What to generate: a text, a picture (`image`), or a post of both (`instagram`).",
    "text": "The text; null if there is none, or not yet.",
    "timestamp": "When it happened, in UTC.",
    "title": "A short name of what happened.",
    "type": "What happened, as `content.completed`.",
    "user_id": "The author; null for none.",
    "waiting_for": "What is not ready, by name, with the reason; empty if everything is ready.",
    "ready": "Whether everything is up.",
    "format": "The format of a copy of the picture, as large as it is.",
    "webhook": "The URL that gets the result; null for none.",
    "width": "Width of the picture in pixels.",
}
"""By the name of the field, unless the next table has a description for its schema."""

FIELDS_OF: dict[str, dict[str, str]] = {
    "ContentPart": {
        "status": "The state of this part: queued, generating, completed or failed.",
        "attempts": "Attempts at this part.",
        "seconds": "How long the successful attempt took, in seconds.",
        "prompt_tokens": "Tokens of the prompt as the model counts them; null if it does not.",
        "completion_tokens": "Tokens of the text as the model counts them; null if it does not.",
        "cost": "What it has cost, in the currency of the prices; null without prices.",
        "cached_tokens": "Those of the prompt that its server had cached; null if not known.",
        "reasoning_tokens": "Those of the answer that were thoughts; null if not known.",
    },
    "Accepted": {
        "group": "The group of the variants; only with `n`.",
        "RequestIds": "The ids of all variants, with seeds that follow each other; only with `n`.",
    },
    "ContentSummary": {"group": "The group, if it is one of several variants; else null."},
    "ContentRecord": {
        "options": "The options that were sent with it.",
        "image": "The address of the picture that it was made from; null without one.",
        "group": "The group, if it is one of several variants; else null.",
        "usage": "What its results have used so far.",
        "paused": "Whether it waits for a pool that is paused: then there is no estimate.",
        "model": "The model that made it, or for which it waits; an object for two parts.",
    },
    "CreateContent": {
        "model": "A model of `GET /models`, or an object with one for `text` and `image`.",
        "text-model": "The model for the text.",
        "image-model": "The model for the picture.",
        "publish": "Put the finished post into the feed of `user-id`.",
        "priority": "Higher ones begin first. Above what the key permits: 403.",
        "n": "Variants: as many requests with seeds that follow each other, a group, accepted "
        "together or not at all. More than one cannot be published at once.",
    },
    "EditContent": {
        "priority": "Another priority, while the request waits (409 afterwards), as far as the key "
        "permits (403 above it).",
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
        "detail": "For operators: address and status of a model server and the beginning of its "
        "answer, without possible secrets; null if there is nothing more to report.",
    },
    "PoolQueue": {
        "pool": "The name of the pool.",
        "waiting": "How many parts wait, by priority.",
        "next": "The parts that are next, in the order in which workers take them as things stand.",
    },
    "QueuedPart": {
        "client": "The client, as in `GET /status`.",
        "position": "How many parts are before it, running ones included; about, in a long queue.",
        "attempts": "Attempts that have ended.",
        "retry_at": "When it is queued again after a failed attempt, in UTC; null if it is queued.",
    },
    "TroubledDelivery": {
        "request": "The id of the request, for a redelivery.",
        "delivery": "The delivery, with its attempts.",
    },
    "TroubledDeliveries": {"deliveries": "Those that were tried first, each newest first."},
    "Key": {
        "required": "Whether calls need a key.",
        "name": "The name of the key; null without one.",
        "scopes": "What the call may do.",
        "priorities": "The priorities that its requests may have, the most urgent first.",
    },
    "Pool": {
        "name": "The name of the pool.",
        "kind": "What its workers make.",
        "workers": "Configured workers; with 0 the pool is paused.",
        "queued": "Parts that wait for one of them.",
        "trouble": "Why the generator cannot work; null if it can.",
    },
    "PoolList": {"pools": "Every pool."},
    "NamedModel": {
        "name": "What requests give as `model`.",
        "kind": "What it makes.",
        "default": "Whether requests that name no model of this kind get it.",
        "fallback": "The models that take its requests while it cannot work, in order.",
        "state": "`ready`: a worker is free. `busy`: all are at work. `waiting`: a budget is used "
        "up, or its server asks for a pause. `paused`. `failing`: it fails again and again. "
        "`unavailable`: it cannot work.",
        "reason": "Why it is not at work; null if it is.",
        "workers": "Configured workers of each process.",
        "queued": "Parts that wait for one of them.",
        "wait_seconds": "Estimated seconds until a new request would begin; null without data.",
        "abilities": "What requests may ask of it: others are refused.",
    },
    "UseDiscovered": {
        "program": "The name of the server, as `GET /models/discovered` has it.",
        "model": "One of its models; the first without it.",
    },
    "DiscoveredServer": {
        "program": "What it is: Ollama, llama.cpp, LocalAI, LM Studio, ComfyUI, …",
        "kind": "What it makes.",
        "base_url": "Its address on this machine.",
        "models": "The models that it has.",
        "used_by": "The models of this service that use it.",
    },
    "DiscoveredServers": {"servers": "Those that answer now."},
    "UsedServer": {
        "name": "The name of the model in requests.",
        "kind": "What it makes.",
        "default": "Whether requests without a model get it: an explicit setting goes first.",
    },
    "NamedModelList": {"models": "The models that the key of this call may use."},
    "Used": {
        "prompt_tokens": "Tokens of the prompts, 0 where the generator does not count them.",
        "completion_tokens": "Tokens of the texts, likewise.",
        "pictures": "Pictures.",
        "seconds": "Seconds of generation.",
        "cost": "What it has cost, in the currency of the prices; null without prices.",
    },
    "DayUsage": {
        "day": "The day, in UTC.",
        "key": "The name of the key; null without one.",
        "model": "The model that made the results.",
        "requests": "Results; a request with a text and a picture has two.",
        "prompt_tokens": "Tokens of the prompts, 0 where the generator does not count them.",
        "completion_tokens": "Tokens of the texts, likewise.",
        "pictures": "Pictures.",
        "seconds": "Seconds of generation.",
        "cost": "What it has cost, in the currency of the prices; null without prices.",
    },
    "UsageReport": {
        "usage": "A row for each day, key and model, the oldest first.",
        "total": "The sum of all rows, also of those on other pages.",
        "next": "The `cursor` of the next page; null on the last.",
    },
    "UsageFilter": {
        "key": "Only what this key has used. With another key than that of the call: 403, unless "
        "it has the scope `admin`.",
        "model": "Only this model.",
        "since": "From this day on, in UTC; 30 days before today unless set.",
        "until": "Only days that begin before this time.",
    },
    "ContentFilter": {
        "group": "Only the variants of this group.",
        "since": "Only requests that were accepted at this time or later.",
        "until": "Only requests that were accepted before this time.",
    },
    "Redelivered": {"redelivered": "The id of the delivery that is sent again."},
    "WebhookAttempt": {
        "number": "The number of the attempt; 1 is the first.",
        "at": "When it began, in UTC.",
        "seconds": "How long it took, in seconds.",
        "status_code": "The status code of the answer; null if there was none.",
        "reason": "Why it failed; null if it did not.",
    },
    "WebhookDelivery": {
        "id": "The `webhook-id`, the same at every attempt.",
        "event_id": "The id of the event that it delivers.",
        "type": "The type of the event, as `content.completed`.",
        "url": "The URL of the webhook.",
        "status": "`pending`: an attempt will be made; `sending`: one is being made; `delivered`, "
        "`failed` and `disabled` (the URL answered 410) are final.",
        "ended_at": "When the request became final, in UTC.",
        "next_attempt_at": "When the next attempt is due, in UTC; null when none is.",
        "attempts": "Every attempt, oldest first.",
    },
}
"""By the name of a schema and of its field."""


FIELDS_ELSEWHERE = {
    **FEED_FIELDS,
    **STATUS_FIELDS,
    **OPENAI_FIELDS,
    **REPLICATE_FIELDS,
    **FAL_FIELDS,
    **HUGGINGFACE_FIELDS,
}
"""The same, described beside the structs."""


def describe(name: str, schema: dict[str, Any]) -> None:
    """Add descriptions to the fields of a schema, unless their types have one."""
    own = FIELDS_OF.get(name) or FIELDS_ELSEWHERE.get(name, {})
    for field, value in schema.get("properties", {}).items():
        meaning = own.get(field) or FIELDS.get(field)
        if meaning and "description" not in value:
            value["description"] = meaning


def description_of(schema: dict[str, Any]) -> str:
    """The description of a value in its schema or in one of its alternatives."""
    alternatives = [schema, *schema.get("anyOf", ())]
    return next(
        (
            alternative["description"]
            for alternative in alternatives
            if "description" in alternative
        ),
        "",
    )
