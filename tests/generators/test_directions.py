"""Directions to the writer: kept or refused in every text, and never words of it."""

from __future__ import annotations

import itertools
import re

import pytest

from service.generators.copywriter import Draft, brief
from service.generators.illustrator.poster.wording import wording
from service.generators.prompt import understand
from service.generators.protocol import GenerationFailed, Job

TOLD = {
    "en": "The farm shop opens at 9 on Saturday. There are plums and pears",
    "de": "Der Hofladen öffnet am Samstag um 9 Uhr. Es gibt Pflaumen und Birnen",
    "es": "La tienda abre el sábado a las 9. Hay ciruelas y peras",
    "fr": "La boutique ouvre samedi à 9 heures. Il y a des prunes et des poires",
    "it": "La bottega apre sabato alle 9. Ci sono prugne e pere",
    "pt": "A loja abre no sábado às 9 horas. Há ameixas e peras",
}
"""A message in each language: two sentences, of which the first has facts."""

DIRECTIONS = {
    "en": (
        ("At most 40 words", "words<=40"),
        ("Exactly two sentences", "sentences=2"),
        ("max 300 characters", "characters<=300"),
        ("two paragraphs", "paragraphs=2"),
        ("with a question at the end", "question"),
        ("end with a question to our followers", "question"),
        ("no emojis", "emoji=0"),
        ("use two emojis", "emoji=2"),
        ("with a bee emoji", "bee"),
        ("all in capitals", "upper"),
        ("all lower case", "lower"),
        ("no exclamation marks", "no!"),
        ("no commas", "no,"),
        ("exactly three hashtags", "tags=3"),
        ("at most one hashtag", "tags<=1"),
        ("without hashtags", "tags=0"),
        ('End with "Until then."', "ends=Until then."),
        ('Start with "Good news"', "begins=Good news"),
        ('do not use the word "delicious"', "avoids=delicious"),
        ('it must not contain the word "organic"', "avoids=organic"),
        ("Tone: formal and serious", "kept"),
        ("friendly but not too chatty", "kept"),
        ("For our customers", "kept"),
        ("finish with a thank-you", "kept"),
        ("with a call to action", "kept"),
        ("Question at the end: are you coming?", "ends=Are you coming?"),
        ("make it funny", "refused"),
        ("as a rhyme", "refused"),
        ("add a unicorn-dragon emoji", "refused"),
        ("at least 200 words", "refused"),
    ),
    "de": (
        ("Höchstens 40 Wörter", "words<=40"),
        ("genau zwei Sätze", "sentences=2"),
        ("maximal 300 Zeichen", "characters<=300"),
        ("mit einer Frage am Ende", "question"),
        ("Frage am Schluss: kommt ihr vorbei?", "ends=Kommt ihr vorbei?"),
        ("ohne Emojis", "emoji=0"),
        ("mit zwei Emojis", "emoji=2"),
        ("mit einem Bienen-Emoji", "bee"),
        ("alles in Großbuchstaben", "upper"),
        ("keine Ausrufezeichen", "no!"),
        ("genau drei Hashtags", "tags=3"),
        ("ohne Hashtags", "tags=0"),
        ("am Ende ein Dank", "kept"),
        ("sachlicher Ton", "kept"),
        ("Bitte freundlich, aber nicht zu lang", "kept"),
        ("bitte witzig formulieren", "refused"),
        ("mindestens 200 Wörter", "refused"),
    ),
    "es": (
        ("Máximo 40 palabras", "words<=40"),
        ("exactamente dos frases", "sentences=2"),
        ("con una pregunta al final", "question"),
        ("Pregunta al final: ¿os venís?", "ends=¿Os venís?"),
        ("sin emojis", "emoji=0"),
        ("con un emoji de abeja", "bee"),
        ("todo en mayúsculas", "upper"),
        ("sin signos de exclamación", "no!"),
        ("exactamente tres hashtags", "tags=3"),
        ("sin hashtags", "tags=0"),
        ("Tono serio y formal", "kept"),
        ("en tono gracioso", "refused"),
    ),
    "fr": (
        ("40 mots maximum", "words<=40"),
        ("deux phrases exactement", "sentences=2"),
        ("avec une question à la fin", "question"),
        ("sans émojis", "emoji=0"),
        ("avec un émoji abeille", "bee"),
        ("tout en majuscules", "upper"),
        ("sans points d'exclamation", "no!"),
        ("trois mots-dièse", "tags=3"),
        ("sans hashtag", "tags=0"),
        ("Ton formel", "kept"),
        ("avec humour", "refused"),
    ),
    "it": (
        ("Massimo 40 parole", "words<=40"),
        ("due frasi esatte", "kept"),
        ("con una domanda alla fine", "question"),
        ("senza emoji", "emoji=0"),
        ("tutto in maiuscolo", "upper"),
        ("niente punti esclamativi", "no!"),
        ("tre hashtag", "tags=3"),
        ("Tono formale", "kept"),
        ("in modo spiritoso", "refused"),
    ),
    "pt": (
        ("No máximo 40 palavras", "words<=40"),
        ("com uma pergunta no fim", "question"),
        ("Pergunta no fim: vêm connosco?", "ends=Vêm connosco?"),
        ("sem emojis", "emoji=0"),
        ("tudo em maiúsculas", "upper"),
        ("sem pontos de exclamação", "no!"),
        ("três hashtags", "tags=3"),
        ("Tom formal", "kept"),
        ("de forma divertida", "refused"),
    ),
}
"""What people ask for, and how it is seen in the text."""

