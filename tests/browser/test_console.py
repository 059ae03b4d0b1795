"""The console in a browser: everybody can use it, and what somebody wrote stays words."""

import re
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from clinic.booking import store
from clinic.booking.records import Client
from clinic.console import links
from clinic.console.app import load_features
from clinic.console.audit import record
from clinic.console.pages import menu
from clinic.database import requests
from clinic.settings import now
from tests.browser.test_untrusted_text import CORPUS
from tests.console.staff import PASSWORD, hire

load_features()
PAGES = [one.path for one in menu()]
BESIDE = ["/account", "/account/phone", "/nothing-here"]
ACTIVE = ", ".join(f"main {name}" for name in "script iframe style base meta svg img math details".split())


def ask(engine, name="Jane Doe", message="Please call me about pigmentation"):
    """Let a visitor leave a request, and return its page."""
    key = f"{name}{message}"[:200]
    client = Client(name[:200], "+447700900123")
    store.ask_person(engine, client, message, key=key, conversation="widget-x", now=now())
    with engine.connect() as connection:
        newest = connection.execute(sa.select(sa.func.max(requests.c.id))).scalar()
    return f"/requests/{newest}"


def printed_link(assistant):
    """Return the link that is printed once all processes are ready."""
    for _ in range(300):
        found = re.search(r"http://\S+/welcome/\S+", assistant.log.read_text(encoding="utf-8"))
        if found:
            return found[0]
        time.sleep(0.2)
    raise AssertionError("no link was printed")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier(desk, scheme):
    staff = desk(color_scheme=scheme)
    for path in (*PAGES, *BESIDE, ask(staff.engine)):
        staff.problems.clear()  # a page that is not there is logged by the browser
        assert staff.open(path).barriers() == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_has_no_barrier(desk, scheme):
    staff = desk(color_scheme=scheme)
    ben = hire(staff.engine, "viewer")
    with staff.engine.begin() as connection:
        address = links.new(connection, ben.id, datetime.now(UTC))
    staff.page.context.clear_cookies()
    for path in ("/login", "/welcome" + address.partition("/welcome")[2]):
        assert staff.open(path).barriers() == [], path


def test_no_page_scrolls_sideways_on_a_phone(desk):
    staff = desk(viewport={"width": 360, "height": 640})
    for path in (*PAGES, "/account", "/account/phone", ask(staff.engine, name="x" * 200, message="y" * 900)):
        assert staff.open(path).overflow() <= 0, path


def test_a_newcomer_creates_the_owner_with_the_printed_link_and_signs_in_again(desk, assistant):
    staff = desk()
    staff.page.context.clear_cookies()
    page = staff.page
    page.goto(printed_link(assistant))
    page.get_by_label("Your name").fill("Olga Owner")
    page.get_by_label("Name for signing in").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("link", name="Olga Owner")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.keyboard.press("Tab")  # the skip link, then the form: no mouse is needed
    page.get_by_label("Name for signing in").press_sequentially("olga")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Olga Owner")).to_be_visible()


def test_the_keyboard_reaches_the_content_at_once_and_keys_do_what_help_says(desk):
    staff = desk("/audit")
    staff.page.keyboard.press("Tab")
    expect(staff.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    staff.page.keyboard.press("Enter")
    staff.page.keyboard.press("Tab")
    expect(staff.page.get_by_label("Who")).to_be_focused()
    staff.page.keyboard.press("Escape")
    staff.page.get_by_role("heading", level=1).click()
    staff.page.keyboard.press("/")
    expect(staff.page.get_by_role("searchbox")).to_be_focused()
    staff.page.keyboard.type("?/")  # while typing keys are letters
    expect(staff.page.get_by_role("searchbox")).to_have_value("?/")
    staff.page.get_by_role("heading", level=1).click()
    staff.page.keyboard.press("?")
    expect(staff.page.get_by_role("heading", level=1)).to_have_text("Help")


def test_what_people_wrote_is_text_on_every_page(desk):
    staff = desk()
    pages = [ask(staff.engine, words[:200], words) for words in CORPUS]
    for number, words in enumerate(CORPUS):
        hire(staff.engine, "viewer", f"{number} {words}"[:60])
        with staff.engine.begin() as connection:
            record(connection, None, "viewed transcript", words)
    for path in ("/requests", "/staff", "/audit", *pages[:: len(pages) // 8]):
        staff.open(path)
        assert staff.page.locator(ACTIVE).count() == 0, path
        strange = staff.page.eval_on_selector_all(
            "a[href]", "all => all.map((a) => a.href).filter((href) => !href.startsWith(location.origin))"
        )
        assert strange == [], path
    expect(staff.page.locator("h1")).to_contain_text("Request of")
