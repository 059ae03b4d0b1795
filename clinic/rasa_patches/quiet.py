"""Debug lines that cost nothing while nobody reads them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import rasa.core.actions.forms
import rasa.core.policies.rule_policy
import rasa.core.processor
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.domain import State

MODULES = (rasa.core.actions.forms, rasa.core.policies.rule_policy, rasa.core.processor)


def _as_it_is(value: Any) -> Any:
    return value


def _not_formatted(_states: list[State]) -> str:
    return ""


def apply() -> None:
    """Spare the deep copies of events and states that stock Rasa makes for its debug log, shown or not.

    Of its entries our log has the names alone (clinic/serving/logs.py). In these modules every use of
    ``copy`` is such a copy: one to two milliseconds a message.
    Test: tests/test_rasa_patches.py::test_nothing_is_copied_for_a_log_that_nobody_reads.
    """
    for module in MODULES:
        module.copy = SimpleNamespace(deepcopy=_as_it_is)
    RulePolicy.format_tracker_states = staticmethod(_not_formatted)
