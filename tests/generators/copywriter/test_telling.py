"""The texts that the copywriter makes by itself: a prompt's own facts in its own words."""

from __future__ import annotations

import pytest

from service.generators.copywriter import Draft, brief
from service.generators.copywriter.drafting.checks import Unit, flaw
from service.generators.protocol import GenerationFailed, Job


def text_of(prompt: str, *, seed: int = 0, **others: object) -> str:
    """The text of a prompt, which needs no model."""
    said: list[str] = []
    job = Job(prompt, seed=seed, **others)  # type: ignore[arg-type] # the fields of a job by name
    draft = Draft(brief(job), seed, said.append)
    assert draft.request() is None
    assert draft.text().startswith("".join(said))
    return draft.text()


@pytest.mark.parametrize(
    ("prompt", "beginning"),
    [
        (
            "Announce that our library opens on Monday. New books every week.",
            "Our library opens on Monday. New books every week.",
        ),
        (
            "Announce our winter sale, 30 % off until 4 January",
            "We are happy to announce our winter sale, 30 % off until 4 January.",
        ),
        (
            "Tell our guests that the pool stays closed until 9 May",
            "The pool stays closed until 9 May. Thank you for your p",
        ),
        (
            "Invite all members to the summer party on Friday at 7 pm, bring a chair",
            "You are invited to the summer party on Friday at 7 pm. Bring a chair.",
        ),
        (
            "Remind tenants to close their windows before Tuesday",
            "Please remember to close your windows before Tuesday.",
        ),
        (
            "Write a reminder for parents that school starts at 8.30 on Monday",
            "Dear parents,\n\nA reminder: school starts at 8.30 on Monday.",
        ),
        (
            "Apologise to our guests for the cold soup on Sunday",
            "We are sorry for the cold soup on Sunday.",
        ),
        (
            "Write a job ad for a gardener in Turin, part time, call 555 0199",
            "We are looking for a gardener in Turin, part time. Call 555 0199.",
        ),
        ("Write a listing for my oak desk, 80 euro", "For sale: oak desk, 80 euro."),
        (
            "Listing for a small flat in Ghent, 700 euro a month",
            "For rent: small flat in Ghent, 700 euro a month.",
        ),
        (
            "Release notes for version 3.2: offline mode, larger maps and a new icon",
            "What is new in version 3.2:\n- Offline mode\n- Larger maps\n- A new icon",
        ),
        (
            "Recipe for lemonade: 4 lemons, 1 l water and 80 g sugar",
            "Lemonade:\n- 4 lemons\n- 1 l water\n- 80 g sugar",
        ),
        (
            "Write a Christmas greeting from everyone at Hotel Adler",
            "Merry Christmas from everyone at Hotel Adler.",
        ),
        ("Ask our readers what they cook on Sundays", "What do you cook on Sundays?"),
        ("Ask our fans: Which song comes first?", "Which song comes first?"),
        ("Thank our drivers for their work in the snow", "Thank you to our drivers for their work"),
        ("Congratulate Omar on 20 years at the mill", "Congratulations to Omar on 20 years"),
        ("A slogan for a coffee shop", "Our coffee shop: worth every visit"),
        ('Write a slogan for our bakery "Crumb"', 'Our bakery "Crumb": worth every visit'),
        ("Happy 30th birthday to Tom", "Happy 30th birthday to Tom! Have a wonderful day."),
        ("Birthday message for my grandmother", "Happy birthday to my grandmother! Have a w"),
        ("Our new scarf", "Discover our new scarf."),
        ("Write a post about our café", "Come to our café. See you there!"),
        ("We are looking for part-time gardener", "We are looking for a part-time gardener."),
        (
            "Write a post for our plumber business about 24-hour calls, phone 555 0188",
            "Our plumber business: 24-hour calls. Phone: 555 0188.",
        ),
        (
            "Write a post about our guitar evening on Friday at 8, entry 5 euros",
            "Join us for our guitar evening on Friday at 8, entry 5 euros.",
        ),
        ("Let parents know school starts on Monday", "School starts on Monday."),
        ("Say sorry to our guests that it is cold", "We are sorry that it is cold."),
        ("Big news: we won a prize!", "Big news: we won a prize!"),
        ("Our shop now sells oat milk", "Our shop now sells oat milk."),
        ("Note for the cleaner: the bins are full", "To the cleaner:\n\nThe bins are full."),
        ("Leave a note for the cleaner to water the plants", "Please water the plants."),
        (
            "Season's greetings from all of us at Tor 8",
            "Season's greetings from all of us at Tor 8.",
        ),
        ("Say goodbye to our colleague Paul", "We say goodbye to our colleague Paul."),
        ("An apology to a guest whose room was cold", "We are sorry that your room was cold."),
        ("What is your favourite song?", "What is your favourite song?"),
        ("Introduce our trainer Omar", "Meet our trainer Omar."),
        ("Write a post about our team winning the cup", "Our team has won the cup."),
        ("Write a note about the broken lift", "Please note: the broken lift. Thank you"),
        (
            "Announce our sale, mention that tea is half price",
            "We are happy to announce our sale. Tea is half price.",
        ),
        ("Can you write something about our new wall?", "Discover our new wall."),
        ("Write a job ad: cook wanted, full time", "We are looking for a cook, full time."),
        ("Wanted: drummer for a band in Leeds", "Wanted: drummer for a band in Leeds."),
        ("A get well soon message for our coach", "We wish our coach a speedy recovery."),
        ("A good luck message for the team", "Good luck to the team."),
        ("Announce the winner: ticket 48", "The winner: ticket 48."),
        ("A question for fans about their favourite song", "What is your favourite song?"),
        ("Reply to a guest: we open at 9", "We open at 9."),
        ("Two for one pizzas tonight", "Two for one pizzas tonight."),
        ("Tell our guests, politely, not to run", "Please do not run. Thank you"),
        ("Write a post celebrating 100 followers", "We are celebrating 100 followers!"),
        ("Write a note to say the printer is broken", "The printer is broken. Thank you for your"),
        ("What's on: Monday quiz, Friday jazz", "What's on: Monday quiz, Friday jazz."),
        (
            "Post for our club: we play on Sunday, only use #GoNorth",
            "From our club: we play on Sunday.\n\n#GoNorth",
        ),
        ("Reminder for members: the key is back", "Dear members,\n\nA reminder: the key is back."),
        ("An announcement for our street: the garden opens", "The garden opens."),
        ("Invitation for members: tea on 4 May", "Dear members,\n\nYou are invited: tea on 4 May."),
        ("Thank you for 1,000 followers!", "Thank you for 1,000 followers!"),
        ("Post an apology: the train is cancelled", "We are sorry that the train is cancelled."),
        ("A soap, 100 g, 6 euros, no palm oil", "A soap, 100 g, 6 euros, no palm oil."),
        ("A choir sings in the station at 5 pm", "A choir sings in the station at 5 pm."),
        ("Pub quiz at The Crow, Thursday 8 pm", "Pub quiz at The Crow, Thursday 8 pm."),
    ],
)
def test_an_order_makes_the_lead_of_its_own_facts(prompt: str, beginning: str) -> None:
    assert text_of(prompt).startswith(beginning)


