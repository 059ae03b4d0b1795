"""Lines 1, 11 and 12: what is fetched, what is stored, and where from."""

import gzip
import json
import re

from playwright.sync_api import expect

from tests.assistant import PROJECT

LOADER_BUDGET, PANEL_BUDGET = 3_000, 30_000  # bytes, gzipped
SETTLED = 500  # milliseconds
UNNOTICED = 50  # milliseconds


def fetched(chat):
    """Return the widget's modules that the browser has fetched, without the loader."""
    names = {re.sub(r"\?.*", "", url).partition("/widget/")[2] for url in chat.requests if "/widget/" in url}
    return sorted(name for name in names if name.endswith(".js") and name != "widget.js")


def size(name):
    return len(gzip.compress((PROJECT / "widget" / name).read_bytes(), mtime=0))


def test_line_1_the_loader_has_at_most_3_kb_and_the_panel_30_in_every_language(visit):
    assert size("widget.js") <= LOADER_BUDGET
    chat = visit(locale="en-GB").open()
    expect(chat.log).to_have_attribute("aria-live", "polite")  # connected: all that it needs is there
    chat.page.wait_for_timeout(SETTLED)
    modules = set(fetched(chat))
    assert {"panel.js", "texts/en.js"} <= modules
    for language in ("en", "de", "es", "ar"):  # that it is fetched instead: tests/browser/test_languages.py
        needed = modules - {"texts/en.js"} | {f"texts/{language}.js"}
        total = sum(map(size, needed))
        assert total <= PANEL_BUDGET, f"{language}: {total} bytes: {sorted(needed)}"


def test_line_1_files_are_sent_packed_and_once(visit, assistant):
    chat = visit()
    answer = chat.page.request.get(f"{assistant.address}/widget/panel.js")
    assert answer.headers["content-encoding"] == "gzip"
    again = chat.page.request.get(
        f"{assistant.address}/widget/panel.js", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status == 304


def test_line_11_nothing_is_stored_and_nothing_requested_before_the_first_click(visit, assistant):
    chat = visit("/widget/demo/single-page.html")  # its greeting opens by itself
    expect(chat.host.get_by_text("Any questions? Ask me.")).to_be_visible()
    chat.page.wait_for_timeout(SETTLED)
    demo = "/widget/demo/"
    beyond = [url for url in chat.requests if demo not in url and not url.endswith("/icon.svg")]
    assert beyond == [f"{assistant.address}/widget/widget.js"]
    assert chat.page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert chat.page.context.cookies() == []
    chat.host.get_by_text("Any questions? Ask me.").click()
    chat.box.wait_for()
    assert chat.page.context.cookies() == []


def test_line_11_the_loader_blocks_nothing(browser, context, assistant):
    """Blocking is what a piece of work takes of the processor beyond 50 ms."""
    page = context().new_page()
    browser.start_tracing(page=page, categories=["devtools.timeline", "v8"])
    page.goto(f"{assistant.address}/widget/demo/plain.html")
    page.locator("clinic-chat").locator("button.launch").wait_for()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    compiled = [e for e in events if e["name"] == "v8.compileModule" and "/widget.js" in str(e["args"])]
    threads = {(event["pid"], event["tid"]) for event in compiled}
    run = [e for e in events if e["name"] == "v8.evaluateModule" and (e["pid"], e["tid"]) in threads]
    assert len(compiled) == len(run) == 1  # the page's only module
    assert [max(0, event["tdur"] / 1000 - UNNOTICED) for event in compiled + run] == [0, 0]


def test_line_11_the_acceptance_of_the_privacy_notice_is_recorded_with_its_version(visit):
    chat = visit().open()
    expect(chat.host.get_by_text("By writing you accept the privacy notice.")).to_be_visible()
    assert chat.rows("select * from accepted_notices where conversation = :c", c=chat.conversation) == []
    chat.say("hello", "not a person")
    ((version, text),) = chat.rows(
        "select a.version, n.text from accepted_notices a join notices n on n.version = a.version "
        "where conversation = :c",
        c=chat.conversation,
    )
    assert version
    assert "You can download the chat, and delete it" in text
    # The next wording is another version: it is said, and accepted anew by writing on.
    chat.rows_changed("update accepted_notices set version = 'before' where conversation = :c")
    chat.page.reload()
    chat.see("The privacy notice has changed.").say("does it hurt?", "practically painless")
    versions = chat.rows("select version from accepted_notices where conversation = :c", c=chat.conversation)
    assert {("before",), (version,)} == set(versions)


def test_line_11_a_visitor_downloads_and_deletes_the_chat_without_staff(visit):
    chat = visit().open().say("do you treat rosacea?", "osacea")
    conversation = chat.conversation
    chat.host.get_by_role("button", name="Menu").click()
    with chat.page.expect_download() as download:
        chat.host.get_by_role("button", name="Download transcript").click()
    assert "You: do you treat rosacea?" in download.value.path().read_text(encoding="utf-8")
    chat.host.get_by_role("button", name="Menu").click()
    chat.host.get_by_role("button", name="Delete my chat").click()
    chat.host.get_by_role("button", name="Delete", exact=True).click()
    chat.see("Your chat has been deleted.")
    assert chat.rows("select * from events where sender_id = :c", c=conversation) == []
    assert chat.rows("select * from received_messages where conversation = :c", c=conversation) == []
    assert chat.rows("select * from accepted_notices where conversation = :c", c=conversation) == []
    assert chat.page.evaluate("localStorage.length") == 0


def test_line_12_every_request_goes_to_the_assistants_origin(visit, assistant):
    chat = visit().open().say("hello", "not a person")
    chat.utter("A picture of a stranger's", image="https://elsewhere.example/pixel.png")
    expect(chat.host.get_by_role("link", name="Picture from the clinic")).to_be_visible()
    chat.utter(
        "A film", attachment={"type": "video", "payload": {"src": "https://elsewhere.example/film.mp4"}}
    )
    expect(chat.host.get_by_role("link", name="Video from the clinic")).to_be_visible()
    assert chat.requests
    assert all(url.startswith(assistant.address) for url in chat.requests)
