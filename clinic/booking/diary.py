"""The clinic's diary, made from clinic.yml."""

from __future__ import annotations

from datetime import timedelta

from clinic.booking.model import Diary, Practitioner, Service, WeeklyHours
from clinic.settings import ClinicFile
from clinic.settings.clinic_file import WEEKDAYS, Hours


def diary_of(clinic: ClinicFile) -> Diary:
    """Return the booking rules that clinic.yml describes."""
    return Diary(
        zone=clinic.zone,
        services=tuple(Service(s.name, s.minutes) for s in clinic.services),
        practitioners=tuple(
            Practitioner(p.name, _weekly(p.hours or clinic.opening_hours)) for p in clinic.practitioners
        ),
        closed=frozenset(clinic.closed_days()),
        notice=timedelta(hours=clinic.booking.notice_hours),
        horizon=timedelta(days=clinic.booking.horizon_days),
        step=timedelta(minutes=clinic.booking.start_every_minutes),
    )


def _weekly(hours: Hours) -> WeeklyHours:
    return {WEEKDAYS.index(day): spans for day, spans in hours.items()}
