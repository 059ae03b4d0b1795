"""The list of conversations: filters, search, paging, what is new."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from clinic.conversation.feedback import rate
from tests.conversation.written import AT, bot, keep, user

LATER = AT + timedelta(hours=1)
LINK = re.compile(r'<th scope="row" class="said"><a href="/conversations/([^"]+)">')
SPECIAL = {
    "channel=telegram": {"channel": "telegram"},
    "topic=faq%2Fpain": {"topics": ["faq/pain", "book"]},
    "below=50": {"lowest_confidence": 0.3},
    "unclear=1": {"not_understood": 2},
    "thumbs=up": {"thumbs_up": 1},
    "thumbs=down": {"thumbs_down": 1},
    "booked=yes": {"outcome": "booked", "booked": True},
    "outcome=handed_over": {"outcome": "handed_over"},
    "trouble=1": {"trouble_at": AT},
    "step=time": {"booking_steps": 3},
    "hour=4-9": {"at": AT},
}


@pytest.fixture
def anna(console):
    return console.hire("viewer")


def shown(answer):
    """Return the names of the conversations on a page."""
    assert answer.status == 200, answer.text
    return [unquote(name) for name in LINK.findall(answer.text)]


def link(answer, words):
    """Return where a link of the page leads, or None."""
    found = re.search(rf'<a href="([^"]+)"[^>]*>{words}</a>', answer.text)
    return html.unescape(found[1]) if found else None


def keep_many(engine, number):
    """Write conversations c0, c1 …, each a minute after the one before."""
    for n in range(number):
        keep(engine, f"c{n}", user(f"do needles hurt {n}"), at=AT + timedelta(minutes=n))


async def test_the_list_shows_the_latest_first_with_the_visitors_words(console, anna):
    keep(console.engine, "one", user("does it hurt"), bot("Hardly."), at=AT, topics=["faq/first_visit"])
    keep(console.engine, "two/ä+1", user("<b>bold</b>"), at=AT + timedelta(minutes=1))
    answer = await console.get("/conversations", anna)
    assert shown(answer) == ["two/ä+1", "one"]
    assert "&lt;b&gt;bold&lt;/b&gt;" in answer.text
    assert "First visit" in answer.text


@pytest.mark.parametrize("query", SPECIAL)
async def test_each_filter_shows_those_and_no_others(console, anna, query):
    keep(console.engine, "special", user("hello"), **SPECIAL[query])
    keep(console.engine, "plain", user("hello"), at=LATER, lowest_confidence=0.95, topics=["faq/price"])
    assert shown(await console.get(f"/conversations?{query}", anna)) == ["special"]
    assert shown(await console.get(f"/conversations?{query}&q=hello", anna)) == ["special"]
    by_start = await console.get(f"/conversations?{query}&by=started", anna)
    assert shown(by_start) == ["special"]


async def test_days_are_the_clinics_and_of_the_latest_or_the_first_message(console, anna):
    late = datetime(2026, 7, 1, 22, 59, tzinfo=UTC)  # 23:59 in London
    keep(console.engine, "first", user("a"), at=late)
    keep(console.engine, "second", user("b"), at=late + timedelta(minutes=1), started_at=late)
    ask = "/conversations?from=2026-07-01&to=2026-07-01"
    assert shown(await console.get(ask, anna)) == ["first"]
    assert set(shown(await console.get(f"{ask}&by=started", anna))) == {"first", "second"}


async def test_filters_are_meant_together(console, anna):
    keep(
        console.engine, "both", user("a"), channel="telegram", topics=["book"], outcome="booked", booked=True
    )
    keep(console.engine, "one", user("a"), channel="telegram", topics=["book"])
    ask = "/conversations?channel=telegram&topic=book&booked="
    assert shown(await console.get(f"{ask}yes", anna)) == ["both"]
    assert shown(await console.get(f"{ask}no", anna)) == ["one"]


@pytest.mark.parametrize(
    "query",
    [
        "from=x",
        "below=0",
        "below=-1",
        "thumbs=side",
        "by=x",
        "before=x",
        "q=a&before=x",
        "outcome=x",
        "step=x",
        "hour=7-0",
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(console, anna, query):
    assert (await console.get(f"/conversations?{query}", anna)).status == 400


@pytest.mark.parametrize("query", ["", "q=needle&", "topic=faq%2Fpain&", "by=started&"])
async def test_pages_hold_every_conversation_once_there_and_back(console, anna, query):
    for n in range(120):
        at = AT + timedelta(minutes=n // 7)  # several at one moment
        keep(
            console.engine, f"c{n:03}", user("needles", timestamp=at.timestamp()), at=at, topics=["faq/pain"]
        )
    pages, answer = [], await console.get(f"/conversations?{query}", anna)
    pages.append(shown(answer))
    while older := link(answer, "Older"):
        answer = await console.get(older, anna)
        pages.append(shown(answer))
    assert [len(names) for names in pages] == [50, 50, 20]
    names = [name for one in pages for name in one]
    assert names == sorted(names, reverse=True)
    back: list[list[str]] = []
    while newer := link(answer, "Newer"):
        answer = await console.get(newer, anna)
        back.append(shown(answer))
    assert [names for names in back if names] == [pages[1], pages[0]]


async def test_search_finds_what_anybody_said_in_its_forms_and_marks_it(console, anna):
    keep(console.engine, "visitor", user("do the needles hurt <i>me</i>"))
    keep(console.engine, "assistant", user("hi"), bot("A needle is thin."))
    keep(console.engine, "staff", {"event": "agent", "text": "We use needles.", "data": {}})
    keep(console.engine, "other", user("opening hours"))
    answer = await console.get("/conversations?q=Needle", anna)
    assert set(shown(answer)) == {"visitor", "assistant", "staff"}
    assert "<mark>needles</mark> hurt" in answer.text
    assert "<i>" not in answer.text
    assert shown(await console.get('/conversations?q="needles+hurt"', anna)) == ["visitor"]
    assert shown(await console.get("/conversations?q=needles+hours", anna)) == []


@pytest.mark.parametrize(
    "words", ["%22", "*", "a%20AND%20NOT%20(", "%3A%3A", "-", "😀", "' OR 1=1 --", "the"]
)
async def test_no_search_is_an_error(console, anna, words):
    keep(console.engine, "one", user("does it hurt"))
    assert shown(await console.get(f"/conversations?q={words}", anna)) == []


async def test_a_conversation_is_found_once_however_often_it_was_said(console, anna):
    for n in range(60):
        keep(console.engine, f"c{n}", user("needles"), user("needles again"), bot("Needles are thin."))
    first = await console.get("/conversations?q=needles", anna)
    second = await console.get(link(first, "Older"), anna)
    names = shown(first) + shown(second)
    assert len(names) == len(set(names)) == 60


async def test_a_search_that_a_filter_leaves_little_of_goes_on_when_asked(console, anna, monkeypatch):
    monkeypatch.setattr("clinic.console.conversations.search.LOOKS", (10, 30))
    keep(console.engine, "wanted", user("needles"), channel="telegram")
    keep_many(console.engine, 50)
    answer = await console.get("/conversations?q=needles&channel=telegram", anna)
    assert shown(answer) == []
    assert shown(await console.get(link(answer, "Search further back"), anna)) == ["wanted"]


async def test_new_conversations_are_counted_without_a_reload(console, anna):
    keep_many(console.engine, 3)
    for query in ("", "q=needles"):
        first = await console.get(f"/conversations?{query}", anna)
        ask = html.unescape(re.search(r'hx-get="([^"]+)"', first.text)[1])
        assert "new: show" not in (await console.get(ask, anna)).text
        keep(console.engine, f"later{query}", user("needles?"), at=AT + timedelta(hours=len(query) + 1))
        assert "1 new: show it" in (await console.get(ask, anna)).text


async def test_thumbs_reach_the_list(console, anna):
    number = keep(console.engine, "one", user("does it hurt"), bot("Hardly."))
    rate(console.engine, "one", number, False, AT)
    assert shown(await console.get("/conversations?thumbs=down", anna)) == ["one"]
    rate(console.engine, "one", number, None, AT)
    assert shown(await console.get("/conversations?thumbs=down", anna)) == []
