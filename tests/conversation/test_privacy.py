"""Retention, erasure, export and masking: what a visitor may ask of a clinic, and what it owes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered

from clinic.conversation import erasure, privacy
from clinic.conversation.retention import KEPT, enforce
from clinic.conversation.tables import conversations, erasures, events
from clinic.conversation.tracker_store import ClinicTrackerStore
from clinic.database import (
    appointment_changes,
    appointments,
    database,
    migrate,
    received_messages,
    requests,
    taken_time,
)
from clinic.learning.tables import reviews

PHONE, NAME = "+447700900123", "Zebedee Quill"
SLOTS = {
    name: {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}
    for name in ("client_name", "client_contact")
}
DOMAIN = Domain.from_dict({"version": "3.1", "intents": ["book"], "slots": SLOTS})


async def visit(name, channel="widget", days_ago=0.0):
    """A visitor books, with name and phone number, some days ago."""
    entities = [{"entity": "name", "value": NAME, "start": 4, "end": 17}]
    said = UserUttered(
        f"i'm {NAME}, 07700 900123, my skin is dry",
        {"name": "book", "confidence": 0.9},
        entities,
        input_channel=channel,
        message_id=f"m-{name}",
    )
    told = BotUttered(f"Thanks, {NAME}.", metadata={"utter_action": "utter_booked"})
    slots = [SlotSet("client_name", NAME), SlotSet("client_contact", PHONE)]
    store = ClinicTrackerStore(DOMAIN)
    tracker = await store.create_tracker(name, append_action_listen=False)
    at = datetime.now(UTC) - timedelta(days=days_ago)
    for event in (ActionExecuted("action_session_start"), SessionStarted(), said, *slots, told):
        event.timestamp = at.timestamp()
        tracker.update(event, DOMAIN)
    await store.save(tracker)
    _also(name, at)


def _also(name, at):
    start = at + timedelta(days=10)
    booked = {
        "reference": f"R-{name}"[:16],
        "idempotency_key": name,
        "service": "Facial",
        "practitioner": name,
    }
    with database().begin() as connection:
        made = connection.execute(
            appointments.insert().values(
                **booked,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
                busy_from=start,
                busy_until=start + timedelta(hours=1),
                client_name=NAME,
                client_contact=PHONE,
                sequence=0,
                client_email="quill@example.com",
                notes=f"{NAME}: dry skin",
                status="confirmed",
                conversation=name,
                created_at=at,
                changed_at=at,
            )
        ).inserted_primary_key[0]
        connection.execute(
            taken_time.insert().values(resource=f"practitioner:{name}", at=start, appointment_id=made)
        )
        key = f"m-1:twilio:{PHONE}:{name}"  # as a chat's name stood in them once
        changed = {"appointment_id": made, "sequence": 0, "at": at, "who": "visitor", "what": "confirmed"}
        times = {"practitioner": name, "starts_at": start, "ends_at": start + timedelta(hours=1)}
        connection.execute(appointment_changes.insert().values(idempotency_key=key, **changed, **times))
        connection.execute(
            requests.insert().values(
                idempotency_key=name,
                conversation=name,
                client_name=NAME,
                client_contact=PHONE,
                message="ring me",
                created_at=at,
            )
        )
        connection.execute(
            received_messages.insert().values(
                channel=name, message_id="1", conversation=name, received_at=at, words=f"i'm {NAME}"
            )
        )


def everything():
    """All that every table of the database holds, as one text."""
    with database().connect() as connection:
        tables = sa.inspect(database()).get_table_names()
        return "\n".join(
            str(row)
            for table in tables
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"'))  # noqa: S608
        )


def count(table):
    with database().connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()


async def test_erasing_empties_every_table_and_leaves_a_receipt(database_url):
    await visit("c1")
    assert NAME in everything()
    receipt = erasure.erase(database(), ["c1"], datetime.now(UTC))
    left = everything()
    for trace in (NAME, "Quill", "7700", "900123", "ring me", "skin", "c1 "):
        assert trace.lower() not in left.lower()
    assert receipt.counts["events"] == 6
    assert receipt.counts == {"conversations": 1, "events": 6, "messages": 1, "requests": 1, "bookings": 1}
    assert receipt.reference in left


async def test_a_visitor_who_deletes_the_chat_keeps_the_appointment(database_url):
    await visit("c1")
    erasure.erase_chat(database(), "c1")
    assert count(events) == count(conversations) == 0
    with database().connect() as connection:
        assert connection.execute(sa.select(appointments.c.client_name)).scalar() == NAME


async def test_sqlites_files_hold_nothing_of_an_erased_person(tmp_path):
    migrate()
    await visit("c1")
    erasure.erase(database(), ["c1"], datetime.now(UTC))
    for file in tmp_path.glob("clinic.db*"):
        content = file.read_bytes().lower()
        assert b"quill" not in content
        assert b"900123" not in content


async def test_an_erased_persons_time_stays_sold(database_url):
    await visit("c1")
    erasure.erase(database(), ["c1"], datetime.now(UTC))
    assert count(taken_time) == 1


async def test_nobody_elses_data_is_erased(database_url):
    await visit("c1")
    await visit("c2")
    erasure.erase(database(), ["c1"], datetime.now(UTC))
    assert count(conversations) == 1
    assert NAME in everything()


async def test_a_person_is_found_by_phone_number_in_every_conversation(database_url, capsys):
    for name in ("c1", "c2", "c3"):
        await visit(name)
    assert erasure.conversations_of(database(), PHONE) == {"c1", "c2", "c3"}
    assert privacy.main(["erase", "07700 900123"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["conversations"] == 3
    assert NAME not in everything()
    assert count(erasures) == 1


async def test_an_export_holds_all_that_is_known(database_url, capsys):
    await visit("c1")
    await visit("c2")
    assert privacy.main(["export", "07700 900123"]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert len(exported["conversations"]) == 2
    assert len(exported["conversations"][0]["events"]) == 6
    assert [booking["client_name"] for booking in exported["bookings"]] == [NAME, NAME]
    assert [request["message"] for request in exported["requests"]] == ["ring me", "ring me"]


async def test_exporting_nobody_is_empty(database_url, capsys):
    privacy.main(["export", "nobody@example.com"])
    assert json.loads(capsys.readouterr().out) == {"conversations": [], "bookings": [], "requests": []}


async def test_each_channel_is_kept_for_its_own_time(database_url):
    await visit("new", "widget", 5)
    await visit("old", "widget", 40)
    await visit("other", "rest", 40)
    assert enforce(database(), datetime.now(UTC), {"widget": 30, "*": 365}) == 1
    with database().connect() as connection:
        names = set(connection.execute(sa.select(conversations.c.id)).scalars())
    assert {"new", "other"} < names
    assert "old" not in names


async def test_what_is_kept_is_words_without_the_person(database_url):
    await visit("old", days_ago=400)
    enforce(database(), datetime.now(UTC), {"*": 365})
    left = everything()
    for trace in ("Zebedee", "Quill", "7700", "900123", "ring me"):
        assert trace.lower() not in left.lower()
    with database().connect() as connection:
        kept = connection.execute(sa.select(conversations)).one()
        texts = [json.loads(d)["text"] for d in connection.execute(sa.select(events.c.data)).scalars()]
    assert kept.id.startswith(KEPT)
    assert (kept.outcome, kept.visitor_messages) == ("booked", 1)
    assert texts == ["i'm [name], [phone], my skin is dry", "Thanks, [name]."]


async def test_retention_is_done_once(database_url):
    await visit("old", days_ago=400)
    assert enforce(database(), datetime.now(UTC), {"*": 365}) == 1
    assert enforce(database(), datetime.now(UTC), {"*": 365}) == 0


async def test_a_coming_appointment_keeps_its_client(database_url):
    await visit("old", days_ago=8)
    enforce(database(), datetime.now(UTC), {"widget": 7, "*": 365})
    with database().connect() as connection:
        assert connection.execute(sa.select(appointments.c.client_name)).scalar() == NAME


@pytest.mark.parametrize("wrong", ["soon", "0", "-1", "widget:", "99999999", "widget:x"])
def test_a_retention_that_is_no_number_of_days_is_named(monkeypatch, wrong):
    from clinic.settings import environment  # noqa: PLC0415

    monkeypatch.setenv("RETENTION_DAYS", wrong)
    with pytest.raises(ValueError, match="RETENTION_DAYS must be days"):
        environment()


async def test_what_staff_decided_about_a_message_outlives_the_conversation_without_the_person(engine):
    await visit("old", days_ago=400)
    query = sa.select(events.c.id).where(events.c.type_name == "user")
    rows = {"said_at": datetime.now(UTC), "text": f"i'm {NAME}", "topic": "book", "confidence": 0.4}
    rows |= {"conversation": "old", "reasons": "asked back", "weight": 40, "tags": "", "note": f"rang {NAME}"}
    with engine.begin() as connection:
        event = connection.execute(query).scalar_one()
        connection.execute(
            reviews.insert(),
            [
                rows | {"event_id": event, "state": "accepted", "example": "i'm [name]"},
                rows | {"event_id": event + 1, "state": "open", "example": None},
            ],
        )
    enforce(engine, datetime.now(UTC), {"*": 365})
    with engine.connect() as connection:
        (kept,) = connection.execute(sa.select(reviews)).all()
    assert (kept.conversation, kept.event_id, kept.text, kept.note) == (None, None, "i'm [name]", None)
