"""Each figure is what a recount over the events says."""

from __future__ import annotations

import html
import json
import random
import re
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from clinic.console.numbers import counts, dashboard, pictures
from clinic.console.numbers.period import Period, read
from clinic.console.refused import Refused
from clinic.conversation.trouble import TROUBLE
from tests.console.talked import talk

LONDON = ZoneInfo("Europe/London")
MANY = 60
# The clocks go back in the middle of it.
PERIOD = Period(date(2026, 10, 20), date(2026, 10, 30), LONDON)


@pytest.fixture
def talked(console):
    """The console, and conversations of which some lie outside of PERIOD."""
    chance = random.Random(7)
    for number in range(MANY):
        start = datetime(2026, 10, 18, 23, 30, tzinfo=UTC) + timedelta(
            minutes=chance.randint(0, 13 * 24 * 60)
        )
        talk(console.engine, f"c{number}", start, chance)
    return console


def _nowhere(_day: int, _hour: int) -> str:
    return "/"


def recount(console, period) -> dict[str, list]:
    """Return the events of each conversation whose latest event lies in a period."""
    found: dict[str, list] = {}
    for row in console.rows(
        "SELECT sender_id, type_name, timestamp, action_name, data FROM events ORDER BY id"
    ):
        found.setdefault(row.sender_id, []).append(
            (row.type_name, row.timestamp, row.action_name, json.loads(row.data))
        )
    return {
        name: events
        for name, events in found.items()
        if period.first <= local(events[-1][1], period.zone).date() <= period.last
    }


