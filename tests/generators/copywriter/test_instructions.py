"""Instructions to the writer: what they want said is said, and the rest is in no text."""

from __future__ import annotations

import pytest

from service.generators.copywriter import Draft, brief
from service.generators.protocol import GenerationFailed, Job


def text_of(prompt: str) -> str:
    """The text of a prompt, which needs no model."""
    draft = Draft(brief(Job(prompt, seed=0)), 0, lambda _: None)
    assert draft.request() is None
    return draft.text()


@pytest.mark.parametrize(
    ("prompt", "said", "unsaid"),
    [
        (
            "Tell guests the terrace opens on 2 June, and mention that blankets are there",
            "The terrace opens on 2 June. Blankets are there.",
            "mention",
        ),
        (
            "Our ferry runs again from Monday. Mention the first trip at 8:15. Keep it factual.",
            "Our ferry runs again from Monday. The first trip is at 8:15.",
            "factual",
        ),
        (
            "Fence panels for rent, 3 € a day, make it sound friendly but not silly",
            "3 € a day.",
            "silly|friendly",
        ),
        ("Bread rolls 40 cents on Sunday. Not too pushy please.", "40 cents on Sunday.", "pushy"),
        ("The kiln is broken until 4 May. No jokes about it.", "until 4 May.", "jokes"),
        ("The kiln is broken until 4 May. Our usual dry humble tone", "until 4 May.", "tone"),
        (
            "Open mic on 9 May. It should read like a note to a friend.",
            "Open mic on 9 May.",
            "note",
        ),
        ("Open mic on 9 May. Write it so that shy people come.", "Open mic on 9 May.", "shy"),
        ("Soup day on 9 May, 11 to 2. include the link soup.example", "soup.example", "include"),
        ("We won the cup! Thank everyone and congratulate Ada.", "Thank you, everyone.", "Thank e"),
        ("We won the cup! Congratulate Ada and Bo.", "Congratulations to Ada and Bo!", "ulate"),
        ("The bridge is icy. Warn drivers to slow down.", "Please slow down.", "Warn"),
        (
            "Our fair is on 4 May. Mention Odile who bakes the tarts.",
            "A special mention for Odile who bakes the tarts.",
            "Also:",
        ),
        (
            "Hi! So we moved to 4 Elm Row. Could you let people know? Thanks",
            "We moved to 4",
            "know",
        ),
        (
            "El taller abre el 3 de mayo. Menciona que hay café gratis, que suene cercano",
            "El taller abre el 3 de mayo. Hay café gratis.",
            "Menciona|suene|cercano",
        ),
        (
            "Unser Markt öffnet am 3. Mai. Erwähne, dass wir auch Honig haben. Locker formuliert.",
            "Unser Markt öffnet am 3. Mai. Wir haben auch Honig.",
            "Erwähne|ocker",
        ),
        (
            "Notre atelier ouvre le 3 mai. Précise que le thé est offert. Ton léger.",
            "Notre atelier ouvre le 3 mai. Le thé est offert.",
            "Précise|Ton",
        ),
        (
            "La biblioteca apre il 3 maggio. Aggiungi che c'è il caffè, usa un tono allegro",
            "La biblioteca apre il 3 maggio. C'è il caffè.",
            "Aggiungi|tono",
        ),
        (
            "A feira abre a 3 de maio. Diz que há bolo e agradece aos vizinhos. Tom alegre",
            "A feira abre a 3 de maio. Há bolo. Obrigado aos vizinhos.",
            "Diz|agradece|Tom",
        ),
    ],
)
def test_what_an_instruction_wants_said_is_said_without_its_verb(
    prompt: str, said: str, unsaid: str
) -> None:
    text = text_of(prompt)
    assert said in text
    assert not [word for word in unsaid.split("|") if word in text]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mention this post at the till.",
        "Tell your friends.",
        "Ask at the desk.",
        "Keep it in a dry place.",
        "Never use it near water.",
        "Don't forget your boots.",
        "Say hello to Ada.",
        "Make it a date.",
        "No dogs.",
        "Include your name.",
    ],
)
def test_an_imperative_to_the_readers_stays(sentence: str) -> None:
    assert sentence in text_of(f"The new tent costs 90 €. {sentence}")


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Post for our cycle shop: we close at 3 today",
            "From our cycle shop: we close at 3 today.",
        ),
        (
            "Could you write something for the fire service's page? The sirens are tested.",
            "From the fire service: the sirens are tested.",
        ),
        ("Post on behalf of Elm Theatre: seats cost £4", "From Elm Theatre: seats cost £4."),
        (
            "Tell members of the angling club that the pond is closed on 3 May",
            "Dear members of the angling club, the pond is closed on 3 May.",
        ),
        (
            "Reminder for owners of Dale Court, the lift is checked on Friday",
            "Dear owners of Dale Court,\n\nA reminder: the lift is checked on Friday.",
        ),
        (
            "I run a pottery in Leek. Write a post about our open day on 4 May",
            "I run a pottery in Leek. Join us for our open day on 4 May.",
        ),
        (
            "Topic: kite day. When: 3 May, 2 pm. Tone: jolly. Audience: families",
            "Kite day. 3 May, 2 pm.",
        ),
        ("Post about moles. We catch them alive, £40.", "Moles: we catch them alive, £40."),
    ],
)
def test_a_text_names_who_writes_and_who_reads(prompt: str, text: str) -> None:
    assert text_of(prompt).startswith(text)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Our fair is on 4 May! No exclamation marks", "Our fair is on 4 May."),
        (
            "Our tent: 4 kg, two doors, 90 €. Use bullet points.",
            "Our tent:\n- 4 kg\n- Two doors\n- 90 €",
        ),
        (
            "Our tent: 4 kg, two doors, green, 90 €. As a numbered list please",
            "Our tent:\n1. 4 kg\n2. Two doors\n3. Green\n4. 90 €",
        ),
        (
            "Our tent: 4 kg, two doors, green, 90 €. Three bullet points.",
            "Our tent:\n- 4 kg\n- Two doors\n- Green, 90 €",
        ),
        (
            'Start with "Oh dear:" and tell people the slide is broken',
            "Oh dear: the slide is broken.",
        ),
        ("Title: Jam day. Sunday 4 May, 2 pm, barn. Put the title on top.", "Jam day\n\nSunday 4"),
        ("the slide is broken. lowercase please", "the slide is broken."),
    ],
)
def test_a_form_is_kept(prompt: str, text: str) -> None:
    assert text_of(prompt).startswith(text)


