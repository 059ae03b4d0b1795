from __future__ import annotations

import os
from datetime import date, time

import pytest

from clinic.settings import ClinicFileError, clinic, read_clinic_file
from clinic.settings.environment import PROJECT

LEAST = """\
name: Test Clinic
time_zone: Europe/London
emergency_number: "999"
opening_hours:
  monday: 09:00-17:00
services:
  - name: Consultation
    minutes: 30
practitioners:
  - name: Ada Moor
"""


@pytest.fixture
def read(tmp_path):
    path = tmp_path / "one.yml"

    def reader(text):
        path.write_text(text, encoding="utf-8")
        return read_clinic_file(path)

    return reader


def with_line(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


MISTAKES = [  # what is written for what, the line it stands on, and a word of the message
    ("name: Test Clinic", "name:", 1, "name"),
    ("name: Test Clinic", 'name: ""', 1, "name"),
    ("time_zone: Europe/London", "time_zone: Europe/Lundon", 2, "Europe/Lundon"),
    ("time_zone: Europe/London", "time_zone: London time", 2, "time zone"),
    ("time_zone: Europe/London", "time_zone: ../../etc/passwd", 2, "time zone"),
    ("time_zone: Europe/London", "time_zon: Europe/London", 2, "time_zon"),
    ('emergency_number: "999"', 'emergency_number: ""', 3, "emergency_number"),
    ("monday: 09:00-17:00", "Monday: 09:00-17:00", 5, "lower case"),
    ("monday: 09:00-17:00", "mondy: 09:00-17:00", 5, "mondy"),
    ("monday: 09:00-17:00", "monday: 9-17", 5, "9-17"),
    ("monday: 09:00-17:00", "monday: 17:00-09:00", 5, "ends before"),
    ("monday: 09:00-17:00", "monday: 09:00-09:00", 5, "ends before"),
    ("monday: 09:00-17:00", "monday: 09:00-12:00, 25:00-26:00", 5, "opening_hours"),
    ("monday: 09:00-17:00", "monday: closed", 5, "closed"),
    ("  monday: 09:00-17:00", "  - monday", 4, "one line a day"),
    ("minutes: 30", "minutes: 0", 8, "minutes"),
    ("minutes: 30", "minutes: -30", 8, "minutes"),
    ("minutes: 30", "minutes: half an hour", 8, "minutes"),
    ("minutes: 30", "minutes: 481", 8, "minutes"),
    ("minutes: 30", "minutes: 30\n    prise: 5", 9, "prise"),
    ("    minutes: 30\n", "", 7, "minutes"),
    ("services:\n  - name: Consultation\n    minutes: 30\n", "services: []\n", 6, "services"),
    ("  - name: Ada Moor", "  - name: Ada Moor\n    hours:\n      tuesday: late", 12, "late"),
    ("  - name: Ada Moor", "  - name: Ada Moor\n    breaks: at noon", 11, "at noon"),
    ("  - name: Ada Moor", "  - name: Ada Moor\n    holidays: [Easter]", 11, "Easter"),
    ("minutes: 30", "minutes: 30\n    minutes_after: -5", 9, "minutes_after"),
]
NO_SUCH_PERSON = LEAST.replace("minutes: 30", "minutes: 30\n    practitioners: [Ada More]")


def test_a_service_names_people_who_are_there(read):
    with pytest.raises(ClinicFileError, match="Ada More"):
        read(NO_SUCH_PERSON)


ADDITIONS = [  # what stands on line 11 and on, the mistake's line, and a word of the message
    ("country: UK", 11, "UK"),
    ("country: gb", 11, "capital"),
    ("closures:\n  - 2026-12-24\n  - 24.12.2026", 13, "24.12.2026"),
    ("closures:\n  - 2027-01-02..2026-12-24", 12, "ends before"),
    ("closures:\n  - 2026-02-30", 12, "2026-02-30"),
    ("booking:\n  notice_hours: -1", 12, "notice_hours"),
    ("booking:\n  notice_hours: soon", 12, "notice_hours"),
    ("booking:\n  horizon_days: 0", 12, "horizon_days"),
    ("booking:\n  start_every_minutes: 7", 12, "multiple of 5"),
    ("booking:\n  start_every_minutes: 0", 12, "start_every_minutes"),
    ("booking:\n  every: 7", 12, "every"),
    ("answers:\n  parking: Behind the house", 12, "parking"),
    ("answers:\n  payment: Card\n  book: Here", 13, "book"),
    ("contact:\n  phone: 1\n  fax: 2", 13, "fax"),
    ("policies:\n  cancel: 2", 12, "cancel"),
    ("colour: blue", 11, "colour"),
    ("\n\n# a remark\ncolour: blue", 14, "colour"),
]


def test_the_least_that_a_clinic_must_say_is_enough(read):
    settings = read(LEAST)
    assert settings.country == "GB"
    assert settings.booking.notice_hours == 2
    assert settings.booking.horizon_days == 60
    assert settings.booking.start_every_minutes == 30
    assert settings.contact.phone is None
    assert settings.closures == []
    assert settings.answers == {}
    assert settings.crisis_line is None
    assert settings.zone.key == "Europe/London"


@pytest.mark.parametrize(("old", "new", "line", "says"), MISTAKES)
def test_a_mistake_is_named_with_its_line(read, old, new, line, says):
    with pytest.raises(ClinicFileError, match=rf"one\.yml, line {line}: ") as refused:
        read(with_line(LEAST, old, new))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("added", "line", "says"), ADDITIONS)