JOINED = ("{told}. {Wanted}", "{told}, {wanted}.", "{told} ({wanted})")
GRAMMAR = [
    pytest.param(language, wanted, want, joined, id=f"{language}-{wanted[:24]}")
    for language, rows in DIRECTIONS.items()
    for at, (wanted, want) in enumerate(rows)
    for joined in (JOINED[0] if re.match(r"[A-Z].*:|For ", wanted) else JOINED[at % 3],)
]


def post(prompt: str) -> str:
    """The post of a prompt that is told without the model."""
    planned = brief(Job(prompt, seed=3, instagram=True))
    assert planned.finished
    return Draft(planned, 3, lambda _: None).text()


def holds(text: str, want: str) -> bool:
    """Whether a text is as it was ordered."""
    body, _, tags = text.partition("\n\n#")
    many = tags.count("#") + bool(tags)
    signs = [char for char in body if ord(char) > 0x2100]
    kind, operator, value = re.split(r"(<?=|$)", want, maxsplit=1)
    counts = {
        "words": len(text.split()),
        "sentences": len(re.findall(r"[.!?](?=\s|$)", body)),
        "characters": len(text),
        "emoji": len(signs),
        "tags": many,
    }
    if kind in counts:
        return counts[kind] <= int(value) if operator == "<=" else counts[kind] == int(value)
    plain = re.sub(r"[^\w\s.,!?¿¡]", "", body).strip()
    return {
        "paragraphs": body.count("\n\n") == 1,
        "question": plain.endswith("?"),
        "bee": "\U0001f41d" in body,
        "upper": body == body.upper(),
        "lower": body == body.lower(),
        "no!": "!" not in body,
        "no,": "," not in body,
        "ends": body.endswith(value),
        "begins": body.startswith(value),
        "avoids": value not in body,
        "kept": True,
    }[kind]


@pytest.mark.parametrize(("language", "wanted", "want", "joined"), GRAMMAR)
def test_a_direction_is_kept_or_refused_and_no_word_of_the_text(
    language: str, wanted: str, want: str, joined: str
) -> None:
    told = TOLD[language]
    inner = wanted if wanted[:1].isupper() and '"' in wanted else wanted[:1].lower() + wanted[1:]
    prompt = joined.format(told=told, wanted=inner, Wanted=wanted[:1].upper() + wanted[1:])
    if want == "refused":
        with pytest.raises(GenerationFailed) as refusal:
            post(prompt)
        assert not refusal.value.retryable
        return
    text = post(prompt)
    assert holds(text, want), text
    said = re.sub(r"[^\w ]", " ", f"{told} {want}".lower()).split()
    bank = r"emoji|hashtag|w[oö]rt\w*|satz|word|sentence|frage|question|pregunta|domanda|mots|tono?"
    words = re.sub(r"[^\w ]", " ", text.lower()).split()
    assert not [word for word in words if re.fullmatch(bank, word) and word not in said], text
    assert not re.search(
        r"mayúsc|maiusc|majusc|großbuch|capital|esclam|exclam|ausrufe|customers", text.lower()
    )


@pytest.mark.parametrize("language", TOLD)
def test_directions_are_no_words_of_a_poster_and_nothing_that_is_missing(language: str) -> None:
    plain = wording(TOLD[language]).alt
    for (one, first), (two, second) in itertools.pairwise(DIRECTIONS[language]):
        if "refused" in {first, second} or '"' in one + two or ":" in one + two:
            continue
        prompt = f"{TOLD[language]}. {one[:1].upper()}{one[1:]}, {two[:1].lower()}{two[1:]}."
        assert wording(prompt).alt == plain
        assert understand(prompt).shown.rstrip(".") == understand(TOLD[language]).shown.rstrip(".")


