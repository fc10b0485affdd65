"""A prompt of labelled fields ("Topic: …. Place: …. Tone: …") as sentences."""

from __future__ import annotations

import re

SUBJECT = (
    r"(?:topic|subject|what|about|event|product|theme|content|message|key\s+message|main\s+message|"
    r"headline|occasion|news)"
)
FACT = (
    r"(?:where|place|venue|location|when|date|dates|time|times|hours|price|cost|prices|entry|contact|details?|"
    r"info|facts|cta|call\s+to\s+action|link|website|phone|e-?mail|address|key\s+points?|points|offer|discount|who|host|speaker|guest|why|note|extra|also)"
)
FORM = (
    r"(?:tone|style|voice|audience|target(?:\s+(?:group|audience))?|length|format|platform|channel|language|goal|purpose|hashtags?|"
    r"emojis?|vibe|mood|for|type|kind|task|brief|brand|company|business|client|from|role|text\s+type)"
)
LABEL = re.compile(
    rf"(?:(?<=^)|(?<=[.;!?|\n]\s)|(?<=[.;!?|\n])|(?<=,\s))(?P<label>{SUBJECT}|{FACT}|{FORM})\s*(?::|=|\s[-\u2013])\s*",
    re.IGNORECASE,
)
FEWEST = 2
"""Labels from which on a prompt is a form that was filled in."""


def fields(prompt: str) -> str:
    """The values of a prompt of fields as sentences, the subject first; else the prompt itself."""
    found = list(LABEL.finditer(prompt))
    if len(found) < FEWEST or found[0].start() > 0:
        return prompt
    ends = [*(label.start() for label in found[1:]), len(prompt)]
    subjects: list[str] = []
    facts: list[str] = []
    for label, end in zip(found, ends, strict=True):
        value = prompt[label.end() : end].strip(" .;,|\n-\u2013")
        if not value or re.fullmatch(FORM, label["label"], re.IGNORECASE):
            continue
        told = subjects if re.fullmatch(SUBJECT, label["label"], re.IGNORECASE) else facts
        told.append(f"{value[:1].upper()}{value[1:]}{'' if value[-1] in '.!?' else '.'}")
    return " ".join((*subjects, *facts)) or prompt
