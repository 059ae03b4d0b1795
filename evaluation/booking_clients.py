"""What the clients of evaluation.booking_load and booking_kills go after, and with what."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta

from clinic.booking import store
from clinic.booking.model import Slot
from clinic.booking.records import Appointment, By, Client
from clinic.database import database

PROCESSES = 2
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TURN = store.HOLD  # the clients' clock moves on by as much in each round
FORK = multiprocessing.get_context("fork")


def slot_of(number: int) -> Slot:
    """Return a slot of an hour, each round's on a day of its own, with buffers and a room."""
    start = START + timedelta(days=30 + number)
    quarter = timedelta(minutes=15)
    return Slot(start, start + timedelta(hours=1), "Ada Moor", "Blue room", quarter, quarter)


def book(number: int, key: str, now: datetime) -> Appointment:
    """Book the slot of that number. Raises SlotTaken."""
    client = Client(f"Visitor {key}", f"{key}@example.com")
    return store.book(database(), slot_of(number), "Facial acupuncture", client, By(key, now))


def move(own: Appointment, number: int, key: str, now: datetime) -> Appointment:
    """Move an appointment to the slot of that number. Raises SlotTaken, AppointmentNotFound."""
    return store.move(database(), own, slot_of(number), By(key, now))
