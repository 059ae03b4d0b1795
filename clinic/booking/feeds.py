"""A read-only calendar for each practitioner to subscribe to, at a secret address.

python -m clinic.booking.feeds                   prints the addresses
python -m clinic.booking.feeds renew "Ada Moor"  gives one a new address; the old one ends
"""

from __future__ import annotations

import secrets
import sys
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine

from clinic.booking.visits import visits
from clinic.database import appointments, calendar_feeds, database, migrate
from clinic.settings import ClinicFile, clinic, environment

PAST = timedelta(days=30)  # how far back a feed reaches


class NoSuchFeed(Exception):
    """Nobody's address, or one that has been renewed, or of somebody who has left."""


def address(engine: Engine, practitioner: str) -> str:
    """Return the address of a practitioner's feed, made when it is first asked for."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    new = dialect.insert(calendar_feeds).values(practitioner=practitioner, secret=secrets.token_urlsafe(24))
    own = sa.select(calendar_feeds.c.secret).where(calendar_feeds.c.practitioner == practitioner)
    with engine.begin() as connection:
        connection.execute(new.on_conflict_do_nothing())
        secret = connection.execute(own).scalar_one()
    return f"{environment().public_url}/appointment/feed/{secret}.ics"


def renew(engine: Engine, practitioner: str) -> str:
    """Return a new address for a practitioner's feed; whoever has the old one sees nothing any more."""
    with engine.begin() as connection:
        own = calendar_feeds.c.practitioner == practitioner
        connection.execute(calendar_feeds.delete().where(own))
    return address(engine, practitioner)


def feed(engine: Engine, secret: str, settings: ClinicFile, now: datetime) -> bytes:
    """Return the iCalendar feed behind a secret. Raises NoSuchFeed."""
    from clinic.booking import calendar, entries  # noqa: PLC0415 (9 MB that the assistant may never need)

    who = sa.select(calendar_feeds.c.practitioner).where(calendar_feeds.c.secret == secret)
    with engine.connect() as connection:
        practitioner = connection.execute(who).scalar()
    if practitioner not in {p.name for p in settings.practitioners}:
        raise NoSuchFeed
    row, named = appointments.c, settings.booking.names_in_calendars
    wanted = (row.practitioner == practitioner, row.status != "cancelled", row.busy_until > now - PAST)
    shown = [entries.for_staff(visit, named=named) for visit in visits(engine, *wanted)]
    return calendar.feed(f"{practitioner}, {settings.name}", shown, settings.zone)


def main() -> int:
    """Print each practitioner's address, or renew one; return the exit code."""
    migrate()
    people = [p.name for p in clinic().practitioners]
    match sys.argv[1:]:
        case []:
            for name in people:
                print(f"{name}: {address(database(), name)}")
            return 0
        case ["renew", name] if name in people:
            print(f"{name}: {renew(database(), name)}")
            return 0
    print(
        f'Usage: python -m clinic.booking.feeds [renew "NAME"]; names: {", ".join(people)}', file=sys.stderr
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
