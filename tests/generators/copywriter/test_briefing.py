"""Words about the text stay out of text and poster; words to the readers stay in both."""

from __future__ import annotations

import re

import pytest

from service.generators.copywriter import Draft, brief
from service.generators.illustrator.poster.wording import wording
from service.generators.protocol import GenerationFailed, Job


def post(prompt: str) -> str:
    draft = Draft(brief(Job(prompt, seed=7, instagram=True)), 7, lambda _: None)
    assert draft.request() is None
    return draft.text()


def tags(prompt: str) -> list[str]:
    return re.findall(r"#\w+", post(prompt))


def poster(prompt: str) -> str:
    return wording(prompt).alt


def words(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        (
            "Recall: our oat bars, lot 88, may contain nuts. Please don't eat it, bring it back.",
            "don't eat it, bring it back",
        ),
        ("The boiler was mended on Monday. Please do not touch it.", "do not touch it"),
        ("Our cream has a new label from 3 May. Keep it in the fridge.", "Keep it in the fridge"),
        ("Soup of the day costs 6 €. Keep it warm until you eat.", "Keep it warm until you eat"),
        ("Win a cake until Friday. Write a comment under this post.", "Write a comment under this"),
        ("The lift is broken. Never use it in a fire.", "Never use it in a fire"),
        ("Parking is full on Sunday. The post office has space if you need it.", "The post office"),
        ("Soda bread needs 1 hour. Add an egg and mix it.", "Add an egg and mix it"),
        (
            "Boil water notice for Hill Road until Monday. Use it for washing.",
            "Boil water notice for",
        ),
        ("Our run is on 4 June. Start with a short walk.", "Start with a short walk"),
        (
            "Big rubbish goes on Monday. Please leave out the old chairs.",
            "leave out the old chairs",
        ),
    ],
)
def test_an_imperative_to_the_readers_is_kept(prompt: str, told: str) -> None:
    assert told in post(prompt)
    assert words(told) in words(poster(prompt))


@pytest.mark.parametrize(
    ("prompt", "order"),
    [
        ("Recall: our oat bars, lot 88, may contain nuts. Serious tone, no emoji.", "tone"),
        ("Quiz at the Swan on Friday at 8 pm. Make it sound fun", "fun"),
        ("Fish is boring! Ad for a curry night at the Swan, Friday 7 pm.", "Ad for"),
        ("Eid Mubarak from everyone at Bay Travel. Keep it short and warm.", "warm"),
        ("Our shop opens on 3 May at 9. Friendly but serious voice.", "voice"),
        ("Our shop opens on 3 May at 9. The tone should be calm.", "tone"),
        ("Our shop opens on 3 May at 9. Avoid jargon please.", "jargon"),
        ("Our shop opens on 3 May at 9, for a street association's page.", "page"),
        ("Our shop opens on 3 May at 9. Do it in a calm voice, without jargon", "o it"),
        ("Our shop opens on 3 May at 9, without jargon", "jargon"),
        ("Our shop opens on 3 May at 9. Sober wording, no exclamation marks", "Sober"),
        ("For our street club's Facebook page: the gate opens on 3 May at 9", "page"),
        ("Unser Laden öffnet am 3. Mai um 9 Uhr. Locker im Ton.", "Locker"),
        ("El pan del lunes contiene nueces. Escríbelo en tono serio", "tono"),
        ("Le magasin ferme lundi à 18 h. Texte court et clair.", "Texte"),
        ("Unser Laden öffnet am 3. Mai um 9 Uhr. Ton: sachlich.", "sachlich"),
        ("Nuestra tienda abre el 3 de mayo a las 9. Tono cercano.", "cercano"),
    ],
)
def test_words_about_the_text_are_in_neither(prompt: str, order: str) -> None:
    assert order not in post(prompt)
    assert order not in poster(prompt)


@pytest.mark.parametrize(
    ("prompt", "what", "orders"),
    [
        (
            "Explain why you should air your rooms, in three steps, as a list. We are a plumber.",
            "explain",
            ("Explain", "steps", "list"),
        ),
        (
            "Our fair is at the hall on 3 May. Write it in Spanish, most of our guests speak it.",
            "translate",
            ("Spanish", "speak"),
        ),
        ("Chess club on 4 March at 7. Write it in Polish too please.", "translate", ("Polish",)),
        ("Why do cats purr? Explain in three bullet points", "explain", ("Explain", "bullet")),
        ("Why you should service your bike, in five steps", "explain", ("steps",)),
        (
            "Quick recipe for leftover rice with egg, for a youth club's page, under 45 words",
            "recipe",
            ("recipe", "page", "words"),
        ),
    ],
)
def test_a_refused_order_is_not_on_the_poster(
    prompt: str, what: str, orders: tuple[str, ...]
) -> None:
    with pytest.raises(GenerationFailed, match=what):
        brief(Job(prompt, seed=7, instagram=True))
    shown = poster(prompt)
    assert not [order for order in orders if order in shown]


