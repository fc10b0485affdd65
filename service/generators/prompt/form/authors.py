"""Who a text is from: "Post for our hardware shop: we're shut on Monday" is from that shop."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.language.verbs import has_verb
from service.generators.prompt.subject.orders import PARTS

OF_PEOPLE = (
    r"(?:shop|store|caf[eé]|bakery|restaurant|takeaway|kitchen|deli|salon|studio|gym|hotel|hostel|guest\s?house|b&b|library|museum|gallery|bar|pub|inn|tavern|tearoom|brewery|"
    r"winery|distillery|dairy|farm|nursery|florists?|butchers?|fishmongers?|bakers?|grocers?|greengrocers?|garage|workshop|company|business|firm|agency|practice|clinic|surgery|vets?|dentists?|"
    r"hospital|hospice|pharmacy|opticians?|school|college|university|academy|kindergarten|preschool|playgroup|club|team|squad|band|choir|orchestra|group|circle|society|association|charity|"
    r"trust|foundation|church|parish|mosque|temple|synagogue|council|authority|police|fire\s+(?:brigade|service|station)|federation|union|bank|office|department|centre|center|theatre|theater|cinema|company|"
    r"zoo|sanctuary|rescue|shelter|co-?op|cooperative|collective|network|service|services|station|airport|estate\s+agents?|agents?|fitters?|van|truck|stall|stand|kiosk|boutique|laundrette|laundry|"
    r"nail\s+bar|barbers?|barbershop|spa|hairdressers?|hairdressing|salon|committee|scouts|guides|pool|rink|wall|court|start-?up|lab|festival|museum|plumber|electrician|joiner|carpenter|roofer|builder|"
    r"painter|decorator|gardener|landscaper|photographer|tutor|teacher|instructor|trainer|coach|therapist|physio(?:therapist)?|osteopath|chiropodist|podiatrist|masseur|masseuse|midwife|nurse|doctor|lawyer|solicitor|accountant|bookkeeper|"
    r"designer|illustrator|artist|potter|writer|author|musician|dj|caterer|chef|baker|brewer|groomer|walker|sitter|childminder|nanny|cleaner|mechanic|locksmith|tailor|seamstress|cobbler|jeweller|"
    r"translator|consultant|developer|driver|courier|director'?s?|undertaker|beekeeper|farmer|grower|mp|councillor|landlord|society|brand|startup|launderette|depot|marina|boatyard|campsite|caravan\s+park|hall|centre|hub|project|initiative)"
)
ORGANISATION = re.compile(
    rf"(?:.*\b)?{OF_PEOPLE}s?(?:['\u2019]s?)?(?:\s+(?:in|at|near|on|of)\s+[\w' -]{{2,30}})?$",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(?:the\s+)?(?:[A-Z\u00c0-\u00de][\w'\u2019&-]*)(?:\s+(?:(?:of|the|and|&|in|de)\s+)*[A-Z\u00c0-\u00de&][\w'\u2019&-]*)*$"
)
OF_PLACE = re.compile(
    r"(?:['\u2019]s?)?\s+(?:(?:instagram|insta|facebook|fb|linkedin|whatsapp|social\s+media)\s+)?(?:page|newsletter|website|feed|account|profile|blog|channel|notice\s?board|socials|group|story|stories|bulletin)$",
    re.IGNORECASE,
)
KINDS = (
    r"(?:posts?|captions?|messages?|notes?|texts?|notices?|announcements?|updates?|tweets?|copy|something|anything|ads?|adverts?|words|lines|blurbs?|posters?|flyers?|write[- ]?ups?|reports?|bulletins?|"
    r"shout[- ]?outs?|bits?|pieces?|sentences?|paragraphs?)"
)
FOR_AUTHOR = re.compile(
    rf"^(?:(?:hi|hey|hello)\b[\s,!.]*)?{PARTS['please']}{PARTS['write']}(?:(?:do|need|want)\s+)?{PARTS['form0']}(?P<kind>{KINDS})(?:\s+up)?\s+(?P<by>(?:for|from|by)|on\s+behalf\s+of)\s+"
    r"(?P<who>(?:(?!\b(?:about|saying|announcing|telling|that|to|with|who|which|introducing|asking|promoting)\b)[^:.!?,;]){3,60}?)\s*"
    r"(?P<mark>[:.!?,;]|\s-|\s(?=about\b|saying\b|telling\b|announcing\b|to\s+say\b))\s*(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
"""An order that says who the text is for, and what that one tells."""
SEEKS = re.compile(
    r"\b(?:we|wir|we're|looking\s+for|seeks?|seeking|needs?|wanted|hiring|sucht|suchen|busca\w*|cherch\w+|recherch\w+|recrut\w+|cerca|cerchiamo|procura\w*)\b",
    re.IGNORECASE,
)
"""A job ad that says itself who looks for someone."""
JOB = re.compile(r"(?:[\w']+\s+){0,5}?(?:job|vacancy|recruitment|hiring)\b", re.IGNORECASE)
"""An order for a job ad: it names whom it looks for, not who writes."""
ABOUT = re.compile(
    r"^(?:about|saying(?:\s+that)?|telling\s+(?:people|everyone|customers|them)(?:\s+that)?|announcing(?:\s+that)?|to\s+say(?:\s+that)?)\s+",
    re.IGNORECASE,
)
AS_AUTHOR = re.compile(
    r"^(?:as|we\s+are|we're|i\s+am|i'm)\s+(?P<who>an?\s+[^,.:;!?]{3,50}?)(?:,\s*|\s+and\s+(?:we\s+|i\s+)?|,?\s+(?=we\b|i\b))(?:we\s+|i\s+)?(?:'d\s+like|would\s+like|want|need|wish)\s+(?:you\s+)?to\s+(?P<rest>(?:tell|let|announce|say|invite|remind|thank|ask|warn|inform|advertise)\b.+)$",
    re.IGNORECASE | re.DOTALL,
)
"""An order that begins with who gives it: "As a small brewery we want to tell people that"."""
HEAD_END = re.compile(r"\s+(?:by|on|of|in|at|with|from|who|that|near|for|and)\s+", re.IGNORECASE)
FOR_IT = re.compile(
    r"(?:^|(?<=[.!?]\s))(?:it's|it\s+is|this\s+is|all)\s+(?:for|from)\s+(?P<who>(?:our|my|the)\s+[^.!?,;:]{3,60})[.!]*(?:\s+|$)",
    re.IGNORECASE,
)
"""A sentence that says for whom the text is: "It's for our bookshop."."""
PRODUCT_TEXT = re.compile(
    r"^(?:an?\s+)?product\s+(?:text|description|copy|blurb)(?:\s+(?:please|needed))?\s*[.!]\s+(?=\w)",
    re.IGNORECASE,
)
BARE_ORDER = re.compile(
    r"^(?:please\s+)?(?:(?:an?|one|our|the|new|short|quick|small|friendly)\s+)*(?:(?P<job>job\s+ad(?:vert)?|job\s+post(?:ing)?|vacancy|help\s+wanted)|"
    r"(?:(?:instagram|insta|facebook|fb|linkedin|twitter|whatsapp|social\s+media|newsletter|website|blog|pub|shop|club|school|parish|team)\s+)*(?:post|text|caption|ad|advert|notice|announcement|tweet|message|item|update|copy|blurb|story))"
    r"(?:\s+(?:please|pls|needed|wanted|required|for\s+today|for\s+(?:instagram|facebook|linkedin)))*\s*[.!]\s+(?=\w)",
    re.IGNORECASE,
)
"""A sentence that orders a text and nothing else: "Job ad please."."""


ITS_PAGE = re.compile(
    r"^(?:the|our|an?|all)?\s*(?:customers|clients|members|followers|readers|visitors|patients|guests|users|friends|regulars|fans|notice\s?board|page|newsletter|website|shop\s+window|window)\s+of\s+",
    re.IGNORECASE,
)
TO_READERS = re.compile(r"(?:notes?|messages?|announcements?|notices?|words|lines)", re.IGNORECASE)
"""Texts that are for their readers: "a note for the cleaner"."""
WHO_WE_ARE = re.compile(r"(?:we|i)(?:'re|'m|\s+are|\s+am)\s+an?\s+\w+[.!]?$", re.IGNORECASE)


def inner_start(text: str) -> str:
    """A sentence as it stands behind a colon: a common first word loses its capital."""
    common = r"(?:We|We're|We've|We'll|The|Our|It|It's|There|This|All|A|An|No|From|Don't|Come|Please|You|Your|Are|Is|On|In|My|For|Due|Starting|Join|Book|Last|Next|Bring|Get|Have|Every)\b"
    return text[:1].lower() + text[1:] if re.match(common, text) else text


def from_author(prompt: str) -> str:
    """The prompt with its author in front of the message; unchanged where it names none."""
    if found := AS_AUTHOR.match(prompt):
        return found["rest"]
    prompt = PRODUCT_TEXT.sub("Product description for ", prompt)
    if found := BARE_ORDER.match(prompt):
        rest = prompt[found.end() :]
        sought = found["job"] and not SEEKS.search(rest)
        prompt = f"We are looking for {rest[:1].lower()}{rest[1:]}" if sought else rest
    found = FOR_IT.search(prompt)
    if found and _writes(found["who"]):
        rest = f"{prompt[: found.start()]}{prompt[found.end() :]}".strip()
        return _signed(found["who"], rest) if re.search(r"\w{3}", rest) else prompt
    found = None if JOB.match(prompt) else FOR_AUTHOR.match(prompt)
    return (_told(found) if found else "") or prompt


def _told(found: re.Match[str]) -> str:
    """What an order that names its author tells, after that name; empty to leave it as it is."""
    who, rest = found["who"].strip(), found["rest"].strip()
    bare = ITS_PAGE.sub("", OF_PLACE.sub("", who))
    ours = re.match(r"(?:our|my)\b", who, re.IGNORECASE)
    if found["by"].lower() == "for" and TO_READERS.fullmatch(found["kind"]) and not ours:
        return ""
    if not _writes(bare) or not re.search(r"\w{3}", rest):
        return ""
    told = ABOUT.sub("", rest)
    if rest.lower().startswith("about"):
        return f"Write about {told}" if re.match(r"an?\s", who, re.IGNORECASE) else ""
    if told != rest:
        return told
    lone = found["mark"] == "," and not has_verb(told)
    return "" if lone or WHO_WE_ARE.match(told) else _signed(bare, told)


def _writes(who: str) -> bool:
    """Whether a name or a noun is that of an author: a shop, a club, a profession."""
    return bool(NAMED.fullmatch(who) or ORGANISATION.fullmatch(HEAD_END.split(who)[0]))


def _signed(who: str, told: str) -> str:
    sender = re.sub(r"^an?\s+", "your ", who, flags=re.IGNORECASE)
    return f"From {sender}: {inner_start(told)}"
