"""Lines 2 and 3: the page's policy and the page's style."""

import base64
import io

from PIL import Image, ImageChops
from playwright.sync_api import expect

from tests.assistant import PROJECT
from tests.browser.elsewhere import STRICT, site

WATCH = """addEventListener('securitypolicyviolation', (event) => {
  (window.violations ??= []).push(event.violatedDirective + ' ' + event.blockedURI) })"""
HOSTILE = (PROJECT / "widget" / "demo" / "hostile.css").read_text(encoding="utf-8")
STYLES = """(chat) => {
  const all = [...chat.shadowRoot.querySelectorAll('.panel, .panel *, .bar, .bar *')];
  return all.map((node) => {
    const style = getComputedStyle(node), own = {};
    for (const name of style) own[name] = style.getPropertyValue(name);
    return [node.localName + '.' + node.className, own];
  });
}"""
# On the screen of 1280 by 800, without the round corners, which show the page.
PANEL, LAUNCHER = (880, 40, 1244, 692), (1212, 732, 1248, 768)
PAGES_OWN = """() => [...document.querySelectorAll('html, head, body, main, h1, #own')].map((node) => {
  const style = getComputedStyle(node);
  return [node.outerHTML.length, [...style].map((name) => name + style.getPropertyValue(name)).join()];
})"""


def test_line_2_no_policy_violation_through_a_whole_booking_on_the_clinics_own_site(visit, assistant):
    with site(assistant.address, STRICT) as address:
        chat = visit(address)
        chat.page.evaluate(WATCH)
        chat.open().say("does it hurt?", "practically painless")
        chat.host.get_by_role("button", name="Helpful", exact=True).click()
        chat.say("book facial acupuncture for friday at 12, im Ida Holm, ida@example.com", "Shall I book it?")
        chat.choose("Yes, book it", "You're booked")
        chat.utter(
            "Your booking",
            custom={"type": "booking", "reference": "ABC-234", "ics": "/a.ics", "manage": "/b"},
        )
        chat.see("Add to my calendar")
        chat.host.get_by_role("button", name="Menu").click()
        chat.host.get_by_role("button", name="Delete my chat").click()
        chat.host.get_by_role("button", name="Keep").click()
        assert chat.page.evaluate("window.violations ?? []") == []
        assert chat.rows("select count(*) from appointments where client_contact = 'ida@example.com'") == [
            (1,)
        ]


def shown(visit, assistant, head):
    """Return the chat's computed styles and its picture on a page with such a head."""
    with site(assistant.address, head=head) as address:
        chat = visit(address, reduced_motion="reduce").open()
        expect(chat.log).to_have_attribute("aria-live", "polite")  # connected
        chat.page.mouse.move(5, 5)
        chat.page.wait_for_timeout(400)
        chat.host.evaluate("(chat) => chat.shadowRoot.activeElement.blur()")  # no caret
        devtools = chat.page.context.new_cdp_session(
            chat.page
        )  # what is on the screen, wherever it is scrolled
        picture = base64.b64decode(devtools.send("Page.captureScreenshot")["data"])
        place = chat.host.locator(".panel").evaluate("(panel) => panel.getBoundingClientRect().toJSON()")
        return [*chat.host.evaluate(STYLES), ["place", place]], Image.open(io.BytesIO(picture)).convert("RGB")


def test_line_3_the_chat_looks_the_same_beside_a_hostile_style_sheet(visit, assistant):
    calm, calm_picture = shown(visit, assistant, "")
    hostile, hostile_picture = shown(visit, assistant, f"<style>{HOSTILE}</style>")
    assert len(calm) == len(hostile) > 30
    different = [
        (name, key, own[key], other[key])
        for (name, own), (_, other) in zip(calm, hostile, strict=True)
        for key in own
        if own[key] != other.get(key)
    ]
    assert different == []
    for part in (PANEL, LAUNCHER):
        assert len(set(calm_picture.crop(part).getdata())) > 10  # the chat is there
        assert ImageChops.difference(calm_picture.crop(part), hostile_picture.crop(part)).getbbox() is None


def test_line_3_the_chat_changes_nothing_of_the_page(visit, assistant):
    with site(assistant.address) as address:
        chat = visit(address)
        before = chat.page.evaluate(PAGES_OWN)
        globals_before = set(chat.page.evaluate("Object.keys(window)"))
        chat.open().say("hello", "not a person")
        after = chat.page.evaluate(PAGES_OWN)
        assert [style for _, style in before] == [style for _, style in after]
        assert set(chat.page.evaluate("Object.keys(window)")) == globals_before
        assert chat.page.evaluate("document.styleSheets.length + document.adoptedStyleSheets.length") == 0
