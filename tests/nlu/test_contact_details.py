from __future__ import annotations

import pytest

from clinic.nlu.contacts import find_contacts

BRITISH = [
    ("07700 900123", "+447700900123"),
    ("07700900123", "+447700900123"),
    ("+44 7700 900123", "+447700900123"),
    ("0044 7700 900123", "+447700900123"),
    ("(020) 7946 0018", "+442079460018"),
    ("020-7946-0018", "+442079460018"),
    ("call me on 07700 900123 please", "+447700900123"),
    ("+1 212 555 0123", "+12125550123"),
    ("+49 30 901820", "+4930901820"),
]
AMERICAN = [
    ("(212) 555-0123", "+12125550123"),
    ("212.555.0123", "+12125550123"),
    ("212-555-0123", "+12125550123"),
]
EMAILS = [
    ("jane@example.com", "jane@example.com"),
    ("Jane.Doe+clinic@Example.CO.UK", "jane.doe+clinic@example.co.uk"),
    ("my email is jane@example.com.", "jane@example.com"),
    ("<o'neil@example.com>", "o'neil@example.com"),
    ("jane@sub-domain.example.com, thanks", "jane@sub-domain.example.com"),
    ("mail:zoe@bücher.example", "zoe@bücher.example"),
]
REFERENCES = [
    ("ABC-234", "ABC-234"),
    ("abc234", "ABC-234"),
    ("abc 234", "ABC-234"),
    ("ref: XYZ-987!", "XYZ-987"),
]
NOTHING = [
    "does it hurt",
    "i'm 45",
    "2026-11-24",
    "24/11/2026",
    "24.11.2026",
    "at 10:30 on the 3rd",
    "between 2 and 4",
    "£80",
    "jane@",
    "@example.com",
    "jane@example",
    "100 200",
    "AB-234",
    "ABCD-234",
    "ABC-2345",
    "ABC-123",
    "I0O-111",
    "",
]


def found(text, country="GB"):
    return [(entity, value) for entity, value, _, _ in find_contacts(text, country)]


@pytest.mark.parametrize(("text", "number"), BRITISH)
def test_a_number_is_read_as_the_clinics_country_writes_it(text, number):
    assert found(text) == [("phone", number)]


@pytest.mark.parametrize(("text", "number"), AMERICAN)
def test_an_american_clinic_reads_american_numbers(text, number):
    assert found(text, "US") == [("phone", number)]


@pytest.mark.parametrize(("text", "address"), EMAILS)
def test_an_email_address_is_found_and_written_small(text, address):
    assert found(text) == [("email", address)]


@pytest.mark.parametrize(("text", "reference"), REFERENCES)
def test_a_reference_is_found_however_it_is_written(text, reference):
    assert found(text) == [("reference", reference)]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_contact_is_not_read_as_one(text):
    assert found(text) == []


def test_everything_in_one_message_is_found_at_its_place():
    text = "Jane, 07700 900123 or jane@example.com, about ABC-234"
    places = {entity: text[start:end] for entity, _, start, end in find_contacts(text, "GB")}
    assert places == {"phone": "07700 900123", "email": "jane@example.com", "reference": "ABC-234"}


def test_a_thousand_characters_of_digits_do_not_stall():
    list(find_contacts("1 " * 500, "GB"))
    list(find_contacts("a." * 500, "GB"))
    list(find_contacts("9" * 1000, "GB"))