@pytest.mark.parametrize(
    ("prompt", "wrong"),
    [
        (
            "Thanks to everyone who came to the bingo at the Crow and Anchor, we raised $90",
            "#Anchor",
        ),
        ("Eid Mubarak from everyone at Bay Travel.", "#Mubarak"),
        ("Quiz night at Mario's, every Friday at 8 pm", "#Mario"),
        ("Wanted: cook for a hotel in Hull, £13 an hour, ask for Deirdre", "#Deirdre"),
        ("Yoga starts on Monday at 9, book by WhatsApp", "#WhatsApp"),
        ("Recall: our oat bars, batch K4410, may contain nuts until June", "#K4410"),
        ("Our tailor shop moves to 4 Hill Road on 3 May, right above the pharmacy.", "#Pharmacy"),
        ("Five kittens, born Feb 8, vaccinated. Farm visits by arrangement.", "#FarmShop"),
        ("Buscamos profesor de piano para nuestra escuela de música, lunes a las 10", "#Colegio"),
        ("Vermisst wird unser Kater Tom seit Montag. Bitte auch in Kellern schauen!", "#Kellern"),
        ("Vendo bicicletta da corsa, telaio 56, 300 euro, chiamare Paolo", "#Paolo"),
        ("Joyeux Noël de la part de toute l'équipe du salon Élodie", "#MarchéDeNoël"),
        ("Bike jumble sale on the green, Sunday 9 May from 10", "#Sale"),
        ("Buy tickets from Marco or Julia, the play is on 3 May at 8 pm", "#Marco"),
        ("New menu at Tino and Rosa's from Monday: gnocchi, squid", "#Tino"),
        ("Car boot sale at Lower Farm, Sunday 7 am, cars £8", "#FarmShop"),
        ("Brocante dimanche 22 mai place du Marché, de 8h à 17h", "#Marché"),
    ],
)
def test_no_hashtag_of_a_torn_or_a_side_name(prompt: str, wrong: str) -> None:
    assert wrong not in tags(prompt)


@pytest.mark.parametrize(
    ("prompt", "wrong"),
    [
        (
            "Baker vacancy at Olm Bros in Perth. Applications close 15 Feb.",
            "understanding|patience",
        ),
        ("selling my late aunts piano, 1930, offers over 400", "understanding|patience"),
        (
            "Eid Mubarak from everyone at Bay Travel.",
            "moment|so good|little things|beautiful|album",
        ),
        (
            "Our kettles of series B12 show wrong values. Please send them back.",
            "Discover|share this",
        ),
        ("Selling my late father's accordion, 1962, 350 euros", "sale: late"),
        ("El pan contiene nueces. No lo coman si son alérgicos.", "felicidad|momento|Foto"),
        ("Non mangiate i biscotti del lotto 12, riportateli in negozio", "Aviso|Información"),
        ("Tre gabbiani su un muretto davanti al mare in tempesta", "felicidad|Un momento para"),
    ],
)
def test_a_closing_fits_its_order(prompt: str, wrong: str) -> None:
    assert not re.search(wrong, post(prompt))


@pytest.mark.parametrize(
    ("prompt", "begins"),
    [
        ("LinkedIn: our trainees built a shed from old doors", "Our trainees built a shed"),
        ("Text for a lost kite: red, long tail, left at the weir", "Lost kite: red, long tail"),
        ("Which pie is next, plum or leek? Ask the guests of our pub", "Which pie is next"),
        ("A farewell note for Bo, he leaves in May, but don't mention his age", "We say goodbye"),
        ("The QX-12 may overheat, please switch it off", "The QX-12 may overheat"),
        ("Felicita las fiestas a los socios y avisa de que cerramos el 5", "Felices fiestas a los"),
        ("Perdu : chien noir, collier rouge, près du pont", "Perdu : chien noir, collier rouge"),
        ("Our oat cakes: flour, oats, milk, butter and a pinch of salt", ""),
    ],
)
def test_orders_that_no_reader_knew_are_left_out_and_facts_stay(prompt: str, begins: str) -> None:
    text = post(prompt)
    assert text.startswith(begins)
    assert not re.search(r"\b(?:ask the guests|his age|\bage\b|text for|avisa)\b", text)
    if not begins:
        assert all(part in text for part in ("flour", "oats", "milk", "butter", "salt"))


