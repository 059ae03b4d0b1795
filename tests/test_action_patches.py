"""The way to the action server: answers checked cheaply, one kept connection, only needed state."""

from __future__ import annotations

import copy

import aiohttp
import jsonschema
import pytest
from aiohttp import web
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import (
    SlotSet,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from clinic.rasa_patches import actions
from tests.test_rule_patches import FAQ, asked


async def test_an_actions_answer_is_checked_without_checking_the_schema(monkeypatch):
    action = RemoteAction("action_book", None)
    monkeypatch.setattr(jsonschema, "validate", lambda *_: pytest.fail("the schema was checked"))
    assert action._validate_action_result({"events": [{"event": "slot", "name": "a", "value": 1}]})
    for wrong in ([], {"events": 7}, {"responses": ["secret words"]}, {"events": [{"no": "event"}]}, None):
        with pytest.raises(jsonschema.ValidationError) as error:
            action._validate_action_result(wrong)
        assert "secret" not in str(error.value)


@pytest.fixture
async def server():
    """An action server that notes what it is sent, and over which connections."""
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.transport.get_extra_info("peername"), await request.json()))
        return web.json_response({"events": [], "responses": []})

    app = web.Application()
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    yield EndpointConfig(f"http://127.0.0.1:{port}/webhook", token="shared"), seen  # noqa: S106
    await actions.close_session()
    await runner.cleanup()


async def run(action, tracker, domain, endpoint):
    return await RemoteAction(action, endpoint).run(None, None, tracker, domain)


async def test_the_connection_to_the_action_server_is_kept(server, agent):
    endpoint, seen = server
    tracker = DialogueStateTracker("c", agent.domain.slots)
    for _ in range(3):
        await run("action_book", tracker, agent.domain, endpoint)
    assert len({peer for peer, _ in seen}) == 1


async def test_an_action_is_sent_what_it_needs_and_no_more(server, agent):
    endpoint, seen = server
    tracker = DialogueStateTracker("c", agent.domain.slots)
    said = asked("faq", "does it hurt")
    said.parse_data["intent_ranking"] = [{"name": str(n), "confidence": 0.1} for n in range(50)]
    tracker.update_with_events([*copy.deepcopy(FAQ) * 60, SlotSet("client_name", "Jane"), said], agent.domain)
    await run("action_book", tracker, agent.domain, endpoint)
    (_, body) = seen[0]
    assert body["tracker"]["slots"]["client_name"] == "Jane"
    assert body["tracker"]["latest_message"]["text"] == "does it hurt"
    assert len(body["tracker"]["latest_message"]["intent_ranking"]) == actions.RANKED
    assert len(body["tracker"]["events"]) == actions.RECENT
    assert body["domain"]["forms"]["booking_form"]["required_slots"]
    assert "responses" not in body["domain"]
    assert len(str(body)) < 30_000


async def test_the_wait_for_an_action_has_an_end():
    import rasa.core.actions.action as module  # noqa: PLC0415

    assert aiohttp.ClientTimeout(total=3) == module.DEFAULT_REQUEST_TIMEOUT
