from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from clinic.booking import store
from clinic.booking.model import AppointmentNotFound, SlotTaken
from clinic.booking.store import Client
from clinic.database import appointments, requests, sold_time
from clinic.nlu.contact_details import REFERENCE
from tests.booking.diaries import ADA, BEN, slot

TUESDAY = date(2026, 11, 24)
JANE = Client("Jane Doe", "+447700900123")
JOHN = Client("John Roe", "john@example.com")
MORNING, NOON = slot(TUESDAY, "09:00"), slot(TUESDAY, "12:00")


@pytest.fixture
def book(engine, monday):
    """Book a slot, by default each time with a key of its own."""
    count = iter(range(1000))

    def booked(wanted, client=JANE, key=None):
        key = key or f"key-{next(count)}"
        return store.book(
            engine, wanted, "Facial acupuncture", client, key=key, conversation="c1", now=monday
        )

    return booked


def sold(engine):
    """Return how many five minutes are sold."""
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(sold_time)).scalar()


def test_an_appointment_is_stored_as_it_was_agreed(book, engine):
    made = book(MORNING)
    assert made.slot == MORNING
    assert made.slot.start.utcoffset() == timedelta(0)
    assert made.client == JANE
    assert made.service == "Facial acupuncture"
    assert made.status == "confirmed"
    assert store.find(engine, made.reference, JANE.contact) == made


def test_a_reference_is_three_letters_and_three_digits_that_can_be_read_back(book):
    references = [book(slot(TUESDAY + timedelta(days=n), "09:00")).reference for n in range(10)]
    assert len(set(references)) == 10
    for reference in references:
        assert re.fullmatch(r"[A-Z]{3}-[2-9]{3}", reference)
        assert not set(reference) & set("ILO01")
        assert REFERENCE.fullmatch(reference)


@pytest.mark.parametrize("start", ["09:00", "08:30", "09:30", "09:55", "08:05"])
def test_a_slot_that_overlaps_a_sold_one_is_taken(book, engine, start):
    book(MORNING)
    with pytest.raises(SlotTaken):
        book(slot(TUESDAY, start), JOHN)
    assert sold(engine) == 12


def test_a_long_slot_around_a_short_one_is_taken(book):
    book(slot(TUESDAY, "10:00", minutes=30))
    with pytest.raises(SlotTaken):
        book(slot(TUESDAY, "09:30", minutes=90), JOHN)


def test_slots_that_touch_are_both_sold(book):
    book(MORNING)
    assert book(slot(TUESDAY, "10:00"), JOHN).status == "confirmed"
    assert book(slot(TUESDAY, "08:00"), JOHN).status == "confirmed"


def test_two_practitioners_work_at_the_same_time(book):
    book(MORNING)
    assert book(slot(TUESDAY, "09:00", practitioner=BEN), JOHN).slot.practitioner == BEN


def test_the_same_key_is_one_appointment(book, engine):
    first = book(MORNING, key="pressed twice")
    assert book(MORNING, key="pressed twice") == first
    assert book(NOON, key="pressed twice") == first
    assert sold(engine) == 12
    assert store.made_with(engine, "pressed twice") == first
    assert store.made_with(engine, "never pressed") is None


def test_a_refused_booking_leaves_nothing_behind(book, engine):
    book(MORNING)
    with pytest.raises(SlotTaken):
        book(slot(TUESDAY, "09:30"), JOHN, key="refused")
    assert store.made_with(engine, "refused") is None
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(appointments)).all()) == 1


def test_a_cancelled_appointment_frees_its_time(book, engine, monday):
    made = book(MORNING)
    cancelled = store.cancel(engine, made, monday)
    assert cancelled.status == "cancelled"
    assert sold(engine) == 0
    assert book(MORNING, JOHN).status == "confirmed"


def test_cancelling_twice_is_cancelling_once(book, engine, monday):
    made = book(MORNING)
    first = store.cancel(engine, made, monday)
    book(MORNING, JOHN)
    assert store.cancel(engine, made, monday) == first
    assert sold(engine) == 12


