"""Prompts that begin with their heading: readers are addressed, senders sign, nothing is echoed."""

# ruff: noqa: E501 - a prompt on one line is easier to compare with its text

from __future__ import annotations

import pytest

from service.generators.copywriter import Draft, brief
from service.generators.copywriter.scraps import scrap_in
from service.generators.prompt.heading.reading import heading
from service.generators.protocol import Job


def text_of(prompt: str, *, instagram: bool = False) -> str:
    draft = Draft(brief(Job(prompt, 1, instagram=instagram)), 1, lambda _: None)
    assert draft.request() is None
    return draft.text()


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Quick note to all night porters: the side door sticks, lift and push. Ring 14 if not",
            "Dear night porters,\n\nThe side door sticks, lift and push. Ring 14 if not.",
        ),
        (
            "We lost a suitcase on the ferry last Monday. Please write an apology to Mr Adeyinka from Saltwind Lines, he gets a new one",
            "Dear Mr Adeyinka,\n\nWe lost a suitcase on the ferry last Monday. We are sorry. ",
        ),
        (
            "Sympathy card to the Moreau family from the bell ringers. Hugh rang the tenor for 40 years",
            "Dear Moreau family,\n\nOur thoughts are with you. Hugh rang the tenor for 40 years.",
        ),
        (
            "Letter of thanks to Mrs Onwudiwe, she lent their loom (a Glimåkra!) to our school",
            "Dear Mrs Onwudiwe,\n\nThank you! ",
        ),
        (
            "The yard is swept on Friday from 7 to 9. Write a short note to the owners of Mill Row, ask them to move their cars and to shut the gate",
            "Dear owners of Mill Row,\n\nThe yard is swept on Friday from 7 to 9. Please move your cars and shut the gate.",
        ),
        (
            "Good luck message to our runners, the race starts at 9",
            "Dear runners,\n\nGood luck! The race starts at 9.",
        ),
        (
            "Say sorry to Ms Lindner: her coat was torn. We mend hers today",
            "Dear Ms Lindner,\n\nWe are sorry: your coat was torn. We mend yours today.",
        ),
        (
            "Note for whoever took the ladder from shed 3: bring it back by Sunday",
            "To whoever took the ladder from shed 3:\n\nBring it back by Sunday.",
        ),
        (
            "Weihnachtskarte an unsere Kunden: danke für das Vertrauen. Ihre Schreinerei Reh",
            "Liebe Kunden,\n\nFrohe Weihnachten! Danke für das Vertrauen.\n\nIhre Schreinerei Reh",
        ),
        (
            "Ruf die Mitglieder auf, am 22. März beim Putz zu helfen. Besen mitbringen",
            "Liebe Mitglieder,\n\nbitte am 22. März beim Putz helfen. Besen mitbringen.",
        ),
        (
            "An die Eltern der Klasse 3a: Am 4. Mai ist Wandertag, Rucksack mitgeben",
            "Liebe Eltern der Klasse 3a,\n\nam 4. Mai ist Wandertag",
        ),
        (
            "Question for the rowers: oars or sculls on Sunday? Answer by Thursday",
            "Dear rowers,\n\nOars or sculls on Sunday? Answer by Thursday.",
        ),
        (
            "Rundbrief an die Sänger des Chors: Am 4. Mai fällt die Probe aus. Grüße, Henrike",
            "Liebe Sänger des Chors,\n\nam 4. Mai fällt die Probe aus.\n\nGrüße, Henrike",
        ),
        (
            "Circular a las familias del centro: el 8 de mayo no hay comedor",
            "Estimadas familias del centro:\n\nEl 8 de mayo no hay comedor.",
        ),
        (
            "Mot aux riverains de la place : la fontaine est vidée le 3 mai",
            "Chers riverains de la place,\n\nLa fontaine est vidée le 3 mai.",
        ),
        (
            "Comunicazione ai condomini della scala B: il 6 maggio si cambia la caldaia",
            "Cari condomini della scala B,\n\nIl 6 maggio si cambia la caldaia.",
        ),
        (
            "Aviso aos moradores do prédio: a 9 de maio não há água",
            "Caros moradores do prédio,\n\nA 9 de maio não há água.",
        ),
        (
            "Escribe una disculpa a la señora Vidal de parte de la relojería Sol: su reloj tarda",
            "Estimada señora Vidal:\n\nPedimos disculpas: su reloj tarda.",
        ),
    ],
)
def test_readers_are_addressed_and_the_heading_is_not_written(prompt: str, text: str) -> None:
    assert text_of(prompt).startswith(text)