@pytest.mark.parametrize(
    ("prompt", "cannot"),
    [
        ("A post in the voice of a cowboy for our diner, pie £3", "imitate a style"),
        ("Write me six slogans for a bike shop", "write several texts at once"),
        ("Tip of the week: how to sharpen a saw, in 3 numbered steps", "explain"),
        ("Our fair is on 4 May. Two bullet points.", "cannot make a list"),
        ("Post for a roofer, roofs from £900. Make it a tiny bit funny", "be funny"),
    ],
)
def test_a_form_that_cannot_be_kept_is_refused(prompt: str, cannot: str) -> None:
    with pytest.raises(GenerationFailed, match=cannot):
        brief(Job(prompt, seed=0))


@pytest.mark.parametrize(
    "prompt",
    [
        "A red scarf on a green bench, to the left of a blue bin",
        "two orange boats and a purple buoy near a pier",
    ],
)
def test_a_scene_of_several_colours_is_told_in_its_own_words(prompt: str) -> None:
    text = text_of(prompt)
    assert text.startswith(f"{prompt[:1].upper()}{prompt[1:]}.")


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "May we have a lively advert about the puppet show? 3 May, 2 pm",
            "Join us for the puppet show.",
        ),
        (
            "As the warden I have to let owners of Pier 2 to 9 know that the crane is out of order",
            "Dear owners of Pier 2 to 9, the crane is out of order.",
        ),
        ("Help us draft a little ad selling our two kayaks, £90", "For sale: two kayaks, £90."),
        ("We could do with a text saying our oven is back", "Our oven is back."),
        ("text for our shop window: back at noon", "Back at noon."),
        ("Explain in easy words why our lake is green: algae", "Our lake is green: algae."),
        ("How about a caption on our rope course? 12 May", "Join us for our rope course."),
        ("Any chance you could put out that the sauna is warm again?", "The sauna is warm again."),
        (
            "Describe the following listing: barn, 90 m², 20,000 €",
            "For sale: barn, 90 m², 20,000 €.",
        ),
        ("Job ad please. Tram driver, full time, Ghent", "We are looking for a tram driver, full"),
        ("Tell hikers the hut is shut and reassure them that water is there", "The hut is shut"),
        ("Necesito un texto para redes sociales: abrimos el 3 de mayo", "Abrimos el 3 de mayo."),
        ("Nos gustaría un post para anunciar que abrimos el 3 de mayo", "Abrimos el 3 de mayo."),
        (
            "Merci de rédiger un message pour nos clients : fermé lundi",
            "Chers clients,\n\nFermé lundi.",
        ),
        ("Wir brauchen einen Text für Facebook: Flohmarkt am 3. Mai", "Flohmarkt am 3. Mai."),
        ("Fai sapere ai soci che apriamo il 3 maggio", "Apriamo il 3 maggio."),
        ("Precisamos de um texto para o Instagram: abrimos a 3 de maio", "Abrimos a 3 de maio."),
        (
            "Invitación para los vecinos: cena el 8 de junio a las 10 h",
            "Estimados vecinos:\n\nInvitación: cena el 8",
        ),
    ],
)
def test_an_order_in_other_words_is_read(prompt: str, text: str) -> None:
    assert text_of(prompt).startswith(text)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Notice: the ford is flooded. Sound calm please", "The ford is flooded."),
        ("Two tents left, £40 each. Wry but kind", "Two tents left, £40 each."),
        ("The kiosk opens at 9. Puns not required", "The kiosk opens at 9."),
        ("The foal is born! Ask for name ideas", "The foal is born! Send us your name ideas."),
        ("Our ferry is late today and why: fog", "Our ferry is late today. The reason: fog."),
        (
            "Tell visitors to the abbey that the crypt is shut",
            "Dear visitors to the abbey, the crypt is shut.",
        ),
        (
            "Warn boat owners that the lock shuts on 4 May and to move their boats",
            "Dear boat owners, the lock shuts on 4 May. Please move your boats.",
        ),
        (
            "Hiring! night porter, two shifts, Ghent",
            "We are looking for a night porter, two shifts",
        ),
        (
            "Looking for a cook, no diploma needed, Ghent, full time",
            "We are looking for a cook, no diploma needed,",
        ),
        (
            "Write a post about why you should oil your chain in May",
            "You should oil your chain in May.",
        ),
        ("Write a post about Bo, our new potter, born in Lodz", "Meet Bo, our new potter, born in"),
        (
            "Apologise to everyone who came on 4 May.",
            "To everyone who came on 4 May: we are sorry.",
        ),
        (
            "El horno está roto. Pide que llamen al 600 123 456",
            "El horno está roto. Por favor, llamen",
        ),
        (
            "O forno avariou na segunda. Pede que liguem amanhã",
            "O forno avariou na segunda. Por favor",
        ),
        ("Könnt ihr einen Post machen über unseren Hofmarkt? 4. Mai", "Entdeckt unseren Hofmarkt."),
        ("Bonjour, il me faut une annonce : cours de piano, 25 €", "Cours de piano, 25 €."),
    ],
)
def test_last_words_to_the_writer_are_read(prompt: str, text: str) -> None:
    found = text_of(prompt)
    assert found.startswith(text)
    assert not [w for w in ("alm please", "kind", "Puns", "why:", "Ask for") if w in found]


