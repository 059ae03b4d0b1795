"""What must hold of every availability, for the test and for the large run in evaluation/."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from clinic.booking.availability import Availability
from clinic.booking.model import Diary, Practitioner, Service, Slot, resources

# Zones whose clocks change at midnight, by half an hour, in the other half of the year, by a whole day
# (Apia left out 30 December 2011), or never.
ZONES = """Europe/London America/New_York Australia/Lord_Howe America/Havana Asia/Beirut Pacific/Apia
 Asia/Kolkata
 Pacific/Kiritimati America/St_Johns Africa/Casablanca Asia/Kathmandu UTC America/Santiago""".split()
# Days on which some of these clocks change, and others.
DAYS = [
    date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25),
    date(2026, 11, 1), date(2011, 12, 29), date(2011, 12, 31), date(2026, 9, 6), date(2026, 6, 15),
]  # fmt: skip
NAMES, ROOMS = ("Ada", "Ben"), ("Blue", "Green")
minutes = st.integers(0, 45).map(lambda n: timedelta(minutes=n))
clock = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
span = st.tuples(clock, clock).filter(lambda pair: pair[0] < pair[1])
spans = st.lists(span, max_size=2).map(sorted).filter(lambda s: len(s) < 2 or s[0][1] <= s[1][0])
subset = st.lists(st.sampled_from(NAMES), unique=True).map(tuple)
rooms = st.lists(st.sampled_from(ROOMS), unique=True).map(tuple)
services = st.builds(Service, st.just("Any"), st.integers(5, 180), minutes, minutes, subset, rooms)


@st.composite
def cases(draw):
    """Draw (diary, service, taken periods, now, day), most of them around a change of the clocks."""
    zone, day = ZoneInfo(draw(st.sampled_from(ZONES))), draw(st.sampled_from(DAYS))
    day += timedelta(days=draw(st.integers(-1, 1)))
    people = tuple(
        Practitioner(name, dict.fromkeys(range(7), draw(spans)), draw(st.sampled_from([frozenset(), {day}])))
        for name in NAMES
    )
    service = draw(services)
    diary = Diary(
        zone=zone,
        services=(service,),
        practitioners=people,
        closed=draw(st.sampled_from([frozenset()] * 5 + [frozenset({day})])),
        notice=timedelta(hours=draw(st.integers(0, 30))),
        horizon=timedelta(days=draw(st.integers(1, 3))),
        step=timedelta(minutes=draw(st.sampled_from([5, 15, 20, 30, 60]))),
    )
    midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
    now = midnight + timedelta(minutes=draw(st.integers(-3 * 1440, 1440)))
    names = [*resources("Ada", "Blue"), *resources("Ben", "Green")]
    period = st.tuples(st.sampled_from(names), st.integers(-300, 1740), st.integers(1, 300))
    busy: dict[str, list[tuple[datetime, datetime]]] = {}
    for name, start, length in draw(st.lists(period, max_size=8)):
        begins = midnight + timedelta(minutes=start)
        busy.setdefault(name, []).append((begins, begins + timedelta(minutes=length)))
    return diary, service, busy, now, day


def check(case) -> int:
    """Raise AssertionError unless exactly the right slots are free; return how many are."""
    diary, service, busy, now, day = case
    free = Availability(diary, service, busy, now).on(day)
    assert free == sorted(free)
    starts = [slot.start for slot in free]
    assert len(starts) == len(set(starts))
    for slot in free:
        _check_slot(slot, case)
    assert set(starts) == _starts_by_trial(case)
    return len(free)


def _check_slot(slot: Slot, case) -> None:
    diary, service, busy, now, day = case
    opens, closes = slot.start.astimezone(diary.zone), slot.end.astimezone(diary.zone)
    assert slot.end - slot.start == timedelta(minutes=service.minutes)
    assert slot.start >= now + diary.notice
    assert day not in diary.closed
    assert day <= diary.last_day(now)
    assert (slot.busy_from, slot.busy_until) == (slot.start - service.before, slot.end + service.after)
    assert slot.practitioner in (service.practitioners or NAMES)
    assert (slot.room in service.rooms) if service.rooms else slot.room == ""
    person = next(p for p in diary.practitioners if p.name == slot.practitioner)
    assert any(_within(slot, a, b, day, diary.zone) for a, b in person.works(day)), (opens, closes)
    for name in slot.resources:
        assert all(end <= slot.busy_from or slot.busy_until <= start for start, end in busy.get(name, []))


def _within(slot: Slot, opens: time, closes: time, day: date, zone: ZoneInfo) -> bool:
    start, end = (datetime.combine(day, at, zone).astimezone(UTC) for at in (opens, closes))
    return start <= slot.start and slot.end <= end


def _starts_by_trial(case) -> set[datetime]:
    """Return the free starts, found by trying each start on the grid with each practitioner and room."""
    diary, service, busy, now, day = case
    found: set[datetime] = set()
    if day in diary.closed or not diary.today(now) <= day <= diary.last_day(now):
        return found
    for person in diary.practitioners:
        if service.practitioners and person.name not in service.practitioners:
            continue
        for opens, closes in person.works(day):
            start = datetime.combine(day, opens, diary.zone).astimezone(UTC)
            end = datetime.combine(day, closes, diary.zone).astimezone(UTC)
            while start + timedelta(minutes=service.minutes) <= end:
                if start >= now + diary.notice and _anywhere(service, person.name, start, busy):
                    found.add(start)
                start += diary.step
    return found


def _anywhere(service: Service, name: str, start: datetime, busy) -> bool:
    first = start - service.before
    last = start + timedelta(minutes=service.minutes) + service.after
    return any(
        all(b <= first or last <= a for resource in resources(name, room) for a, b in busy.get(resource, []))
        for room in service.rooms or ("",)
    )
