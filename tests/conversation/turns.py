"""Turns of conversations as a server saves them."""

from __future__ import annotations

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered

DOMAIN = Domain.from_dict(
    {
        "version": "3.1",
        "intents": ["faq", "book"],
        "forms": {"booking_form": {"required_slots": ["name"]}},
        "slots": {
            "name": {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}
        },
    }
)


def said(text="does it hurt", topic="faq/pain", confidence=0.9):
    intent = {"name": topic.partition("/")[0], "confidence": confidence}
    parsed = {"text": text, "intent": intent, "entities": []}
    if "/" in topic:
        parsed["intent"]["full_retrieval_intent_name"] = topic
    return UserUttered(text, intent, [], parsed, input_channel="widget", message_id=f"m-{text}")


def answer(text="Hardly.", name="utter_faq/pain"):
    return BotUttered(text, {"buttons": [{"title": "Book"}]}, {"utter_action": name})


def turn(number, *more):
    return [said(f"message {number}"), *more, answer(f"answer {number}"), ActionExecuted("action_listen")]


def start():
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


async def keep(store, sender, *turns):
    """Save each turn on a tracker loaded for it, as a server does."""
    for events in turns:
        tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        tracker.update_with_events(list(events), DOMAIN)
        await store.save(tracker)
    return await store.retrieve(sender)
