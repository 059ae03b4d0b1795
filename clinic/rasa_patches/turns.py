"""Messages are processed, and conversations kept, by the project's own classes where Rasa names its own."""

from __future__ import annotations

from typing import Any

import rasa.core.agent
from rasa.core.agent import Agent
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, TrackerStore

from clinic.conversation.turn import Turns


def _no_falling_back(store: TrackerStore | None, domain: Any) -> TrackerStore:
    """Use the tracker store as it is.

    Stock Rasa's FailSafeTrackerStore answers a database's outage by forgetting who it speaks with.
    Test: tests/conversation/test_outage.py::test_an_outage_is_no_amnesia.
    """
    if store is None:
        return FailSafeTrackerStore(InMemoryTrackerStore(domain))
    store.domain = domain
    return store


def apply() -> None:
    """Apply the patches (harmless when repeated)."""
    Agent._create_tracker_store = staticmethod(_no_falling_back)
    # Nowhere does Rasa let another class process messages; Turns says what it changes and why.
    rasa.core.agent.MessageProcessor = Turns