@pytest.mark.parametrize(
    ("prompt", "end"),
    [
        (
            "The pool is shut on 4 May. From all of us at Reed Baths",
            "\n\nFrom all of us at Reed Baths",
        ),
        ("The pool is shut on 4 May. Reed Baths", "\n\nReed Baths"),
        ("The pool is shut on 4 May. Swim club Neptun", "\n\nSwim club Neptun"),
        ("The yard is shut on 4 May. Use Station Square instead", "Use Station Square instead."),
        ("La piscina cierra el 4 de mayo. Saludos, Inés", "\n\nSaludos, Inés"),
        ("The pool is shut on 4 May. Thanks, Oona", "\n\nThanks, Oona"),
        ("Invitation to members from Ada and Bo: tea on 4 May", "\n\nAda and Bo"),
    ],
)
def test_who_signs_stands_behind_the_closing_line(prompt: str, end: str) -> None:
    assert text_of(prompt).endswith(end)


@pytest.mark.parametrize(
    "prompt",
    [
        "Invitation to the summer fair on 4 May",
        "Text for the fridge: shelves are cleaned on Friday",
        "Aushang fürs Treppenhaus: Das Wasser ist am 4. Mai weg",
        "A note about our new bench: it is oak",
        "Invitation à la fête du quartier : samedi 3 mai",
    ],
)
def test_places_events_and_wishes_are_no_readers(prompt: str) -> None:
    assert heading(prompt) is None


@pytest.mark.parametrize(
    "text",
    [
        "Write a formal letter to Ms Reed about the fence.",
        "We open at 9. Please draft a short note for the team.",
        "Schreib eine kurze Nachricht über den Ausflug.",
        "The fair is on 4 May. Keep it short.",
        "Wir feiern am 4. Mai. Mit einem.",
        "P.S. Fine. Dass um Antwort gebeten wird.",
        "Escribe una carta breve.",
    ],
)
def test_an_order_and_a_scrap_are_found_in_a_text(text: str) -> None:
    assert scrap_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Write to us by 4 May.",
        "Make a note: we open at 9.",
        "Send a photo to win a cake.",
        "Schreibt uns bis Freitag.",
        "Keep it in the fridge. Make it yourself.",
        "Mit Musik und Kuchen.",
    ],
)
def test_what_readers_are_to_do_is_no_order(text: str) -> None:
    assert not scrap_in(text)