@pytest.mark.parametrize(
    ("prompt", "beginning"),
    [
        ("Anuncia que la biblioteca abre el lunes a las 9", "La biblioteca abre el lunes a las 9."),
        ("Annonce que la piscine ouvre le 5 juin", "La piscine ouvre le 5 juin."),
        (
            "Kündige an, dass das Museum am Montag öffnet",
            "Wir freuen uns, dass das Museum am Montag öffnet.",
        ),
        (
            "Lade alle Mitglieder zum Konzert am 3. Mai ein",
            "Wir laden herzlich ein zum Konzert am 3. Mai.",
        ),
        ("Invita a los socios a la feria del jueves", "Estáis invitados a la feria del jueves."),
        ("Annuncia che il negozio chiude alle 18", "Il negozio chiude alle 18."),
        ("Anuncie que a livraria abre às 10h", "A livraria abre às 10h."),
        ("Peça aos pais que tragam bolo", "Pedimos aos pais que tragam bolo."),
        ("Lembre a equipe de ligar a luz", "Lembrem-se de ligar a luz."),
        ("Pide a los vecinos que no fumen", "Pedimos a los vecinos que no fumen."),
        ("Bitte die Eltern, Tee mitzubringen", "Wir bitten die Eltern, Tee mitzubringen."),
        ("Ringrazia i cuochi per il loro aiuto", "Grazie ai cuochi per il loro aiuto."),
        ("Rappelle aux amis de payer leur part", "Merci de payer votre part."),
        ("Beschreibe unseren Honig, 8 Euro", "Entdeckt unseren Honig, 8 Euro."),
        ("Écris une annonce pour vendre mon vélo", "À vendre : vélo."),
        ("Kurzer Post: Ab Montag gibt es Spargel", "Ab Montag gibt es Spargel."),
        (
            "Formuliere eine Einladung an alle zum Fest am 1. Mai",
            "Wir laden herzlich ein zum Fest am 1. Mai.",
        ),
        ("Rédige une annonce : atelier samedi, 5 euros", "Atelier samedi, 5 euros."),
        ("Écris un message pour remercier les parents de leur aide", "Merci aux parents de leur"),
        ("Excuse-toi auprès des clients pour le retard", "Nous vous prions de nous excuser pour"),
        ("Escribe una invitación a la feria del 5 de junio", "Estáis invitados a la feria del 5"),
        ("Desea feliz Navidad a los socios", "Deseamos feliz Navidad a los socios."),
        ("Scrivi un invito alla cena di sabato", "Siete invitati alla cena di sabato."),
        ("Escreva um convite para a festa do dia 2", "Estão todos convidados para a festa do"),
        ("Ein Boot am See, ohne Menschen", "Ein Boot am See. "),
        ("Un chat dort sur le canapé", "Un chat dort sur le canapé."),
    ],
)
def test_a_prompt_in_one_of_six_languages_gets_its_own_words(prompt: str, beginning: str) -> None:
    assert text_of(prompt).startswith(beginning)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Announce that our library opens on Monday. Write in all caps.",
            "OUR LIBRARY OPENS ON MONDAY.",
        ),
        ("Announce that we open on Monday, in lower case", "we open on monday."),
        (
            "Annonce notre fête du 3 juin, commence par « Bonjour »",
            "Bonjour, nous annonçons notre fête du 3 juin.",
        ),
        (
            "Announce our fair on 3 May, begin with “Hello”",
            "Hello, we are happy to announce our fair",
        ),
        (
            "Announce our fair, tea and cake, on 3 May, without commas",
            "We are happy to announce our fair tea and cake on 3 May.",
        ),
    ],
)
def test_the_form_that_is_asked_for_is_kept(prompt: str, text: str) -> None:
    assert text_of(prompt).startswith(text)


