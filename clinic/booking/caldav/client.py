"""One calendar on a CalDAV server: put an entry, delete one, read the entries of some time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Self
from xml.etree import ElementTree as ET

import requests

TIMEOUT = (5.0, 30.0)  # seconds to connect, and between two bytes
LARGEST = 20 * 1024 * 1024  # bytes of an answer
TAG = "{urn:ietf:params:xml:ns:caldav}calendar-data"
TEXT = "text/calendar; charset=utf-8"
QUERY = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><C:calendar-data/></D:prop>
  <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
    <C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>
  </C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>"""


class CalendarAway(Exception):
    """The calendar cannot be used now; why, without an address or a password."""


class Calendars:
    """A connection to the CalDAV server.

    Args:
        login: (user, password), or None where the server asks for none.

    """

    def __init__(self, login: tuple[str, str] | None) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # no password out of a .netrc, no proxy that nobody named here
        self._session.auth = login
        self._session.headers["User-Agent"] = "facial-acupuncture-assistant"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def put(self, calendar: str, uid: str, content: bytes) -> None:
        """Write an entry in the place of its older version. Raises CalendarAway."""
        self._ask("PUT", _entry(calendar, uid), content, {"Content-Type": TEXT})

    def delete(self, calendar: str, uid: str) -> None:
        """Remove an entry, if it is there. Raises CalendarAway."""
        self._ask("DELETE", _entry(calendar, uid), fine={404, 410})

    def entries(self, calendar: str, start: datetime, end: datetime) -> list[str]:
        """Return the entries that touch a time, each as an iCalendar text, repeating ones as they are.

        Args:
            calendar: The calendar's address.
            start: Aware.
            end: Aware.

        Raises:
            CalendarAway: the server cannot be reached or answers something else.

        """
        query = QUERY.format(start=start.astimezone(UTC), end=end.astimezone(UTC)).encode()
        headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
        answer = self._ask("REPORT", calendar, query, headers)
        try:
            return [found.text for found in ET.fromstring(answer).iter(TAG) if found.text]  # noqa: S314 (expat bounds entities itself)
        except ET.ParseError:
            raise CalendarAway("it answered something that is no calendar") from None

    def _ask(
        self,
        method: str,
        address: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        fine: frozenset[int] | set[int] = frozenset(),
    ) -> bytes:
        try:
            with self._session.request(
                method,
                address,
                data=content,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,  # a redirected PUT would become a GET
                stream=True,
            ) as answer:
                body = answer.raw.read(LARGEST + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise CalendarAway(type(error).__name__) from None
        if len(body) > LARGEST:
            raise CalendarAway("it answered more than can be read")
        if not 200 <= answer.status_code < 300 and answer.status_code not in fine:  # noqa: PLR2004 (success)
            raise CalendarAway(f"it answered {answer.status_code} to {method}")
        return body


def _entry(calendar: str, uid: str) -> str:
    return f"{calendar.rstrip('/')}/{re.sub(r'[^A-Za-z0-9_-]', '-', uid)}.ics"
