"""The page of figures: each is a picture, a table, and a way to the conversations behind it."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from sanic.response import HTTPResponse

from clinic.console.conversations.wording import DAYS
from clinic.console.numbers import counts, pictures
from clinic.console.numbers import days as days_kept
from clinic.console.numbers import period as periods
from clinic.console.numbers.counts import Counted
from clinic.console.numbers.period import Period
from clinic.console.pages import page
from clinic.console.views import Asked, view
from clinic.settings import clinic, now

TOPICS = 15
OUTCOMES = ("booked", "handed_over", "answered", "not_understood", "opened")
REACHED = {
    "wanted": {"step": "wanted"},
    "time chosen": {"step": "time"},
    "contact given": {"step": "contact"},
    "booked": {"outcome": "booked"},
}


@view("/numbers", role="viewer", menu="Numbers")
def show(asked: Asked) -> HTTPResponse:
    """Show the figures of the last 30 days, of ?days=, or ?from= to ?to=."""
    zone = clinic().zone
    days, first, last = (asked.argument(name) for name in ("days", "from", "to"))
    period = periods.read(days, first, last, now().astimezone(zone).date(), zone)
    counted = days_kept.count(asked.connection, period)
    median, replies = counts.reply_seconds(asked.connection, period)
    visits = counts.appointments_by_status(asked.connection, period)
    when = {"since": period.first, "until": period.last}
    return page(
        asked,
        "numbers/numbers.html",
        period=period,
        counted=counted,
        median=median,
        replies=replies,
        latest=counts.LATEST,
        volume=_volume(counted, period),
        channels=_bars(counted.channels.most_common(), "channel", period, counted.total),
        topics=_bars(counted.topics.most_common(TOPICS), "topic", period),
        outcomes=_bars([(o, counted.outcomes[o]) for o in OUTCOMES], "outcome", period, counted.total),
        funnel=_funnel(counted, period),
        thumbs=_thumbs(counted, period),
        heat=pictures.heat(
            counted.hours, lambda day, hour: conversations(period.first, period.last, hour=f"{day}-{hour}")
        ),
        weekdays=DAYS,
        visits=pictures.below(
            (status, total, f"/bookings/list?{urlencode({'status': status} | when)}")
            for status, total in sorted(visits.items())
        ),
        everything=conversations(period.first, period.last),
        unclear=conversations(period.first, period.last, unclear=1),
        troubled=conversations(period.first, period.last, trouble=1),
    )


def conversations(first: date, last: date, **filters: object) -> str:
    """Return the address of the conversations of some days, filtered."""
    return f"/conversations?{urlencode({'from': first, 'to': last} | filters)}"


def _volume(counted: Counted, period: Period) -> pictures.Bars:
    figures = []
    for first, last in period.parts():
        total = sum(n for day, n in counted.days.items() if first <= day <= last)
        label = f"{first:%a} {first.day} {first:%b}"
        label = label if first == last else f"{label} to {last:%a} {last.day} {last:%b}"
        figures.append((label, total, conversations(first, last)))
    return pictures.beside(figures)


def _bars(figures: list[tuple[str, int]], name: str, period: Period, whole: int = 0) -> pictures.Bars:
    return pictures.below(
        (
            (words(one), total, conversations(period.first, period.last, **{name: one}))
            for one, total in figures
        ),
        whole,
    )


def words(name: str) -> str:
    """Return a topic, an outcome or a channel as people read it."""
    return name.removeprefix("faq/").replace("_", " ") or "unknown"


def _funnel(counted: Counted, period: Period) -> pictures.Bars:
    """Return the steps of a booking; each opens the conversations that came so far."""
    return pictures.below(
        (
            (step, total, conversations(period.first, period.last, **REACHED[step]))
            for step, total in counted.funnel.items()
        ),
        counted.funnel["wanted"],
    )


def _thumbs(counted: Counted, period: Period) -> pictures.Bars:
    return pictures.below(
        (f"thumb {one}", counted.sums[one], conversations(period.first, period.last, thumbs=one))
        for one in ("up", "down")
    )
