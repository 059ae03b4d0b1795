"""Export of exactly what is filtered."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from clinic.console.conversations import export
from tests.conversation.written import AT, bot, keep, user


@pytest.fixture
def anna(console):
    for n in range(7):
        at, channel = AT + timedelta(minutes=n), "telegram" if n % 2 else "widget"
        keep(
            console.engine,
            f"c{n}",
            user("needles"),
            bot("Thin."),
            at=at,
            channel=channel,
            topics=["faq/pain"],
        )
    return console.hire("manager", "Anna")


@pytest.mark.parametrize("query", ["", "channel=telegram", "topic=faq%2Fpain", "q=needles&channel=telegram"])
@pytest.mark.parametrize("size", [2, 500])
async def test_the_csv_has_a_row_for_each_conversation_of_the_list(console, anna, query, size, monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", size)
    answer = await console.get(f"/conversations/export.csv?{query}", anna)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    wanted = ["c5", "c3", "c1"] if "telegram" in query else [f"c{n}" for n in range(6, -1, -1)]
    assert [row["id"] for row in rows] == wanted
    assert (rows[-1]["topics"], rows[-1]["booked"]) == ('["faq/pain"]', "False")
    assert "attachment" in answer.headers["Content-Disposition"]


async def test_the_json_has_a_line_for_each_message(console, anna, monkeypatch):
    monkeypatch.setattr(export, "MESSAGES_AT_ONCE", 1)
    answer = await console.get("/conversations/export.jsonl?channel=widget", anna)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [(line["conversation"], line["from"]) for line in lines[:2]] == [("c6", "visitor"), ("c6", "bot")]
    assert len(lines) == 8
    assert (lines[0]["topic"], lines[0]["confidence"]) == ("faq/pain", 0.9)


@pytest.mark.parametrize("name", ["=1+1", "+44", "-1", "@x", "\tx"])
async def test_no_cell_is_a_formula(console, name):
    keep(console.engine, f"{name}", user("x"), channel=f"{name}")
    answer = await console.get("/conversations/export.csv", console.hire("manager"))
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["id"], row["channel"]) == (f"'{name}", f"'{name}")


async def test_who_exported_what_is_noted_without_the_words(console, anna):
    await console.get("/conversations/export.csv?q=Jane+Doe&channel=widget", anna)
    assert console.trail() == [("Anna", "exported conversations", "csv filtered by words, channel widget")]
