from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from clinic.conversation.inbox import take_in
from clinic.database import metadata, migrate, received_messages


def test_a_message_is_received_once(engine):
    assert take_in(engine, "widget", "m1", "widget-1", "hello")
    assert not take_in(engine, "widget", "m1", "widget-1", "hello")
    assert take_in(engine, "widget", "m2", "widget-1", "hello")
    assert take_in(engine, "other", "m1", "widget-1", "hello")


def test_a_message_that_arrives_many_times_at_once_is_received_once(engine):
    with ThreadPoolExecutor(20) as pool:
        received = list(pool.map(lambda _: take_in(engine, "widget", "m1", "c", "hello"), range(20)))
    assert sum(map(bool, received)) == 1


def test_migrating_twice_changes_nothing(engine):
    take_in(engine, "widget", "m1", "c", "hello")
    migrate()
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(received_messages)).all()) == 1


def test_the_migrations_make_the_tables_that_the_code_uses(engine):
    found = sa.inspect(engine)
    for table in metadata.sorted_tables:
        columns = {column["name"]: column for column in found.get_columns(table.name)}
        assert set(columns) == set(table.columns.keys())
        assert {name for name, c in columns.items() if not c["nullable"]} == {
            column.name for column in table.columns if not column.nullable
        }
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [
            column.name for column in table.primary_key
        ]
