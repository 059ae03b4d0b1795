"""The clinic's services, by any of the names that clinic.yml gives them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.component import Component
from clinic.nlu.extractor import add_entity
from clinic.settings import ClinicFile, clinic


def find_service(text: str, settings: ClinicFile) -> tuple[str, int, int] | None:
    """Return (service, start, end) for the longest name found in a text, or None."""
    found: list[tuple[int, str, Any]] = []
    for service in settings.services:
        for name in (service.name, *service.also):
            match = _pattern(name).search(text)
            if match:
                found.append((len(match[0]), service.name, match))
    if not found:
        return None
    _, service_name, match = max(found, key=lambda item: item[0])
    return service_name, match.start(), match.end()


@cache
def _pattern(name: str) -> re.Pattern[str]:
    words = r"\W+".join(re.escape(word) for word in name.split())
    return re.compile(rf"\b{words}s?\b", re.IGNORECASE)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Services(Component):
    """Adds the entity ``service``; its value is the service's name in clinic.yml."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the service that each message names, if any."""
        for message in messages:
            found = find_service(message.get(TEXT) or "", clinic())
            if found:
                add_entity(message, "service", *found)
        return messages
