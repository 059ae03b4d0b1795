"""Line 10: tabs, navigation, and nobody else's conversation."""

import json

from playwright.sync_api import expect


def test_line_10_two_tabs_agree(visit, context):
    profile = context()
    first = visit(profile=profile).open().say("hello", "not a person")
    second = visit("/widget/demo/right-to-left.html", profile=profile).open()
    expect(second.host.locator(".visitor .bubble")).to_have_text(["hello"])
    second.say("does it hurt?", "practically painless")
    first.see("practically painless")
    expect(first.host.locator(".visitor .bubble")).to_have_text(["hello", "does it hurt?"])
    assert first.lines == second.lines
    first.host.get_by_role("button", name="Menu").click()
    first.host.get_by_role("button", name="Delete my chat").click()
    first.host.get_by_role("button", name="Delete", exact=True).click()
    expect(second.host.locator(".bubble")).to_have_count(0)


def test_line_10_navigation_keeps_transcript_draft_and_unread_count(visit):
    chat = visit().open().say("hello", "not a person")
    chat.box.fill("half a sent")
    chat.page.goto(f"{chat.server.address}/widget/demo/strict-csp.html")
    expect(chat.host.get_by_text("not a person")).to_be_visible()  # open, as it was left
    expect(chat.box).to_have_value("half a sent")
    chat.button.click()
    expect(chat.box).to_be_hidden()
    chat.utter("One more thing.")
    chat.utter("And another.")
    name = "Chat (2 unread)"
    expect(chat.host.get_by_role("button", name=name)).to_be_visible()
    chat.page.goto(f"{chat.server.address}/widget/demo/plain.html")
    expect(chat.host.get_by_role("button", name=name)).to_be_visible()
    chat.button.click()
    chat.see("And another.")
    expect(chat.button).to_have_accessible_name("Chat")


def test_line_10_a_forged_token_and_another_visitors_id_get_403(visit):
    chat = visit().open().say("hello", "not a person")
    other = visit().open().say("hi", "not a person")
    token = json.loads(other.page.evaluate("localStorage.getItem('clinic-chat')"))["token"]
    head, _, signature = token.split(".")
    own = json.loads(chat.page.evaluate("localStorage.getItem('clinic-chat')"))["token"].split(".")
    for forged in (f"{head}.{own[1]}.{signature}", f"{own[0]}.{own[1]}.", "x", ""):
        for method, path in (
            ("GET", "/chat/transcript"),
            ("GET", "/chat/events"),
            ("DELETE", "/chat/session"),
        ):
            assert chat.server.call(method, path, token=forged)[0] == 403
        assert chat.server.call("POST", "/chat/feedback", {"message": 1, "value": "up"}, forged)[0] == 403
    assert "hi" in other.lines