def test_the_end_that_is_asked_for_is_kept() -> None:
    assert text_of('Announce our fair on 3 May, end with "Ahoy!"').endswith("3 May. Ahoy!")
    assert text_of("Invite everyone to our fair on 3 May, end with a question").endswith("?")
    assert text_of("Announce our book fair on 3 May with one emoji")[-1] == "\U0001f4da"
    assert text_of("Announce our fair on 3 May in one sentence").count(".") == 1
    assert text_of("Announce that we open at 9. We have tea. In one sentence.").count(".") == 1
    assert len(text_of("Announce our fair on 3 May in at most 10 words").split()) <= 10


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("Announce our fair on 3 May as JSON", "cannot write data formats"),
        ("Announce our fair on 3 May, add a P.S.", "cannot write a postscript"),
        ("Rain in Porto in two paragraphs", "cannot write paragraphs, a title or"),
        ("Announce our fair in four paragraphs", "cannot write 4 paragraphs without inventing"),
        ("Announce our fair as a table", "cannot make tables"),
        ("Announce our fair in the style of Goethe", "cannot imitate"),
        ("Announce our fair in at least 50 words", "not at least 50 words"),
        ("Rain in Lisbon in exactly 9 words", "cannot count to an exact number"),
        ("Write a rhyming post about our fair", "cannot imitate"),
        ("What is 12 times 8?", "cannot translate or calculate"),
        ("Announce our sale, avoid the words cheap and sale", "cannot avoid \u201csale"),
        ("Announce our fair in exactly 17 words", "not exactly 17 words"),
        ("Write a post about our fair in Polish", "cannot translate"),
        ('Announce our fair without the word "fair"', "cannot avoid"),
        ('Announce our fair, use the word "moon"', "cannot use"),
        ("Announce our fair on 3 May in under 20 characters", "not at most 20 characters"),
        ("Announce our fair on 3 May in nine sentences", "cannot write 9 sentences"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(prompt: str, sentence: str) -> None:
    with pytest.raises(GenerationFailed, match=sentence) as failed:
        brief(Job(prompt, seed=0))
    assert not failed.value.retryable


@pytest.mark.parametrize(
    "sentence",
    [
        "A warm mug of tea costs 3 euro today.",
        "A warm mug of tea is best on Sunday.",
        "A warm mug of tea is loved by Margaret too.",
        "A warm mug of tea keeps thousands of people happy.",
        "A warm mug of tea is for lazy people.",
    ],
)
def test_a_model_adds_no_facts_and_no_insults(sentence: str) -> None:
    assert flaw(Unit(sentence, brief(Job("A warm mug of tea", seed=0))))


def test_a_tone_is_taken_out_and_at_most_two_sentences_may_be_one() -> None:
    plain = text_of("Announce our fair on 3 May")
    assert text_of("Announce our fair on 3 May in a friendly tone") == plain
    assert text_of("Announce our fair on 3 May. Keep it short and warm.") == plain
    assert text_of("Announce our fair on 3 May, at most one sentence").count(".") == 1
    assert "price" not in text_of("Announce our fair on 3 May, do not mention prices")


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Announce our fair on 3 May with a P.S. that parking is free",
            (
                "We are happy to announce our fair on 3 May. Tell your friends.\n\n"
                "P.S. Parking is free."
            ),
        ),
        (
            "Announce our fair on 3 May in two paragraphs. Entry is free. There is music.",
            (
                "We are happy to announce our fair on 3 May. Entry is free.\n\n"
                "There is music. Tell your friends."
            ),
        ),
        (
            "Remind tenants that the water is off on Monday, add a title",
            "Reminder\n\nPlease remember: the water is off on Monday. Thank you for your help.",
        ),
        (
            "Announce our fair on 3 May with the title \u201cCome one, come all\u201d",
            "Come one, come all\n\nWe are happy to announce our fair on 3 May. Tell your friends.",
        ),
        (
            "Erinnere die Eltern daran, dass am Montag Sport ist, mit einem Titel",
            (
                "Erinnerung\n\n"
                "Bitte denkt daran, dass am Montag Sport ist. Vielen Dank fürs Mitmachen!"
            ),
        ),
    ],
)
def test_a_title_paragraphs_and_a_postscript_are_kept(prompt: str, text: str) -> None:
    assert text_of(prompt, seed=0) == text


