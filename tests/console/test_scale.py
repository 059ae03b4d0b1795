"""What evaluation/console.py measures among a million conversations, at a small size: plans, not times."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa

from clinic.console.conversations import leading, listing, paging, reading, search
from clinic.console.conversations.filters import Filter
from clinic.database import database, migrate
from evaluation import console as measured
from evaluation import console_data

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
# A table of a few rows is read as a whole: the planner is asked not to, where it has a choice.
INDEXES_ONLY = ("SET enable_seqscan = off", "SET enable_sort = off", "SET enable_bitmapscan = off")
KEY = f"{datetime(2026, 5, 1, tzinfo=UTC).replace(tzinfo=None).isoformat()}~c"


TOGETHER = [
    "channel=sms&thumbs=down&booked=yes",
    "outcome=handed_over&unclear=1",
    "channel=telegram&outcome=answered&below=70",
    "outcome=booked&step=contact&hour=0-14",
    "topic=faq%2Fpain&channel=telegram&booked=yes&from=2026-03-01&to=2026-05-31",
    "trouble=1&channel=widget&below=90",
    "hour=6-9&below=60",
]
BY = {
    "channel=sms": "channel",
    "outcome=handed_over": "outcome",
    "booked=yes": "outcome",
    "below=50": "unsure",
    "unclear=1": "not_understood",
    "thumbs=up": "thumbs_up",
    "thumbs=down": "thumbs_down",
    "trouble=1": "trouble",
}


@pytest.fixture
def filled(engine):
    console_data.fill(engine, 120, 600)
    return engine


@pytest.fixture
def plans(filled):
    """Return a function that runs a statement's function and returns the plans of its statements."""
    asked = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    def explain(work):
        with filled.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            for setting in () if sqlite else INDEXES_ONLY:
                connection.exec_driver_sql(setting)
            sa.event.listen(filled, "before_cursor_execute", note)
            work(connection)
            sa.event.remove(filled, "before_cursor_execute", note)
            found = []
            for statement, parameters in asked:
                plan = connection.exec_driver_sql(EXPLAIN[connection.dialect.name] + statement, parameters)
                found += [str(row[-1]) for row in plan]
            asked.clear()
            return found

    return explain


def slow(plan):
    """Return the steps of a plan that read a whole table, or sort one."""
    whole = [f"{how} {table}" for how in ("SCAN", "Seq Scan on") for table in ("conversations", "events")]
    return [
        step
        for step in plan
        if ("TEMP B-TREE FOR ORDER BY" in step or "Sort Key" in step)
        or (
            any(step.strip().removeprefix("->").strip().startswith(one) for one in whole)
            and "USING" not in step
        )
    ]


@pytest.mark.parametrize("place", ["", KEY], ids=["first", "deep"])
async def test_no_page_of_the_list_reads_or_sorts_the_whole_table(plans, place):
    for name, query in measured.FILTERS.items():
        wanted = Filter(dict(parse_qsl(query)))
        if not wanted["q"]:
            plan = plans(lambda connection, wanted=wanted: paging.find(connection, wanted, place, ""))
            assert slow(plan) == [], (name, plan)


@pytest.mark.parametrize("place", ["", KEY], ids=["first", "deep"])
async def test_neither_do_filters_together(plans, place):
    for query in TOGETHER:
        wanted = Filter(dict(parse_qsl(query)))
        plan = plans(lambda connection, wanted=wanted: paging.find(connection, wanted, place, ""))
        assert slow(plan) == [], (query, plan)


def test_of_several_conditions_the_one_that_fewest_meet_leads(filled, monkeypatch):
    monkeypatch.setattr(leading, "A_ROW", 1)

    def led_by(query):
        with filled.connect() as connection:
            return leading.lead(connection, Filter(dict(parse_qsl(query))))

    assert led_by("from=2026-03-01") == ""
    assert led_by("channel=widget") == "channel"
    assert led_by("channel=widget&outcome=opened") == "outcome"
    assert led_by("channel=sms&outcome=answered") == "channel"
    assert led_by("topic=nothing&outcome=opened") == "topic"
    assert led_by("below=50&thumbs=down&outcome=answered") in {"unsure", "thumbs"}
    assert led_by("outcome=answered&taken=1") == "taken"
    assert led_by("channel=sms&by=started") == "channel"
    monkeypatch.setattr(leading, "FEW", 2)
    assert led_by("channel=widget&by=started") == ""


async def test_no_row_is_read_that_a_filter_leaves_out(filled, plans):
    """Whatever leads, the rest of the conditions is in its index; PostgreSQL weighs that itself."""
    for query in TOGETHER if filled.dialect.name == "sqlite" else ():
        wanted = Filter(dict(parse_qsl(query)))
        plan = plans(lambda connection, wanted=wanted: paging.find(connection, wanted, KEY, ""))
        reads = [step for step in plan if "conversations" in step.split()]
        assert reads
        assert all("COVERING" in step for step in reads), (query, plan)


async def test_neither_do_a_search_the_choices_of_the_filters_and_a_transcript(plans):
    common = Filter({"q": console_data.COMMON, "channel": "widget"})

    def look(connection):
        found = search.find(connection, common, "400", "")
        search.snippets(connection, common, found)
        listing._rows(connection, found)
        reading.latest(connection, console_data.LONG)
        reading.newest(connection, console_data.LONG)

    plan = plans(look)
    assert slow(plan) == [], plan


def test_sqlite_finds_what_few_have_by_an_index_of_these_few():
    """SQLite has no figures of its own to choose an index by, as PostgreSQL has."""
    migrate()
    with database().connect() as connection:
        for query, index in BY.items():
            wanted = Filter(dict(parse_qsl(query)))
            page = paging.query(wanted, leading.lead(connection, wanted), paging.read_key(KEY))
            statement = page.compile(database(), compile_kwargs={"render_postcompile": True})
            values = [KEY if value is None else str(value) for value in statement.params.values()]
            (step,) = connection.exec_driver_sql(f"{EXPLAIN['sqlite']}{statement}", tuple(values)).all()
            assert f"ix_conversations_{index}" in step[-1], query


def test_every_page_can_be_measured(engine, monkeypatch):
    monkeypatch.setattr(console_data, "RARELY", 20)
    console_data.fill(engine, 60, 300)
    figures, talks, (megabytes, _) = asyncio.run(measured.measure(1))
    assert set(figures) == set(measured.FILTERS)
    found = (figures, talks, (megabytes, 1.0))
    lines = measured.table(60, 60, found, found)
    assert len([line for line in lines if line.startswith("| ")]) == len(figures) + 4
