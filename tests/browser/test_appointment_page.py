"""The manage page in a real browser: by keyboard, without JavaScript, small, dark, and for screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.booked import booked

SMALL, WIDE = {"width": 360, "height": 640}, {"width": 1280, "height": 800}
PAGES = ("", "/move", "/cancel")


@pytest.fixture(scope="module")
def manage(assistant):
    """The address of an appointment that the tests do not change."""
    return booked(assistant)[1]["manage"]


@pytest.fixture
def open_page(browser):
    """Return a function that opens an address; a console error or policy violation fails the test."""
    problems, contexts = [], []

    def opened(address, viewport=WIDE, **settings):
        context = browser.new_context(viewport=viewport, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def test_an_appointment_is_moved_and_cancelled_without_javascript(assistant, open_page):
    _, custom = booked(assistant)
    page = open_page(custom["manage"], SMALL, java_script_enabled=False)
    page.get_by_role("link", name="Move to another time").click()
    choice = page.get_by_role("radio").nth(2)
    chosen = choice.get_attribute("value")
    choice.check()
    page.get_by_role("button", name="Move to the chosen time").click()
    assert page.get_by_role("status").inner_text() == "Your appointment has been moved."
    assert page.locator("time").get_attribute("datetime") == chosen.partition(" ")[0]
    page.get_by_role("link", name="Cancel the appointment").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    assert page.get_by_role("status").inner_text() == "Your appointment has been cancelled."


def test_it_is_moved_by_keyboard_alone(assistant, open_page):
    page = open_page(booked(assistant)[1]["manage"])

    def tab_to(name):
        for _ in range(60):
            page.keyboard.press("Tab")
            if name in page.evaluate("document.activeElement.textContent"):
                return
        raise AssertionError(name)

    tab_to("Move to another time")
    page.keyboard.press("Enter")
    page.wait_for_url("**/move")
    page.keyboard.press("Tab")  # the first day, whose times are shown
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(":checked").count() == 1
    outline = "getComputedStyle(document.activeElement.closest('label')).outlineStyle"
    assert page.evaluate(outline) == "solid"
    tab_to("Move to the chosen time")
    page.keyboard.press("Enter")
    page.get_by_text("Your appointment has been moved.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("rest", PAGES)
def test_no_page_breaks_a_rule_of_accessibility(open_page, manage, rest, scheme):
    page = open_page(manage + rest, color_scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("rest", PAGES)
def test_nothing_scrolls_sideways_on_a_small_screen_and_targets_are_large(open_page, manage, rest):
    page = open_page(manage + rest, SMALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    for target in page.locator("a, button, label, summary").locator("visible=true").all():
        assert target.bounding_box()["height"] >= 44


def test_nothing_is_fetched_from_elsewhere_and_no_address_is_passed_on(open_page, browser, manage, assistant):
    context = browser.new_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.headers.get("referer"))))
    page.goto(manage)
    page.get_by_role("link", name="Move to another time").click()
    page.wait_for_url("**/move")
    context.close()
    assert [one for one in asked if one[1] or not one[0].startswith(assistant.address)] == []
    assert len(asked) >= 3
