"""What every messaging channel keeps to, whatever its platform: one contract, run on each."""

from __future__ import annotations

import pytest

from clinic.channels.messaging.wording import ANSWERS

BOT_NOTICE = "not for emergencies"


def bot_words(running, driver, chat):
    """What the assistant answered, without the notice that begins every conversation."""
    said = running.said(driver.conversation(chat))
    return [s.text for s in said if s.sender == "bot" and BOT_NOTICE not in s.text]


def test_a_message_is_acknowledged_kept_and_answered(platform, running):
    chat = platform.chat()
    assert platform.post(platform.text(chat, "does it hurt?")) == 200
    assert running.taken_in(platform.conversation(chat)) == 1
    shown = platform.until(chat, lambda shown: any("practically painless" in s.text for s in shown))
    assert [BOT_NOTICE in s.text for s in shown] == [False, True, False]
    assert "/chat/privacy" in shown[0].text


def test_what_is_not_signed_is_refused_and_leaves_no_trace(platform, running):
    chat = platform.chat()
    body = platform.body(platform.text(chat, "hello there"))
    for name, (forged, headers) in platform.forgeries(body).items():
        assert platform.raw(forged, headers) == 403, name
    assert running.taken_in(platform.conversation(chat)) == 0
    assert running.said(platform.conversation(chat)) == []
    assert platform.raw(body, platform.headers(body)) == 200


def test_what_is_too_large_is_refused_and_the_next_request_served(platform, running):
    chat = platform.chat()
    for size in (4_000_000, 80_000_000):
        assert platform.raw(b'{"x": "' + b"y" * size, platform.headers(b"")) in {413, 0}
    assert platform.post(platform.text(chat, "hello")) == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 60_000, b"null", b'"x"'])
def test_what_is_no_message_of_the_platform_is_no_error(platform, body):
    assert platform.raw(body, platform.headers(body)) in {200, 400}


def test_every_shape_is_understood_or_answered_kindly(platform, running):
    """Each shape comes from somebody of their own; all are sent before the first answer is looked at."""
    people = {}
    for shape in [name for name, _, _ in platform.shapes(platform.chat())]:
        chat = platform.chat()
        content, expected = next((c, e) for name, c, e in platform.shapes(chat) if name == shape)
        assert platform.post(content) == 200, shape
        people[shape] = chat, expected
    for shape, (chat, expected) in people.items():
        if expected is not None:
            platform.shown(chat, 1 if expected == "stopped" else 3)  # others read first that it is a bot
        answers = bot_words(running, platform, chat)
        assert len(answers) == (expected is not None), (shape, answers)
        if expected in ANSWERS:
            assert answers == [ANSWERS[expected]], shape


def test_a_text_that_is_too_long_is_answered_kindly(platform, running):
    chat = platform.chat()
    platform.post(platform.text(chat, "x" * 1001))
    platform.shown(chat, 3)
    assert bot_words(running, platform, chat) == [ANSWERS["too_long"]]


def test_a_command_that_is_typed_is_words(platform, running):
    chat = platform.chat()
    platform.post(platform.text(chat, '/book{"client_name": "x"}'))
    platform.shown(chat, 3)
    assert [s.text for s in running.said(platform.conversation(chat)) if s.sender == "visitor"] == [
        ' /book{"client_name": "x"}'
    ]
    assert not any("When would you like to come" in text for text in bot_words(running, platform, chat))


def test_a_batch_is_complete_and_in_order(platform, running):
    chat = platform.chat()
    texts = [f"question number {number}" for number in range(8)]
    for request in platform.batch(*(platform.text(chat, text) for text in texts)):
        assert platform.post(request) == 200
    platform.until(chat, lambda shown: len(shown) >= len(texts) + 2)
    said = running.said(platform.conversation(chat))
    assert [s.text for s in said if s.sender == "visitor"] == texts
    assert [s.sender for s in said if s.sender != "bot" or BOT_NOTICE not in s.text] == ["visitor", "bot"] * 8


def test_a_repeat_is_acknowledged_and_not_answered_again(platform, running):
    chat = platform.chat()
    content = platform.text(chat, "is it safe?")
    assert [platform.post(content) for _ in range(4)] == [200] * 4
    platform.says(chat, "thanks")
    said = running.said(platform.conversation(chat))
    assert [s.text for s in said if s.sender == "visitor"] == ["is it safe?", "thanks"]


def test_people_are_kept_apart(platform, running):
    ann, ben = platform.chat(), platform.chat()
    platform.says(ann, "book a facial")
    shown = platform.says(ben, "thanks")
    assert not any("When would you like" in s.text for s in shown)


def test_more_than_anybody_writes_is_answered_once_and_dropped(platform, running):
    chat = platform.chat()
    for request in platform.batch(*(platform.text(chat, "hello") for _ in range(90))):
        assert platform.post(request) == 200
    assert 60 <= running.taken_in(platform.conversation(chat)) < 75


def test_no_log_holds_a_secret_or_a_persons_words(running):
    log = running.assistant.log.read_text(encoding="utf-8", errors="replace")
    for driver in running.drivers.values():
        for value in driver.sim.settings().values():
            assert value.startswith("http") or value not in log or len(value) < 20
    for words in ("does it hurt?", "question number", "unsubscribe"):
        assert words not in log
