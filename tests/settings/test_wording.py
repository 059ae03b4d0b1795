from __future__ import annotations

from datetime import time

import pytest

from clinic.settings import clinic
from clinic.settings.wording import contact, placeholders


@pytest.fixture
def settings():
    return clinic()


def test_what_is_not_set_is_absent(settings):
    values = placeholders(settings)
    assert not {"crisis_line", "address", "website", "video_url", "cancellation_policy"} & set(values)
    assert all(values.values())


def test_a_price_list_names_only_what_has_a_price(settings):
    assert placeholders(settings)["price_list"] == "- Facial acupuncture (60 minutes): £80"


def test_without_any_price_there_is_no_price_list(settings):
    free = settings.copy(update={"services": [s.copy(update={"price": None}) for s in settings.services]})
    assert "price_list" not in placeholders(free)


def test_opening_hours_join_days_alike_and_say_closed(settings):
    assert placeholders(settings)["opening_hours"].splitlines() == [
        "- Monday: 9:00 to 12:00 and 13:00 to 17:00",
        "- Tuesday: 9:00 to 17:00",
        "- Wednesday: 10:00 to 18:00",
        "- Thursday: closed",
        "- Friday: 9:00 to 17:00",
        "- Saturday to Sunday: closed",
    ]


def test_hours_alike_on_all_days_are_one_line(settings):
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    always = settings.copy(update={"opening_hours": {day: [(time(9), time(17))] for day in days}})
    assert placeholders(always)["opening_hours"] == "- Monday to Sunday: 9:00 to 17:00"


def test_every_service_has_its_length(settings):
    assert placeholders(settings)["service_lengths"].splitlines() == [
        "- Consultation: 30 minutes",
        "- Facial acupuncture: 60 minutes",
    ]


def test_practitioners_are_described_where_the_clinic_does(settings):
    assert placeholders(settings)["practitioners"].splitlines() == [
        "- Ada Moor",
        "- Ben Holt: trained in Leeds",
    ]


@pytest.mark.parametrize(
    ("phone", "email", "expected"),
    [("+44 1", "a@b.c", "+44 1 or a@b.c"), ("+44 1", None, "+44 1"), (None, "a@b.c", "a@b.c")],
)
def test_a_contact_is_what_there_is(settings, phone, email, expected):
    ways = settings.contact.copy(update={"phone": phone, "email": email})
    assert contact(settings.copy(update={"contact": ways})) == expected


def test_without_phone_and_email_there_is_no_contact(settings):
    ways = settings.contact.copy(update={"phone": None, "email": None})
    assert contact(settings.copy(update={"contact": ways})) is None