def test_a_postscript_of_an_e_mail_stands_behind_its_end() -> None:
    text = text_of(
        "Write an email to Mr Reed that the shelf is here, with a P.S. that we close at 6"
    )
    assert text.endswith("Best regards\n\nP.S. We close at 6.")


@pytest.mark.parametrize(
    ("prompt", "tags"),
    [
        ("Announce our fair on 3 May with three hashtags", 3),
        ("Announce our fair on 3 May, use only the hashtag #TownFair", 1),
        ("Announce our fair on 3 May, no hashtags", 0),
        ("Kündige unser Fest am 3. Mai an, ohne Hashtags", 0),
    ],
)
def test_hashtags_are_as_many_as_are_asked_for(prompt: str, tags: int) -> None:
    assert text_of(prompt, instagram=True).count("#") == tags


def test_hashtags_and_emoji_count_among_the_words_allowed() -> None:
    prompt = "Announce our book fair in Oslo on 3 May with one emoji, at most 12 words"
    assert len(text_of(prompt, instagram=True).split()) <= 12
    exact = "Announce our book fair on 3 May in exactly 11 words"
    assert len(text_of(exact, instagram=True).split()) == 11


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Announce our book fair on 3 May in exactly 11 words", 11),
        ("Announce our book fair on 3 May in exactly 14 words", 14),
    ],
)
def test_an_exact_number_of_words_is_kept_if_closing_lines_make_it(prompt: str, text: int) -> None:
    assert len(text_of(prompt).split()) == text


def test_the_same_prompt_and_seed_give_the_same_text_and_another_seed_may_not() -> None:
    texts = {seed: text_of("Invite everyone to our fair on 3 May", seed=seed) for seed in range(6)}
    assert text_of("Invite everyone to our fair on 3 May", seed=4) == texts[4]
    assert len(set(texts.values())) > 1


