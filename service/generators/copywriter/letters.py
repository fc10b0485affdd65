"""What an e-mail is for: the sentence it begins with, and whom it greets."""

from __future__ import annotations

import re

PURPOSES: tuple[tuple[str, str, str], ...] = (
    (r"apologi[sz]\w*\b.*?\bfor (?P<x>.+)", "I would like to apologize for {x}.", "We"),
    (r"invit\w+ .*?\bto (?P<x>.+)", "I would like to invite you to {x}.", "I hope you can"),
    (r"remind\w* .*?\bto (?P<x>.+)", "Please remember to {x}.", "I hope"),
    (r"remind\w* .*?\b(?:about|of) (?P<x>.+)", "I would like to remind you of {x}.", "I hope"),
    (
        r"(?:(?:tell|inform|notify|let)(?:ting|ing)?|announc(?:e|ing)) .*?\bthat (?P<x>.+)",
        "I would like to let you know that {x}.",
        "We",
    ),
    (r"ask\w* .*?\bfor (?P<x>.+)", "I would like to ask you for {x}.", "I hope"),
    (r"ask\w* .*?\bto (?P<x>.+)", "I would like to ask you to {x}.", "I hope"),
    (r"requesting (?P<x>.+)", "I would like to request {x}.", "I hope"),
    (r"complain\w* about (?P<x>.+)", "I would like to complain about {x}.", "I hope"),
    (r"confirm(?:ing)? (?P<x>.+)", "I would like to confirm {x}.", "We"),
    (r"cancel(?:ling|ing)? (?P<x>.+)", "I would like to cancel {x}.", "I hope"),
    (r"introduc(?:e|ing) (?P<x>.+)", "I would like to introduce {x}.", "I hope"),
    (r"announc(?:e|ing) (?P<x>.+)", "I would like to tell you about {x}.", "We"),
    (r"thank(?:ing)? .*?\bfor (?P<x>.+)", "Thank you so much for {x}.", "I"),
    (
        r"follow(?:ing)?[ -]up (?:on|about|after) (?P<x>.+)",
        "I would like to follow up on {x}.",
        "I hope",
    ),
)
"""What an order for an e-mail may say, how its writer would say it, and how he would go on."""

THEIRS = re.compile(r"\b(?:his|her|their)\b", re.IGNORECASE)
"""What belongs to the addressee, in a text for another reader."""

TO = re.compile(
    r"\b(?:(?:e-?mail|letter|newsletter)\s+(?:to|for)|inviting|asking|reminding|thanking|telling)\s+"
    r"(?:(?P<name>(?!I\b)[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)|(?:my|our|the)\s+(?P<group>team|colleagues))\b"
)


def purpose(prompt: str) -> tuple[str, str]:
    """The first sentence of an e-mail and how the next begins; empty if its purpose is none."""
    for pattern, sentence, follower in PURPOSES:
        found = re.search(rf"\b{pattern}", prompt, re.IGNORECASE)
        if found:
            return sentence.format(x=THEIRS.sub("your", found["x"].rstrip(" .!?"))), follower
    return "", ""


def greeting(prompt: str) -> str:
    """The first line of an e-mail, with a name if there is one."""
    found = TO.search(prompt)
    name = (found["name"] or found["group"]) if found else ""
    return f"Hello {name}," if name else "Hello,"
