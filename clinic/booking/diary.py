"""The clinic's diary, made from clinic.yml."""

from __future__ import annotations

from datetime import time, timedelta

from clinic.booking.model import Diary, Practitioner, Service
from clinic.settings import ClinicFile, clinic_file
from clinic.settings.hours import WEEKDAYS, Hours

Span = tuple[time, time]


def diary_of(clinic: ClinicFile) -> Diary:
    """Return the booking rules that clinic.yml describes."""
    return Diary(
        zone=clinic.zone,
        services=tuple(map(_service, clinic.services)),
        practitioners=tuple(_practitioner(p, clinic.opening_hours) for p in clinic.practitioners),
        closed=frozenset(clinic.closed_days()),
        notice=timedelta(hours=clinic.booking.notice_hours),
        horizon=timedelta(days=clinic.booking.horizon_days),
        step=timedelta(minutes=clinic.booking.start_every_minutes),
        cancel_until=timedelta(hours=clinic.booking.cancel_until_hours),
    )


def _service(service: clinic_file.Service) -> Service:
    return Service(
        name=service.name,
        minutes=service.minutes,
        before=timedelta(minutes=service.minutes_before),
        after=timedelta(minutes=service.minutes_after),
        practitioners=tuple(service.practitioners),
        rooms=tuple(service.rooms),
    )


def _practitioner(practitioner: clinic_file.Practitioner, opening_hours: Hours) -> Practitioner:
    hours = practitioner.hours or opening_hours
    weekly = {
        WEEKDAYS.index(day): _without(spans, sorted(practitioner.breaks)) for day, spans in hours.items()
    }
    return Practitioner(practitioner.name, weekly, frozenset(practitioner.days_off()))


def _without(spans: list[Span], breaks: list[Span]) -> list[Span]:
    """Return what the breaks leave of the working hours."""
    for start, end in breaks:
        spans = [
            part
            for opens, closes in spans
            for part in ((opens, min(closes, start)), (max(opens, end), closes))
            if part[0] < part[1]
        ]
    return spans
