from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise
from threading import Barrier

from clinic.booking import store
from clinic.booking.model import Slot, SlotTaken
from clinic.booking.records import Appointment, By, Client, find
from tests.booking.diaries import slot

TUESDAY = date(2026, 11, 24)
MANY = 20


def at_once(tasks):
    """Run tasks in threads that start together; return their results, SlotTaken included."""
    barrier = Barrier(len(tasks))

    def run(task):
        barrier.wait()
        try:
            return task()
        except SlotTaken as taken:
            return taken

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def booking(engine, monday, wanted, key):
    client = Client(f"Visitor {key}", f"{key}@example.com")
    return lambda: store.book(engine, wanted, "Facial acupuncture", client, By(key, monday))


def won(results):
    return [result for result in results if isinstance(result, Appointment)]


def test_two_visitors_cannot_book_one_slot(engine, monday):
    wanted = slot(TUESDAY, "09:00")
    results = at_once([booking(engine, monday, wanted, f"key-{n}") for n in range(MANY)])
    assert len(won(results)) == 1
    assert sum(isinstance(result, SlotTaken) for result in results) == MANY - 1


def test_visitors_cannot_book_overlapping_slots_at_once(engine, monday):
    """Starts five minutes apart: the winners' hours must not overlap."""
    first = slot(TUESDAY, "09:00")
    wanted = [
        Slot(first.start + timedelta(minutes=5 * n), first.end + timedelta(minutes=5 * n), "Ada Moor")
        for n in range(MANY)
    ]
    results = at_once([booking(engine, monday, s, f"key-{n}") for n, s in enumerate(wanted)])
    slots = sorted(appointment.slot for appointment in won(results))
    assert 1 <= len(slots) <= 2
    assert all(a.end <= b.start for a, b in pairwise(slots))


def test_one_visitor_pressing_many_times_makes_one_appointment(engine, monday):
    wanted = slot(TUESDAY, "09:00")
    results = at_once([booking(engine, monday, wanted, "the same") for _ in range(MANY)])
    assert len(won(results)) == MANY
    assert len({appointment.id for appointment in won(results)}) == 1


def test_two_visitors_who_swap_times_at_once_both_end_with_a_time(engine, monday):
    """Each wants the other's slot: a move may be refused, but only as taken."""
    for n in range(10):
        day = TUESDAY + timedelta(days=n)
        a, b = slot(day, "09:00"), slot(day, "12:00")
        first = booking(engine, monday, a, f"a{n}")()
        second = booking(engine, monday, b, f"b{n}")()
        moves = [
            lambda made=first, to=b: store.move(engine, made, to, By(f"move-{made.id}", monday)),
            lambda made=second, to=a: store.move(engine, made, to, By(f"move-{made.id}", monday)),
        ]
        at_once(moves)
        ends = [find(engine, made.reference, made.client.contact).slot for made in (first, second)]
        assert sorted(ends) == [a, b]


def test_two_visitors_cannot_move_into_one_slot(engine, monday):
    wanted = slot(TUESDAY, "12:00")
    made = [
        booking(engine, monday, slot(TUESDAY + timedelta(days=1 + n), "09:00"), f"k{n}")() for n in range(8)
    ]
    results = at_once([lambda a=a: store.move(engine, a, wanted, By(f"move-{a.id}", monday)) for a in made])
    assert len(won(results)) == 1
