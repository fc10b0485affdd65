"""Indirect questions of a prompt, asked of its readers: "which they like" is "Which do you like?"."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.copywriter.composing.own_words import statement, to_you

ITALIAN = (
    (r"\bsono\b", "siete"),
    (r"\bhanno\b", "avete"),
    (r"\bvanno\b", "andate"),
    (r"\bfanno\b", "fate"),
    (r"\bvogliono\b", "volete"),
    (r"\bvorrebbero\b", "vorreste"),
    (r"\bpossono\b", "potete"),
    (r"\b(\w{2,})iscono\b", r"\1ite"),
    (r"\b(\w{3,})ano\b", r"\1ate"),
    (r"\b(\w{3,})ono\b", r"\1ete"),
)
"""What they do in Italian, as what you do."""
FRENCH = {
    "veulent": "voulez",
    "peuvent": "pouvez",
    "font": "faites",
    "vont": "allez",
    "ont": "avez",
    "sont": "êtes",
    "prennent": "prenez",
    "viennent": "venez",
    "boivent": "buvez",
}
THEY_GERMAN = re.compile(
    r"(?P<wh>(?:welche\w*|was|wann|wo|wie|wohin|woher|wer|wen)\b.*?|ob)\s+sie\s+(?P<rest>.*?)(?P<verb>\w+(?:en|ern|eln))",
    re.IGNORECASE,
)
LAST_VERB = re.compile(
    r"(?P<wh>(?i:welche\w*|was|wer|wann|wo|wie|wohin)(?:\s+[A-ZÄÖÜ][\wäöüß-]+)?)\s+(?P<rest>.+?)\s+"
    r"(?P<verb>soll(?:en)?|ist|sind|wird|werden|kann|darf|kommt|gehört|passt|fehlt)(?P<after>\s*:.*)?"
)
"""An indirect question in German: its verb stands last."""
THEY_FRENCH = re.compile(
    r"(?:(?P<wh>.+?)\s+)?(?:ils|elles)\s+(?P<verb>\w+(?:ent|ont))(?P<rest>.*)", re.IGNORECASE
)


def asked_abroad(text: str, language: str) -> str:
    """An indirect question of another language to the readers: "welche sie mögen" asks them."""
    text = text.rstrip(" .?!")
    if language == "it":
        for they, you in ITALIAN:
            text, many = re.subn(they, you, text, count=1)
            if many:
                break
    elif language == "fr" and (found := THEY_FRENCH.fullmatch(text)):
        verb = found["verb"].lower()
        you = FRENCH.get(verb) or f"{verb.removesuffix('ent').replace('è', 'é')}ez"
        text = f"{found['wh'] or ''} {you}-vous{found['rest']}".strip()
    elif language == "de" and (found := THEY_GERMAN.fullmatch(text)):
        rest = f" {found['rest'].strip()}".rstrip()
        asks = "" if found["wh"].lower() == "ob" else f"{found['wh']} "
        text = f"{asks}{found['verb']} Sie{rest}"
    elif language == "de" and (found := LAST_VERB.fullmatch(text)):
        text = f"{found['wh']} {found['verb']} {found['rest']}{found['after'] or ''}"
    space = "\u00a0" if language == "fr" else ""
    before = "¿" if language == "es" and not text.startswith("¿") else ""
    at = len(text) - len(text.lstrip("¿"))
    return f"{before}{text[:at]}{text[at : at + 1].upper()}{text[at + 1 :]}{space}?"


FAVOURITE = re.compile(r"about\s+(?:their|your)\s+((?:favou?rite|best|worst)\s+.+)", re.IGNORECASE)
INVERTED = re.compile(
    r"(?P<wh>(?:what|which|who|whom|whose|where|when|why|how)\b.*?)\s+(?P<who>they|we|you|i)\s+"
    r"(?P<verb>should|would|could|can|will|may|must|are)\s+(?P<rest>.+)",
    re.IGNORECASE,
)
PLAIN = re.compile(
    r"(?:(?P<wh>(?:what|which|who|whom|where|when|why|how)\b.*?)|whether|if)\s+(?P<who>they|you|people|customers|everyone|followers|readers|visitors|guests|members)\s+"
    r"(?!(?:had|have|were|did)\b)(?P<rest>(?!\w+ed\b)\w+\b.*)",
    re.IGNORECASE,
)


DIRECT = re.compile(
    r"(?:what|who|where|when|how)['\u2019]s\b|(?:what|which|who|where|when|why|how)\s+(?:\w+\s+)?"
    r"(?:is|are|do|does|should|would|can|was)\b",
    re.IGNORECASE,
)


def asked(text: str) -> str:
    """An indirect question as a direct one: "which they would like" is "Which would you like?"."""
    text = text.rstrip(" .?!")
    if found := FAVOURITE.fullmatch(text):
        return f"What is your {found[1]}?"
    if found := INVERTED.fullmatch(text):
        who = "you" if found["who"].lower() == "they" else found["who"]
        said = f"{found['wh']} {found['verb']} {who} {to_you(found['rest'])}"
    elif found := PLAIN.fullmatch(text):
        first, _, rest = found["rest"].partition(" ")
        modal = first.lower() in {"should", "would", "could", "can", "will", "may", "are"}
        begin = f"{first} you {rest}" if modal else f"do you {found['rest']}"
        said = f"{found['wh'] or ''} {to_you(begin)}".strip()
    elif DIRECT.match(text):
        said = to_you(text)
    else:
        return statement(f"tell us {to_you(text)}")
    return f"{said[:1].upper()}{said[1:]}?"


def asked_too(order: str) -> str:
    """The question of a further order to ask ("Ask which one people would try"); or empty."""
    found = FURTHER.match(order)
    if not found:
        return ""
    said = asked(re.sub(r"\bthem\b", "\u0003", found["what"])).replace("\u0003", "them")
    return said if said.endswith("?") else ""


FURTHER = re.compile(
    r"(?:please\s+)?ask\s+(?:(?:people|them|everyone|everybody|readers|followers|customers)\s+)?(?:about\s+)?(?P<what>(?:what|which|who|how|where|when|if|whether|their|your)\b[^?!.]+)[.!]*$",
    re.IGNORECASE,
)
