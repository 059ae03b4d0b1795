"""Books an appointment by talking to the running assistant."""

from __future__ import annotations

import uuid

from tests.assistant import Assistant


def booked(assistant: Assistant) -> tuple[list[dict], dict]:
    """Return the replies that confirm it, and what the confirmation carries beside its words.

    The time is one that is offered, so it is free whatever was booked before on the same assistant.
    """
    sender = uuid.uuid4().hex
    offered = assistant.say("book a facial", sender)[-1]["buttons"]
    for text in (offered[-1]["payload"], "Rosa Diaz", "rosa.diaz@example.com"):
        assistant.say(text, sender)
    for _ in range(3):  # a clinic may have more to ask
        replies = assistant.say("yes please", sender)
        for reply in replies:
            if "custom" in reply:
                return replies, reply["custom"]
    raise AssertionError(replies)