def test_long_links_stay_whole() -> None:
    link = "https://shop.example/" + "spring-" * 8 + "sale"
    assert link in text_of(f"Announce our sale until 3 May: {link}")


@pytest.mark.parametrize(
    ("prompt", "body"),
    [
        (
            "Reminder for staff: forms are due by noon on Friday, send them to Ada",
            "Dear staff,\n\nA reminder: forms are due by noon on Friday. Send them to Ada.",
        ),
        (
            "Remind parents to wash the bibs and bring them back on Monday",
            "Please remember to wash the bibs and bring them back on Monday.",
        ),
        (
            "Remind tenants that we will send them the bill in May",
            "Please remember: we will send you the bill in May.",
        ),
        (
            "Remind guests that we are here to help them on 3 May",
            "Please remember: we are here to help you on 3 May.",
        ),
    ],
)
def test_what_readers_handle_stays_them_and_the_readers_become_you(prompt: str, body: str) -> None:
    assert text_of(prompt).startswith(body)


@pytest.mark.parametrize(
    ("prompt", "body"),
    [
        (
            "Write as a question: would people like an early swim on Tuesdays?",
            "Would people like an early swim on Tuesdays?",
        ),
        ("Explain why we switched to glass bottles", "We switched to glass bottles."),
        (
            "Explain to our guests why our cafe closes on Mondays",
            "Our cafe closes on Mondays.",
        ),
        (
            "Birthday greeting from the choir to our pianist Ines who turns 60",
            "Happy birthday from the choir to our pianist Ines who turns 60!",
        ),
        (
            "E-mail to a shop, Ms Reed: 200 flyers came with 40 torn, please replace them by May",
            "Dear Ms Reed,\n\n200 flyers came with 40 torn. Please replace them by May.",
        ),
        (
            "Letter to the landlord: the heating has been off since Friday",
            "Dear landlord,\n\nThe heating has been off since Friday.",
        ),
        (
            "Apologise to passengers: the 8.15 ferry does not sail on Sunday",
            "Dear passengers,\n\nWe are sorry: the 8.15 ferry does not sail on Sunday.",
        ),
        (
            "Entschuldige dich bei den Gästen: das Bad ist bis zum 4. Mai zu",
            "Wir bitten um Entschuldigung: das Bad ist bis zum 4. Mai zu.",
        ),
        (
            "Entschuldige dich bei den Gästen, weil das Essen am Sonntag kalt war",
            "Wir bitten um Entschuldigung, weil das Essen am Sonntag kalt war.",
        ),
        (
            "Entschuldige dich bei den Gästen, dass das Essen am Sonntag kalt war",
            "Wir bitten um Entschuldigung, dass das Essen am Sonntag kalt war.",
        ),
        (
            "Teile den Mietern mit, dass das Wasser am 4. Mai abgestellt wird",
            "Bitte beachten Sie, dass das Wasser am 4. Mai abgestellt wird.",
        ),
        ("E-Mail an Herrn Weber: 12 Gläser waren zerbrochen", "12 Gläser waren zerbrochen."),
        (
            "Écris une lettre aux parents : la sortie est annulée lundi",
            "Chers parents,\n\nLa sortie",
        ),
        ("Explica por qué cerramos los lunes", "Cerramos los lunes."),
        ("Tell customers why we close at noon on Mondays", "We close at noon on Mondays."),
        ("Write a note that says the pool is closed on Monday", "The pool is closed on Monday."),
        ("Happy 40th birthday message from us to Ines", "Happy 40th birthday from us to Ines!"),
        (
            "Discúlpate con los clientes: la piscina está cerrada hasta el lunes",
            "Pedimos disculpas: la piscina está cerrada hasta el lunes.",
        ),
    ],
)
def test_an_instruction_is_followed_and_never_written(prompt: str, body: str) -> None:
    assert text_of(prompt).startswith(body)


@pytest.mark.parametrize(
    "prompt", ["A simple recipe for leek soup for four people", "Ein Rezept für Apfelkuchen"]
)
def test_a_recipe_without_ingredients_is_refused_with_a_sentence(prompt: str) -> None:
    with pytest.raises(GenerationFailed, match="recipe"):
        text_of(prompt)
