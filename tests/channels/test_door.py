from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from clinic.channels import door
from clinic.channels.door import (
    ADDRESS_BURST,
    BURST,
    LONGEST_TEXT,
    Gate,
    Rate,
    Refused,
    checked_name,
    checked_text,
)

LONE = "\ud83d"  # half of an emoji


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("hello", "hello"),
        ("  hello \n", "hello"),
        ("hel\0lo", "hello"),
        ("a" * LONGEST_TEXT, "a" * LONGEST_TEXT),
        (" " * 500 + "a" * LONGEST_TEXT, "a" * LONGEST_TEXT),
        ("👩‍⚕️ 日本語 עברית", "👩‍⚕️ 日本語 עברית"),
        ("/restart", " /restart"),  # a visitor's command is words
        ("  /restart", " /restart"),
    ],
)
def test_a_text_is_taken_as_the_assistant_may_process_it(sent, taken):
    assert checked_text(sent) == taken


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (None, 400, "no_text"),
        (True, 400, "no_text"),
        (7, 400, "no_text"),
        (1.5, 400, "no_text"),
        (["hello"], 400, "no_text"),
        ({"text": "hello"}, 400, "no_text"),
        (b"hello", 400, "no_text"),
        ("", 400, "empty"),
        (" \n\t", 400, "empty"),
        ("\0\0", 400, "empty"),
        ("\0 \0", 400, "empty"),
        ("a" * (LONGEST_TEXT + 1), 413, "too_long"),
        ("a" * 60_000, 413, "too_long"),
        (LONE, 400, "encoding"),
        (f"hello {LONE}", 400, "encoding"),
        ("\udc00\ud800", 400, "encoding"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_any_other_text_is_refused(sent, status, code):
    with pytest.raises(Refused) as refused:
        checked_text(sent)
    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize(
    "sent",
    [None, True, False, 0, 7, 1.5, [], {}, "", "a" * 256, "a\0b", LONE, b"a"],
    ids=lambda v: repr(v)[:20],
)
def test_an_id_that_is_no_short_text_is_refused(sent):
    with pytest.raises(Refused) as refused:
        checked_name(sent, "sender")
    assert refused.value.status == 400


def test_an_id_is_taken_as_it_is():
    assert checked_name("a" * 255, "sender") == "a" * 255


def test_a_refusal_repeats_nothing_of_what_was_sent():
    with pytest.raises(Refused) as refused:
        checked_text("secret words " * 100)
    body = refused.value.response().body.decode()
    assert "secret" not in body
    assert '"error":"too_long"' in body.replace(" ", "")


def test_a_conversation_may_send_a_burst_and_then_has_to_wait():
    rate = Rate(burst=3, per_second=0.0001)
    for _ in range(3):
        rate.take("one")
    with pytest.raises(Refused) as refused:
        rate.take("one")
    assert refused.value.status == 429
    assert refused.value.response().headers["Retry-After"] == "5"
    rate.take("another")


def test_a_bucket_fills_again(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(door.time, "monotonic", lambda: clock[0])
    rate = Rate(burst=2, per_second=1)
    rate.take("one")
    rate.take("one")
    clock[0] += 1
    rate.take("one")
    with pytest.raises(Refused):
        rate.take("one")
    clock[0] += 1000
    rate.take("one")
    rate.take("one")
    with pytest.raises(Refused):
        rate.take("one")


def test_many_conversations_are_forgotten_once_they_rest(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(door.time, "monotonic", lambda: clock[0])
    rate = Rate(burst=2, per_second=1)
    for number in range(10_000):
        rate.take(str(number))
    clock[0] += 60
    rate.take("last")
    assert len(rate._buckets) == 1


def test_a_command_is_a_command_only_where_its_button_was_shown():
    offered = {"/book", '/cancel{"why": "ill"}'}
    assert checked_text("/book", offered) == "/book"
    assert checked_text(' /cancel{"why": "ill"} ', offered) == '/cancel{"why": "ill"}'
    assert checked_text('/cancel{"why": "rich"}', offered) == ' /cancel{"why": "rich"}'
    assert checked_text("/restart", offered) == " /restart"


def taken(gate, *names, most=1000):
    """Return how many messages a gate lets in, up to ``most``."""
    for number in range(most):
        with suppress(Refused):
            gate.take(*names)
            continue
        return number
    return most


def test_a_conversation_a_sender_and_an_address_have_a_bucket_each():
    gate = Gate()
    assert taken(gate, "10.0.0.1", "c1") == BURST
    assert taken(gate, "10.0.0.1", "c2", "s") == BURST
    assert taken(gate, "10.0.0.1", "c3", "s") == 0  # the same sender in another conversation
    assert taken(gate, "10.0.0.2", "c4") == BURST


def test_one_address_cannot_speak_for_a_crowd():
    gate = Gate()
    passed = sum(taken(gate, "10.0.0.1", f"c{number}", most=5) for number in range(100))
    assert ADDRESS_BURST <= passed <= ADDRESS_BURST + 10
    assert taken(gate, "10.0.0.2", "another") == BURST


class Sent:
    """As much of a request as an address needs."""

    def __init__(self, ip, forwarded=None):
        self.ip = ip
        self.headers = {"x-forwarded-for": forwarded} if forwarded else {}


@pytest.mark.parametrize(
    ("trusted", "ip", "forwarded", "address"),
    [
        ("", "203.0.113.9", "198.51.100.1", "203.0.113.9"),  # nobody may say so
        ("127.0.0.1", "127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the first is made up
        ("127.0.0.1,10.0.0.0/8", "127.0.0.1", "198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9", "198.51.100.1", "203.0.113.9"),  # past the proxy
        ("127.0.0.1", "127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "nonsense", "nonsense"),
        ("::1", "::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_a_proxy_is_believed_only_when_it_is_configured(monkeypatch, trusted, ip, forwarded, address):
    monkeypatch.setenv("TRUSTED_PROXIES", trusted)
    assert door.address_of(Sent(ip, forwarded)) == address


def test_a_proxy_that_is_no_address_is_named(monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "the proxy")
    with pytest.raises(ValueError, match="TRUSTED_PROXIES must be addresses"):
        door.address_of(Sent("127.0.0.1"))


def test_the_door_imports_nothing_of_the_conversation():
    """Every channel passes here first: it must not depend on what comes after."""
    source = Path(door.__file__).read_text(encoding="utf-8")
    assert "clinic.conversation" not in source
    assert "rasa" not in source.replace("Rasa", "")
