from __future__ import annotations

from datetime import date, time, timedelta

import yaml

from clinic.booking.diary import diary_of
from clinic.booking.wording import say_contact, say_short, say_time
from clinic.nlu.when import read
from clinic.settings import clinic, read_clinic_file
from tests.booking.diaries import LONDON, at, free_on, starts


def test_the_diary_is_what_clinic_yml_says(monday):
    diary = diary_of(clinic())
    assert [(s.name, s.minutes) for s in diary.services] == [("Consultation", 30), ("Facial acupuncture", 60)]
    assert diary.notice == timedelta(hours=2)
    assert diary.horizon == timedelta(days=60)
    assert diary.step == timedelta(minutes=30)
    assert date(2026, 12, 26) in diary.closed


def test_own_hours_replace_the_clinics(monday):
    ada, ben = diary_of(clinic()).practitioners
    assert ada.hours[0] == [(time(9), time(12)), (time(13), time(17))]
    assert ben.hours == {1: [(time(12), time(16))]}


def test_a_closure_closes_the_day(monday):
    diary = diary_of(clinic())
    assert free_on(diary, diary.service("Consultation"), date(2026, 12, 28), {}, monday) == []
    open_day = free_on(diary, diary.service("Consultation"), date(2026, 12, 29), {}, monday)
    assert starts(open_day)[0] == "09:00"


def test_times_are_written_in_the_clinics_zone():
    summer = at(date(2026, 7, 1), "15:00")
    assert say_time(summer, LONDON) == "Wednesday 1 July at 15:00"
    assert say_short(summer, LONDON) == "Wed 1 Jul, 15:00"


def test_the_text_of_a_button_is_understood_as_its_own_time(monday):
    for day in range(1, 61):
        moment = at(monday.date() + timedelta(days=day), "09:30")
        when = read(say_short(moment, LONDON), monday.astimezone(LONDON))
        assert (when.first_day, when.earliest, when.exact) == (
            moment.astimezone(LONDON).date(),
            time(9, 30),
            True,
        )


def test_phone_numbers_are_written_as_people_do():
    assert say_contact("+442079460018") == "+44 20 7946 0018"
    assert say_contact("jane@example.com") == "jane@example.com"


def test_breaks_holidays_buffers_and_rooms_are_read_from_clinic_yml(monday, clinic_file):
    settings = yaml.safe_load(clinic_file.read_text())
    settings["practitioners"][0] |= {
        "breaks": "10:00-10:15, 12:30-13:30",
        "holidays": ["2026-12-01..2026-12-02"],
    }
    facial = {"minutes_before": 5, "minutes_after": 10, "rooms": ["Blue"], "practitioners": ["Ada Moor"]}
    settings["services"][1] |= facial
    settings["booking"]["cancel_until_hours"] = 24
    clinic_file.write_text(yaml.safe_dump(settings, sort_keys=False))
    diary = diary_of(read_clinic_file(clinic_file))
    ada = diary.practitioners[0]
    assert ada.works(date(2026, 11, 23)) == [
        (time(9), time(10)),
        (time(10, 15), time(12)),
        (time(13, 30), time(17)),
    ]
    assert ada.works(date(2026, 12, 1)) == ada.works(date(2026, 12, 2)) == []
    service = diary.service("Facial acupuncture")
    assert (service.before, service.after) == (timedelta(minutes=5), timedelta(minutes=10))
    assert (service.rooms, service.practitioners) == (("Blue",), ("Ada Moor",))
    assert diary.cancel_until == timedelta(hours=24)
