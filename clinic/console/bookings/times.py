"""Times to choose from, and times outside of them: what moving and booking share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.engine import Engine

from clinic.booking import desk
from clinic.booking.desk import FreeTimes, Moving
from clinic.booking.diary import diary_of
from clinic.booking.model import Diary, Slot
from clinic.booking.wording import say_day
from clinic.console.bookings.calendar import day_of
from clinic.console.refused import Refused
from clinic.console.views import Asked
from clinic.settings import clinic, now


@dataclass(frozen=True)
class Choice:
    """A free time as a form offers it; ``value`` comes back."""

    value: str
    clock: str
    practitioner: str


def diary() -> Diary:
    """Return the diary as staff may use it: without the notice that visitors have to give."""
    return replace(diary_of(clinic()), notice=timedelta())


def choices(free: FreeTimes) -> list[tuple[str, list[Choice]]]:
    """Return each day with its free times."""
    return [(say_day(day), [_choice(slot) for slot in slots]) for day, slots in free.days]


def _choice(slot: Slot) -> Choice:
    clock = f"{slot.start.astimezone(clinic().zone):%H:%M}"
    return Choice(f"{slot.start.isoformat()}|{slot.practitioner}", clock, slot.practitioner)


def free_days(
    engine: Engine, service: str, first: date | None, practitioner: str, moving: Moving | None = None
) -> FreeTimes:
    """Return the next days with free times; of one practitioner where one is named."""
    rules = diary().only(practitioner or None)
    return desk.free_days(engine, rules, service, first or rules.today(now()), now(), moving)


def chosen(engine: Engine, service: str, value: str, moving: str | None = None) -> Slot:
    """Return the free slot that a form's choice names.

    Raises:
        SlotTaken: it is not free any more.
        Refused: 400 for a value that no form holds.

    """
    text, _, practitioner = value.partition("|")
    try:
        start = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(400, "Choose one of the times. Go back and try again.") from None
    rules = diary()
    return desk.slot_at(engine, rules, service, start, now(), practitioner=practitioner, moving=moving)


def anyway(asked: Asked, service_minutes: int) -> Slot:
    """Return the stretch of time that a form asks for whatever the diary's rules say.

    Raises Refused (400) for a time that is none, has passed, or a practitioner who is unknown.
    """
    rules, practitioner = diary(), asked.field("practitioner")
    start = moment(asked.field("date"), asked.field("time"), rules)
    if practitioner not in {p.name for p in rules.practitioners}:
        raise Refused(400, "Choose a practitioner. Go back and try again.")
    if start <= now():
        raise Refused(400, "That time has passed. Go back and choose another.")
    return Slot(start, start + timedelta(minutes=service_minutes), practitioner)


def moment(day: str, clock: str, rules: Diary) -> datetime:
    """Return a local date and time of a form as UTC. Raises Refused (400)."""
    on = day_of(day)
    try:
        at = time.fromisoformat(clock)
    except ValueError:
        on = None
    if on is None or at.tzinfo:
        raise Refused(400, "A date and a time are needed. Go back and fill them in.")
    return datetime.combine(on, at.replace(second=0, microsecond=0), rules.zone).astimezone(UTC)