@pytest.mark.parametrize(
    "prompt",
    [
        "Talk by Dr Ada Stone on Friday at 6, questions at the end",
        "Our new lamp is simple, warm and made of beech, 40 euros",
        "Our walking group has short routes, easy and friendly, every Tuesday at 10",
        "The poetry slam is on 3 May, three lines are enough to take part",
        "In the last line of our menu on Monday: pancakes with plums",
    ],
)
def test_what_is_told_in_words_of_form_stays(prompt: str) -> None:
    words = re.findall(r"[a-z]{4,}", prompt.lower())
    text = post(prompt).lower()
    assert not [word for word in words if word not in text]


@pytest.mark.parametrize(
    ("prompt", "end"),
    [
        (
            "Wir suchen eine Köchin ab 1. Mai. Genau drei Stichpunkte: Sonntage frei, Essen, Geld",
            "\n- Sonntage frei\n- Essen\n- Geld",
        ),
        (
            "The barn sale is on 3 May. List three things to know: cash only, no dogs, bring bags",
            "\n- Cash only\n- No dogs\n- Bring bags",
        ),
        (
            "The barn sale is on 3 May. Two bullet points: cash only, bring bags",
            "\n- Cash only\n- Bring bags",
        ),
    ],
)
def test_points_that_are_given_are_a_list(prompt: str, end: str) -> None:
    assert end in post(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "Consejo de la semana: cómo cuidar tus plantas en verano",
        "Tipp des Monats von unserer Gärtnerei: wie man Rosen schneidet",
        "Conseil du jour : comment ranger ses outils",
        "Tips for camping with toddlers, for our shop's page, 3 tips",
        "3 things to do with old bread, from your baker",
        "Step by step: how we dye our wool. 4 steps",
        "Video script for the harbour fair, 20 seconds",
        "A rhyming note that the bins go out on Friday",
        "Our stall is open on Friday. Write as if a tomato was talking",
        "Wir haben freitags offen. Schreib es aus der Sicht eines Esels",
        "Our smith won a prize on Friday. Mention the tongs.",
        "The fair is on 3 May. End with a question about hats.",
        "The fair is on 3 May. Underline all hashtags in green",
        "The fair is on 3 May. Rhyme if possible",
        "The fair is on 3 May. In English and German please",
        "Our clerk retires on 3 May. Give three reasons and say sorry",
        "5-step guide to mending a kite for our shop blog",
        "Make this shorter: the shop is closed on Monday and on Tuesday",
        "Zwei Varianten einer Anzeige für unseren Hofladen",
        "Verfasse eine lustige Einladung zum Fest am 3. Mai",
    ],
)
def test_what_has_to_be_invented_or_is_not_understood_is_refused(prompt: str) -> None:
    with pytest.raises(GenerationFailed) as refusal:
        post(prompt)
    assert not refusal.value.retryable


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Write me a note for the fridge in the staff kitchen. Old food goes on Friday at 4.",
            "Old food goes on Friday at 4.",
        ),
        (
            "reminder for our podcast: new episode on Monday. use a bee emoji",
            "From our podcast, a reminder: new episode on Monday. \U0001f41d",
        ),
        (
            "The minutes of our meeting in bullet points: new gate, more seats",
            "The minutes of our meeting:\n\n- New gate\n- More seats",
        ),
        (
            "Chef wanted from 3 May. Three bullet points with benefits: free lunch, pension, tips",
            "Chef wanted from 3 May:\n\n- Free lunch\n- Pension\n- Tips",
        ),
        (
            "Our trainee Sam baked alone on Friday. Praise him, not too long, celebratory",
            "Our trainee Sam baked alone on Friday. Well done.",
        ),
        (
            "Plums are here, 3 euros. Ask how people like them best",
            "Plums are here, 3 euros. How do you like them best?",
        ),
        (
            "We need a text for our shop door: back at 10, ring the bell",
            "Back at 10, ring the bell.",
        ),
        ("Text für unsere Webseite: Wir haben montags zu", "Wir haben montags zu."),
        (
            "Compose an out of office for me, Tim, away until 8 May, urgent stuff to Bo",
            "Thank you for your message. I am away until 8 May. Urgent stuff to Bo.\n\nTim",
        ),
    ],
)
def test_a_label_is_no_word_of_the_text(prompt: str, text: str) -> None:
    assert post(prompt).split("\n\n#")[0] == text
