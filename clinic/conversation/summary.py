"""What one conversation's row says, worked out from its new events alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered

from clinic.conversation.trouble import TROUBLE

FALLBACK, OFF_TOPIC = "nlu_fallback", "out_of_scope"
# What forms ask for; a name or a number that fills one is no question that was not understood.
ASKED_FOR = frozenset(
    "booking_service appointment_start client_name client_contact client_email booking_notes "
    "manage_reference manage_contact handoff_name handoff_contact handoff_message".split()
)
TALK = frozenset("greet goodbye thanks affirm deny repeat stop bot_challenge".split())
BOOKED = frozenset({"utter_booked"})
HANDED_OVER = frozenset({"utter_handoff_done"})
# From the least to the most; a conversation's outcome is the most that came of it.
OUTCOMES = ("opened", "not_understood", "answered", "handed_over", "booked")

# How far a booking came, as bits: it was wanted, a time was chosen, a contact was given.
BOOKING_STEPS = {"book": 1, "appointment_start": 2, "client_contact": 4}


@dataclass
class Summary:
    """The columns of ``conversations`` that are counted up.

    Attributes:
        channel: The channel of the visitor's first message.
        last_at: Time of the latest event, aware; None before the first.
        topics: Names of what was asked, in the order they came up; small talk is none.
        lowest_confidence: Of the topics, 0 to 1, or None before the first.
        outcome: One of OUTCOMES.
        booking_steps: The sum of the BOOKING_STEPS that were taken.
        trouble_at: When the visitor last got an apology instead of an answer, or None.

    """

    channel: str | None = None
    last_at: datetime | None = None
    visitor_messages: int = 0
    bot_messages: int = 0
    topics: tuple[str, ...] = ()
    lowest_confidence: float | None = None
    not_understood: int = 0
    outcome: str = OUTCOMES[0]
    booked: bool = False
    booking_steps: int = 0
    trouble_at: datetime | None = None

    def add(self, events: Sequence[Event]) -> None:
        """Count these events in."""
        for number, event in enumerate(events, 1):
            self.last_at = datetime.fromtimestamp(event.timestamp, UTC)
            if isinstance(event, UserUttered):
                self._add_message(event, answers=_fill_a_form(events[number:]))
            elif isinstance(event, BotUttered):
                self._add_reply(event)
            elif isinstance(event, SlotSet) and event.value is not None:
                self.booking_steps |= BOOKING_STEPS.get(event.key, 0)

    def _add_message(self, event: UserUttered, *, answers: bool) -> None:
        self.visitor_messages += 1
        self.channel = self.channel or event.input_channel
        topic, confidence = topic_of(event)
        if not topic or (answers and topic in {FALLBACK, OFF_TOPIC}):
            return
        self.lowest_confidence = min(
            confidence, 1.0 if self.lowest_confidence is None else self.lowest_confidence
        )
        if topic == FALLBACK:
            self.not_understood += 1
            self._reach("not_understood")
        elif topic not in TALK:
            self.booking_steps |= BOOKING_STEPS.get(topic, 0)
            self.topics = self.topics if topic in self.topics else (*self.topics, topic)
            self._reach("answered")

    def _add_reply(self, event: BotUttered) -> None:
        self.bot_messages += 1
        said = event.metadata.get("utter_action")
        if said in BOOKED:
            self.booked = True
            self._reach("booked")
        elif said in HANDED_OVER:
            self._reach("handed_over")
        elif said == TROUBLE:
            self.trouble_at = self.last_at

    def _reach(self, outcome: str) -> None:
        self.outcome = max(self.outcome, outcome, key=OUTCOMES.index)


def topic_of(event: UserUttered) -> tuple[str, float]:
    """Return what a message was about ("faq/pain", "book", or "") and how sure that is."""
    intent: dict[str, Any] = event.intent or {}
    name = event.full_retrieval_intent_name or intent.get("name") or ""
    return name, float(intent.get("confidence") or 0.0)


def _fill_a_form(after: Iterable[Event]) -> bool:
    """Say whether a message answered a form: these events follow it."""
    turn = takewhile(lambda event: not isinstance(event, UserUttered), after)
    return any(isinstance(e, SlotSet) and e.key in ASKED_FOR and e.value is not None for e in turn)