def test_a_mistake_in_what_is_optional_is_named_with_its_line(read, added, line, says):
    with pytest.raises(ClinicFileError, match=rf"one\.yml, line {line}: ") as refused:
        read(LEAST + added + "\n")
    assert says in str(refused.value)


@pytest.mark.parametrize("setting", ["name", "time_zone", "emergency_number"])
def test_a_setting_that_must_stay_is_missed_by_name(read, setting):
    lines = [line for line in LEAST.splitlines() if not line.startswith(f"{setting}:")]
    with pytest.raises(ClinicFileError, match=setting):
        read("\n".join(lines))


@pytest.mark.parametrize("text", ["", "- a\n- list\n", "only words\n", "# nothing but a remark\n"], ids=repr)
def test_a_file_without_settings_is_refused(read, text):
    with pytest.raises(ClinicFileError, match="line 1: expected settings"):
        read(text)


@pytest.mark.parametrize(
    ("broken", "line"),
    [("name: [", 12), ('name: "open', 12), ("\tname: x", 11), ("name: a\nname: b", 11), ("a: b: c", 11)],
    ids=repr,
)
def test_broken_yaml_is_named_with_a_line(read, broken, line):
    with pytest.raises(ClinicFileError, match=r"one\.yml, line \d+: this is not valid YAML"):
        read(LEAST + broken + "\n")
    assert line >= 11


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "one.yml"
    path.write_bytes(b"name: \xff\xfe\x00")
    with pytest.raises(ClinicFileError, match="cannot be read"):
        read_clinic_file(path)


def test_a_missing_file_is_named(clinic_file):
    clinic_file.unlink()
    with pytest.raises(ClinicFileError, match=r"clinic\.yml: No such file"):
        clinic()


def test_hours_are_pairs_of_local_times(read):
    settings = read(with_line(LEAST, "09:00-17:00", "9:00-12:30,13:00 - 17:00"))
    assert settings.opening_hours == {"monday": [(time(9), time(12, 30)), (time(13), time(17))]}


def test_closures_cover_every_day_from_first_to_last(read):
    settings = read(LEAST + "closures:\n  - 2026-12-31..2027-01-02\n  - 2026-12-24\n")
    assert settings.closed_days() == {
        date(2026, 12, 24),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 2),
    }


@pytest.mark.parametrize("section", ["contact", "booking", "policies", "answers", "closures"])
def test_a_section_whose_lines_are_all_commented_out_is_a_section_left_out(read, section):
    assert read(f"{LEAST}{section}:\n  # nothing here\n") == read(LEAST)


def test_the_file_is_read_again_when_it_has_changed(clinic_file):
    assert clinic().name == "Test Clinic"
    assert clinic() is clinic()
    clinic_file.write_text(clinic_file.read_text(encoding="utf-8").replace("Test Clinic", "New Name"))
    os.utime(clinic_file, ns=(1, 1))
    assert clinic().name == "New Name"


def test_the_shipped_example_is_valid():
    assert read_clinic_file(PROJECT / "clinic.yml").practitioners


@pytest.mark.parametrize(
    ("unquoted", "expected"), [("02079460018", "02079460018"), ("+442079460018", "+442079460018")]
)
def test_a_phone_number_needs_no_quotes(read, unquoted, expected):
    assert read(f"{LEAST}contact:\n  phone: {unquoted}\n").contact.phone == expected


@pytest.mark.parametrize("unquoted", ["112", "000", "999"])
def test_an_emergency_number_needs_no_quotes(read, unquoted):
    assert read(with_line(LEAST, '"999"', unquoted)).emergency_number == unquoted


@pytest.mark.parametrize("unquoted", ["80", "80.50", "from £60"])
def test_a_price_is_shown_as_it_is_written(read, unquoted):
    text = with_line(LEAST, "minutes: 30", f"minutes: 30\n    price: {unquoted}")
    assert read(text).services[0].price == unquoted


def test_two_services_or_practitioners_of_one_name_are_refused(read):
    twice = LEAST + "  - name: Ada Moor\n"
    with pytest.raises(ClinicFileError, match=r"line 1[01]"):
        read(twice)
