"""Absence notes: who is away until when, and whom to ask, in six languages."""

from __future__ import annotations

import re
from typing import NamedTuple

from service.generators.copywriter.composing.own_words import sentence, statement


class AbsenceWording(NamedTuple):
    """The sentences about an absence in one language."""

    thanks: str
    when: str
    """Words that begin a time."""
    at_times: str
    """The sentence around a time."""
    where: str
    """Words that begin what a person is or does."""
    being: str


WORDINGS = {
    "en": AbsenceWording(
        "Thank you for your message.",
        r"(?:until|from|till|between|through)\b",
        "I am out of the office {}",
        r"(?:back|out|away|on|returning|available)\b",
        "I am {}",
    ),
    "de": AbsenceWording(
        "Vielen Dank für Ihre Nachricht.",
        r"(?:bis|vom|von|ab)\b",
        "Ich bin {} nicht im Büro",
        r"(?:im|in|auf|nicht|wieder|außer|abwesend|unterwegs)\b",
        "Ich bin {}",
    ),
    "es": AbsenceWording(
        "Gracias por su mensaje.",
        r"(?:hasta|desde|del|a\s+partir)\b",
        "Estoy fuera de la oficina {}",
        r"(?:de\s+(?:vacaciones|baja|viaje|permiso)|en|ausente|fuera)\b",
        "Estoy {}",
    ),
    "fr": AbsenceWording(
        "Merci pour votre message.",
        r"(?:jusqu\W|du|à\s+partir|depuis)",
        "Je ne suis pas au bureau {}",
        r"(?:en|absent|absente|de\s+retour)\b",
        "Je suis {}",
    ),
    "it": AbsenceWording(
        "Grazie per il messaggio.",
        r"(?:fino|dal|da)\b",
        "Non sono in ufficio {}",
        r"(?:in|assente|via|fuori|di\s+ritorno)\b",
        "Sono {}",
    ),
    "pt": AbsenceWording(
        "Obrigado pela sua mensagem.",
        r"(?:até|desde|a\s+partir)\b",
        "Estou fora do escritório {}",
        r"(?:de\s+(?:férias|baixa|viagem|licença)|em|ausente|fora)\b",
        "Estou {}",
    ),
}
ON_LEAVE = re.compile(r"(?:\w+\s+)?(?:leave|holidays?|vacation|training)\b", re.IGNORECASE)
BACK = re.compile(r"(?:back|returning|available)\b", re.IGNORECASE)
CONTACT = re.compile(r"\S+@\S+|\+?[\d\s()/-]{6,}")


def absence_note(text: str, language: str) -> str:
    """An absence note of a prompt's own facts."""
    wording = WORDINGS[language]
    parts = [part.strip(" .") for part in re.split(r"[,;]\s+|\.\s+", text) if part.strip(" .")]
    made = [wording.thanks]
    if language == "en" and BACK.match(parts[0]):
        made.append("I am out of the office.")
    for part in parts:
        if re.match(wording.where, part, re.IGNORECASE) and len(made) <= len(parts):
            made.append(sentence(wording.being.format(part)))
        elif language == "en" and ON_LEAVE.match(part):
            made.append(sentence(f"I am on {part}"))
        elif CONTACT.fullmatch(part) and len(made) > 1:
            made[-1] = f"{made[-1].rstrip('.')}: {part}."
        elif re.match(wording.when, part, re.IGNORECASE):
            made.append(sentence(wording.at_times.format(part)))
        else:
            made.append(statement(part))
    return " ".join(made)
