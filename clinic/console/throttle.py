"""How often somebody may fail to sign in: counted in the database, by name and by address.

An attempt is counted before it is looked at, in one statement, so that many at once count as many. What
is stored is a hash. That has a short transaction of its own: a password takes a tenth of a second, for which
SQLite would let nobody else write. A right log-in forgets the failures of its name at its address.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from clinic.console.sessions import digest
from clinic.console.tables import staff_attempts
from clinic.database import UtcDateTime

WINDOW = timedelta(minutes=15)
AT_ONE_ADDRESS, BY_ADDRESS, BY_NAME = 5, 20, 50  # for one name there; all names there; one name from anywhere
COUNT = sa.text("""
INSERT INTO staff_attempts (of, since, attempts) VALUES (:of, :at, 1)
ON CONFLICT (of) DO UPDATE SET
  attempts = CASE WHEN staff_attempts.since <= :before THEN 1 ELSE staff_attempts.attempts + 1 END,
  since = CASE WHEN staff_attempts.since <= :before THEN :at ELSE staff_attempts.since END
""").bindparams(sa.bindparam("at", type_=UtcDateTime), sa.bindparam("before", type_=UtcDateTime))


def may_try(engine: Engine, name: str, address: str, at: datetime) -> bool:
    """Count an attempt and say whether it may be looked at."""
    limits = {_both(name, address): AT_ONE_ADDRESS, digest(f"address {address}"): BY_ADDRESS}
    limits[digest(f"name {name}")] = BY_NAME
    with engine.begin() as connection:
        for of in sorted(limits):  # in one order, so that no two attempts wait for each other
            connection.execute(COUNT, {"of": of, "at": at, "before": at - WINDOW})
        rows = connection.execute(sa.select(staff_attempts).where(staff_attempts.c.of.in_(limits))).all()
    return all(row.attempts <= limits[row.of] for row in rows)


def forget(connection: Connection, name: str, address: str, at: datetime) -> None:
    """Forget the failures of a name at an address, as it was the right person, and all that are past."""
    theirs = staff_attempts.c.of == _both(name, address)
    connection.execute(staff_attempts.delete().where(theirs | (staff_attempts.c.since <= at - WINDOW)))


def _both(name: str, address: str) -> str:
    return digest(f"both {name} {address}")
