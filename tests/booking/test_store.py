from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from clinic.booking import store, taken
from clinic.booking.model import AppointmentNotFound, Slot, SlotTaken, StatusRefused
from clinic.booking.records import By, Client, changed_with, find, made_with
from clinic.database import appointment_changes, appointments, requests, taken_time
from clinic.nlu.contacts import REFERENCE
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
        by = By(key or f"key-{next(count)}", monday)
        return store.book(engine, wanted, "Facial acupuncture", client, by, conversation="c1")

    return booked


@pytest.fixture
def by(monday):
    """The circumstances of a write, each time with a key of its own."""
    count = iter(range(1000))
    return lambda key=None, who="visitor": By(key or f"change-{next(count)}", monday, who)


def sold(engine):
    """Return how many five minutes are sold."""
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(taken_time)).scalar()


def test_an_appointment_is_stored_as_it_was_agreed(book, engine):
    made = book(MORNING)
    assert made.slot == MORNING
    assert made.slot.start.utcoffset() == timedelta(0)
    assert made.client == JANE
    assert made.service == "Facial acupuncture"
    assert made.status == "confirmed"
    assert find(engine, made.reference, JANE.contact) == made


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
    assert made_with(engine, "pressed twice") == first
    assert made_with(engine, "never pressed") is None


def test_a_refused_booking_leaves_nothing_behind(book, engine):
    book(MORNING)
    with pytest.raises(SlotTaken):
        book(slot(TUESDAY, "09:30"), JOHN, key="refused")
    assert made_with(engine, "refused") is None
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(appointments)).all()) == 1


def test_a_cancelled_appointment_frees_its_time(book, engine, by):
    made = book(MORNING)
    cancelled = store.cancel(engine, made, by())
    assert cancelled.status == "cancelled"
    assert sold(engine) == 0
    assert book(MORNING, JOHN).status == "confirmed"


def test_cancelling_twice_is_cancelling_once(book, engine, by):
    made = book(MORNING)
    first = store.cancel(engine, made, by())
    book(MORNING, JOHN)
    assert store.cancel(engine, made, by()) == first
    assert sold(engine) == 12


def test_a_moved_appointment_frees_its_old_time_and_keeps_its_reference(book, engine, by):
    made = book(MORNING)
    moved = store.move(engine, made, NOON, by())
    assert moved.reference == made.reference
    assert moved.slot == NOON
    assert moved.status == "moved"
    assert sold(engine) == 12
    assert book(MORNING, JOHN).slot == MORNING
    with pytest.raises(SlotTaken):
        book(NOON, JOHN)


def test_an_appointment_can_move_by_half_its_length(book, engine, by):
    later = slot(TUESDAY, "09:30")
    assert store.move(engine, book(MORNING), later, by()).slot == later


def test_an_appointment_can_move_to_another_practitioner(book, engine, by, monday):
    with_ben = slot(TUESDAY, "09:00", practitioner=BEN)
    store.move(engine, book(MORNING), with_ben, by())
    assert list(taken.busy(engine, MORNING.start, MORNING.end, now=monday)) == [f"practitioner:{BEN}"]


def test_moving_into_a_taken_slot_keeps_the_old_one(book, engine, by):
    made = book(MORNING)
    book(NOON, JOHN)
    with pytest.raises(SlotTaken):
        store.move(engine, made, slot(TUESDAY, "11:30"), by())
    assert find(engine, made.reference, JANE.contact) == made
    with pytest.raises(SlotTaken):
        book(MORNING, JOHN)
    assert sold(engine) == 24


def test_a_cancelled_appointment_cannot_be_moved(book, engine, by):
    made = book(MORNING)
    store.cancel(engine, made, by())
    with pytest.raises(AppointmentNotFound):
        store.move(engine, made, NOON, by())
    assert sold(engine) == 0


@pytest.mark.parametrize("written", ["{}", " {} ", "{}\n"])
def test_a_reference_is_found_however_it_is_written(book, engine, written):
    made = book(MORNING)
    assert find(engine, written.format(made.reference.lower()), JANE.contact) == made


def test_find_says_the_same_whichever_half_is_wrong(book, engine):
    made = book(MORNING)
    wrong = [(made.reference, JOHN.contact), ("AAA-222", JANE.contact), ("AAA-222", JOHN.contact)]
    wrong += [("", JANE.contact), (made.reference, ""), ("%", "%"), ("' OR 1=1 --", JANE.contact)]
    said = set()
    for reference, contact in wrong:
        with pytest.raises(AppointmentNotFound) as refused:
            find(engine, reference, contact)
        said.add((type(refused.value), refused.value.args, refused.value.__cause__))
    assert len(said) == 1


