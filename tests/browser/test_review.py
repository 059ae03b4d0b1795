"""The review queue by keyboard alone."""

import time

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from clinic.learning.tables import reviews
from tests.learning.said import Chat

FIVE_MINUTES = 300


@pytest.fixture
def questions(desk):
    """Return a desk at the queue with 50 questions of 50 visitors in it."""

    def ask(**settings):
        staff = desk("/help", role="reviewer", **settings)
        with staff.engine.begin() as connection:
            connection.execute(reviews.delete())
        for number in range(50):
            chat = Chat(staff.engine, f"review-{number}")
            chat.asks_back(f"question {number} about the needles")
        return staff.open("/review")

    return ask


def states(staff) -> dict[str, int]:
    with staff.engine.connect() as connection:
        mine = reviews.c.conversation.like("review-%")
        query = sa.select(reviews.c.state, sa.func.count()).where(mine).group_by(reviews.c.state)
        return dict(connection.execute(query).all())


def test_fifty_messages_are_reviewed_by_keyboard_in_five_minutes(questions):
    staff, start = questions(), time.monotonic()
    page = staff.page
    mine = page.locator(".message[data-state=open]").filter(has_text="about the needles")
    expect(mine).to_have_count(50)
    for number in range(50):
        key = "acof"[number % 4]
        page.keyboard.press(key)
        if key == "c":
            page.keyboard.type("does it hurt")
            page.keyboard.press("Enter")
        expect(mine).to_have_count(49 - number)
    assert time.monotonic() - start < FIVE_MINUTES
    assert states(staff) == {"accepted": 13, "corrected": 13, "out of scope": 12, "flagged": 12}
    page.keyboard.press("u")
    expect(mine).to_have_count(1)
    page.keyboard.press("u")
    expect(mine).to_have_count(2)
    page.keyboard.press("?")
    expect(page.get_by_text("corrects the topic")).to_be_visible()


def test_keys_move_open_the_note_and_choose_a_topic_with_the_arrows(questions):
    staff = questions()
    page = staff.page
    first = page.locator(".message").nth(0)
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".message").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("n")
    page.keyboard.type("ask Sam; cof")
    page.keyboard.press("Enter")
    expect(first).to_contain_text("ask Sam; cof")
    page.keyboard.press("c")
    expect(page.get_by_role("combobox", name="Topic")).to_be_focused()
    page.keyboard.type("needles")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#topics [aria-selected=true]").get_attribute("data-name")
    assert staff.barriers() == []
    page.keyboard.press("Enter")
    expect(first.locator(".done")).to_contain_text(f"({chosen})")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_queue_the_groups_and_the_difference_have_no_barrier(questions, scheme):
    staff = questions(color_scheme=scheme)
    assert staff.barriers() == []
    staff.page.keyboard.press("a")
    expect(staff.page.locator(".message .done")).to_have_count(1)
    for path in ("/review/groups", "/review/answer", "/training/changes", "/training"):
        assert staff.open(path).barriers() == [], path


def test_nothing_of_it_scrolls_sideways_on_a_phone(questions):
    staff = questions(viewport={"width": 360, "height": 640})
    for path in ("/review", "/review/groups", "/review/answer", "/training/changes"):
        assert staff.open(path).overflow() <= 0, path
