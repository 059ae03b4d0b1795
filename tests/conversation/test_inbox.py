from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from clinic.conversation import inbox
from clinic.conversation.inbox import ADVISORY_LOCKS, Message, answered, left_behind, take_in

FIRST, SECOND = Message("c", "m1", "does it hurt?"), Message("c", "m2", "is it safe?")


def test_a_message_is_taken_in_once(engine, monday):
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: take_in(engine, FIRST, 1, monday), range(8)))
    assert taken.count(True) == 1
    answered(engine, FIRST)
    assert not take_in(engine, FIRST, 1, monday)
    assert left_behind(engine, 2) == []


def test_what_a_dead_process_left_is_inherited_once_and_in_order(engine, monday):
    take_in(engine, FIRST, 1, monday)
    take_in(engine, SECOND, 1, monday)
    assert left_behind(engine, 1) == []  # its own are under way
    assert left_behind(engine, 2) == [FIRST, SECOND]
    assert left_behind(engine, 2) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite there is one process
def test_a_living_process_keeps_its_messages(database_url, engine, monday):
    take_in(engine, FIRST, 1, monday)
    with engine.connect() as alive:
        alive.execute(sa.select(sa.func.pg_advisory_lock(ADVISORY_LOCKS, 1)))
        assert left_behind(engine, 2) == []
        alive.execute(sa.select(sa.func.pg_advisory_unlock(ADVISORY_LOCKS, 1)))
    assert left_behind(engine, 2) == [FIRST]


def test_the_notice_is_accepted_with_the_message(engine, monday):
    take_in(engine, FIRST, 1, monday, "abc")
    take_in(engine, SECOND, 1, monday, "abc")
    with engine.connect() as connection:
        rows = connection.execute(sa.select(inbox.inbox.metadata.tables["accepted_notices"])).all()
    assert [(row.conversation, row.version) for row in rows] == [("c", "abc")]
