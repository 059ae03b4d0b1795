"""Which days the figures are of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.console.bookings.calendar import day_of
from clinic.console.refused import Refused

USUAL_DAYS, MOST_DAYS = 30, 731
BARS = 31  # beside each other; more days are put together by weeks


@dataclass(frozen=True)
class Period:
    """Local days, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """When it begins, UTC."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """When it is over, UTC."""
        return self._midnight(self.last + timedelta(days=1))

    def parts(self) -> list[tuple[date, date]]:
        """Return the (first, last) days of each bar: a day or, of longer periods, some weeks."""
        step = 1 if self.days <= BARS else 7 * -(-self.days // (7 * BARS))
        firsts = [self.first + timedelta(days=n) for n in range(0, self.days, step)]
        return [(one, min(one + timedelta(days=step - 1), self.last)) for one in firsts]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def read(days: str, first: str, last: str, today: date, zone: ZoneInfo) -> Period:
    """Return the period that an address asks for: ``from`` and ``to``, or the last ``days``.

    Raises Refused (400) for what is no period, or longer than two years.
    """
    until = day_of(last) or today
    since = day_of(first)
    if since is None:
        if days and not (days.isascii() and days.isdecimal() and 0 < int(days[:5]) <= MOST_DAYS):
            raise Refused(400)
        since = until - timedelta(days=int(days or USUAL_DAYS) - 1)
    if not timedelta() <= until - since < timedelta(days=MOST_DAYS):
        raise Refused(400, f"Choose a period of 1 to {MOST_DAYS} days. Go back and change it.")
    return Period(since, until, zone)
