"""clinic.yml: its shape, and reading it so that a mistake is named with its line."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, Extra, Field, ValidationError, validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The topics whose answers are the clinic's own; the names are those of topics in data/.
CLINIC_TOPICS = frozenset(
    "price payment opening_hours location contact sessions_needed session_length results "
    "first_visit aftercare suitability contraindications pregnancy medication "
    "combining_treatments practitioner hygiene pigmentation acupuncture_general other_services "
    "cancellation_policy privacy".split()
)
Hours = dict[str, list[tuple[time, time]]]


class ClinicFileError(Exception):
    """clinic.yml cannot be used; the message says which line and what to write instead."""


class _Strict(BaseModel):
    class Config:
        extra = Extra.forbid


def _hours(value: Any) -> Hours:
    """Turn ``{"monday": "09:00-13:00, 14:00-17:30"}`` into pairs of local times."""
    if not isinstance(value, dict):
        raise ValueError("write one line a day, such as monday: 09:00-17:30")
    hours: Hours = {}
    for day, text in value.items():
        if day not in WEEKDAYS:
            raise ValueError(f"{day!r} is not a day; use monday to sunday in lower case")
        hours[day] = [_span(part) for part in str(text).split(",")]
    return hours


def _span(text: str) -> tuple[time, time]:
    match = re.fullmatch(r"\s*(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)\s*", text)
    if not match:
        raise ValueError(f"{text.strip()!r} is no time span; write it like 09:00-17:30")
    start, end = (time.fromisoformat(part.zfill(5)) for part in match.groups())
    if start >= end:
        raise ValueError(f"{text.strip()!r} ends before it starts")
    return start, end


class Service(_Strict):
    """Something that can be booked."""

    name: str = Field(min_length=1)
    minutes: int = Field(gt=0, le=480)
    price: str | None = None
    also: list[str] = []


class Practitioner(_Strict):
    """Someone who treats; ``hours`` only where they differ from the clinic's."""

    name: str = Field(min_length=1)
    about: str | None = None
    hours: Hours | None = None
    _parse_hours = validator("hours", pre=True, allow_reuse=True)(_hours)


class Contact(_Strict):
    phone: str | None = None
    email: str | None = None


class Booking(_Strict):
    notice_hours: float = Field(2, ge=0)
    horizon_days: int = Field(60, gt=0, le=730)
    start_every_minutes: int = Field(30, ge=5, le=240)

    @validator("start_every_minutes")
    def _multiple_of_five(cls, value: int) -> int:  # noqa: N805 (pydantic's validators are class methods)
        if value % 5:
            raise ValueError("must be a multiple of 5")
        return value


class Policies(_Strict):
    cancellation: str | None = None
    privacy: str | None = None


class ClinicFile(_Strict):
    """One clinic's facts. Optional means: the assistant says it has not been told."""

    name: str = Field(min_length=1)
    time_zone: str
    country: str = "GB"
    emergency_number: str = Field(min_length=2)
    crisis_line: str | None = None
    address: str | None = None
    website: str | None = None
    video_url: str | None = None
    contact: Contact = Contact()
    opening_hours: Hours
    closures: list[str] = []
    services: list[Service] = Field(min_items=1)
    practitioners: list[Practitioner] = Field(min_items=1)
    booking: Booking = Booking()
    policies: Policies = Policies()
    answers: dict[str, str] = {}

    _parse_hours = validator("opening_hours", pre=True, allow_reuse=True)(_hours)

    @validator("contact", "booking", "policies", "answers", "closures", pre=True)
    def _empty_is_default(cls, value: Any, field: Any) -> Any:  # noqa: N805
        return field.get_default() if value is None else value

    @validator("time_zone")
    def _known_zone(cls, value: str) -> str:  # noqa: N805
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is no time zone; write one like Europe/London") from None
        return value

    @validator("country")
    def _known_country(cls, value: str) -> str:  # noqa: N805
        if value not in SUPPORTED_REGIONS:
            raise ValueError(f"{value!r} is no country; write two capital letters such as GB or US")
        return value

    @validator("closures", each_item=True)
    def _closure_is_dates(cls, value: str) -> str:  # noqa: N805
        _days(value)
        return value

    @validator("answers")
    def _known_topics(cls, value: dict[str, str]) -> dict[str, str]:  # noqa: N805
        for topic in value:
            if topic not in CLINIC_TOPICS:
                raise ValueError(f"{topic!r} is no topic; use one of {', '.join(sorted(CLINIC_TOPICS))}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def closed_days(self) -> set[date]:
        """Return every day that the closures cover."""
        return {day for closure in self.closures for day in _days(closure)}


def _days(closure: str) -> list[date]:
    try:
        first, _, last = (part.strip() for part in closure.partition(".."))
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise ValueError(f"{closure!r} is no date; write 2026-12-24 or 2026-12-24..2027-01-01") from None
    if end < start:
        raise ValueError(f"{closure!r} ends before it starts")
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def read_clinic_file(path: Path) -> ClinicFile:
    """Read and validate clinic.yml.

    Raises:
        ClinicFileError: with one line that names the file, the line number and the mistake.
    """
    try:
        text = path.read_text(encoding="utf-8")
        loaded = YAML(typ="rt").load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ClinicFileError(f"{path}: cannot be read ({error})") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise ClinicFileError(f"{path}, {line}this is not valid YAML ({error.problem})") from error
    if not isinstance(loaded, dict):
        raise ClinicFileError(f"{path}, line 1: expected settings such as name: My Clinic")
    try:
        return ClinicFile.parse_obj(_plain(loaded))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of(loaded, first["loc"])
        line = _line_quoted(text, line, first["msg"])
        raise ClinicFileError(f"{path}, line {line}: {where}: {first['msg']}") from error


def _plain(node: Any) -> Any:
    """Turn ruamel's nodes into plain values; dates become ISO text again."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node.isoformat() if isinstance(node, date) else node


def _line_of(node: Any, path: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest part of ``path`` that the file really has."""
    line = 1
    for part in path:
        try:
            position = node.lc.key(part) if isinstance(node, dict) else node.lc.item(part)
            line, node = position[0] + 1, node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def _line_quoted(text: str, line: int, message: str) -> int:
    """Return the line, from ``line`` on, that holds what the message quotes; else ``line``."""
    quoted = re.match(r"'(.+?)'", message)
    if quoted:
        for number, content in enumerate(text.splitlines()[line - 1 :], start=line):
            if quoted.group(1) in content:
                return number
    return line