@pytest.mark.parametrize(
    "clause",
    [
        "no need to register",
        "bring a good voice",
        "no parking",
        "not a drop-in event",
        "no booking needed",
        "two lines, three colours",
        "a choir with energy",
        "no experience required",
        "short walk, long lunch",
        "keep your ticket",
        "please use the side door",
        "ask for an usher",
        "post your photo below",
    ],
)
def test_a_clause_that_tells_the_readers_something_stays(clause: str) -> None:
    assert clause in text_of(f"Write a post about our open day on 4 May, {clause}").lower()


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Workshop lead here. Need a note to all staff: gate shut on Friday",
            "Gate shut on Friday",
        ),
        ("Mention in a post that our raft is ready", "Our raft is ready."),
        (
            "I'm a potter, tell people I teach on Mondays and that a class is £9",
            "I'm a potter. I teach",
        ),
        (
            "Say sorry to our readers: issue 4 is late",
            "Dear readers,\n\nWe are sorry: issue 4 is late.",
        ),
        ("Need guests to know that the lift is broken", "The lift is broken."),
        ("Give our readers the news that the map is out", "The map is out."),
        ("Invitation to a leaving do: Ada, Friday 6 pm", "You are invited to a leaving do: Ada"),
        (
            "Ask which of two logos people prefer: fox or owl",
            "Which of two logos do you prefer: fox",
        ),
        (
            "Invite all to our talk on soil: 22 May, 8 am, barn",
            "You are invited to our talk on soil: 22",
        ),
        (
            "Aviso para el portal. El agua vuelve a las 9. Termina con una frase amable",
            "El agua vuelve a las 9.",
        ),
        (
            "Danke unserem Wirt Herrn Boll für 9 Jahre",
            "Unser Dank gilt unserem Wirt Herrn Boll für 9",
        ),
        ("Avvisa: domani niente corso alle 9", "Domani niente corso alle 9."),
        (
            "Le club a gagné 3 à 1. Remercie les fans et annonce le match du 4 mai",
            "Le club a gagné",
        ),
    ],
)
def test_a_sender_a_wish_or_a_verb_alone_is_no_text(prompt: str, text: str) -> None:
    found = text_of(prompt)
    assert found.startswith(text)
    assert not [w for w in ("that a class", "Termina", "annonce", "Remercie") if w in found]


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Tell everyone who booked the 4 May tour that it starts at 9",
            "Dear everyone who booked the 4",
        ),
        (
            "Say well done to our rowers, gold in Ghent",
            "Congratulations to our rowers, gold in Ghent!",
        ),
        ("We'd love our guests to know the sauna is hot", "The sauna is hot."),
        ("Our ferry sails at 8 now. Tell villagers.", "Our ferry sails at 8 now."),
        ("Jam, 3 € a jar. Just the facts", "Jam, 3 € a jar."),
        (
            "Post the plan for Friday's quiz: rounds, pies, prizes",
            "The plan for Friday's quiz: rounds",
        ),
        (
            "Bitte formuliere höflich, dass der Hof um 9 schließt",
            "Bitte beachten Sie, dass der Hof um 9",
        ),
        ("Der Hof schließt um 9. Schreib's kurz", "Der Hof schließt um 9."),
        ("Avisa a los socios: el gimnasio abre a las 9", "El gimnasio abre a las 9."),
        ("Petite annonce pour un garage, 60 € par mois", "À louer : un garage, 60 € par mois."),
        ("Racontez que notre four est neuf depuis mardi", "Notre four est neuf depuis mardi."),
        ("Figs, 50p each, at the gate. Make people hungry", "Figs, 50p each, at the gate."),
    ],
)
def test_readers_of_any_kind_and_short_asides_are_read(prompt: str, text: str) -> None:
    found = text_of(prompt)
    assert found.startswith(text)
    assert not [w for w in ("villagers", "facts", "hungry", "kurz") if w in found]


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Write a little thing telling the rowing club the slip is shut", "The slip is shut."),
        (
            "Tell them the bus leaves at 7. It's for the trip to Bath",
            "The bus leaves at 7. It's for the",
        ),
        (
            "Write to members: rinse boots, shut gates, no dogs. As a list of bullets",
            "Dear members,\n\nRinse boots",
        ),
        ("The fair is on 4 May. Exclamation marks allowed", "The fair is on 4 May."),
        (
            "Escribe un recordatorio para los socios: llegar a las 9",
            "Estimados socios:\n\nRecordatorio: llegar a las 9.",
        ),
        ("Kündige unser Fest an: 8. Mai, 18 Uhr", "Wir freuen uns auf unser Fest, 8. Mai, 18 Uhr."),
        (
            "Scrivi una didascalia per la foto della nostra barca rossa del 1950",
            "La nostra barca rossa",
        ),
        (
            "Gâteau aux noix, 4 €, samedi. Il est tout chaud. Gourmand, sans emoji",
            "Gâteau aux noix",
        ),
    ],
)
def test_small_orders_are_read(prompt: str, text: str) -> None:
    found = text_of(prompt)
    assert found.startswith(text)
    assert not [w for w in ("allowed", "Gourmand") if w in found]


