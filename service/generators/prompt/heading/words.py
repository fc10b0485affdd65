"""The words that headings are made of, in six languages."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

POLITE = {
    "en": r"(?:(?:please|hi|hello|hey|kindly)[\s,!]+|(?:can|could|would|will)\s+you\s+(?:please\s+)?|(?:i|we)\s+(?:need|want|would\s+like|'d\s+like)\s+|(?:i|we)'d\s+like\s+|help\s+(?:me|us)\s+)*",
    "de": r"(?:bitte\s+|(?:ich|wir)\s+brauchen?\s+|kannst\s+du\s+)*",
    "es": r"(?:por\s+favor,?\s+|necesit\w+\s+|quiero\s+|puedes\s+)*",
    "fr": r"(?:(?:merci\s+de|peux-tu|pouvez-vous|il\s+(?:me|nous)\s+faut|j['\u2019]ai\s+besoin\s+d['\u2019e]\s?)\s*)*",
    "it": r"(?:(?:per\s+favore|mi\s+serve|ci\s+serve|vorrei|puoi)\s+)*",
    "pt": r"(?:(?:por\s+favor,?|preciso\s+de|precisamos\s+de|quero|podes)\s+)*",
}
WRITE = {
    "en": r"(?:write|draft|compose|create|make|prepare|send|do|post|put\s+(?:together|out|up)|give\s+out|issue|circulate|turn\s+this\s+into)",
    "de": r"(?:schreib\w*|verfass\w*|erstell\w*|formulier\w*|mach\w*|entwirf|setz\w*)",
    "es": r"(?:escrib\w+|redact\w+|prepar\w+|haz|crea|env\u00eda)",
    "fr": r"(?:\u00e9cri\w*|r\u00e9dig\w*|pr\u00e9par\w*|fais|faites|envoie)",
    "it": r"(?:scriv\w+|prepar\w+|fai|crea|invia)",
    "pt": r"(?:escrev\w+|redig\w+|prepar\w+|faz|fa\u00e7a|cri[ae]|envia)",
}
NO_ADJECTIVE = {
    "en": r"(?!(?:to|for|from|about|that|of|on|in|with|by|at|is|are|we|our|who)\b)",
    "de": r"(?!(?:an|f\u00fcr|von|vom|zu|zum|zur|\u00fcber|dass|in|im|am|mit|und|wir|unsere?)\b)",
    "es": r"(?!(?:a|al|para|de|del|que|sobre|en|con|nuestr\w+)\b)",
    "fr": r"(?!(?:\u00e0|aux?|pour|de|du|des|que|sur|en|avec|nos|notre)\b)",
    "it": r"(?!(?:a|ai|agli|alle|al|alla|per|di|del|che|su|in|con|nostr\w+)\b)",
    "pt": r"(?!(?:a|ao|aos|\u00e0s?|para|de|do|da|que|sobre|em|com|noss\w+)\b)",
}
OF_LETTER = {
    "en": r"(?:letters?|cards?|e-?mails?)",
    "de": r"(?:\w*brief|karte|schreiben|e-?mail)",
    "es": r"(?:carta|tarjeta|correo)",
    "fr": r"(?:lettre|carte|courrier|courriel)",
    "it": r"(?:lettera|biglietto|e-?mail)",
    "pt": r"(?:carta|cart\u00e3o|e-?mail)",
}
NOUNS: dict[str, dict[str, str]] = {
    "en": {
        "remind": r"reminders?",
        "invite": r"invit(?:ation|e)s?",
        "apologise": r"apolog(?:y|ies)(?:\s+(?:notes?|letters?|messages?|posts?|e-?mails?))?|(?:notes?|letters?|messages?|e-?mails?|words)\s+of\s+apology|sorry\s+(?:notes?|messages?|cards?)|(?:say\s+(?:we(?:'re|\s+are)\s+)?sorry|apologi[sz]e)(?=\s+to\s)",
        "thank": r"(?:letters?|notes?|cards?|e-?mails?|messages?|words)\s+of\s+(?:thanks|gratitude)|thank[- ]you\s+(?:letters?|cards?|notes?|e-?mails?|messages?|words|lines)",
        "condole": r"(?:condolence|sympathy)\s+(?:notes?|letters?|cards?|messages?)|(?:letters?|cards?|notes?|messages?|words)\s+of\s+(?:condolence|sympathy)|condolences",
        "ask": r"questions?|polls?",
        "tell": r"notes?|messages?|notices?|texts?|announcements?|updates?|memos?|letters?|circulars?|words?|info|mails?|lines|heads-?up|warnings?|alerts?|complaints?|greetings?|cards?(?:\s+text)?|write(?=\s+to\s)",
    },
    "de": {
        "remind": r"erinnerung",
        "invite": r"einladung(?:stext)?",
        "apologise": r"entschuldigung(?:sschreiben|sbrief)?",
        "thank": r"dankes?(?:brief|schreiben|karte|worte)|dankesch\u00f6n|danksagung",
        "condole": r"beileids?(?:brief|karte|schreiben)|kondolenz\w*|trauer(?:karte|brief|worte)",
        "ask": r"frage|umfrage",
        "tell": r"(?:\w*brief|\w*karte|\w*nachricht|\w*mitteilung|aushang|zettel|notiz|\w*hinweis|info|text|rundmail|rundschreiben|schreiben|durchsage|post|meldung|bekanntmachung|aufruf)",
    },
    "es": {
        "remind": r"recordatorio",
        "invite": r"invitaci\u00f3n",
        "apologise": r"(?:(?:carta|nota|mensaje)\s+de\s+)?disculpas?",
        "thank": r"(?:carta|nota|mensaje|tarjeta)\s+de\s+agradecimiento|agradecimiento",
        "condole": r"(?:carta|mensaje|nota)\s+de\s+p\u00e9same|p\u00e9same",
        "ask": r"pregunta|encuesta",
        "tell": r"carta|nota|mensaje|aviso|comunicado|circular|texto|anuncio|publicaci\u00f3n",
    },
    "fr": {
        "remind": r"rappel",
        "invite": r"invitation",
        "apologise": r"(?:(?:lettre|mot|message)\s+d['\u2019])?excuses?",
        "thank": r"(?:lettre|mot|carte|message)\s+de\s+remerciements?|remerciements?",
        "condole": r"(?:lettre|mot|message|carte)\s+de\s+condol\u00e9ances|condol\u00e9ances",
        "ask": r"question|sondage",
        "tell": r"lettre|mot|message|note|avis|circulaire|courrier|communiqu\u00e9|texte|annonce|publication|convocation",
    },
    "it": {
        "remind": r"promemoria",
        "invite": r"invito",
        "apologise": r"(?:(?:lettera|messaggio|biglietto)\s+di\s+)?scuse",
        "thank": r"(?:lettera|messaggio|biglietto)\s+di\s+ringraziamento|ringraziamento",
        "condole": r"(?:lettera|messaggio|biglietto)\s+di\s+condoglianze|condoglianze",
        "ask": r"domanda|sondaggio",
        "tell": r"lettera|messaggio|avviso|nota|circolare|comunicazione|comunicato|testo|convocazione|annuncio",
    },
    "pt": {
        "remind": r"lembrete",
        "invite": r"convite",
        "apologise": r"(?:(?:carta|nota|mensagem|pedido)\s+de\s+)?desculpas?",
        "thank": r"(?:carta|nota|mensagem|cart\u00e3o)\s+de\s+agradecimento|agradecimento",
        "condole": r"(?:carta|mensagem|nota)\s+de\s+condol\u00eancias|condol\u00eancias",
        "ask": r"pergunta|sondagem|enquete",
        "tell": r"carta|mensagem|nota|aviso|circular|comunicado|texto|an\u00fancio|publica\u00e7\u00e3o|convocat\u00f3ria",
    },
}
"""The nouns of texts by what they do; those of each language from the most telling one on."""
TO = {
    "en": r"(?:to|for)(?=\s)",
    "de": r"(?:ans?|f\u00fcrs?)(?=\s)",
    "es": r"(?:para\s+(?=l[ao]s?\b|el\b|tod|nuestr|mi)|al?(?=\s))",
    "fr": r"(?:pour\s+(?=l[ae]s?\b|nos\b|notre\b|tou|m)|\u00e0|(?=aux?\b))",
    "it": r"(?:per\s+(?=il|la|i\b|gli|le|l['\u2019]|tutt)|a(?=\s)|(?=a(?:i|gli|lle|l|lla|llo|ll['\u2019])(?:\s|\b)))",
    "pt": r"(?:para\s+(?=[oa]s?\b|tod|noss)|a(?=\s)|(?=(?:aos?|\u00e0s?)\b))",
}
FROM = {
    "en": r"(?:from|by|on\s+behalf\s+of)",
    "de": r"(?:von|vom|im\s+namen\s+(?:von|de[rs]))",
    "es": r"(?:de\s+parte\s+de|en\s+nombre\s+de)",
    "fr": r"(?:de\s+la\s+part\s+d[eu]s?|au\s+nom\s+d[eu]s?)",
    "it": r"(?:da\s+parte\s+d(?:i|el|ella|ei|egli|elle)|a\s+nome\s+d(?:i|el|ella|ei))",
    "pt": r"(?:da\s+parte\s+d[eoa]s?|em\s+nome\s+d[eoa]s?)",
}
THAT = {
    "en": r"(?:saying\s+that|saying|that|to\s+say\s+that|telling\s+them\s+that|because)",
    "de": r"(?!)",
    "es": r"(?:(?:diciendo|avisando|informando)\s+(?:de\s+)?que|que)",
    "fr": r"(?:disant\s+que|annon\u00e7ant\s+que|que)",
    "it": r"(?:dicendo\s+che|che)",
    "pt": r"(?:dizendo\s+que|avisando\s+que|que)",
}
PEOPLE = r"""
    (?:customers?|clients?|followers|readers|members|guests?|visitors|staff|team|employees|colleagues|parents|patients|tenants?|residents|
    neighbou?rs?|students?|pupils|volunteers|donors|subscribers|users|fans|everyone|everybody|all|families|family|players|runners|swimmers|owners|
    drivers|cyclists|riders|walkers|suppliers?|partners|teachers|children|kids|singers|bands?|choir|crew|class|participants|exhibitors|stallholders|
    traders|holders|landlord|landlady|cleaners?|postman|postwoman|finder|boss|mayor|council|whoever|people|regulars|supporters|sponsors|helpers|passengers|commuters|
    shoppers|diners|women|men|knitters|gardeners|anglers|campers|\w{3,}ers|
    eltern|kund(?:en|innen)|mieter(?:innen)?|nachbar(?:n|innen|schaft)?|mitglieder|g\u00e4ste|sch\u00fcler(?:innen)?|kolleg(?:en|innen)|mitarbeiter\w*|mitarbeitende\w*|
    bewohner(?:innen)?|anwohner(?:innen)?|ehemalig\w*|hobby\w+|patient(?:en|innen)|leser(?:innen)?|vereinsmitglieder|freunde|familien?|teilnehmer\w*|spieler(?:innen)?|fahrer|helfer(?:innen)?|alle|hausmeister|team|herrn?|frau|vermieter(?:in)?|eigent\u00fcmer\w*|s\u00e4nger(?:innen)?|
    clientes|vecin[oa]s|padres|madres|familias|soci[oa]s|alumn[oa]s|hu\u00e9spedes|compa\u00f1er[oa]s|emplead[oa]s|inquilin[oa]s|pacientes|lectores|seguidores|voluntari[oa]s|
    amig[oa]s|miembros|residentes|usuari[oa]s|comensales|todos|todas|se\u00f1ora?|don|do\u00f1a|equipo|estudiantes|jugador[ae]s|abonad[oa]s|
    parents|client(?:s|es)|voisin(?:s|es)|\u00e9l\u00e8ves|adh\u00e9rent(?:s|es)|membres|locataires|familles|patient(?:s|es)|habitant(?:s|es)|r\u00e9sident(?:s|es)|lecteurs|abonn\u00e9(?:s|es)|
    b\u00e9n\u00e9voles|coll\u00e8gues|salari\u00e9s|invit\u00e9s|h\u00f4tes|joueurs|licenci\u00e9s|copropri\u00e9taires|riverains|tous|toutes|madame|monsieur|mme|\u00e9quipe|amis|usagers|campeurs|vacanciers|fournisseurs|
    genitori|clienti|vicini|soci|alunni|famiglie|inquilini|condomini|pazienti|ospiti|colleghi|lettori|iscritti|volontari|residenti|cittadini|amici|tutti|signor[ae]?|
    giocatori|atleti|dipendenti|utenti|abbonati|
    pais|s\u00f3ci[oa]s|vizinh[oa]s|clientes|alun[oa]s|fam\u00edlias|h\u00f3spedes|moradores|inquilin[oa]s|utentes|leitores|colegas|volunt\u00e1ri[oa]s|amig[oa]s|todos|senhora?|cond\u00f3minos|
    encarregados|funcion\u00e1rios|atletas|jogadores|participantes)