def test_busy_returns_what_touches_the_time_asked_for_and_nothing_cancelled(book, engine, by, monday):
    book(MORNING)
    store.cancel(engine, book(NOON), by())
    assert taken.busy(engine, MORNING.start, NOON.end, now=monday) == {
        f"practitioner:{ADA}": [(MORNING.start, MORNING.end)]
    }
    assert taken.busy(engine, MORNING.end, NOON.end, now=monday) == {}
    middle = MORNING.start + timedelta(minutes=30)
    assert list(taken.busy(engine, middle, middle + timedelta(minutes=1), now=monday)) == [
        f"practitioner:{ADA}"
    ]


def test_a_time_without_a_zone_is_refused(engine, monday):
    naive = Slot(MORNING.start.replace(tzinfo=None), MORNING.end.replace(tzinfo=None), ADA)
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        store.book(engine, naive, "Consultation", JANE, By("naive", monday))


def test_names_of_any_script_are_stored_as_they_are(book, engine):
    client = Client("Zoë 李小龙 O'Neil \U0001f600; DROP TABLE appointments", "zoe@example.com")
    made = book(MORNING, client)
    assert find(engine, made.reference, client.contact).client.name == client.name


def test_a_request_for_a_person_is_stored_once(engine, monday):
    for _ in range(2):
        store.ask_person(engine, JANE, "Please call", key="k", conversation="c1", now=monday)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(requests)).all()
    assert [(row.client_name, row.message) for row in rows] == [("Jane Doe", "Please call")]
    assert rows[0].created_at == monday


def history(engine, appointment):
    changes = appointment_changes.c
    query = sa.select(changes.sequence, changes.what, changes.who, changes.starts_at, changes.practitioner)
    query = query.where(changes.appointment_id == appointment.id).order_by(changes.sequence)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_every_change_is_kept_with_who_and_when(book, engine, by):
    made = book(MORNING)
    store.move(engine, made, NOON, by(who="staff:Noor"))
    cancelled = store.cancel(engine, made, by(who="system"))
    assert history(engine, made) == [
        (0, "confirmed", "visitor", MORNING.start, ADA),
        (1, "moved", "staff:Noor", NOON.start, ADA),
        (2, "cancelled", "system", NOON.start, ADA),
    ]
    assert cancelled.sequence == 2


def test_a_refused_or_repeated_change_leaves_no_trace(book, engine, by):
    made = book(MORNING)
    book(NOON, JOHN)
    with pytest.raises(SlotTaken):
        store.move(engine, made, NOON, by())
    store.cancel(engine, made, by("pressed twice"))
    store.cancel(engine, made, by("pressed twice"))
    store.cancel(engine, made, by())
    assert [what for _, what, *_ in history(engine, made)] == ["confirmed", "cancelled"]


def test_the_same_move_twice_is_one_move_even_when_another_came_between(book, engine, by):
    made = book(MORNING)
    store.move(engine, made, NOON, by("first"))
    store.move(engine, made, slot(TUESDAY, "15:00"), by("second"))
    assert store.move(engine, made, NOON, by("first")).slot == slot(TUESDAY, "15:00")
    assert changed_with(engine, "first").sequence == 2
    assert changed_with(engine, "never") is None


def test_attended_and_missed_can_be_corrected_and_nothing_else_follows_them(book, engine, by):
    made = book(MORNING)
    assert store.set_status(engine, made, "missed", by()).status == "missed"
    assert store.set_status(engine, made, "attended", by("a")).status == "attended"
    assert store.set_status(engine, made, "attended", by("a")).sequence == 2
    with pytest.raises(StatusRefused):
        store.cancel(engine, made, by())
    with pytest.raises(StatusRefused):
        store.set_status(engine, made, "confirmed", by())


def test_a_request_is_confirmed_by_the_staff(engine, by):
    made = store.book(engine, MORNING, "Consultation", JANE, by(), status="requested")
    assert made.status == "requested"
    with pytest.raises(StatusRefused):
        store.set_status(engine, made, "attended", by())
    assert store.set_status(engine, made, "confirmed", by(who="staff:Noor")).status == "confirmed"


def test_a_cancelled_appointment_comes_to_nothing_else(book, engine, by):
    made = book(MORNING)
    store.cancel(engine, made, by())
    for status in ("confirmed", "attended", "missed", "cancelled", "moved"):
        with pytest.raises(StatusRefused):
            store.set_status(engine, made, status, by())


def test_what_the_practitioner_should_know_and_an_email_are_kept(engine, by):
    client = Client("Jane Doe", "+447700900123", "jane@example.com")
    made = store.book(engine, MORNING, "Consultation", client, by(), notes="First visit: yes")
    stored = find(engine, made.reference, client.contact)
    assert (stored.client, stored.notes) == (client, "First visit: yes")
    assert find(engine, made.reference, "jane@example.com") == stored


def test_a_contact_that_is_an_email_address_is_where_email_goes(book):
    assert book(MORNING, JOHN).client.email == "john@example.com"
    assert book(NOON, JANE).client.email is None
