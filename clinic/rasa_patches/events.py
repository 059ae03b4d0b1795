"""Events and trackers: rebuilt and copied without looking everything up again."""

from __future__ import annotations

import copy
import functools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rasa.shared.constants import ASSISTANT_ID_KEY
from rasa.shared.core.events import (
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import METADATA_MODEL_ID

BEGINNINGS, REVERTING = (Restarted, SessionStarted), (ActionReverted, UserUtteranceReverted)

is_a: Callable[[type, Any], bool] = functools.cache(issubclass)
_applied = DialogueStateTracker.applied_events
_resolve = Event.resolve_by_type
_classes: dict[str, type[Event]] = {}


@dataclass(frozen=True)
class _Applied:
    """Which of a tracker's events counted when it was last asked: so many were there, this one last."""

    count: int
    last: Event | None
    found: list[Event]

    def begins(self, events: deque[Event]) -> bool:
        """Say whether nothing was done to those events but that others were added."""
        return self.count <= len(events) and events[self.count - 1] is self.last


def _resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """Return an event's class by its name, found once.

    Stock Rasa collects all subclasses of all subclasses for each event of each message: half of the
    time that rebuilding a tracker takes.
    Test: tests/test_rasa_patches.py::test_an_events_class_is_looked_up_once.
    """
    if type_name not in _classes:
        found = _resolve(type_name, default)
        if found is None or found is default:
            return found
        _classes[type_name] = found
    return _classes[type_name]


def _applied_events(self: DialogueStateTracker) -> list[Event]:
    """Return the events that count; each is looked at once.

    Events are of an abstract class, of which ``isinstance`` is slow, and stock Rasa asks it four times for
    each event, of all events, for each prediction: a sixth of a message's time on the event loop. Where
    something was taken back or a form runs, it is asked all the same.
    Test: tests/test_rasa_patches.py::test_the_events_that_count_are_those_that_rasa_finds.
    """
    known: _Applied | None = self.__dict__.get("applied")
    if known is None or not known.begins(self.events):
        known = _Applied(0, None, [])
    found = known.found.copy()
    for event in islice(self.events, known.count, None):
        kind = type(event)
        if is_a(kind, BEGINNINGS):
            found = []
        elif is_a(kind, REVERTING) or (is_a(kind, ActiveLoop) and event.name):  # type: ignore[attr-defined]
            return list(_applied(self))
        else:
            found.append(event)
    if self.events:
        self.__dict__["applied"] = _Applied(len(self.events), self.events[-1], found)
    return found.copy()


def _update(self: DialogueStateTracker, event: Event, _domain: Any = None) -> None:
    """Add an event, as stock Rasa does, at a third of the time: fifty times a message.

    Test: tests/test_rasa_patches.py::test_an_added_event_names_model_and_assistant.
    """
    if not is_a(type(event), Event):
        raise ValueError("what is added to a tracker must be an event")
    if self.model_id and METADATA_MODEL_ID not in event.metadata:
        event.metadata = {**event.metadata, METADATA_MODEL_ID: self.model_id}
    if self.assistant_id and ASSISTANT_ID_KEY not in event.metadata:
        event.metadata = {**event.metadata, ASSISTANT_ID_KEY: self.assistant_id}
    self.events.append(event)
    event.apply_to(self)


def _copy(self: DialogueStateTracker) -> DialogueStateTracker:
    """Copy a tracker by its state instead of replaying its events.

    Stock Rasa replays the whole conversation for every action. Events are shared, as they are there.
    Test: tests/test_rasa_patches.py::test_a_copied_tracker_is_the_replayed_one.
    """
    twin = copy.copy(self)
    twin.__dict__.pop("replayed", None)  # its predictions' memory (rules.py) is not shared
    twin.events = deque(self.events, self._max_event_history)
    twin.slots = type(self.slots)((name, _copy_slot(slot)) for name, slot in self.slots.items())
    twin.active_loop = copy.copy(self.active_loop)
    return twin


def _copy_slot(self: Slot) -> Slot:
    """Copy a slot by its attributes; Python's general way takes ten times as long, 80 times a message.

    Test: tests/test_rasa_patches.py::test_a_copied_slot_is_a_slot_of_its_own.
    """
    twin: Slot = object.__new__(type(self))
    twin.__dict__.update(self.__dict__)
    return twin


def apply() -> None:
    """Apply the patches (harmless when repeated)."""
    Event.resolve_by_type = staticmethod(_resolve_by_type)
    DialogueStateTracker.applied_events = _applied_events
    DialogueStateTracker.update = _update
    DialogueStateTracker.copy = _copy
    Slot.__copy__ = _copy_slot
