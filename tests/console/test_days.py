"""What is kept of a day's figures is never out of date, and saves counting."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from clinic.console.numbers import counts, days
from clinic.console.numbers.period import Period
from clinic.conversation import archive, feedback
from clinic.conversation.erasure import forget
from clinic.conversation.tables import counted_days
from tests.console.talked import talk
from tests.conversation.written import keep as keep_one
from tests.conversation.written import user

LONDON = ZoneInfo("Europe/London")
# The clocks go back on the 25th of October.
PERIOD = Period(date(2026, 10, 20), date(2026, 10, 29), LONDON)
AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kept(engine):
    """A database with conversations whose days are kept."""
    chance = random.Random(3)
    for number in range(40):
        start = datetime(2026, 10, 19, 23, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 9 * 1440))
        talk(engine, f"c{number}", start, chance)
    assert days.keep(engine, PERIOD, AT) == 0
    assert days.keep(engine, PERIOD, AT + MINUTE) > 5
    return engine


def stored(engine):
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(counted_days.c.starts_at).where(counted_days.c.figures.is_not(None))
        )
        return {row.starts_at.astimezone(LONDON).date() for row in rows}


def both(engine, period=PERIOD):
    with engine.connect() as connection:
        return days.count(connection, period), counts.count(connection, period)


async def test_what_is_kept_equals_what_is_counted(kept, monkeypatch):
    put_together, counted = both(kept)
    assert put_together == counted
    assert counted.total > 0
    monkeypatch.setattr(counts, "count", lambda *_: pytest.fail("everything is kept"))
    with kept.connect() as connection:
        first = Period(min(stored(kept)), max(stored(kept)), LONDON)
        assert days.count(connection, first).total > 0


async def test_a_day_is_counted_a_minute_after_it_was_noted(engine):
    keep_one(engine, "one", user("a"), at=datetime(2026, 10, 22, 12, tzinfo=UTC))
    assert [days.keep(engine, PERIOD, AT + n * MINUTE / 2) for n in range(4)] == [0, 0, 8, 0]


def _goes_on(engine):
    """Somebody from the first days writes again, a month later."""
    at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    chance = random.Random(1)
    talk(engine, "c0", at, chance)


def _is_rated(engine):
    with engine.connect() as connection:
        query = sa.select(archive.events).where(archive.events.c.type_name == "bot").limit(1)
        answer = connection.execute(query).one()
    feedback.rate(engine, answer.sender_id, answer.id, False, AT)


def _is_erased(engine):
    with engine.begin() as connection:
        forget(connection, ["c1"])


def _comes_late(engine):
    keep_one(engine, "late", user("a"), at=datetime(2026, 10, 24, 12, tzinfo=UTC))


@pytest.mark.parametrize("change", [_goes_on, _is_rated, _is_erased, _comes_late])
async def test_a_change_of_a_conversation_takes_its_day_away_and_it_is_counted_anew(kept, change):
    before = stored(kept)
    change(kept)
    assert len(before - stored(kept)) == 1
    put_together, counted = both(kept)
    assert put_together == counted
    for minutes in (2, 3):
        days.keep(kept, PERIOD, AT + minutes * MINUTE)
    assert stored(kept) == before
    put_together, counted = both(kept)
    assert put_together == counted


async def test_a_day_that_changes_while_it_is_counted_is_not_kept(kept, monkeypatch):
    _comes_late(kept)
    days.keep(kept, PERIOD, AT + 2 * MINUTE)
    real = counts.count

    def count_slowly(connection, period):
        counted = real(connection, period)
        connection.rollback()  # SQLite would let nobody write
        keep_one(kept, "later", user("a"), at=datetime(2026, 10, 24, 13, tzinfo=UTC))
        return counted

    monkeypatch.setattr(counts, "count", count_slowly)
    assert days.keep(kept, PERIOD, AT + 3 * MINUTE) == 0
    assert date(2026, 10, 24) not in stored(kept)


async def test_days_of_another_time_zone_are_forgotten(kept):
    elsewhere = Period(PERIOD.first, PERIOD.last, ZoneInfo("Asia/Kolkata"))
    put_together, counted = both(kept, elsewhere)
    assert put_together == counted
    for minutes in (2, 3):
        days.keep(kept, elsewhere, AT + minutes * MINUTE)
    put_together, counted = both(kept, elsewhere)
    assert put_together == counted
    with kept.connect() as connection:
        assert len({row.starts_at.minute for row in connection.execute(sa.select(counted_days))}) == 1
