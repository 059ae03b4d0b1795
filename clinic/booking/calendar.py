"""Appointments as iCalendar (RFC 5545, and RFC 5546 for what a calendar is to do with them)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from clinic.booking.vtimezone import vtimezone

PRODUCT = "-//Facial acupuncture assistant//Appointments//EN"


@dataclass(frozen=True)
class Entry:
    """One appointment as a calendar shows it.

    Attributes:
        uid: The same for all versions of an appointment, and nobody else's.
        sequence: Counts the versions, from 0.
        start: Aware.
        end: Aware.
        changed_at: When this version was made; aware.
        title: One line.
        details: Lines of text.
        place: Address or room, or None.
        cancelled: Whether it no longer takes place.
        tentative: Whether the clinic has still to confirm it.
        organizer: (name, e-mail address) of the clinic, or None.
        attendee: (name, e-mail address) of the client, or None.

    """

    uid: str
    sequence: int
    start: datetime
    end: datetime
    changed_at: datetime
    title: str
    details: str = ""
    place: str | None = None
    cancelled: bool = False
    tentative: bool = False
    organizer: tuple[str, str] | None = None
    attendee: tuple[str, str] | None = None


def invitation(entry: Entry, zone: ZoneInfo) -> bytes:
    """Return the file that enters, changes or removes an appointment in somebody's calendar.

    The method is CANCEL for a cancelled appointment; else REQUEST where there are an organizer and
    an attendee, as RFC 5546 asks for, and PUBLISH where not.
    """
    method = "REQUEST" if entry.organizer and entry.attendee else "PUBLISH"
    return _calendar([entry], zone, "CANCEL" if entry.cancelled else method)


def feed(name: str, entries: Iterable[Entry], zone: ZoneInfo) -> bytes:
    """Return a calendar to subscribe to."""
    return _calendar(list(entries), zone, "PUBLISH", name)


def stored(entry: Entry, zone: ZoneInfo) -> bytes:
    """Return an appointment as a CalDAV server stores it: without a method (RFC 4791, 4.1)."""
    return _calendar([entry], zone, None)


def _calendar(entries: list[Entry], zone: ZoneInfo, method: str | None, name: str | None = None) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", timedelta(minutes=15), parameters={"value": "DURATION"})
    if entries and zone.key != "UTC":
        first, last = min(e.start for e in entries), max(e.end for e in entries)
        calendar.add_component(vtimezone(zone, first, last))
    for entry in entries:
        calendar.add_component(_event(entry, zone))
    return calendar.to_ical()


def _event(entry: Entry, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.start.astimezone(zone))
    event.add("dtend", entry.end.astimezone(zone))
    event.add("summary", entry.title)
    standing = "TENTATIVE" if entry.tentative else "CONFIRMED"
    event.add("status", "CANCELLED" if entry.cancelled else standing)
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")  # a treatment is nobody else's business where a calendar is shared
    if entry.details:
        event.add("description", entry.details)
    if entry.place:
        event.add("location", entry.place)
    if entry.organizer:
        event.add("organizer", _person(*entry.organizer), encode=False)
    if entry.attendee:
        event.add("attendee", _attendee(*entry.attendee), encode=False)
    return event


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params["CN"] = vText(_plain(name))
    return person


def _attendee(name: str, address: str) -> vCalAddress:
    """Return the client, who has agreed already: no calendar asks them or sends the clinic a reply."""
    person = _person(name, address)
    person.params["ROLE"] = vText("REQ-PARTICIPANT")
    person.params["PARTSTAT"] = vText("ACCEPTED")
    person.params["RSVP"] = vText("FALSE")
    return person


def _plain(name: str) -> str:
    """Return a name as a parameter may hold it: no quotes, no control characters (RFC 5545, 3.1)."""
    return "".join(c for c in name if c.isprintable() and c != '"')