"""
"""Readers, in all languages: what a text is written to."""
MEANT = r"""\b(?:good\s+luck|birthday|get[- ]well|welcome|farewell|goodbye|thank|thanks|congratulat\w+|christmas|easter|new\s+year|season|holiday|retirement|job|
    love|birth|wedding|anniversary|release|press|absence|office|sale|
    geburtstag\w*|gl\u00fcckw\w*|willkommen\w*|abschied\w*|weihnacht\w*|stellen\w*|
    cumplea\u00f1os|bienvenida|despedida|felicitaci\u00f3n|navidad|empleo|anniversaire|bienvenue|adieux?|no\u00ebl|emploi|compleanno|benvenuto|natale|lavoro|
    anivers\u00e1rio|boas-vindas|natal|emprego)\b"""
"""Words of a heading that say what its text has to say: it is more than a note."""

WISHES: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        (r"good\s+luck", "Good luck!"),
        (r"get[- ]well", "Get well soon!"),
        (r"birthday", "Happy birthday!"),
        (r"welcome", "Welcome!"),
        (r"retirement", "Happy retirement!"),
        (r"christmas", "Merry Christmas!"),
        (r"easter", "Happy Easter!"),
        (r"new\s+year", "Happy New Year!"),
        (r"anniversary", "Happy anniversary!"),
        (r"congratulat\w+", "Congratulations!"),
        (r"farewell|goodbye|leaving", "Goodbye, and all the best!"),
    ),
    "de": (
        (r"geburtstag\w*", "Alles Gute zum Geburtstag!"),
        (r"weihnacht\w*", "Frohe Weihnachten!"),
        (r"willkommen\w*", "Herzlich willkommen!"),
        (r"gl\u00fcckw\w*", "Herzlichen Gl\u00fcckwunsch!"),
        (r"abschied\w*", "Auf Wiedersehen und alles Gute!"),
    ),
    "es": (
        (r"cumplea\u00f1os", "\u00a1Feliz cumplea\u00f1os!"),
        (r"navidad", "\u00a1Feliz Navidad!"),
        (r"felicitaci\u00f3n", "\u00a1Felicidades!"),
        (r"despedida", "\u00a1Hasta siempre!"),
    ),
    "fr": (
        (r"anniversaire", "Joyeux anniversaire !"),
        (r"no\u00ebl", "Joyeux No\u00ebl !"),
        (r"bienvenue", "Bienvenue !"),
    ),
    "it": ((r"compleanno", "Buon compleanno!"), (r"natale", "Buon Natale!")),
    "pt": ((r"anivers\u00e1rio", "Feliz anivers\u00e1rio!"), (r"natal", "Feliz Natal!")),
}
"""What a wish says, by the word that names it."""
