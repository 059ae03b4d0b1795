"""Whole booking conversations: what visitors say is given, what is stored is checked."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from clinic.booking import store
from clinic.booking.model import Slot
from clinic.booking.records import By, Client
from clinic.database import appointments, database, migrate
from clinic.settings import now
from tests.booking.diaries import LONDON

CONVERSATIONS = yaml.safe_load((Path(__file__).parent / "conversations.yml").read_text())
LEAST, LEAST_NASTY = 60, 20
_keys = count()


def test_there_are_enough_conversations():
    assert len(CONVERSATIONS) >= LEAST
    assert sum(bool(one.get("nasty")) for one in CONVERSATIONS) >= LEAST_NASTY


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda one: one["name"].replace(" ", "-"))
def test_what_is_agreed_is_stored(conversation, talk, clinic_file, monkeypatch):
    migrate()
    _set_up(conversation, clinic_file, monkeypatch)
    visitor, other = talk.visitor(), talk.visitor()
    for turn in conversation["visitor"]:
        if isinstance(turn, str):
            visitor.says(turn.replace("{reference}", _last_reference()))
        elif "other" in turn:
            other.says(turn["other"])
        elif "meanwhile" in turn:
            _sell(turn["meanwhile"])
        else:
            monkeypatch.setenv("CLINIC_NOW", (now() + timedelta(minutes=turn["wait"])).isoformat())
    said = "\n".join(reply.get("text", "") for turn in visitor.heard for reply in turn)
    rows = _stored()
    assert sorted(map(_line, rows)) == sorted(conversation["booked"]), said
    assert all(words in said for words in conversation.get("hears", [])), said
    assert not any(words in said for words in conversation.get("never", [])), said
    for name, column in (("email", "client_email"), ("notes", "notes")):
        assert name not in conversation or [row[column] for row in rows] == [conversation[name]]


def _set_up(conversation, clinic_file, monkeypatch):
    if "at" in conversation:
        monkeypatch.setenv("CLINIC_NOW", conversation["at"])
    settings = yaml.safe_load(clinic_file.read_text())
    for name in {"question", "cancel_until_hours"} & conversation.keys():
        settings["booking"][name] = conversation[name]
    clinic_file.write_text(yaml.safe_dump(settings, sort_keys=False))
    os.utime(clinic_file, ns=(next(_keys), next(_keys)))  # a file of its own to the settings' reader
    for sold in conversation.get("taken", []):
        _sell(sold)


def _sell(words):
    """Sell "Ada Moor 2026-11-27 09:00-10:00" to somebody."""
    who, day, span = words.rsplit(" ", 2)
    start, end = (datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=LONDON) for at in span.split("-"))
    by = By(f"sold-{next(_keys)}", now())
    store.book(
        database(), Slot(start, end, who), "Facial acupuncture", Client("Somebody", "+447700900999"), by
    )


def _stored():
    with database().connect() as connection:
        return connection.execute(sa.select(appointments).order_by(appointments.c.id)).all()


def _last_reference():
    return next((row.reference for row in reversed(_stored())), "none")


def _line(row):
    start = row.starts_at.astimezone(LONDON)
    return " | ".join(
        (row.service, f"{start:%Y-%m-%d %H:%M}", row.client_name, row.client_contact, row.status)
    )


def test_an_action_that_is_called_again_books_once_and_says_the_same(talk):
    """Rasa repeats a call that took too long."""
    migrate()
    slots = {
        "booking_confirmed": True,
        "booking_key": "the same",
        "booking_service": "Consultation",
        "appointment_start": "2026-11-27T10:00:00+00:00",
        "client_name": "Jane Doe",
        "client_contact": "jane@example.com",
    }
    first, second = talk.call("action_book", slots), talk.call("action_book", slots)
    assert first == second
    assert first["responses"][0]["response"] == "utter_booked"
    assert [_line(row) for row in _stored()] == [
        "Consultation | 2026-11-27 10:00 | Jane Doe | jane@example.com | confirmed"
    ]
