"""Days and times of day as the entity ``time``."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.component import Component
from clinic.nlu.extractor import add_entity, requested_slot, without_entities
from clinic.nlu.when import When, read
from clinic.settings import clinic, now

MONTH_FIRST = frozenset({"US", "FM", "MH", "PW", "PR", "GU", "VI", "AS", "MP"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DateAndTime(Component):
    """Adds the entity ``time``; its value is a dict of ISO texts (see ``value_of``)."""

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Add what each message says of days and times; phone numbers and references are no times."""
        settings = clinic()
        local = now().astimezone(settings.zone)
        for message in messages:
            when = read(
                without_entities(message),
                local,
                month_first=settings.country in MONTH_FIRST,
                bare_hours=requested_slot(tracker) == "appointment_start",
            )
            if when:
                add_entity(message, "time", value_of(when), when.start, when.end)
        return messages


def value_of(when: When) -> dict[str, str | bool | list[int] | None]:
    """Return days as ISO dates and times as HH:MM, None where nothing was said.

    The key ``weekdays`` is there where weekdays were named without a date.
    """
    weekdays = {"weekdays": list(when.weekdays)} if when.weekdays else {}
    return {
        "first_day": when.first_day.isoformat() if when.first_day else None,
        "last_day": when.last_day.isoformat() if when.last_day else None,
        "earliest": when.earliest.isoformat("minutes") if when.earliest else None,
        "latest": when.latest.isoformat("minutes") if when.latest else None,
        "exact": when.exact,
        "problem": when.problem,
        "shift": when.shift,
        **weekdays,
    }
