"""One example of each answer, for the API document."""

from __future__ import annotations

import msgspec

from service.http.content import MESSAGE
from service.http.home import WELCOME
from service.http.replies import (
    Alive,
    Cancelled,
    DeadLetterReply,
    DeadLetters,
    FailureReply,
    Full,
    Image,
    ListedReply,
    PartReply,
    PostReply,
    Readiness,
    Redriven,
    RedrivenPage,
    Requests,
    Taken,
    Text,
    View,
    Welcome,
)

ID = "064a1b2c3d4e5" + "0123456789abcdef" * 2
PROMPT = "A rainy morning in Lisbon with a cup of coffee"
WORDS = "Rain on the tiles, steam over the cup: Lisbon takes its time this morning."
PICTURE = "/media/" + "0123456789abcdef" * 4 + "/a-rainy-morning-in-lisbon.webp"
BUSY = "The model is busy."
WHEN = "2026-01-31T08:00:00.000001Z"

EXAMPLES: dict[type[msgspec.Struct], msgspec.Struct] = {
    type(example): example
    for example in (
        Welcome(WELCOME),
        Taken(MESSAGE, ID),
        View("completed", WORDS, PICTURE, None),
        Full(
            id=ID,
            tag="text",
            prompt=PROMPT,
            status="completed",
            text=WORDS,
            imageUri=None,
            error=None,
            created_at=WHEN,
            started_at=WHEN,
            completed_at=WHEN,
            position=None,
            eta_seconds=None,
            attempts=1,
            seed=7,
            user_id="1",
            publish=True,
            priority="normal",
            webhook=None,
            event_id="1000003",
            parts={"text": PartReply("completed", 1, seed=7, seconds=2.5)},
        ),
        Requests(
            [
                ListedReply(
                    ID, "instagram", PROMPT, "completed", WORDS, PICTURE, None, WHEN, WHEN, WHEN
                )
            ],
            ID,
        ),
        Cancelled(ID, "cancelled"),
        DeadLetters(
            [
                DeadLetterReply(
                    ID,
                    "text",
                    PROMPT,
                    f"text: {BUSY}",
                    WHEN,
                    WHEN,
                    [FailureReply("text", 1, WHEN, 0.4, "openai", BUSY)],
                )
            ],
            None,
        ),
        Redriven([ID]),
        RedrivenPage([ID], None),
        PostReply(ID, PROMPT, WORDS, PICTURE, WHEN),
        Text(WORDS, "smollm2"),
        Image(PICTURE, "illustrator", 1080, 1080, []),
        Readiness(ready=True, waiting_for={}),
        Alive(alive=True),
    )
}