@pytest.mark.parametrize(
    ("prompt", "cannot"),
    [
        ("What time is high tide in Whitby tomorrow?", "answer questions of knowledge"),
        ("A quote from Marie Curie about patience", "quote a person"),
    ],
)
def test_what_would_be_invented_is_refused(prompt: str, cannot: str) -> None:
    with pytest.raises(GenerationFailed, match=cannot):
        brief(Job(prompt, seed=0))


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (
            "Hat shop here, we have 9 new caps, £8 each, write us something bright",
            "We have 9 new caps",
        ),
        ("Could someone post the scores: Bo 3, Ada 4", "The scores: Bo 3, Ada 4."),
        ("una nota breve: abrimos a las 9", "abrimos a las 9"),
        ("un post corto: abrimos a las 9 en la plaza", "Abrimos a las 9 en la plaza."),
        ("Felicita el cumpleaños a Rosa, 60 años", "¡Feliz cumpleaños a Rosa"),
        ("Frag die Gäste, welches Bier auf die Karte soll", "Welches Bier soll auf die Karte?"),
        ("Fai gli auguri di Natale ai soci", "Auguri di Natale ai soci."),
        ("Nous ouvrons le 3 mai à Lyon. Dynamique", "Nous ouvrons le 3 mai à Lyon."),
    ],
)
def test_scraps_around_a_text_are_left_out(prompt: str, text: str) -> None:
    found = text_of(prompt)
    assert text in found
    assert not [w for w in ("here", "write", "Dynamique", "Felicita", "Fai") if w in found]


@pytest.mark.parametrize("word", ["cheery", "zesty", "snug but not twee", "starry and odd"])
def test_any_word_may_say_how_a_text_is_to_be(word: str) -> None:
    assert text_of(f"Our stall is open on 4 May. Keep it {word}").startswith(
        "Our stall is open on 4 May."
    )
    assert "Keep" not in text_of(f"Our stall is open on 4 May. Keep it {word}")
