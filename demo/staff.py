"""What the staff of the demonstration do: who came and who did not, a call, blocked time, and thumbs."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from clinic.booking import blocked, desk, store
from clinic.booking.blocked import Blocking
from clinic.booking.diary import diary_of
from clinic.booking.model import SlotTaken, Wish
from clinic.booking.records import By, Client, with_id
from clinic.conversation import feedback, history
from clinic.database import appointments, database
from clinic.settings import clinic
from demo.people import somebody

DESK = "staff:Reception"
CAME = 0.92  # of those who have an appointment
HAPPY, UNHAPPY = 0.2, 0.07  # of answers that get a thumb


def note_who_came(until: datetime, chance: random.Random) -> None:
    """Say of every appointment that is over whether the client came."""
    row = appointments.c
    over = sa.select(row.id, row.ends_at).where(row.ends_at < until, row.status.in_(("confirmed", "moved")))
    with database().connect() as connection:
        found = connection.execute(over.order_by(row.ends_at)).all()
    for one in found:
        status = "attended" if chance.random() < CAME else "missed"
        by = By(f"demo:{one.id}:came", one.ends_at + timedelta(minutes=10), DESK)
        store.set_status(database(), with_id(database(), one.id), status, by)


def take_a_call(number: int, now: datetime, chance: random.Random) -> None:
    """Book for somebody on the telephone."""
    diary, who = diary_of(clinic()), somebody(9_000 + number, chance)
    service = chance.choice(diary.services).name
    first = diary.today(now) + timedelta(days=chance.randint(1, 12))
    offer = desk.offers_for(database(), diary, service, Wish(first_day=first), now)
    if not offer.slots:
        return
    contact = f"+44 7700 900{number:03}".replace(" ", "")
    try:
        slot = chance.choice(offer.slots)
        store.book(database(), slot, service, Client(who.name, contact), By(f"demo:call:{number}", now, DESK))
    except SlotTaken:
        return  # as on any telephone: somebody was faster


def block_time(now: datetime) -> None:
    """Block an afternoon of one practitioner and a meeting of all, in the days to come."""
    diary = diary_of(clinic())
    names = [p.name for p in diary.practitioners]
    day = diary.today(now) + timedelta(days=7 - diary.today(now).weekday())  # next Monday
    for people, days, hours, reason in (
        (names[:1], 1, (time(13), time(17)), "Training"),
        (names, 3, (time(12), time(13)), "Team meeting"),
    ):
        start, end = (
            datetime.combine(day + timedelta(days=days), at, diary.zone).astimezone(UTC) for at in hours
        )
        wanted = Blocking(str(uuid.uuid4()), people, start, end, reason)
        blocked.block(database(), wanted, DESK, now, lambda _connection: None, around=True)


def give_thumbs(conversation: str, at: datetime, chance: random.Random) -> None:
    """Let a visitor rate some of the answers, as the widget lets them."""
    for said in history.said_since(database(), conversation, 0):
        if not said.answer:
            continue
        draw = chance.random()
        if draw < HAPPY + UNHAPPY:
            feedback.rate(database(), conversation, said.id, draw < HAPPY, at)