@pytest.mark.parametrize(
    ("prompt", "kept"),
    [
        ("Tell tenants that bins go out on Mondays, not Tuesdays, by 7", "not Tuesdays"),
        (
            "Einladung zum Herbstfest am 4. Oktober. Mit einem P.S., dass um Anmeldung bis 1. Oktober gebeten wird",
            "P.S. Um Anmeldung wird bis 1. Oktober gebeten.",
        ),
        ("Nous ouvrons samedi ! Venez tous. Sans hashtags", "samedi !"),
        ("They brought a lathe (an old one!) to the shed on Monday", "(an old one!) to the shed"),
    ],
)
def test_facts_and_sentences_are_not_torn(prompt: str, kept: str) -> None:
    assert kept in text_of(prompt)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Recipe for the club book: nettle soup. 300 g nettles, 2 onions, 1 litre stock. Simmer for 20 minutes.",
            "Nettle soup:\n- 300 g nettles\n- 2 onions\n- 1 litre stock\n\nSimmer for 20 minutes.",
        ),
        (
            "Release notes for Loom 2.1 please. New: tags. Fixed: a crash on tablets, wrong sums",
            "Loom 2.1. New: tags. Fixed: a crash on tablets, wrong sums.",
        ),
        (
            "Summer hours at the pool: Mon 9-5, Tue 10-6, Wed closed. As bullet points with a title",
            "Summer hours at the pool\n\n- Mon 9-5\n- Tue 10-6\n- Wed closed",
        ),
        (
            "We, the bell ringers, want to remind members of the key rota from 1 May",
            "Please remember the key rota from 1 May.",
        ),
        (
            "Apologise for us please. Last Friday's film stopped after ten minutes",
            "We are sorry that last Friday's film stopped after ten minutes.",
        ),
        (
            "Scrivi un post per ringraziare i cuochi della festa: 90 torte vendute",
            "Grazie ai cuochi della festa: 90 torte vendute.",
        ),
        (
            "Could you word a sign for the bird hide: doors shut, phones off. Warden Bea",
            "Doors shut, phones off.\n\nWarden Bea",
        ),
        (
            "Toast to Uncle Vic: sailor, cook, cheat at cards. Two sentences",
            "Toast to Uncle Vic. Sailor, cook, cheat at cards.",
        ),
        (
            "The hall was cold last night. Tell ticket holders they can come again on 4 May",
            "The hall was cold last night. You can come again on 4 May.",
        ),
        (
            "Goodbye message for our colleague Ivo who goes to Split on Friday, best coffee ever",
            "We say goodbye to our colleague Ivo who goes to Split on Friday",
        ),
        (
            "The rowing club wants to thank the miller, Mr Oke, for lending his barn. We had 90 guests.",
            "Thank you to the miller, Mr Oke, for lending his barn. We had 90 guests.",
        ),
        (
            "Schreib eine Absage für den Basar am 4. Mai: zu wenig Helfer",
            "Der Basar am 4. Mai ist abgesagt: zu wenig Helfer.",
        ),
        (
            "Mensagem de parabéns à equipa de remo pela vitória de sábado",
            "Parabéns à equipa de remo pela vitória de sábado.",
        ),
        (
            "Write two sentences for the hut door: Back at noon. Ring the bell if it rains",
            "Back at noon. Ring the bell if it rains.",
        ),
        (
            "Please put out a warning that the ice on the pond is thin. Keep dogs on the lead",
            "The ice on the pond is thin. Keep dogs on the lead.",
        ),
        (
            "Greeting card for our postman Ulf, he brought us parcels all winter",
            "Dear Ulf,\n\nYou brought us parcels all winter.",
        ),
        (
            "Note for the boiler room: keep the door shut, the cat lives there now",
            "Keep the door shut, the cat lives there now.",
        ),
        (
            "Message to the guests of hut 8 that their boat leaves at 6:10",
            "Dear guests of hut 8,\n\nYour boat leaves at 6:10.",
        ),
        (
            "Post on the death of our founder Elsa Reh, who built the first boat",
            "We mourn our founder Elsa Reh, who built the first boat.",
        ),
        (
            "Job ad: cook, 20 hours, Hut 3. Bullets: friendly, early riser, likes soup",
            "We are looking for a cook, 20 hours, Hut 3.\n\n- Friendly\n- Early riser\n- Likes soup",
        ),
        (
            "Draft an apology to the people who came on Friday and stood outside; our host was ill. Reed Hall",
            "Dear people who came on Friday and stood outside,\n\nWe are sorry: our host was ill.",
        ),
        (
            "Farewell text from all of us to our cook Amina: four years of soup",
            "Dear Amina,\n\nGoodbye, and all the best! Four years of soup.",
        ),
        (
            "Liebe Gäste, bitte formuliere freundlich, dass das Bad vom 3. bis 5. Juni ruht. Team Kai",
            "Liebe Gäste, bitte beachten Sie, dass das Bad vom 3. bis 5. Juni ruht.",
        ),
        (
            'On in May: 3 May open mic, 10 May quiz, 17 May folk. As a list, end with "See you."',
            "On in May:\n- 3 May open mic\n- 10 May quiz\n- 17 May folk\n\nSee you.",
        ),
        (
            "Memo to all cooks: salt is weighed, 8 g a litre. Starts Monday",
            "Dear cooks,\n\nSalt is weighed, 8 g a litre. Starts Monday.",
        ),
        (
            "Einladung an alle Nachbarn zum Fest am 3. August ab 15 Uhr, Hof 8",
            "Wir laden herzlich ein zum Fest am 3. August ab 15 Uhr, Hof 8.",
        ),
        (
            "Annonce d'emploi : la forge cherche une apprentie dès le 1er avril",
            "La forge cherche une apprentie dès le 1er avril.",
        ),
        (
            "Winter hours: Mon 9-5, Tue 10-6, Wed shut. Hut 3 is cold. Title and list",
            "Winter hours\n\n- Mon 9-5\n- Tue 10-6\n- Wed shut",
        ),
        (
            "Job posting. Tischlerei Hahn sucht eine Gesellin ab 1. Mai",
            "Tischlerei Hahn sucht eine Gesellin ab 1. Mai.",
        ),
    ],
)
def test_an_order_in_other_words_becomes_a_whole_text(prompt: str, text: str) -> None:
    assert text_of(prompt).startswith(text)


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("For sale: oak desk, 90 euros. Ring Ada on 0115 496 0777", "Just write to us"),
        ("Invite local poets to submit two poems by 4 May", "seeing you"),
        ("Bitte sag, dass das Training am 4. Mai ausfällt, trinkt genug", "Ihr"),
    ],
)
def test_no_closing_line_says_what_the_text_does_not_bear(prompt: str, line: str) -> None:
    assert line not in text_of(prompt)


@pytest.mark.parametrize(
    ("prompt", "tag"),
    [
        ("La bottega apre il 4 maggio, Strada dei Tigli 9", "#Strada"),
        ('El teatro estrena "La jaula de Inés" el 4 de mayo', "#La "),
        ("The mural is done. Thanks Ola, Aunt Vi and the night shift", "#AuntVi"),
        ("Ask our readers which fern they would buy", "#Question"),
    ],
)
def test_streets_articles_orders_and_helpers_are_no_hashtags(prompt: str, tag: str) -> None:
    assert tag not in f"{text_of(prompt, instagram=True)} "
