"""Phone numbers and e-mail addresses, and the references of appointments."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.component import Component
from clinic.nlu.contacts import find_contacts
from clinic.nlu.extractor import add_entity
from clinic.settings import clinic


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ContactDetails(Component):
    """Adds the entities ``phone``, ``email`` and ``reference``."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add contact details to every message."""
        for message in messages:
            for found in find_contacts(message.get(TEXT) or "", clinic().country):
                add_entity(message, *found)
        return messages
