"""Which of the six languages a text is in."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re

from service.generators.prompt.language.lexicon import ENGLISH, FOREIGN, several

SIGNS: dict[str, frozenset[str]] = {
    "es": several("perdido perdida encontrado encontrada curso taller clases horario oferta recompensa camarero dos recuerda invita agradece escribe el los las una unos del y con por para que nuestra nuestro en es está anuncia pide pregunta qué cómo nuestros nuestras al las mi desde hasta se busca vende alquila vendo enero febrero junio julio agosto septiembre octubre lunes martes miércoles jueves viernes sábado domingo un dos cuatro cinco delante detrás encima junto blanca blanco negra rojo roja amarillo amarilla sin gratis hoy mañana gracias feliz felicidades querido hola tenemos nuevo nueva calle"),
    "fr": several("perdu perdue trouvé trouvée récompense atelier cours offre école mairie fête emploi horaires rappelle invite remercie écris le les une des du et avec pour que notre nos dans est sur au aux à annonce sous rappelez invitez annoncez leur leurs vous samedi décris quel quelle pourquoi vends loue cherche cherchons recherche recherchons lundi mardi mercredi jeudi vendredi dimanche janvier février avril juin juillet août septembre octobre décembre devant derrière quatre cinq blanc blanche noir noire rouge jaune gratuit gratuite bonjour merci bonne joyeux joyeuse chez très trois deux par sans rue ce cette ouvert fermé nouveau nouvelle en jusqu absence congé message souhaite publie rédige écris"),
    "de": several("fundsache vermisst belohnung kurs termine treffpunkt gefunden erinnere lade schreibe danke bedanke der die das ein eine einen und mit für dass unser unsere im ist zu am auf den dem über bei vom beim wir ihr sie ab nur bitte weise informiere beschreibe unseren unserem unserer einer einem frage montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar juni juli oktober dezember uhr gesucht suchen suche verkaufe verloren gefunden alle neue neuer neues heute morgen danke herzlich liebe frohe alles gute jetzt nur noch nicht kein keine sind werden wird haben hat euro prozent"),
    "it": several("affitto camera zona spese incluse sagra orario gratuito smarrito smarrita trovato corso lavoro biglietti iscrizioni ricompensa non dei degli delle nello negozio lotto fino anche più questo questa ricorda invita ringrazia scrivi il gli una della del e con per che nostra nostro nel è di alla dal sul annuncia un lo gli ai nella nel chiedi vi domenica descrivi vendesi vendo cercasi cerchiamo affittasi lunedì martedì mercoledì giovedì venerdì sabato gennaio febbraio marzo aprile maggio giugno luglio settembre ottobre dicembre oggi domani grazie buon buona auguri gratis senza tre due quattro cinque davanti dietro accanto sopra sotto su bianco bianca nero nera rosso rossa giallo gialla mare dal dalle alle sono siamo nuovo nuova euro per"),
    "pt": several("perdido perdida encontrado curso emprego recompensa vagas inscrições lembre lembra convide anuncie anunciem escreva agradece agradeça peça lembre convide aos dos pelos pelas nas às o os uma do da e com para que nossa nosso no na é um em às ao pelo pela não vende-se vende procura-se procuramos arrenda aluga precisa-se sofá segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo janeiro fevereiro março maio junho julho setembro outubro dezembro diante atrás quatro cinco branco branca preto preta vermelho vermelha amarelo amarela hoje amanhã obrigado obrigada parabéns feliz grátis sem três dois lugares nova novo nossos nossas rua das por se à boas-vindas dê dá deem aula aulas turma peçam peça avise avisa publica partilha"),
}  # fmt: skip
"""Function words and orders that give a language away."""

MARKS = {"es": "ñ¿¡", "de": "äöüß", "pt": "ãõ", "fr": "œ", "it": "ìò"}
"""Letters that do so."""


LONG_WORD = 3
ALSO_ENGLISH = {"hat", "die", "am", "so", "im", "gute", "alle", "bald"}
"""German words that do not tell a language alone."""


def language_of(text: str) -> str:
    """The one of the six languages that a text is in; or empty."""
    found = re.findall(r"[\w-]+", text.lower())
    scores = {lang: sum(word in signs for word in found) for lang, signs in SIGNS.items()}
    for lang, letters in MARKS.items():
        scores[lang] += 2 * any(letter in text.lower() for letter in letters)
    first = found[0] if found else ""
    for lang, signs in SIGNS.items():  # orders mostly begin a prompt
        scores[lang] += len(first) > LONG_WORD and first in signs and first not in ENGLISH
    german = [word for word in found if word in SIGNS["de"]]
    if len(german) == 1 and german[0] in ALSO_ENGLISH:
        scores["de"] = 0  # "a turtle in a red hat"
    best = max(scores, key=lambda lang: scores[lang])
    ours = sum(len(word) > 1 and word in ENGLISH and word not in FOREIGN for word in found)
    return best if scores[best] > ours else "en" if ours or text.isascii() else ""
