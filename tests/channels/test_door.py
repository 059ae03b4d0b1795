from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from sanic import Sanic

from clinic.channels import door
from clinic.channels.door import (
    ADDRESS_BURST,
    BURST,
    LONGEST_BODY,
    LONGEST_TEXT,
    Gate,
    Rate,
    Refused,
    checked_name,
    checked_text,
)
from clinic.channels.rest import RestInput
from clinic.conversation.trouble import Unavailable

LONE = "\ud83d"  # half of an emoji
REST = "/webhooks/rest/webhook"


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


@pytest.fixture
async def rest(tmp_path):
    """A real server on a free port with the rest channel and an echo where Rasa is."""
    Sanic.test_mode = True
    app = Sanic(f"door-{tmp_path.name}".replace("_", "-"), register=False)
    door.install(app)

    async def echo(message):
        if message.text in FAILURES:
            raise FAILURES[message.text]
        await message.output_channel.send_text_message(message.sender_id, message.text)

    app.blueprint(RestInput().blueprint(echo), url_prefix="/webhooks/rest")
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    await server.startup()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session
    server.close()
    await server.wait_closed()


FAILURES = {"no database": Unavailable(), "a mistake": ZeroDivisionError()}


@pytest.mark.parametrize(("text", "status"), [("no database", 503), ("a mistake", 500)])
async def test_a_failure_is_a_status_and_words(rest, text, status):
    """Stock Rasa answers 200 and an empty list."""
    got, body = await posted(rest, json={"sender": "one", "message": text})
    assert got == status
    assert "Sorry" in body
    assert "try again" in body


@pytest.mark.parametrize(
    "more",
    [{"metadata": "x"}, {"metadata": [1]}, {"input_channel": 7}, {"input_channel": "x" * 300}],
    ids=repr,
)
async def test_what_a_tool_adds_has_a_shape_too(rest, more):
    assert (await posted(rest, json={"sender": "one", "message": "hi"} | more))[0] == 400


async def posted(rest, **how):
    async with rest.post(REST, **how) as reply:
        return reply.status, await reply.text()


async def test_a_message_passes(rest):
    assert await posted(rest, json={"sender": "one", "message": "hello"}) == (
        200,
        '[{"recipient_id":"one","text":"hello"}]',
    )


async def test_a_tool_on_this_machine_may_send_commands(rest):
    assert (await posted(rest, json={"sender": "one", "message": "/restart"}))[0] == 200


@pytest.mark.parametrize(
    "content",
    [
        {"sender": True, "message": "hi"},
        {"sender": 1, "message": "hi"},
        {"sender": "", "message": "hi"},
        {"message": "hi"},
        {"sender": "one"},
        {"sender": "one", "message": None},
        {"sender": "one", "message": 5},
        {"sender": "one", "message": ""},
        {"sender": "one", "message": LONE},
        {"sender": LONE, "message": "hi"},
        [],
        "hi",
        None,
        7,
    ],
    ids=repr,
)
async def test_a_request_of_another_shape_is_refused(rest, content):
    status, body = await posted(rest, json=content)
    assert status == 400
    assert "error" in body


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 30_000, b'{"a":' * 10_000, b'{"sender":"one","message":"a', b"NaN"],
    ids=lambda body: repr(body[:10]),
)
async def test_a_body_that_is_no_json_is_refused(rest, body):
    status, text = await posted(rest, data=body, headers={"Content-Type": "application/json"})
    assert status == 400
    assert "Traceback" not in text


@pytest.mark.parametrize("accept", ["0", "*", "text/html;q=x", ",", "text/html"])
@pytest.mark.parametrize(("method", "path", "status"), [("GET", REST, 405), ("POST", "/none", 404)])
async def test_what_is_not_served_is_said_whatever_the_headers_hold(rest, method, path, status, accept):
    """Sanic's own page of the error fails where the header is no list of types: 500."""
    async with rest.request(method, path, headers={"Accept": accept}) as reply:
        assert reply.status == status
        assert "error" in await reply.json()


async def test_1001_characters_are_too_many_and_1000_are_not(rest):
    assert (await posted(rest, json={"sender": "one", "message": "é" * 1000}))[0] == 200
    assert (await posted(rest, json={"sender": "one", "message": "é" * 1001}))[0] == 413


@pytest.mark.parametrize("message", ["/" + "a" * 5000, "/restart\0", "/" + LONE], ids=["long", "NUL", "lone"])
async def test_a_command_is_held_to_the_same_size_and_encoding(rest, message):
    assert (await posted(rest, json={"sender": "one", "message": message}))[0] in {400, 413}


async def test_a_body_over_the_limit_is_refused(rest):
    assert (await posted(rest, json={"sender": "one", "message": "a" * LONGEST_BODY}))[0] == 413


async def test_a_request_that_came_through_a_proxy_is_refused(rest):
    status, _ = await posted(
        rest, json={"sender": "one", "message": "hi"}, headers={"X-Forwarded-For": "203.0.113.9"}
    )
    assert status == 403


def test_the_door_imports_nothing_of_the_conversation():
    """Every channel passes here first: it must not depend on what comes after."""
    source = Path(door.__file__).read_text(encoding="utf-8")
    assert "clinic.conversation" not in source
    assert "rasa" not in source.replace("Rasa", "")
