"""Lines 4 to 7: everybody can use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.browser.test_booking import SLOTS

EVERY_RULE = {"rules": {"target-size": {"enabled": True}}}  # axe leaves the one of WCAG 2.2 out
LISTEN = """(chat) => {
  window.announced = [];
  const log = chat.shadowRoot.querySelector('[role=log]');
  new MutationObserver((changes) => {
    if (log.getAttribute('aria-live') !== 'polite') return;
    for (const change of changes) for (const node of change.addedNodes) {
      const silent = node.nodeType !== 1 || node.closest('[aria-live=off]') !== null;
      if (!silent && change.target === log) window.announced.push(node.innerText.trim());
    }
  }).observe(log, { childList: true, subtree: true });
}"""


SETTLED = """(chat) => Promise.all(chat.shadowRoot.getAnimations()
  .filter((moving) => moving.effect.getComputedTiming().iterations !== Infinity)
  .map((moving) => moving.finished.catch(() => null)))"""


def no_barrier(chat, state):
    chat.host.evaluate(SETTLED)  # half faded in, a text has too little contrast
    found = Axe().run(chat.page, options=EVERY_RULE)
    wrong = [(v["id"], [node["target"] for node in v["nodes"]]) for v in found.response["violations"]]
    assert wrong == [], state


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["plain", "right-to-left"])
def test_line_4_no_barrier_in_any_state(visit, scheme, page):
    chat = visit(f"/widget/demo/{page}.html", color_scheme=scheme)
    no_barrier(chat, "closed")
    chat.open()
    no_barrier(chat, "open")
    chat.say("does it hurt?", "practically painless")
    chat.utter("These are free.", buttons=SLOTS, custom={"type": "slots", "slots": SLOTS})
    expect(chat.host.locator(".slots")).to_be_visible()
    chat.utter("Booked.", custom={"type": "booking", "reference": "ABC-234", "service": "x", "ics": "/a.ics"})
    chat.utter("Which?", buttons=[{"title": "This", "payload": "this"}])
    expect(chat.host.locator(".booking")).to_be_visible()
    no_barrier(chat, "booking")
    chat.host.evaluate("(chat) => chat.send('\\0')")  # nothing is left of it: the server refuses
    expect(chat.host.locator(".retry")).to_be_visible()
    no_barrier(chat, "error")
    chat.problems.clear()  # a refusal is logged by the browser
    chat.staff("announce", "joined", "Anna")
    chat.staff("speak", "This is Anna.", "Anna")
    chat.staff("typing", "Anna")
    chat.see("This is Anna.")
    no_barrier(chat, "taken over")


def test_line_5_a_new_message_is_announced_once_and_history_is_not(visit):
    chat = visit().open()
    chat.say("hello", "not a person")
    assert chat.host.get_by_role("log").count() == 1
    chat.page.reload()
    chat.host.get_by_text("not a person").wait_for()
    expect(chat.log).to_have_attribute("aria-live", "polite")
    chat.host.evaluate(LISTEN)
    chat.say("does it hurt?", "practically painless")
    chat.utter("Something new.", image="/widget/icon.svg")
    chat.see("Something new.")
    chat.page.wait_for_timeout(500)
    announced = chat.page.evaluate("announced")
    assert sum("practically painless" in words for words in announced) == 1
    assert sum("Something new." in words for words in announced) == 1
    assert not any("not a person" in words for words in announced)


def test_line_6_a_whole_booking_by_keyboard(visit):
    chat = visit()
    keyboard = chat.page.keyboard
    keyboard.press("Tab")  # the page's links, then the chat's button
    while not chat.button.evaluate("(button) => button.matches(':focus')"):
        keyboard.press("Tab")
    keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    keyboard.type("book a consultation for friday, im Ola Berg, ola@example.com")
    keyboard.press("Enter")
    choice = chat.host.get_by_role("group", name="Time, Fri").get_by_role("button").first
    choice.wait_for()
    while not choice.evaluate("(button) => button.matches(':focus')"):
        keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    chat.see("Shall I book it?")
    expect(chat.box).to_be_focused()
    keyboard.type("yes")
    keyboard.press("Enter")
    chat.see("You're booked")
    keyboard.press("Escape")
    expect(chat.button).to_be_focused()
    expect(chat.box).to_be_hidden()
    assert chat.rows("select count(*) from appointments where client_contact = 'ola@example.com'") == [(1,)]


def test_line_6_not_modal_on_a_desktop_and_trapped_where_it_fills_a_phone(visit):
    inside = "['clinic-chat', 'body'].includes(document.activeElement.localName)"
    desktop = visit().open()
    desktop.page.get_by_role("link", name="Hostile style sheet").focus()
    assert not desktop.page.evaluate(inside)
    phone = visit(viewport={"width": 390, "height": 700}).open()
    for _ in range(15):
        phone.page.keyboard.press("Tab")
        assert phone.page.evaluate(inside)
    assert phone.page.evaluate(
        "document.querySelector('clinic-chat').shadowRoot.querySelector('dialog').matches(':modal')"
    )


SMALL = """(chat) => [...chat.shadowRoot.querySelectorAll('button, a.action, textarea, [role=button]')]
  .filter((node) => node.checkVisibility())
  .map((node) => [node.className || node.localName, node.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([name, box]) => `${name} ${box.width} ${box.height}`)"""
SIDEWAYS = """(chat) => [document.documentElement,
  ...chat.shadowRoot.querySelectorAll('.panel, .view, .header, .composer')]
  .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.className)"""


@pytest.mark.parametrize("width", [320, 1280], ids=["320 px", "400 % of 1280 px"])
def test_line_7_targets_of_44_px_and_no_sideways_scroll(visit, width):
    zoomed = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4} if width > 320 else {}
    chat = visit(**({"viewport": {"width": 320, "height": 640}} | zoomed)).open()
    chat.say("does it hurt?", "practically painless")
    chat.utter("averylongwordthatneverends" * 12, buttons=SLOTS, custom={"type": "slots", "slots": SLOTS})
    expect(chat.host.locator(".slots")).to_be_visible()
    chat.utter("Yours", custom={"type": "booking", "reference": "ABC-234", "ics": "/a.ics", "manage": "/b"})
    chat.see("Add to my calendar")
    chat.host.get_by_role("button", name="Menu").click()
    assert chat.host.evaluate(SMALL) == []
    assert chat.host.evaluate(SIDEWAYS) == []


def test_line_7_no_motion_under_reduced_motion(visit):
    chat = visit(reduced_motion="reduce").open()
    chat.staff_writes()
    assert chat.host.evaluate("(chat) => chat.shadowRoot.querySelector('.dots').checkVisibility()")
    running = "document.getAnimations().length"
    assert chat.page.evaluate(running) == 0
    assert chat.host.evaluate("(chat) => chat.shadowRoot.getAnimations().length") == 0


def test_line_7_legible_in_forced_colours(visit):
    chat = visit(forced_colors="active", viewport=DESKTOP).open()
    chat.say("does it hurt?", "practically painless")
    chat.host.get_by_role("button", name="Helpful", exact=True).click()
    no_barrier(chat, "forced colours")
    borders = chat.host.evaluate(
        "(chat) => [...chat.shadowRoot.querySelectorAll('.bubble, .send, .reply, .grow')]"
        ".map((node) => getComputedStyle(node).borderTopStyle)"
    )
    assert borders
    assert "none" not in borders
