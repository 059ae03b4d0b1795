"""Calls to the action server: one kept connection, a validator made once, and only what actions read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import rasa
import rasa.core.actions.action
from jsonschema import Draft202012Validator, ValidationError
from rasa.core.actions.action import Action, ActionExtractSlots, RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import EndpointConfig

from clinic.settings import environment

RECENT = 40  # events that an action can look back on
RANKED = 3  # of the intents that a message may have meant, the likeliest
SMALL_DOMAIN = ("version", "session_config", "slots", "forms")

_validator = Draft202012Validator(RemoteAction.action_response_format_spec())
_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()
_session = EndpointConfig.session
_default_actions = rasa.core.actions.action.default_actions
_extract = ActionExtractSlots.run
_made: tuple[EndpointConfig | None, list[Action]] | None = None


def _validate(_self: RemoteAction, result: Any) -> bool:
    """Check the action server's answer.

    Stock Rasa makes the schema, and checks the schema itself, at every call: 91 ms instead of 33.
    Test: tests/test_action_patches.py::test_an_actions_answer_is_checked_without_checking_the_schema.
    """
    try:
        _validator.validate(result)
    except ValidationError as error:
        where = "/".join(map(str, error.absolute_path)) or "its beginning"
        # The answer may hold a visitor's words: it is not repeated.
        raise ValidationError(f"the action server's answer is not valid at {where}") from None
    return True


@asynccontextmanager
async def _kept_session(self: EndpointConfig) -> AsyncIterator[aiohttp.ClientSession]:
    """Keep the connection to an endpoint: stock Rasa opens a new one for each call.

    Test: tests/test_action_patches.py::test_the_connection_to_the_action_server_is_kept.
    """
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if self.basic_auth:
        async with _session(self) as own:
            yield own
        return
    if session is None or session.closed:
        session = _sessions[loop] = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    yield session


async def close_session() -> None:
    """Close this event loop's connections. Called when the server stops."""
    session = _sessions.pop(asyncio.get_running_loop(), None)
    if session:
        await session.close()


def _call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Send an action the slots, the latest message and the last events, and of the domain slots and forms.

    Stock Rasa sends all that was ever said and every response: 200 KB and more at each call. An action
    that needs the whole domain says so in domain.yml (``send_domain: true``), as in stock Rasa.
    Test: tests/test_action_patches.py::test_an_action_is_sent_what_it_needs_and_no_more.
    """
    whole = domain.does_custom_action_explicitly_need_domain(self.name())
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": _state(tracker),
        "version": rasa.__version__,
        "domain": domain.as_dict() if whole else _small_domain(domain),
    }


def _state(tracker: DialogueStateTracker) -> dict[str, Any]:
    state = tracker.current_state(EventVerbosity.NONE)
    latest = dict(state["latest_message"] or {})
    latest["intent_ranking"] = (latest.get("intent_ranking") or [])[:RANKED]
    latest.pop("text_tokens", None)
    state["latest_message"] = latest
    state["events"] = [_short(event) for event in list(tracker.events)[-RECENT:]]
    return state


def _short(event: Event) -> dict[str, Any]:
    """Return an event without the details of what was understood, which latest_message holds."""
    content: dict[str, Any] = event.as_dict()
    if content["event"] == "user":
        understood = content.get("parse_data", {})
        content["parse_data"] = {name: understood.get(name) for name in ("text", "intent", "entities")}
    return content


def _small_domain(domain: Domain) -> dict[str, Any]:
    kept = domain.__dict__  # a domain's hash is the fingerprint of all it holds: no key for a dictionary
    if "small" not in kept:
        whole = domain.as_dict()
        kept["small"] = {name: whole[name] for name in SMALL_DOMAIN if name in whole}
    return dict(kept["small"])


def _default_actions_once(action_endpoint: EndpointConfig | None = None) -> list[Action]:
    """Return Rasa's own actions, made once for each action server: they keep nothing between two runs.

    Stock Rasa makes all twelve of them to find any action, three times a message.
    Test: tests/test_rasa_patches.py::test_rasas_own_actions_are_made_once.
    """
    global _made  # noqa: PLW0603 (an endpoint can be no key of a dictionary)
    if _made is None or _made[0] is not action_endpoint:
        _made = (action_endpoint, _default_actions(action_endpoint))
    return _made[1]


async def _extract_slots(
    self: ActionExtractSlots, output_channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Domain
) -> list[Event]:
    """Look for slots' values only where a slot is filled by a message's words, intent or entities.

    Ours are filled by actions. Stock Rasa asks of each slot and each message anew whether it fits.
    Test: tests/test_rasa_patches.py::test_slots_that_only_actions_fill_are_not_looked_for.
    """
    kept = domain.__dict__
    if "fills_slots" not in kept:
        mappings = [mapping for slot in domain.slots for mapping in slot.mappings]
        kept["fills_slots"] = any(m.get("type") != "custom" or m.get("action") for m in mappings)
    if kept["fills_slots"]:
        return list(await _extract(self, output_channel, nlg, tracker, domain))
    return list(await self._execute_validation_action([], output_channel, nlg, tracker, domain))


def apply() -> None:
    """Apply the patches (harmless when repeated)."""
    rasa.core.actions.action.default_actions = _default_actions_once
    ActionExtractSlots.run = _extract_slots
    RemoteAction._validate_action_result = _validate
    RemoteAction._action_call_format = _call_format
    EndpointConfig.session = _kept_session
    # Stock Rasa waits five minutes for an action; its lock on the conversation ends after one.
    rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = aiohttp.ClientTimeout(
        total=environment().action_seconds
    )
