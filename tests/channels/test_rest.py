"""The rest channel over HTTP: what passes the door, and what is said of what does not."""

from __future__ import annotations

import pytest

from clinic.channels import door
from clinic.channels.door import LONGEST_BODY
from clinic.channels.rest import RestInput
from clinic.conversation.trouble import Unavailable
from tests.channels.serving import application, serving
from tests.channels.test_door import LONE

REST = "/webhooks/rest/webhook"


@pytest.fixture
async def rest(tmp_path):
    """A real server on a free port with the rest channel and an echo where Rasa is."""
    app = application(f"door-{tmp_path.name}")
    door.install(app)

    async def echo(message):
        if message.text in FAILURES:
            raise FAILURES[message.text]
        await message.output_channel.send_text_message(message.sender_id, message.text)

    app.blueprint(RestInput().blueprint(echo), url_prefix="/webhooks/rest")
    async with serving(app) as session:
        yield session


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