@pytest.mark.parametrize(
    "prompt",
    [
        "Brass band seeks a tuba, loan or gift",
        "Two ponies to give away, only together",
        "Gefunden: Brille mit rotem Rahmen am Spielplatz",
        "Entschuldigung: die Lieferung der Stühle verspätet sich",
    ],
)
def test_a_notice_has_no_line_and_no_tag_of_a_moment_to_enjoy(prompt: str) -> None:
    text = post(prompt)
    assert text.startswith(prompt)
    assert not re.search(r"InstaDaily|PhotoOfTheDay|Moments|Glück|album", text)


def test_a_german_word_in_an_english_scene_does_not_change_its_language() -> None:
    assert "#GutZuWissen" not in post("A turtle wearing a red hat")


def test_a_lively_tone_is_an_emoji_and_none_where_none_is_wanted() -> None:
    lively = post("Night fair on Canal Road on 3 May at 6 pm. Make it sound fun.")
    sober = post("Night fair on Canal Road on 3 May at 6 pm. Make it sound fun, no emoji.")
    assert any(ord(char) > 0x2600 for char in lively)
    assert not any(ord(char) > 0x2600 for char in sober)


def test_a_first_name_is_no_hashtag() -> None:
    assert "#Mira" not in post("Our apprentice Mira came second at the joinery contest in Leeds")


@pytest.mark.parametrize(
    ("prompt", "order"),
    [
        ("Our ice rink is closed until 4 May, the bar is open. Apologise briefly.", "pologise"),
        ("Release 7 of our map app: night mode, faster search. Bullet list.", "ullet"),
        ("We hire out ladders: new is a tall one, 9 a day. Ask what people would paint.", "people"),
    ],
)
def test_a_last_sentence_that_only_orders_is_in_no_text_and_on_no_poster(
    prompt: str, order: str
) -> None:
    assert order not in post(prompt)
    assert order not in poster(prompt)


@pytest.mark.parametrize(
    ("prompt", "ordered"),
    [
        (
            "post about our new roof tiles pls, 9 shades, slate is my favourite",
            "tiles,? (?:please|pls)",
        ),
        ("We lost the keys on Monday. Say sorry, all are safe. No jokes please.", "say|jokes"),
        (
            "can u write something for my bakery saying people should order early",
            "saying|my bakery",
        ),
        ("Release notes for Hedge 2 as a bulleted list: faster start, dark mode", "bulleted"),
        ("An apology from a gym to members in Hull: the pool is closed for 3 days", "apology from"),
        ("Unsere Schule hat am 3. Mai um 9 Uhr offen. Bitte ohne Hashtags schreiben.", "schreiben"),
        ("Write a product text for a flask, 500 ml, dishwasher safe. One sentence only.", "only"),
        (
            "Which of your tools broke last? Question for readers of a hardware shop's page",
            "readers",
        ),
    ],
)
def test_what_an_order_says_of_its_form_is_in_neither_text_nor_poster(
    prompt: str, ordered: str
) -> None:
    assert not re.search(rf"\b(?:{ordered})\b", f"{post(prompt)}\n{poster(prompt)}", re.IGNORECASE)


@pytest.mark.parametrize(
    "prompt",
    [
        "Write this in Spanish: the library lends tents for free, up to 7 days",
        "Plumbers: explain in plain words why you shouldn't pour fat into a sink",
    ],
)
def test_another_language_and_explanations_are_refused_by_name(prompt: str) -> None:
    with pytest.raises(GenerationFailed, match=r"translate|explain"):
        post(prompt)


@pytest.mark.parametrize(
    ("prompt", "wrong"),
    [
        ("pottery studio, I'm away until 3 May, books open on the 4th at noon", "#Im"),
        ("Our band plays on 2 May at 4pm, St Olave's hall", "#St"),
        ("The under-11 girls won, goals from Priya (2) and Tolu", "#Priya"),
        ("Three red balloons tied to a fence", "#PhotoOfTheDay"),
    ],
)
def test_no_hashtag_of_a_contraction_a_title_or_a_first_name(prompt: str, wrong: str) -> None:
    assert wrong not in tags(prompt)
