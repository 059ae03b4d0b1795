from __future__ import annotations

import copy

import pytest
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from clinic.rasa_patches import rules

FORM = ActiveLoop("booking_form")
LISTEN = ActionExecuted("action_listen")


def asked(intent, text="x"):
    return UserUttered(text, {"name": intent, "confidence": 1.0})


FAQ = [asked("faq"), ActionExecuted("utter_faq"), LISTEN]
STORIES = {
    "hello": [asked("greet")],
    "answered": [asked("greet"), ActionExecuted("utter_greet")],
    "many questions": [*FAQ * 9, asked("thanks")],
    "book": [asked("book")],
    "in the form": [asked("book"), ActionExecuted("booking_form"), FORM],
    "a question in the form": [
        *[
            asked("book"),
            ActionExecuted("booking_form"),
            FORM,
            SlotSet("requested_slot", "client_name"),
            LISTEN,
        ],
        asked("faq"),
    ],
    "an emergency in the form": [
        *[asked("book"), ActionExecuted("booking_form"), FORM, LISTEN, asked("emergency")],
    ],
    "after the emergency": [
        *[asked("book"), ActionExecuted("booking_form"), FORM, LISTEN, asked("emergency")],
        *[ActionExecuted("utter_emergency"), ActionExecuted("action_deactivate_loop"), ActiveLoop(None)],
    ],
    "unsure": [*FAQ, asked("nlu_fallback")],
    "nothing": [],
}


@pytest.fixture(params=STORIES)
def tracker(request, agent):
    begun = [ActionExecuted("action_session_start"), SessionStarted(), LISTEN]
    made = DialogueStateTracker("c", agent.domain.slots)
    made.update_with_events(copy.deepcopy([*begun, *STORIES[request.param]]), agent.domain)
    return made


@pytest.fixture(scope="module")
def policy(agent):
    nodes = agent.processor.graph_runner._instantiated_nodes.values()
    return next(node._component for node in nodes if isinstance(node._component, RulePolicy))


def test_the_last_states_are_those_that_rasa_makes(policy, tracker, agent):
    every = rules._states(policy, tracker, agent.domain)
    ours = policy._prediction_states(tracker, agent.domain)
    assert ours == every[-len(ours) :]
    longest = max(index.longest for index in policy.indexes.values())
    assert len(ours) == min(len(every), longest + 1)


@pytest.mark.parametrize("use_text", [True, False])
def test_the_states_of_a_growing_conversation_are_those_that_rasa_makes(policy, tracker, agent, use_text):
    growing = DialogueStateTracker("c", agent.domain.slots)
    for event in tracker.events:
        growing.update(event, agent.domain)
        ours = policy._prediction_states(growing, agent.domain, use_text)
        assert ours == rules._states(policy, growing, agent.domain, use_text)[-len(ours) :]


def test_a_conversations_twin_goes_its_own_way(policy, agent):
    one = DialogueStateTracker("c", agent.domain.slots)
    one.update_with_events([LISTEN, asked("greet"), ActionExecuted("utter_greet")], agent.domain)
    policy._prediction_states(one, agent.domain)
    twin = one.copy()
    twin.update_with_events([LISTEN, asked("thanks")], agent.domain)
    policy._prediction_states(twin, agent.domain)
    one.update_with_events([LISTEN, asked("goodbye")], agent.domain)
    for each in (one, twin):
        every = rules._states(policy, each, agent.domain)
        assert policy._prediction_states(each, agent.domain) == every[-len(every) :]


def test_the_rules_found_are_those_that_rasa_finds(policy, tracker, agent):
    every, ours = (
        rules._states(policy, tracker, agent.domain),
        policy._prediction_states(tracker, agent.domain),
    )
    for name in rules.TABLES:
        table = policy.lookup[name]
        assert policy._get_possible_keys(table, ours) == rules._keys(policy, table, every)


def test_the_action_predicted_is_the_one_that_rasa_predicts(policy, tracker, agent, monkeypatch):
    ours = policy.predict_action_probabilities(tracker, agent.domain)
    for name, stock in (
        ("_find_action_from_rules", rules._find),
        ("_get_possible_keys", rules._keys),
        ("_prediction_states", rules._states),
    ):
        monkeypatch.setattr(RulePolicy, name, stock)
    stock = policy.predict_action_probabilities(tracker, agent.domain)
    assert ours.probabilities == stock.probabilities
    assert ours.events == stock.events


def test_rules_that_read_no_words_are_looked_up_once(policy, tracker, agent, monkeypatch):
    looked = []
    monkeypatch.setattr(rules, "_find", lambda *args: looked.append(args[-1]) or (None, None, False))
    policy._predict(tracker, agent.domain)
    assert True not in looked
