"""One conversation's page: what was said and what was made of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import sqlalchemy as sa

from clinic.console.conversations.entries import entries, ranking
from clinic.console.conversations.reading import LATEST
from clinic.conversation.feedback import rate
from clinic.database import appointments, metadata
from tests.conversation.written import AT, bot, keep, user

HEARD = {
    "text": "does it hurt",
    "intent": {"name": "faq", "confidence": 0.62, "full_retrieval_intent_name": "faq/pain"},
    "intent_ranking": [{"name": "faq", "confidence": 0.7}, {"name": "book", "confidence": 0.21}],
    "response_selector": {
        "faq": {
            "ranking": [
                {"intent_response_key": "faq/pain", "confidence": 0.62},
                {"intent_response_key": "faq/safety", "confidence": 0.08},
            ]
        }
    },
    "entities": [{"entity": "service", "value": "Facial acupuncture"}],
}
SLOT = {"event": "slot", "name": "client_name", "value": "Jane"}


async def test_a_transcript_shows_what_was_said_and_what_was_made_of_it(console):
    anna = console.hire("viewer", "Anna")
    buttons = {"buttons": [{"title": "Book now", "payload": "book"}]}
    number = keep(
        console.engine,
        "widget-1",
        user("<script>alert(1)</script>", parse_data=HEARD),
        SLOT,
        {"event": "action", "name": "utter_faq"},
        {"event": "action", "name": "action_listen"},
        bot("Hardly.", data=buttons, metadata={"utter_action": "utter_faq/pain"}),
    )
    rate(console.engine, "widget-1", number, True, AT)
    text = (await console.get("/conversations/widget-1", anna)).text
    assert "<script>alert" not in text
    heard = ("faq/pain", "62.0%", "book (21.0%)", "Facial acupuncture")
    done = ("client_name = Jane", "did utter_faq")
    assert [words for words in (*heard, *done) if words not in text] == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert all(words in text for words in ("Hardly.", "Book now", '<span class="tag">helpful</span>'))
    assert "<details open" not in text
    assert console.trail() == [("Anna", "viewed transcript", "conversation widget-1")]


async def test_the_booking_that_came_of_it_is_shown(console, book):
    made = book()
    keep(console.engine, "c", user("book"))
    with console.engine.begin() as connection:
        connection.execute(appointments.update().values(conversation="c"))
    assert (
        f"{made.reference}: Facial acupuncture"
        in (await console.get("/conversations/c", console.hire("viewer"))).text
    )


async def test_it_opens_at_its_latest_lines_and_goes_back_on_demand(console):
    anna = console.hire("viewer", "Anna")
    said = [user(f"number {n}.") for n in range(2 * LATEST + 10)]
    keep(console.engine, "long", *said)
    answer, seen = await console.get("/conversations/long", anna), []
    assert f"number {2 * LATEST + 9}." in answer.text
    while True:
        seen.insert(0, re.findall(r"number (\d+)\.", answer.text))
        before = re.search(r'name="before" value="(\d+)"', answer.text)
        if not before:
            break
        answer = await console.get(f"/conversations/long/earlier?before={before[1]}", anna)
    assert [len(part) for part in seen] == [10, LATEST, LATEST]
    assert [int(n) for part in seen for n in part] == list(range(len(said)))
    assert [entry[1:] for entry in console.trail()] == [("viewed transcript", "conversation long")] * 3


async def test_an_unknown_conversation_is_not_found_and_leaves_no_trace(console):
    anna = console.hire("owner")
    assert (await console.get("/conversations/nobody", anna)).status == 404
    assert (await console.get("/conversations/nobody/earlier?before=1", anna)).status == 404
    assert console.trail() == []


async def test_deliveries_are_shown_where_there_are_messaging_channels(console, monkeypatch):
    number = keep(console.engine, "telegram:1", user("hi"), bot("Hello."))
    deliveries = metadata.tables.get("deliveries")
    if deliveries is None:  # until the channels' own table is there
        own = sa.MetaData()
        columns = ("conversation", "channel", "state", "trouble")
        deliveries = sa.Table("deliveries", own, *(sa.Column(name, sa.Text) for name in columns))
        for name in ("event_id", "part"):
            deliveries.append_column(sa.Column(name, sa.Integer))
        own.create_all(console.engine)
        monkeypatch.setattr(metadata, "tables", metadata.tables | {"deliveries": deliveries})
    at = datetime.now(UTC)
    row = {
        "conversation": "telegram:1",
        "event_id": number,
        "part": 0,
        "channel": "telegram",
        "state": "failed",
    }
    more = {"attempts": 1, "next_try_at": at, "created_at": at}
    row |= {"state": "failed", "trouble": "blocked"} | {
        name: value for name, value in more.items() if name in deliveries.c
    }
    with console.engine.begin() as connection:
        connection.execute(deliveries.insert().values(row))
    text = (await console.get("/conversations/telegram%3A1", console.hire("viewer"))).text
    assert "telegram: failed (blocked)" in text


async def test_the_visitors_key_to_a_booking_is_shown_to_nobody(console):
    card = {"type": "booking", "reference": "FEN-829", "manage": "https://clinic.example/appointment/key"}
    keep(console.engine, "c", bot("", data={"custom": card}))
    text = (await console.get("/conversations/c", console.hire("owner"))).text
    assert "booking" in text
    assert "appointment/key" not in text


def test_events_of_any_shape_can_be_shown():
    odd = [
        ("user", '{"event": "user", "text": null}'),
        ("bot", '{"event": "bot", "text": null, "data": {"custom": {"type": "slots"}, "image": "/x.png"}}'),
        ("agent", '{"event": "agent", "data": {"custom": {"type": "presence", "state": "waiting"}}}'),
        ("undo", '{"event": "undo"}'),
        ("active_loop", '{"event": "active_loop", "name": null}'),
        ("slot", '{"event": "slot", "name": "wish", "value": {"a": [1]}}'),
    ]
    rows = [Row(n, kind, None, data) for n, (kind, data) in enumerate(odd)]
    shown = entries(rows)
    assert [entry.kind for entry in shown] == ["visitor", "bot", "coming"]
    assert shown[-1].steps == ["undo", "ended the form", 'wish = {"a": [1]}']
    assert ranking({}) == []


class Row:
    """An event's row."""

    def __init__(self, number, kind, timestamp, data):
        self.id, self.type_name, self.timestamp, self.data = number, kind, timestamp, data
