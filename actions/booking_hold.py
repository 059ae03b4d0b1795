"""The hold on the time that a visitor has chosen, kept while they type."""

from __future__ import annotations

from datetime import datetime

from rasa_sdk import Tracker

from actions import booking_wish, elsewhere
from clinic.booking import desk, store
from clinic.booking.diary import diary_of
from clinic.database import database
from clinic.settings import clinic, now


def hold(tracker: Tracker, start: str | None) -> None:
    """Hold the slot that starts then, or give the hold back. Raises SlotTaken."""
    if elsewhere.is_used():
        return  # nothing can be held there
    engine, key, at = database(), tracker.get_slot("booking_key"), now()
    moving = tracker.get_slot("moving_reference")
    if not start:
        store.release(engine, key)
        return
    slot = desk.slot_at(
        engine,
        diary_of(clinic()),
        tracker.get_slot("booking_service"),
        datetime.fromisoformat(start),
        at,
        practitioner=booking_wish.wish_of(booking_wish.value_of(tracker)).practitioner,
        hold=key,
        moving=moving,
    )
    store.hold(engine, slot, key, at, moving)