def local(seconds: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(seconds, zone)


def topics_of(events) -> set[str]:
    intents = [data["parse_data"]["intent"] for kind, _, _, data in events if kind == "user"]
    return {one.get("full_retrieval_intent_name") or one["name"] for one in intents}


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kolkata"])
async def test_every_figure_equals_a_recount_over_the_events(talked, zone):
    period = Period(PERIOD.first, PERIOD.last, ZoneInfo(zone))
    with talked.engine.connect() as connection:
        counted = counts.count(connection, period)
        median, replies = counts.reply_seconds(connection, period)
    mine = recount(talked, period)
    assert 0 < len(mine) < MANY
    ends = [local(events[-1][1], period.zone) for events in mine.values()]
    assert counted.total == len(mine)
    assert counted.days == Counter(end.date() for end in ends)
    assert counted.hours == Counter((end.weekday(), end.hour) for end in ends)
    channels = [next(d["input_channel"] for k, _, _, d in e if k == "user") for e in mine.values()]
    assert counted.channels == Counter(channels)
    talk_only = {"greet", "thanks", "nlu_fallback"}
    assert counted.topics == Counter(t for e in mine.values() for t in topics_of(e) - talk_only)
    assert counted.sums["messages"] == sum(k == "user" for e in mine.values() for k, *_ in e)
    assert_outcomes(counted, mine)
    assert_funnel(counted, mine)
    assert_thumbs(talked, counted, mine)
    waits = [b[1] - a[1] for e in mine.values() for a, b in pairs(e)]
    assert (replies, median) == (len(waits), pytest.approx(statistics.median(waits)))


def pairs(events):
    said = [one for one in events if one[0] in {"user", "bot"}]
    return [(a, b) for a, b in pairwise(said) if (a[0], b[0]) == ("user", "bot")]


def said(events) -> set[str]:
    return {data["metadata"]["utter_action"] for kind, _, _, data in events if kind == "bot"}


def assert_outcomes(counted, mine) -> None:
    booked = {name for name, events in mine.items() if "utter_booked" in said(events)}
    answered = {n for n, e in mine.items() if topics_of(e) - {"greet", "thanks", "nlu_fallback"}} - booked
    unclear = {n for n, e in mine.items() if "nlu_fallback" in topics_of(e)}
    expected = {"booked": len(booked), "answered": len(answered)}
    expected["not_understood"] = len(unclear - booked - answered)
    expected["opened"] = len(set(mine) - booked - answered - unclear)
    assert counted.outcomes == Counter(expected)
    assert (counted.sums["booked"], counted.sums["unclear"]) == (len(booked), len(unclear))
    assert counted.sums["trouble"] == sum(TROUBLE in said(events) for events in mine.values())


def assert_funnel(counted, mine) -> None:
    def has(events, slot: str) -> bool:
        return any(k == "slot" and name == slot and d["value"] is not None for k, _, name, d in events)

    wanted = [e for e in mine.values() if "book" in topics_of(e)]
    chosen = [e for e in wanted if has(e, "appointment_start")]
    given = [e for e in chosen if has(e, "client_contact")]
    steps = {"wanted": len(wanted), "time chosen": len(chosen), "contact given": len(given)}
    assert {name: counted.funnel[name] for name in steps} == steps
    assert len(wanted) > len(chosen) > len(given) > 0


def assert_thumbs(console, counted, mine) -> None:
    for name, helpful in {"up": True, "down": False}.items():
        thumbs = console.rows("SELECT conversation FROM feedback WHERE helpful = :helpful", helpful=helpful)
        assert counted.sums[name] == len({row.conversation for row in thumbs} & set(mine)) > 0


async def test_the_page_shows_the_figures_with_a_way_to_what_they_count(talked):
    path = f"/numbers?from={PERIOD.first}&to={PERIOD.last}"
    answer = await talked.get(path, talked.hire("viewer"))
    with talked.engine.connect() as connection:
        counted = counts.count(connection, PERIOD)
    days = "from=2026-10-20&amp;to=2026-10-30"
    assert f'<a href="/conversations?{days}">{counted.total}</a>' in answer.text
    for topic, total in counted.topics.items():
        link = f"/conversations?{days}&amp;topic={topic.replace('/', '%2F')}"
        assert f'<a href="{link}">{total}</a>' in answer.text
    bars = re.findall(
        r'href="/conversations\?from=(\S+?)&amp;to=(\S+?)" aria-label="[^"]*: (\d+)"', answer.text
    )
    by_day = [(str(day), str(day), str(total)) for day, total in counted.days.items()]
    assert set(by_day) <= set(bars)
    assert "style=" not in answer.text


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kolkata"])
async def test_each_hour_of_the_week_and_each_step_of_a_booking_opens_what_it_counts(
    talked, clinic_file, zone
):
    clinic_file.write_text(clinic_file.read_text().replace("Europe/London", zone))
    viewer = talked.hire("viewer")
    text = (await talked.get(f"/numbers?from={PERIOD.first}&to={PERIOD.last}", viewer)).text
    behind = r'href="(/conversations\?[^"]*(?:hour|step)=[^"]*)" aria-label="[^"]*: (\d+)[^"]*"'
    found = re.findall(behind, text)
    with talked.engine.connect() as connection:
        counted = counts.count(connection, Period(PERIOD.first, PERIOD.last, ZoneInfo(zone)))
    assert sum(int(total) for address, total in found if "hour=" in address) == counted.total
    assert [int(total) for address, total in found if "step=" in address] == list(counted.funnel.values())[:3]
    for address, total in found:
        shown = (await talked.get(html.unescape(address), viewer)).text
        assert shown.count('class="said"') == min(int(total), 50), address


async def test_a_clinic_without_conversations_sees_that_there_are_none(console):
    answer = await console.get("/numbers", console.hire("viewer"))
    assert "Nothing in this period" in answer.text


def test_a_period_is_chosen_by_days_or_dates_and_has_bounds():
    today = date(2026, 11, 25)
    assert read("", "", "", today, LONDON).first == date(2026, 10, 27)
    assert read("7", "", "", today, LONDON).days == 7
    assert read("7", "2026-11-01", "2026-11-03", today, LONDON).days == 3
    for wrong in [
        ("0", "", ""),
        ("9999", "", ""),
        ("x", "", ""),
        ("", "2026-11-26", ""),
        ("", "1990-01-01", ""),
    ]:
        with pytest.raises(Refused):
            read(*wrong, today, LONDON)


@pytest.mark.parametrize(
    ("days", "bars"), [(1, 1), (31, 31), (32, 5), (90, 13), (217, 31), (365, 27), (731, 27)]
)
def test_a_long_period_is_shown_by_weeks_and_leaves_no_day_out(days, bars):
    first = date(2025, 1, 1)
    parts = Period(first, first + timedelta(days=days - 1), LONDON).parts()
    assert len(parts) == bars
    assert sum((b - a).days + 1 for a, b in parts) == days


def test_a_picture_without_figures_has_no_bars_of_any_height():
    assert [bar.height for bar in pictures.beside([("Monday", 0, "/")]).bars] == [0]
    assert {cell.shade for cell in pictures.heat({}, _nowhere)} == {0}
    assert {cell.shade for cell in pictures.heat({(0, 9): 600, (1, 9): 1}, _nowhere)} == {0, 1, 6}
    assert dashboard.words("faq/dark_circles") == "dark circles"
