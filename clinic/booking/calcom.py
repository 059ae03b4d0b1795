"""Cal.com's API, version 2: the free times of an event type, and a booking of one.

For clinics that already use Cal.com: appointments are kept there and nowhere else.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from clinic.booking.handoff import Booking, ElsewhereAway, PerhapsBooked
from clinic.booking.model import SlotTaken

SLOTS_VERSION, BOOKINGS_VERSION = "2024-09-04", "2024-08-13"  # each part of the API has its own
TIMEOUT = (3.0, 10.0)  # seconds to connect, and between two bytes
BAD_REQUEST, CONFLICT = 400, 409
GONE = ("already has booking", "not available")  # what a 400 says of a time that has gone
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CalCom:
    """The API at an address; the key may be None where event types are public."""

    address: str
    key: str | None = None

    def free(self, event_type: int, first: date, last: date, zone: ZoneInfo) -> list[datetime]:
        """Return the free starts from the first to the last local day. Raises ElsewhereAway."""
        query = {
            "eventTypeId": str(event_type),
            "start": first.isoformat(),
            "end": last.isoformat(),
            "timeZone": zone.key,
        }
        try:
            answer = self._ask("GET", "slots", SLOTS_VERSION, params=query)
            if answer.status_code != requests.codes.ok:
                raise ElsewhereAway(f"it answered {answer.status_code}")
            days = answer.json()["data"]
            return [datetime.fromisoformat(slot["start"]) for day in days.values() for slot in day]
        except requests.RequestException as error:
            raise ElsewhereAway(type(error).__name__) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ElsewhereAway("it answered something else") from None

    def book(
        self,
        event_type: int,
        start: datetime,
        zone: ZoneInfo,
        *,
        name: str,
        email: str,
        phone: str | None,
        key: str,
    ) -> Booking:
        """Book a start.

        Args:
            event_type: Cal.com's number of what is booked.
            start: Aware.
            zone: The time zone that the attendee reads times in.
            name: The attendee's.
            email: Where Cal.com writes to.
            phone: In E.164, or None.
            key: Stands in the booking's metadata, for whoever looks for it later.

        Raises:
            SlotTaken: Cal.com refuses the time.
            ElsewhereAway: nothing was booked.
            PerhapsBooked: the request went out and no answer came.

        """
        attendee = {"name": name, "email": email, "timeZone": zone.key, "language": "en"}
        wanted = {
            "eventTypeId": event_type,
            "start": f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "attendee": attendee | ({"phoneNumber": phone} if phone else {}),
            "metadata": {"key": key},
        }
        try:
            answer = self._ask("POST", "bookings", BOOKINGS_VERSION, json=wanted)
        except requests.ConnectTimeout:
            raise ElsewhereAway("ConnectTimeout") from None
        except requests.RequestException as error:
            raise _unheard(error) from None
        return _booking(answer)

    def _ask(self, method: str, path: str, version: str, **content: Any) -> requests.Response:
        headers = {"cal-api-version": version} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        address = f"{self.address.rstrip('/')}/v2/{path}"
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, address, headers=headers, timeout=TIMEOUT, allow_redirects=False, **content
            )


def _unheard(error: requests.RequestException) -> Exception:
    """Return what no answer means: a connection that was never made booked nothing."""
    refused = "Connection refused" in str(error) or "Name or service not known" in str(error)
    return ElsewhereAway(type(error).__name__) if refused else PerhapsBooked(type(error).__name__)


def _booking(answer: requests.Response) -> Booking:
    gone = answer.status_code == BAD_REQUEST and any(words in answer.text for words in GONE)
    if gone or answer.status_code == CONFLICT:
        raise SlotTaken
    if answer.status_code != requests.codes.created:
        logger.error("Cal.com refused a booking with %d.", answer.status_code)
        raise ElsewhereAway(f"it answered {answer.status_code}")
    try:
        data = answer.json()["data"]
        return Booking(str(data["uid"]), data.get("status") == "pending")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PerhapsBooked("it answered something else") from None
