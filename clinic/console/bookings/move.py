"""Moving an appointment: to a free time or, by a manager, to any that the database still has."""

from __future__ import annotations

from sanic.response import HTTPResponse
from sqlalchemy.engine import Engine, Row

from clinic.booking import store
from clinic.booking.desk import FreeTimes, Moving
from clinic.booking.manage import CHANGEABLE
from clinic.booking.records import Appointment, By
from clinic.console.bookings import times
from clinic.console.bookings.appointment import stored
from clinic.console.bookings.calendar import day_of
from clinic.console.bookings.changes import changed, first_free
from clinic.console.pages import page
from clinic.console.refused import Refused
from clinic.console.views import Asked, view
from clinic.database import database


@view("/bookings/<reference>/move", role="reviewer")
def choose(asked: Asked, reference: str) -> HTTPResponse:
    """Offer the free times from a day on (?from=)."""
    one = stored(asked.connection, reference)
    if one.status not in CHANGEABLE:
        raise Refused(409)
    practitioner = asked.argument("practitioner")
    free = _free(one, asked.argument("from"), practitioner)
    return page(
        asked,
        "bookings/move.html",
        one=one,
        days=times.choices(free),
        later=free.later,
        practitioner=practitioner,
        practitioners=[p.name for p in times.diary().practitioners],
    )


def _free(one: Row, first: str, practitioner: str) -> FreeTimes:
    """Return the free times; none for a service that the clinic no longer offers."""
    if one.service not in {service.name for service in times.diary().services}:
        return FreeTimes([], None)
    moving = Moving(one.reference, one.starts_at, one.practitioner)
    return times.free_days(database(), one.service, day_of(first), practitioner, moving)


@view("/bookings/<reference>/move", role="reviewer", methods=("POST",))
async def move(asked: Asked, reference: str) -> HTTPResponse:
    """Move to the chosen time; the client is told."""
    if asked.field("anyway") and not asked.me.may("manager"):
        raise Refused(403)

    def write(engine: Engine, one: Appointment, by: By) -> None:
        if asked.field("anyway"):
            minutes = int((one.slot.end - one.slot.start).total_seconds() // 60)
            wanted = times.anyway(asked, minutes)
            first_free(one.service, wanted, lambda slot: store.move(engine, one, slot, by))
        else:
            slot = times.chosen(engine, one.service, asked.field("start"), moving=one.reference)
            store.move(engine, one, slot, by)

    return await changed(asked, reference, "moved", write)
