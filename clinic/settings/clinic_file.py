"""The shape of clinic.yml. What it says of a mistake is shown to the person who edits the file."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, Extra, Field, validator

from clinic.settings.handoff import Handoff, web_address
from clinic.settings.hours import Hours, days_of, read_hours, read_span
from clinic.settings.templates import Channels

# The topics whose answers are the clinic's own; the names are those of topics in data/.
CLINIC_TOPICS = frozenset(
    [
        "price",
        "payment",
        "opening_hours",
        "location",
        "contact",
        "sessions_needed",
        "session_length",
        "results",
        "first_visit",
        "aftercare",
        "suitability",
        "contraindications",
        "pregnancy",
        "medication",
        "combining_treatments",
        "practitioner",
        "hygiene",
        "pigmentation",
        "acupuncture_general",
        "other_services",
        "cancellation_policy",
        "privacy",
    ]
)


class _Strict(BaseModel):
    class Config:
        extra = Extra.forbid


class Service(_Strict):
    """Something that can be booked.

    Attributes:
        name: As visitors read it.
        minutes: Its length.
        price: In the clinic's own words, or None.
        also: Other names that people use for it.
        minutes_before: Kept free before it, for preparing.
        minutes_after: Kept free after it, for clearing up.
        practitioners: Those who give it; empty is everybody.
        rooms: The rooms in which it can be given; empty is anywhere.

    """

    name: str = Field(min_length=1)
    minutes: int = Field(gt=0, le=480)
    price: str | None = None
    also: list[str] = []
    minutes_before: int = Field(0, ge=0, le=240)
    minutes_after: int = Field(0, ge=0, le=240)
    practitioners: list[str] = []
    rooms: list[str] = []


class Practitioner(_Strict):
    """Someone who treats; ``hours`` only where they differ from the clinic's, ``breaks`` on every day.

    ``calendar`` is the CalDAV calendar that appointments are written into; its other entries, and those of
    ``busy_calendars``, are times that are not offered.
    """

    name: str = Field(min_length=1)
    about: str | None = None
    hours: Hours | None = None
    calendar: str | None = None
    busy_calendars: list[str] = []
    breaks: list[tuple[time, time]] = []
    holidays: list[str] = []
    _parse_hours = validator("hours", pre=True, allow_reuse=True)(read_hours)

    @validator("breaks", pre=True)
    def _parse_breaks(cls, value: Any) -> list[tuple[time, time]]:  # noqa: N805 (pydantic's are class methods)
        return [read_span(part) for part in str(value).split(",")] if value else []

    @validator("holidays", each_item=True)
    def _holiday_is_dates(cls, value: str) -> str:  # noqa: N805
        days_of(value)
        return value

    def days_off(self) -> set[date]:
        """Return every day that the holidays cover."""
        return {day for holiday in self.holidays for day in days_of(holiday)}

    @validator("calendar", "busy_calendars", each_item=True)
    def _calendar_is_address(cls, value: str) -> str:  # noqa: N805
        return web_address(value)


class Contact(_Strict):
    """How to reach the clinic."""

    phone: str | None = None
    email: str | None = None


class Booking(_Strict):
    """The rules of the diary.

    Attributes:
        notice_hours: The earliest appointment is this far ahead.
        horizon_days: And the latest.
        start_every_minutes: How often appointments start.
        cancel_until_hours: Until this long before it, visitors move or cancel by themselves.
        question: Asked once before the read-back and noted for the practitioner; None asks nothing.
        reminder_hours: How long before an appointment its client is reminded by e-mail; 0 for never.
        staff_email: Who is told of bookings; None is the clinic's own address.
        names_in_calendars: Whether the clinic's own calendars hold clients' names.
        handoff: Where bookings are kept instead of here; None keeps them here.

    """

    notice_hours: float = Field(2, ge=0)
    horizon_days: int = Field(60, gt=0, le=730)
    start_every_minutes: int = Field(30, ge=5, le=240)
    cancel_until_hours: float = Field(0, ge=0, le=720)
    question: str | None = Field(None, min_length=1, max_length=500)
    reminder_hours: int = Field(24, ge=0, le=168)
    staff_email: str | None = None
    names_in_calendars: bool = False
    handoff: Handoff | None = None

    @validator("start_every_minutes")
    def _multiple_of_five(cls, value: int) -> int:  # noqa: N805 (pydantic's validators are class methods)
        if value % 5:
            raise ValueError("must be a multiple of 5")
        return value


class Policies(_Strict):
    """The clinic's own rules, word for word."""

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
    contact: Contact = Field(default_factory=Contact)
    opening_hours: Hours
    closures: list[str] = []
    services: list[Service] = Field(min_items=1)
    practitioners: list[Practitioner] = Field(min_items=1)
    booking: Booking = Field(default_factory=lambda: Booking.parse_obj({}))
    policies: Policies = Field(default_factory=Policies)
    channels: Channels = Field(default_factory=Channels)
    answers: dict[str, str] = {}

    _parse_hours = validator("opening_hours", pre=True, allow_reuse=True)(read_hours)

    @validator("contact", "booking", "policies", "channels", "answers", "closures", pre=True)
    def _empty_is_default(cls, value: Any, field: Any) -> Any:  # noqa: N805
        return value or field.get_default()

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

    @validator("practitioners", "services")
    def _names_differ(cls, value: list[Any]) -> list[Any]:  # noqa: N805
        names = [named.name for named in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name!r} stands here twice; give each a name of its own")
        return value

    @validator("practitioners")
    def _practitioners_exist(cls, value: list[Practitioner], values: dict[str, Any]) -> list[Practitioner]:  # noqa: N805
        known = {practitioner.name for practitioner in value}
        for service in values.get("services", []):
            for name in service.practitioners:
                if name not in known:
                    raise ValueError(f"the service {service.name!r} names {name!r}, who does not stand here")
        return value

    @validator("booking")
    def _services_are_known_elsewhere(cls, value: Booking, values: dict[str, Any]) -> Booking:  # noqa: N805
        numbers = value.handoff.calcom if value.handoff else {}
        for service in values.get("services", []) if numbers else []:
            if service.name not in numbers:
                raise ValueError(f"calcom needs the event type number of {service.name!r}")
        return value

    @validator("closures", each_item=True)
    def _closure_is_dates(cls, value: str) -> str:  # noqa: N805
        days_of(value)
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
        return {day for closure in self.closures for day in days_of(closure)}
