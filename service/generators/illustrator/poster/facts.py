"""Facts that make a poster: days, hours, prices, percents, links, handles and phone numbers."""

# ruff: noqa: E501 - tables of words

from __future__ import annotations

import re

FLAGS = re.IGNORECASE
DAYS = (
    r"mon|tues|wednes|thurs|fri|satur|sun",
    (
        r"lunes|martes|miércoles|jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi"
        r"|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunedì|martedì|mercoledì"
        r"|giovedì|venerdì|sabato|domenica|(?:segunda|terça|quarta|quinta|sexta)(?:s?-feira)?"
    ),
    (
        r"jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept(?:ember)?|oct(?:ober)?"
        r"|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
        r"|noviembre|diciembre|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre"
        r"|décembre|januar|februar|märz|juni|juli|oktober|dezember|gennaio|febbraio|aprile|maggio|giugno"
        r"|luglio|settembre|ottobre|novembre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro"
        r"|outubro|novembro|dezembro"
    ),
)
DAY = rf"(?:(?:{DAYS[0]})days?\b|(?:{DAYS[1]})s?\b|\d{{1,2}}(?:st|nd|rd|th|\.)?\s(?:of |de )?(?:{DAYS[2]})\b"
DAY += rf"|(?:{DAYS[2]})\s\d{{1,2}}(?:st|nd|rd|th)?\b|today\b|tomorrow\b|tonight\b|hoy\b|aujourd'hui\b|heute\b|oggi\b|hoje\b|amanhã\b|mañana\b|demain\b|morgen\b|domani\b)"
HOUR = r"(?:\d{1,2}(?:[:.h]\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.|uhr|h|heures?)(?!\w)|\d{1,2}:\d{2}|noon\b|midnight\b)"
PRICE = r"(?:[€$£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[€$£]|euros?\b|dollars?\b|pounds?\b))"
PERCENT = r"\d{1,3}\s?(?:%|percent\b|por ciento\b|pour cent\b|prozent\b)"
LINK = r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.\w[\w.]*\w|@\w+|\+?\d[\d /-]{6,}\d"
WEIGHTY = re.compile(rf"(?<!\w)(?:{PRICE}|{PERCENT}|{LINK})", FLAGS)
"""One of these makes an announcement of a prompt."""
DATED = re.compile(rf"(?<!\w)(?:{DAY}|{HOUR})", FLAGS)
"""Two of these do: "a market on Sunday" is a scene."""
FACT = re.compile(rf"(?<!\w)(?:{DAY}|{HOUR}|{PRICE}|{PERCENT}|{LINK})", FLAGS)
