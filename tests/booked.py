"""Books an appointment by talking to the running assistant."""

from __future__ import annotations

import uuid

from tests.assistant import Assistant


def booked(assistant: Assistant, when: str = "friday") -> tuple[list[dict], dict]:
    """Return the replies that confirm it, and what the confirmation carries beside its words.

    Takes the first time that is offered for ``when``: what is free depends on who has booked before.
    """
    sender = uuid.uuid4().hex
    replies = [assistant.say(text, sender) for text in ("book a facial", when)][-1]
    offered = [button["title"] for reply in replies for button in reply.get("buttons", [])]
    for text in (*offered[:1], "Rosa Diaz", "rosa.diaz@example.com"):
        assistant.say(text, sender)
    for _ in range(3):  # a clinic may have more to ask
        replies = assistant.say("yes please", sender)
        for reply in replies:
            if "custom" in reply:
                return replies, reply["custom"]
    raise AssertionError(replies)
