from __future__ import annotations

import copy

import pytest
import rasa.server
from rasa.core.actions.action import ActionExtractSlots, action_for_name_or_text
from rasa.engine.caching import LocalTrainingCache
from rasa.engine.exceptions import GraphComponentException, GraphRunError
from rasa.engine.graph import ExecutionContext
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.training import fingerprinting, hooks
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils import common
from rasa.utils.endpoints import EndpointConfig

from clinic.rasa_patches import actions, events, origins
from clinic.rasa_patches.graph import DirectGraphRunner
from clinic.rasa_patches.quiet import MODULES

FORM = ActiveLoop("booking_form")
LISTEN = ActionExecuted("action_listen")


class Unprintable:
    """An output that cannot be fingerprinted."""

    def fingerprint(self):
        raise AssertionError("a fingerprint was taken")


def hook(monkeypatch, tmp_path, megabytes):
    monkeypatch.setenv("RASA_MAX_CACHE_SIZE", megabytes)
    monkeypatch.setenv("RASA_CACHE_DIRECTORY", str(tmp_path))
    taken = []
    monkeypatch.setattr(fingerprinting, "calculate_fingerprint_key", lambda **_: taken.append(1) or "key")
    monkeypatch.setattr(
        hooks.TrainingHook, "_get_graph_component_class", staticmethod(lambda *_: Unprintable)
    )
    return hooks.TrainingHook(LocalTrainingCache(), None, None), taken


def test_without_a_cache_training_takes_no_fingerprints(monkeypatch, tmp_path):
    tested, taken = hook(monkeypatch, tmp_path, "0")
    context = ExecutionContext(graph_schema=None)
    before = tested.on_before_node("node", context, {}, {"input": Unprintable()})
    tested.on_after_node("node", context, {}, Unprintable(), before)
    assert taken == []


def test_with_a_cache_training_takes_them_as_rasa_does(monkeypatch, tmp_path):
    tested, taken = hook(monkeypatch, tmp_path, "100")
    tested.on_before_node("node", ExecutionContext(graph_schema=None), {}, {"input": 1})
    assert taken == [1]


def asked(intent, text="x"):
    return UserUttered(text, {"name": intent, "confidence": 1.0})


def test_an_events_class_is_looked_up_once(monkeypatch):
    assert Event.resolve_by_type("user") is UserUttered
    monkeypatch.setattr(common, "all_subclasses", lambda _: pytest.fail("looked up again"))
    assert Event.resolve_by_type("user") is UserUttered


def test_an_unknown_event_is_an_error_as_in_rasa():
    with pytest.raises(ValueError, match="Unknown event name"):
        Event.resolve_by_type("no such event")


@pytest.mark.parametrize(
    "said",
    [
        [LISTEN, UserUttered("hi"), ActionExecuted("utter_greet"), SlotSet("topic", "x")],
        [UserUttered("before"), Restarted(), LISTEN, UserUttered("hi")],
        [UserUttered("before"), ActionExecuted("action_session_start"), SessionStarted(), LISTEN],
        [LISTEN, UserUttered("hi"), UserUtteranceReverted(), UserUttered("hello")],
        [LISTEN, UserUttered("hi"), ActionExecuted("utter_greet"), ActionReverted()],
        [LISTEN, UserUttered("book"), ActionExecuted("booking_form"), FORM, LISTEN, UserUttered("3"),
         ActionExecuted("booking_form"), ActiveLoop(None), LISTEN],
    ],
)  # fmt: skip
def test_the_events_that_count_are_those_that_rasa_finds(said):
    tracker = DialogueStateTracker("c", [])
    for event in said:
        tracker.update(event)
        assert tracker.applied_events() == events._applied(tracker)
    twin = tracker.copy()
    twin.update(UserUttered("bye"))
    tracker.update(UserUttered("thanks"))
    for one in (tracker, twin):
        assert one.applied_events() == events._applied(one)


def test_the_events_that_count_are_found_without_asking_rasa(monkeypatch):
    monkeypatch.setattr(events, "_applied", None)
    tracker = DialogueStateTracker.from_events("c", [LISTEN, UserUttered("hi"), ActiveLoop(None)])
    assert len(tracker.applied_events()) == 3


def test_an_added_event_names_model_and_assistant():
    tracker = DialogueStateTracker("c", [])
    tracker.model_id, tracker.assistant_id = "m", "a"
    tracker.update(UserUttered("hi", metadata={"kept": 1}))
    assert tracker.events[-1].metadata == {"kept": 1, "model_id": "m", "assistant_id": "a"}
    assert tracker.latest_message.text == "hi"
    with pytest.raises(ValueError, match="must be an event"):
        tracker.update("hi")


