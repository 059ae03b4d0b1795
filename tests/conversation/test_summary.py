"""What a conversation's row counts."""

from datetime import UTC, datetime

import pytest
from rasa.shared.core.events import SlotSet, UserUttered

from clinic.conversation.summary import Summary

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC).timestamp()


def said(topic: str) -> UserUttered:
    return UserUttered("Rosa Diaz", {"name": topic, "confidence": 0.2}, timestamp=AT)


@pytest.mark.parametrize("topic", ["nlu_fallback", "out_of_scope"])
def test_a_name_that_a_form_asked_for_is_no_question_that_was_not_understood(topic):
    row = Summary()
    row.add([said(topic), SlotSet("client_name", "Rosa Diaz", timestamp=AT)])
    assert (row.visitor_messages, row.not_understood, row.topics) == (1, 0, ())
    assert (row.outcome, row.lowest_confidence) == ("opened", None)


def test_what_fills_nothing_was_not_understood_whatever_the_next_message_fills():
    row = Summary()
    row.add([said("nlu_fallback"), said("out_of_scope"), SlotSet("client_name", "Rosa", timestamp=AT)])
    assert (row.not_understood, row.outcome) == (1, "not_understood")
