"""Lines 8 and 9: the server's processes are killed; nothing is lost, doubled or out of order."""

import json
import random
import time

import pytest
from playwright.sync_api import expect

from tests.assistant import Assistant
from tests.browser.chat import Chat

KILLS = 3  # evaluation/widgets measures twenty
QUESTIONS = [
    "does it hurt?",
    "do you treat rosacea?",
    "is it safe?",
    "what does it cost?",
    "does it help with dark circles?",
    "where are you?",
    "how long does a session take?",
    "does it help with acne scars?",
]


@pytest.fixture(scope="module")
def mortal(tmp_path_factory):
    """An assistant that may be killed."""
    running = Assistant(tmp_path_factory.mktemp("mortal")).wait()
    yield running
    if running.process.poll() is None:
        running.stop()


def survive(chat: Chat, server: Assistant, kills: int, chance: random.Random) -> int:
    """Chat while the server is killed at random points; return how many messages were said."""
    said = 0
    for _ in range(kills):
        for _ in range(chance.randint(1, 3)):
            chat.type(f"{QUESTIONS[said % len(QUESTIONS)]} ({said})")
            said += 1
            time.sleep(chance.random() * 0.4)
        time.sleep(chance.random() * 0.6)
        server.kill()
        chat.type(f"{QUESTIONS[said % len(QUESTIONS)]} ({said})")  # typing goes on
        said += 1
        server.start()
        server.wait()
    expect(chat.host.locator(".visitor[data-delivery=sent]")).to_have_count(said, timeout=90_000)
    expect(chat.host.locator(".typing")).to_be_hidden(timeout=90_000)
    all_answered(chat)
    return said


def all_answered(chat: Chat) -> None:
    """Wait until each message that was taken in is answered, and the last answer is on the screen."""
    for _ in range(900):
        if not chat.rows("select * from received_messages where answered_at is null"):
            break
        chat.page.wait_for_timeout(100)
    said = chat.rows("select json_extract(data, '$.text') from events where type_name = 'bot'")
    answers = [text for (text,) in said if text]
    expect(chat.host.locator(".bot .bubble")).to_have_count(len(answers), timeout=20_000)


def check_once_and_in_order(chat: Chat, said: int) -> None:
    """Compare what is on the screen with what is stored, and what is stored with what was said."""
    query = (
        "select type_name, data from events where sender_id = :c and type_name in ('user', 'bot') order by id"
    )
    stored = [(kind, json.loads(data)["text"]) for kind, data in chat.rows(query, c=chat.conversation)]
    questions = [text for kind, text in stored if kind == "user"]
    assert questions == [f"{QUESTIONS[n % len(QUESTIONS)]} ({n})" for n in range(said)]
    assert chat.host.locator(".visitor .bubble").all_inner_texts() == questions
    shown = chat.host.locator(".bot .bubble").evaluate_all("(all) => all.map((one) => one.textContent)")
    answers = [text for kind, text in stored if kind == "bot" and text]
    assert [squeeze(text) for text in shown] == [squeeze(text) for text in answers]
    assert len(answers) > said
    assert chat.rows("select * from received_messages where answered_at is null") == []


def squeeze(text):
    """Leave the letters: markers of lists and lines are drawn, not text."""
    return "".join(letter for letter in text if letter.isalnum())


def test_line_8_killed_at_random_points_each_message_once_each_reply_once(visit, mortal):
    chance = random.Random(8)
    chat = visit(server=mortal).open()
    said = survive(chat, mortal, KILLS, chance)
    check_once_and_in_order(chat, said)
    chat.page.reload()
    chat.host.locator(".bot").first.wait_for()
    expect(chat.host.locator(".visitor")).to_have_count(said)
    check_once_and_in_order(chat, said)


def test_line_9_each_message_says_how_far_it_got_and_an_outage_is_said(visit, mortal):
    chat = visit(server=mortal).open().say("hello", "not a person")
    last = chat.host.locator(".visitor").last
    expect(last.locator(".delivery")).to_have_text("Sent")
    chat.host.evaluate("(chat) => chat.send('\\0')")  # nothing is left of it: the server refuses
    expect(last.locator(".delivery")).to_have_text("Not sent Retry")
    chat.problems.clear()
    mortal.kill()
    begin = time.monotonic()
    chat.see("Connection lost. Your messages are kept and sent when it is back.")
    waited = time.monotonic() - begin
    chat.type("does it hurt?")
    chat.type("is it safe?")
    expect(last).to_have_attribute("data-delivery", "waiting")
    expect(chat.box).to_be_editable()
    mortal.start()
    mortal.wait()
    chat.page.goto(f"{mortal.address}/widget/demo/plain.html")
    chat.box.wait_for()
    chat.see("practically painless")
    expect(chat.host.locator(".visitor[data-delivery=sent], .visitor:not([data-delivery])")).to_have_count(3)
    assert waited < 10  # three seconds on a machine that does nothing else


def test_line_9_reconnects_back_off_with_jitter_and_at_most_30_seconds(visit):
    chat = visit()
    waits = chat.page.evaluate("""async () => {
      const { Backoff } = await import('/widget/api.js');
      const asked = [], real = window.setTimeout;
      window.setTimeout = (work, wait) => { asked.push(wait); return real(work, 0); };
      const all = [];
      for (const _ of [1, 2]) {
        const backoff = new Backoff();
        for (let n = 0; n < 12; n++) await backoff.wait();
        all.push(asked.splice(0));
      }
      window.setTimeout = real;
      return all;
    }""")
    assert waits[0] != waits[1]
    for series in waits:
        assert max(series) <= 30_000
        assert series[0] <= 400
        assert min(series[8:]) >= 15_000


def test_line_9_the_button_stays_when_the_server_is_away(visit, mortal):
    chat = visit(server=mortal)
    mortal.kill()
    chat.button.click()
    chat.see("The chat cannot be loaded just now.")
    expect(chat.button).to_be_visible()
    chat.problems.clear()
    mortal.start()
    mortal.wait()
    chat.open().say("hello", "not a person")


def test_line_4_no_barrier_offline(visit, mortal):
    from tests.browser.test_accessibility import no_barrier  # noqa: PLC0415

    chats = [
        visit(f"/widget/demo/{page}.html", server=mortal, color_scheme=scheme).open()
        for page in ("plain", "right-to-left")
        for scheme in ("light", "dark")
    ]
    for chat in chats:
        chat.page.wait_for_function("localStorage.getItem('clinic-chat')")
    mortal.kill()
    for chat in chats:
        expect(chat.host.locator(".status.lost")).to_be_visible(timeout=20_000)
        no_barrier(chat, "offline")
    mortal.start()
    mortal.wait()
