"""RulePolicy at the speed of a look-up, with the same predictions."""

from __future__ import annotations

import operator
from collections import defaultdict, deque
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.constants import USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker

from clinic.rasa_patches.events import is_a

UNSET = ("should_not_be_set", None, "")

TABLES = ("rules", "rules_for_loop_unhappy_path")

_find = RulePolicy._find_action_from_rules
_keys = RulePolicy._get_possible_keys
_load = RulePolicy.load.__func__
_states = RulePolicy._prediction_states
Found = tuple[str | None, str | None, bool]


@dataclass
class _Index:
    """The rules of one look-up table, by what their last state asks of the conversation's.

    Attributes:
        keys: Rules by (intent, previous action) of their last state; None asks for nothing.
        starters: Rules that begin where a conversation begins.
        longest: The number of states of the longest rule.
        reads_text: Whether a rule looks at a message's words instead of its intent.

    """

    keys: dict[tuple[Any, Any], list[str]] = field(default_factory=lambda: defaultdict(list))
    starters: list[str] = field(default_factory=list)
    longest: int = 0
    reads_text: bool = False


def _loaded(cls: type[RulePolicy], *arguments: Any, **named: Any) -> RulePolicy:
    """Load a policy and index its rules. In training, where rules change, there is no index."""
    policy = _load(cls, *arguments, **named)
    policy.indexes = {id(policy.lookup[name]): _index(policy.lookup[name]) for name in TABLES}
    return policy


def _index(lookup: dict[str, str]) -> _Index:
    index = _Index()
    for key in lookup:
        _add(index, key)
    return index


def _add(index: _Index, key: str) -> None:
    states = RulePolicy._rule_key_to_state(key)
    index.longest = max(index.longest, len(states))
    index.reads_text = index.reads_text or any("text" in state.get("user", {}) for state in states)
    last = states[-1]
    if not last.get("prev_action"):
        index.starters.append(key)
        return
    intent, action = last.get("user", {}).get("intent"), last["prev_action"].get("action_name")
    index.keys[None if intent in UNSET else intent, None if action in UNSET else action].append(key)


def _get_possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
    """Return the rules that a conversation fulfils; only those that may fit the last message are read.

    Stock Rasa reads all rules' states for each prediction, back to the conversation's beginning: 3 of 26 ms.
    Test: tests/test_rule_patches.py::test_the_rules_found_are_those_that_rasa_finds.
    """
    index, last = _indexes(self).get(id(lookup)), states[-1]
    if index is None:
        return _keys(self, lookup, states)
    intent, action = last.get("user", {}).get("intent"), last.get("prev_action", {}).get("action_name")
    possible = set(index.starters)
    for wanted in product({None, intent}, {None, action}):
        possible.update(index.keys.get(wanted, ()))
    for turn, state in enumerate(reversed(states[-index.longest :])):
        possible = {key for key in possible if self._is_rule_applicable(key, turn, state)}
    return possible


def _prediction_states(
    self: RulePolicy,
    tracker: DialogueStateTracker,
    domain: Domain,
    use_text_for_last_user_input: bool = False,
    rule_only_data: dict[str, Any] | None = None,
) -> list[State]:
    """Return the states that a rule can see: as many as the longest rule has.

    Stock Rasa makes a state for every action since the conversation began, for each prediction.
    Tests: tests/test_rule_patches.py::test_the_last_states_are_those_that_rasa_makes,
    ::test_the_states_of_a_growing_conversation_are_those_that_rasa_makes.
    """
    known = _indexes(self).values()
    if not known:
        return _states(self, tracker, domain, use_text_for_last_user_input, rule_only_data)
    states = _last_states(tracker, domain, max(index.longest for index in known) + 1)
    self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
    return states


def _indexes(policy: RulePolicy) -> dict[int, _Index]:
    """Return the indexes by table; none while the policy is trained."""
    return policy.__dict__.get("indexes", {})


@dataclass
class _Replayed:
    """A conversation played again up to now, kept with its tracker from one prediction to the next.

    Attributes:
        tracker: The conversation so far.
        events: What was played.
        states: Those before its actions, as many of the last as are asked for.
        present: The one after what was played; None where more was played since it was made.

    """

    tracker: DialogueStateTracker
    events: list[Event]
    states: deque[State]
    present: State | None = None


def _last_states(tracker: DialogueStateTracker, domain: Domain, count: int) -> list[State]:
    """Return the states before the last actions and the present one, oldest first."""
    applied = tracker.applied_events()
    done: _Replayed | None = tracker.__dict__.get("replayed")
    if done is None or done.states.maxlen != count - 1 or not _begins_with(applied, done.events):
        done = _Replayed(tracker.init_copy(), [], deque(maxlen=count - 1))
    coming = applied[len(done.events) :]
    actions = [is_a(type(event), ActionExecuted) for event in coming]
    first = sum(actions) - (count - 1)  # states before this one would be dropped again
    action = 0
    for event, is_action in zip(coming, actions, strict=True):
        if is_action:
            if action >= first:
                done.states.append(done.present or domain.get_active_state(done.tracker))
            action += 1
        done.tracker.update(event)
        done.present = None
    done.events, done.present = applied, done.present or domain.get_active_state(done.tracker)
    tracker.__dict__["replayed"] = done
    # Rasa takes the words or the intent out of the states that it gets: these stay as they are.
    states = (*done.states, done.present)
    return [{**state, USER: dict(state[USER])} if USER in state else state for state in states]


def _begins_with(events: list[Event], played: list[Event]) -> bool:
    return len(events) >= len(played) and all(map(operator.is_, events, played))


def _find_action_from_rules(
    self: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
) -> Found:
    """Look at a message's words only when a rule does; otherwise its intent decides the same.

    Test: tests/test_rule_patches.py::test_rules_that_read_no_words_are_looked_up_once.
    """
    indexes = _indexes(self).values()
    if use_text_for_last_user_input and indexes and not any(index.reads_text for index in indexes):
        return None, None, False
    return _find(self, tracker, domain, use_text_for_last_user_input)


def apply() -> None:
    """Apply the patches (harmless when repeated)."""
    RulePolicy.load = classmethod(_loaded)
    RulePolicy._get_possible_keys = _get_possible_keys
    RulePolicy._prediction_states = _prediction_states
    RulePolicy._find_action_from_rules = _find_action_from_rules