def test_a_copied_tracker_is_the_replayed_one(agent):
    tracker = DialogueStateTracker("c", agent.domain.slots)
    story = [ActionExecuted("action_session_start"), SessionStarted(), LISTEN, asked("book")]
    tracker.update_with_events([*story, SlotSet("client_name", "Jane"), FORM], agent.domain)
    twin, replayed = events._copy(tracker), tracker.travel_back_in_time(float("inf"))
    for name in ("events", "latest_action", "latest_message", "active_loop", "followup_action"):
        assert getattr(twin, name) == getattr(replayed, name)
    assert twin.current_slot_values() == replayed.current_slot_values()
    twin.update_with_events([SlotSet("client_name", "Kim"), ActiveLoop(None)], agent.domain)
    assert tracker.get_slot("client_name") == "Jane"
    assert tracker.active_loop_name == "booking_form"
    assert len(tracker.events) == 6


def test_a_copied_slot_is_a_slot_of_its_own(agent):
    for slot in agent.domain.slots:
        twin = copy.copy(slot)
        assert type(twin) is type(slot)
        assert twin.__dict__ == slot.__dict__
        twin.value = "another"
        assert slot.value != "another"


@pytest.fixture(scope="module")
def runners(agent):
    """Our runner, and Dask's over the same loaded components."""
    ours = agent.processor.graph_runner
    dask = copy.copy(ours)
    dask.__class__ = DaskGraphRunner
    return ours, dask


def test_the_graph_is_run_without_dask(runners, monkeypatch):
    ours, _ = runners
    assert type(ours) is DirectGraphRunner
    monkeypatch.setattr("dask.get", lambda *_: pytest.fail("Dask was asked"))
    assert ours.run({"__tracker__": DialogueStateTracker("c", [])}, ["domain_provider"])


def test_the_graph_gives_what_dask_gives(runners, agent):
    from rasa.core.channels.channel import UserMessage  # noqa: PLC0415

    target = agent.processor.model_metadata.nlu_target
    for text in ("does it hurt?", "book wednesday at 3", "/greet", "and for acne, and the price?", ""):
        given = [
            runner.run(
                {
                    "__message__": [UserMessage(text)],
                    "__tracker__": DialogueStateTracker("c", agent.domain.slots),
                },
                [target],
            )[target][0].as_dict(only_output_properties=True)
            for runner in runners
        ]
        assert given[0] == given[1]


def test_an_input_named_like_a_component_is_refused(runners):
    with pytest.raises(GraphRunError):
        runners[0].run({"domain_provider": 1})


def test_a_component_that_fails_is_an_error_as_in_rasa(runners, monkeypatch):
    def fail(_component):
        raise ValueError

    ours, _ = runners
    monkeypatch.setattr(ours._instantiated_nodes["rule_only_data_provider"], "_fn", fail)
    monkeypatch.setitem(ours.__dict__, "_plans", {})
    for runner in runners:
        with pytest.raises(GraphComponentException):
            runner.run({}, ["rule_only_data_provider"])


def test_a_missing_input_is_an_error_as_in_rasa(runners):
    for runner in runners:
        with pytest.raises(GraphRunError):
            runner.run({}, ["run_RulePolicy0"])


# Conversations of every shape that rules look at.
async def test_slots_that_only_actions_fill_are_not_looked_for(agent, monkeypatch):
    looked = []

    async def look(*_arguments):
        looked.append(1)
        return []

    monkeypatch.setattr(actions, "_extract", look)
    extract, tracker = ActionExtractSlots(None), DialogueStateTracker("c", agent.domain.slots)
    assert await extract.run(None, None, tracker, agent.domain) == []
    assert not looked
    by_entity = Domain.from_dict(
        {
            "intents": ["greet"],
            "entities": ["name"],
            "slots": {"name": {"type": "text", "mappings": [{"type": "from_entity", "entity": "name"}]}},
        }
    )
    await extract.run(None, None, DialogueStateTracker("c", by_entity.slots), by_entity)
    assert looked


def test_rasas_own_actions_are_made_once(agent):
    found = [
        action_for_name_or_text("action_listen", agent.domain, endpoint)
        for endpoint in (None, None, EndpointConfig("http://127.0.0.1:1"))
    ]
    assert found[0] is found[1]
    assert found[0] is not found[2]


def test_nothing_is_copied_for_a_log_that_nobody_reads():
    for module in MODULES:
        value = object()
        assert module.copy.deepcopy(value) is value


def test_origins_are_looked_at_where_some_are_named(monkeypatch):
    named = []
    monkeypatch.setattr(origins, "_configure", lambda _app, cors_origins: named.append(cors_origins))
    for cors_origins in ("", None, "https://clinic.example"):
        rasa.server.configure_cors(None, cors_origins)
    assert named == ["https://clinic.example"]
