"""A server that answers as Cal.com's API v2 does, for one clinic with two event types.

It is strict where Cal.com is: the version of each part of the API, the key, the shape of a booking.
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

KEY = "cal_test_key"
EVENT_TYPES = {101: 30, 102: 60}  # minutes
OPENS, CLOSES = 9, 17  # London, Monday to Friday
LONDON = ZoneInfo("Europe/London")


class CalComServer:
    """The server; ``bookings`` are what it has sold, ``pending`` and ``slow`` change how it behaves."""

    def __init__(self) -> None:
        self.bookings: dict[datetime, dict] = {}
        self.pending, self.slow, self.broken = False, 0.0, False
        self._lock = threading.Lock()
        calcom = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                calcom.answer(self, calcom.slots)

            def do_POST(self) -> None:
                calcom.answer(self, calcom.book)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, work) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        content = json.loads(request.rfile.read(length)) if length else {}
        if self.broken:
            status, body = 502, {"status": "error"}
        elif request.headers.get("Authorization") != f"Bearer {KEY}":
            status, body = 401, _error("UnauthorizedException", "Invalid API Key")
        else:
            status, body = work(urlsplit(request.path), request.headers.get("cal-api-version"), content)
        time.sleep(self.slow)
        text = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def slots(self, url, version: str | None, _content: dict) -> tuple[int, dict]:
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path != "/v2/slots" or version != "2024-09-04":
            return 404, _error("NotFoundException", f"Cannot GET {url.path}")
        minutes, zone = EVENT_TYPES[int(query["eventTypeId"])], ZoneInfo(query["timeZone"])
        first, last = date.fromisoformat(query["start"]), date.fromisoformat(query["end"])
        days = {}
        for n in range((last - first).days + 1):
            free = [
                {"start": at.astimezone(zone).isoformat("T", "milliseconds")}
                for at in self._free(first + timedelta(days=n), minutes)
            ]
            if free:
                days[(first + timedelta(days=n)).isoformat()] = free
        return 200, {"status": "success", "data": days}

    def book(self, url, version: str | None, wanted: dict) -> tuple[int, dict]:
        if url.path != "/v2/bookings" or version != "2024-08-13":
            return 404, _error("NotFoundException", f"Cannot POST {url.path}")
        attendee = wanted.get("attendee", {})
        if set(wanted) - {"start", "eventTypeId", "attendee", "metadata"} or not {
            "name",
            "email",
            "timeZone",
        } <= set(attendee):
            return 400, _error("BadRequestException", "attendee must have name, email and timeZone")
        start = datetime.strptime(wanted["start"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        minutes = EVENT_TYPES[wanted["eventTypeId"]]
        with self._lock:
            if start not in self._free(start.astimezone(LONDON).date(), minutes):
                words = "User either already has booking at this time or is not available"
                return 400, _error("BadRequestException", words)
            self.bookings[start] = wanted | {"minutes": minutes}
        data = {
            "id": len(self.bookings),
            "uid": f"uid{len(self.bookings)}",
            "status": "pending" if self.pending else "accepted",
            "start": wanted["start"],
            "duration": minutes,
            "eventTypeId": wanted["eventTypeId"],
            "attendees": [attendee],
            "metadata": wanted.get("metadata", {}),
        }
        return 201, {"status": "success", "data": data}

    def _free(self, day: date, minutes: int) -> list[datetime]:
        if day.weekday() > 4:
            return []
        opens = datetime(day.year, day.month, day.day, OPENS, tzinfo=LONDON).astimezone(UTC)
        starts = [opens + timedelta(minutes=30 * n) for n in range((CLOSES - OPENS) * 2)]
        length = timedelta(minutes=minutes)
        closes = opens + timedelta(hours=CLOSES - OPENS)
        return [at for at in starts if at + length <= closes and not self._overlaps(at, at + length)]

    def _overlaps(self, start: datetime, end: datetime) -> bool:
        return any(
            at < end and start < at + timedelta(minutes=b["minutes"]) for at, b in self.bookings.items()
        )


def _error(code: str, message: str) -> dict:
    return {"status": "error", "error": {"code": code, "message": message}}
