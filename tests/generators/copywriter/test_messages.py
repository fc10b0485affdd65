"""Orders that become messages: no brief is echoed, in six languages, however it is typed."""

from __future__ import annotations

import pytest

from service.generators.copywriter import Draft, brief
from service.generators.protocol import Job


def text_of(prompt: str) -> str:
    draft = Draft(brief(Job(prompt, seed=1)), 1, lambda _: None)
    assert draft.request() is None
    return draft.text()


@pytest.mark.parametrize(
    ("prompt", "beginning"),
    [
        (
            "Say sorry to all who queued on Monday, the till was broken",
            "To all who queued on Monday:\n\nWe are sorry: the till was broken.",
        ),
        (
            "Apologise to our guest, Ms Reed, whose bath was cold, with free soup as an apology",
            "Dear Ms Reed, we are sorry that your bath was cold. We offer free soup as an",
        ),
        (
            "Tell patrons that issue 9 is out and thank them for their patience",
            "Issue 9 is out. Thank you for your patience.",
        ),
        (
            "Tell staff that the drill is on Monday at 9 and they must use the stairs",
            "The drill is on Monday at 9 and you must use the stairs.",
        ),
        (
            "Cancel the rowing course on 7 March; all get a refund",
            "The rowing course on 7 March is",
        ),
        (
            "Out of office: on leave until 9 May, ask Jo",
            "Thank you for your message. I am on leave",
        ),
        ("Question to our guests: which soup stays?", "Dear guests,\n\nWhich soup stays?"),
        ("Merry Christmas and a happy new year from Garage Weber", "Merry Christmas and a happy"),
        ("Introduce our new receptionist Paulo", "Meet our new receptionist Paulo."),
        ("Write a post about our mill turning 90", "Our mill turns 90."),
        (
            "Give a shout-out to our sponsor Kerr & Sons",
            "A big thank you to our sponsor Kerr & Sons!",
        ),
        (
            "Welcome back! School starts on 7 September",
            "Welcome back! School starts on 7 September.",
        ),
        (
            "Welcome note for guests of our cabin, checkout is at 10",
            "Dear guests of our cabin,\n\nWelcome! Checkout is at 10.",
        ),
        ("Write an SMS to customers: your key is ready", "Your key is ready."),
        (
            "Post for our barber with the new prices: cut 18, beard 9",
            "Our barber with the new prices",
        ),
        ("hey can u post: we r closed on easter monday thx", "We are closed on Easter Monday."),
        (
            "write something for insta we got a new oven, all rolls are 1 euro on saturday",
            "We got a new oven, all rolls are 1 euro on Saturday.",
        ),
        (
            "Write a post for a tailor offering alterations for $9",
            "Our tailor offers alterations for $9.",
        ),
        ("Advert for a plumber in Bath, from 60 pounds", "Plumber in Bath: from 60 pounds."),
        ("for sale kids sledge 20 bucks", "For sale: kids sledge 20 bucks."),
        ("Does anyone have a spare pram? We live in Lowfield", "Does anyone have a spare pram? We"),
        (
            'Announce the talk "Bees at night" with Ada Reed on 8 May at 17:00, 9 places',
            'We are pleased to announce the talk "Bees at night" with Ada Reed on 8 May at 17:00',
        ),
        (
            "Anuncia que el acto se cancela por lluvia y que las entradas se devuelven",
            "El acto se cancela por lluvia. Las entradas se devuelven.",
        ),
        ("Recuerda a los socios que mañana es el último día para pagar", "Recordatorio: mañana es"),
        (
            "Annonce pour un poste de fleuriste à Metz",
            "Nous proposons un poste de fleuriste à Metz.",
        ),
        ("Anúncio para uma bicicleta azul, 60 euros", "Vende-se uma bicicleta azul, 60 euros."),
        ("Schreibe einen Dank an unsere Gäste", "Vielen Dank an unsere Gäste."),
        (
            "Reminder for members, fees of 9 pounds are due on 1 May",
            "Dear members,\n\nA reminder: fees of 9 pounds are due on 1 May.",
        ),
        (
            "Sorry message because our site was down on Sunday",
            "We are sorry that our site was down on Sunday.",
        ),
        (
            "Message of condolence for the loss of our colleague Ada",
            "We are deeply sorry for the loss of our colleague Ada.",
        ),
        (
            "Email Ada to say that the samples came and that we will test them",
            "Hello Ada,\n\nI would like to let you know that the samples came. We will test them.",
        ),
        (
            "Auto reply: our office is closed until 9 May",
            "Thank you for your message. Our office is",
        ),
        (
            "Found a grey dog in Hill Park this morning",
            "Found a grey dog in Hill Park this morning.",
        ),
        (
            'Post about our hall: new name "The Ark", open daily',
            'Our hall: new name "The Ark", open',
        ),
        ("Remercie les pompiers pour leur aide", "Merci aux pompiers pour leur aide."),
        (
            "Invitation to our farewell party for Mrs Reed, 27 June",
            "You are invited to our farewell party for Mrs Reed, 27 June.",
        ),
        ("Remind everyone the fridge gets emptied on Friday", "Please remember: the fridge gets"),
        ("Thanks to all 86 donors who gave blood", "Thank you to all 86 donors who gave blood."),
        ("Cancel tonight's quiz, the host is ill", "Tonight's quiz is cancelled. The host is ill."),
        ("Invite people to subscribe to our newsletter", "Please subscribe to our newsletter."),
        (
            "Write a welcome email to new members of our gym: the first visit is free",
            "Hello,\n\nWelcome to our gym! The first visit is free.",
        ),
        (
            "Text about our inn for the website: open daily, 9 rooms",
            "Our inn: open daily, 9 rooms.",
        ),
        ("Informiere die Kunden über die neue Hotline 0800 12", "Wir informieren über die neue"),
        ("Agradece aos voluntários que limparam a praia", "Obrigado aos voluntários que limparam"),
        (
            "Job offer: bus driver, licence D, 2,900 euros a month",
            "We are looking for a bus driver",
        ),
        ("Sell: two tickets, 12 October, 55 each", "For sale: two tickets, 12 October, 55 each."),
        ("Wish the class good luck for the exam", "Good luck to the class for the exam."),
        (
            "A wedding congratulation for Ada and Tom",
            "Congratulations to Ada and Tom on the wedding!",
        ),
        ("Our café cat asleep on the counter", "Our café cat asleep on the counter."),
        ("A green sled in front of a barn", "A green sled in front of a barn."),
        ("Tell guests breakfast is served until 11", "Breakfast is served until 11."),
        ("Write a review request: ask guests to rate us", "Please rate us."),
        ("Explain our new till: scan, pay, go home", "Our new till: scan, pay, go home."),
        (
            "Advertise a part time cook position in Bath",
            "We are offering a part time cook position",
        ),
        ("Post for a pottery fair: 30 makers, 4 October", "A pottery fair: 30 makers, 4 October."),
        ("Funding update: 62% of the bus is paid", "Funding update: 62% of the bus is paid."),
        ("Prévenez les abonnés que le cours est annulé", "Le cours est annulé."),
        ("Danke an alle, die 90 Euro gaben", "Vielen Dank an alle, die 90 Euro gaben."),
        ("Felicita al equipo por la copa", "Felicidades al equipo por la copa."),
        ("Missing: grey rabbit, Hazel Close", "Missing: grey rabbit, Hazel Close."),
        ("We seek a volunteer treasurer for our choir", "We seek a volunteer treasurer for our"),
        (
            "A post about our apprentice Nils who built a chair",
            "Meet our apprentice Nils who built",
        ),
        ("Pregunta a los vecinos si quieren una fiesta", "¿Quieren una fiesta?"),
        ("Demande aux voisins s'ils veulent une fête", "Voulez-vous une fête\u00a0?"),
        ("Chiedi ai vicini se vogliono una festa", "Volete una festa?"),
        ("Kurze Nachricht an alle Eltern: morgen ist Ruhetag", "Liebe Eltern,\n\nmorgen ist"),
        (
            "Sage die Probe am 3. Mai ab, der Saal ist gesperrt",
            "Abgesagt: die Probe am 3. Mai, der",
        ),
        ("Stelle unseren neuen Koch Emil vor", "Wir stellen vor: unseren neuen Koch Emil."),
        ("Danke den Helfern vom Fest", "Vielen Dank den Helfern vom Fest."),
        ("Sag den Mietern, dass der Strom abgestellt wird", "Bitte beachten Sie, dass der Strom"),
        ("Frag unsere Gäste, welche Suppe sie mögen", "Welche Suppe mögen Sie?"),
        ("Beitrag für unseren Keramikkurs: dienstags um 18 Uhr", "Unser Keramikkurs: dienstags um"),
        (
            "Da la bienvenida a Inés, nuestra pediatra",
            "Damos la bienvenida a Inés, nuestra pediatra.",
        ),
        ("Agradece a los bomberos su ayuda", "Gracias a los bomberos por su ayuda."),
        ("Anuncio de nuestra clase de yoga: martes a las 18 h", "Nuestra clase de yoga: martes a"),
        (
            "Message d'absence : en congé jusqu'au 9 mai",
            "Merci pour votre message. Je suis en congé",
        ),
        ("Demande aux clients quel thé ils préfèrent", "Quel thé préférez-vous\u00a0?"),
        ("Chiedi ai clienti quale gusto vogliono", "Quale gusto volete?"),
        (
            "Ricorda ai genitori che la gita è giovedì e di portare il pranzo",
            "Promemoria: la gita è giovedì. Ricordate di portare il pranzo.",
        ),
        (
            "Dê as boas-vindas à nova professora Rita",
            "Damos as boas-vindas à nova professora Rita.",
        ),
        ("Cancela a aula de ioga de quinta-feira", "Cancelamento: a aula de ioga de quinta-feira."),
    ],
)
def test_an_order_becomes_a_message(prompt: str, beginning: str) -> None:
    assert text_of(prompt).startswith(beginning)


@pytest.mark.parametrize(
    ("prompt", "kept", "left_out"),
    [
        (
            "The cinema closed. Tickets stay valid for August 9. Write an apology, not stiff.",
            "Tickets stay valid for August 9.",
            "apology",
        ),
        (
            "Goodbye post for our caretaker Mr. Dunn who retires after 31 years. Warm, not soppy.",
            "Mr. Dunn who retires after 31 years",
            "soppy",
        ),
        (
            "Achtung: Die Linie 14 fällt am Montag aus. Bitte kurz und sachlich.",
            "Montag",
            "sachlich",
        ),
        (
            "Il corso è annullato, si recupera sabato alle 10. Ci scusiamo per il disagio.",
            "sabato alle 10",
            "Grazie per la comprensione di",
        ),
        (
            "Job ad: we're looking for a vet nurse in Galway, start in May.",
            "for a vet nurse",
            "we're",
        ),
        ("Flat to rent, from 1 June, no smokers. Two hashtags.", "no smokers.", "smokers.."),
    ],
)
def test_words_about_the_text_are_not_in_it(prompt: str, kept: str, left_out: str) -> None:
    text = text_of(prompt)
    assert kept in text
    assert left_out not in text
