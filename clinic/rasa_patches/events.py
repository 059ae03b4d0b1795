"""Events and trackers: rebuilt and copied without looking everything up again."""

from __future__ import annotations

import copy
from collections import deque

from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_resolve = Event.resolve_by_type
_classes: dict[str, type[Event]] = {}


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


def _copy(self: DialogueStateTracker) -> DialogueStateTracker:
    """Copy a tracker by its state instead of replaying its events.

    Stock Rasa replays the whole conversation for every action. Events are shared, as they are there.
    Test: tests/test_rasa_patches.py::test_a_copied_tracker_is_the_replayed_one.
    """
    twin = copy.copy(self)
    twin.events = deque(self.events, self._max_event_history)
    twin.slots = type(self.slots)((name, copy.copy(slot)) for name, slot in self.slots.items())
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
    DialogueStateTracker.copy = _copy
    Slot.__copy__ = _copy_slot