def test_a_moved_appointment_frees_its_old_time_and_keeps_its_reference(book, engine, monday):
    made = book(MORNING)
    moved = store.move(engine, made, NOON, monday)
    assert moved.reference == made.reference
    assert moved.slot == NOON
    assert moved.status == "moved"
    assert sold(engine) == 12
    assert book(MORNING, JOHN).slot == MORNING
    with pytest.raises(SlotTaken):
        book(NOON, JOHN)


def test_an_appointment_can_move_by_half_its_length(book, engine, monday):
    later = slot(TUESDAY, "09:30")
    assert store.move(engine, book(MORNING), later, monday).slot == later


def test_an_appointment_can_move_to_another_practitioner(book, engine, monday):
    with_ben = slot(TUESDAY, "09:00", practitioner=BEN)
    store.move(engine, book(MORNING), with_ben, monday)
    assert list(store.busy(engine, MORNING.start, MORNING.end)) == [BEN]


def test_moving_into_a_taken_slot_keeps_the_old_one(book, engine, monday):
    made = book(MORNING)
    book(NOON, JOHN)
    with pytest.raises(SlotTaken):
        store.move(engine, made, slot(TUESDAY, "11:30"), monday)
    assert store.find(engine, made.reference, JANE.contact) == made
    with pytest.raises(SlotTaken):
        book(MORNING, JOHN)
    assert sold(engine) == 24


def test_a_cancelled_appointment_cannot_be_moved(book, engine, monday):
    made = book(MORNING)
    store.cancel(engine, made, monday)
    with pytest.raises(AppointmentNotFound):
        store.move(engine, made, NOON, monday)
    assert sold(engine) == 0


@pytest.mark.parametrize("written", ["{}", " {} ", "{}\n"])
def test_a_reference_is_found_however_it_is_written(book, engine, written):
    made = book(MORNING)
    assert store.find(engine, written.format(made.reference.lower()), JANE.contact) == made


def test_find_says_the_same_whichever_half_is_wrong(book, engine):
    made = book(MORNING)
    wrong = [(made.reference, JOHN.contact), ("AAA-222", JANE.contact), ("AAA-222", JOHN.contact)]
    wrong += [("", JANE.contact), (made.reference, ""), ("%", "%"), ("' OR 1=1 --", JANE.contact)]
    said = set()
    for reference, contact in wrong:
        with pytest.raises(AppointmentNotFound) as refused:
            store.find(engine, reference, contact)
        said.add((type(refused.value), refused.value.args, refused.value.__cause__))
    assert len(said) == 1


def test_busy_returns_what_touches_the_time_asked_for_and_nothing_cancelled(book, engine, monday):
    book(MORNING)
    store.cancel(engine, book(NOON), monday)
    assert store.busy(engine, MORNING.start, NOON.end) == {ADA: [(MORNING.start, MORNING.end)]}
    assert store.busy(engine, MORNING.end, NOON.end) == {}
    middle = MORNING.start + timedelta(minutes=30)
    assert list(store.busy(engine, middle, middle + timedelta(minutes=1))) == [ADA]


def test_a_time_without_a_zone_is_refused(engine, monday):
    naive = store.Slot(MORNING.start.replace(tzinfo=None), MORNING.end.replace(tzinfo=None), ADA)
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        store.book(engine, naive, "Consultation", JANE, key="naive", conversation=None, now=monday)


def test_names_of_any_script_are_stored_as_they_are(book, engine):
    client = Client("Zoë 李小龙 O'Neil \U0001f600; DROP TABLE appointments", "zoe@example.com")
    made = book(MORNING, client)
    assert store.find(engine, made.reference, client.contact).client == client


def test_a_request_for_a_person_is_stored_once(engine, monday):
    for _ in range(2):
        store.ask_person(engine, JANE, "Please call", key="k", conversation="c1", now=monday)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(requests)).all()
    assert [(row.client_name, row.message) for row in rows] == [("Jane Doe", "Please call")]
    assert rows[0].created_at == monday
