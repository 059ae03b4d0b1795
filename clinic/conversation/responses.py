"""Rasa's response generator, with clinic.yml's settings as placeholders.

A response variation may name the settings it needs (``metadata.settings``). The first variation
whose settings this clinic has filled in is used; one without ``settings`` is the honest "I haven't
been told". Of several languages (``metadata.language``), the visitor's is used. So a clinic's answer
appears as soon as clinic.yml holds it, without training.
"""

from __future__ import annotations

import random
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from clinic.settings import ClinicFile, clinic
from clinic.settings.wording import placeholders

OFF_TOPIC, OTHER_LANGUAGE = "utter_out_of_scope", "utter_other_language"


class ClinicResponses(TemplatedNaturalLanguageGenerator):
    """``nlg: type: clinic.conversation.responses.ClinicResponses`` in endpoints.yml."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._worded: tuple[ClinicFile, dict[str, str]] | None = None

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """Return the response as a message of Rasa's format, or None where there is none."""
        language = tracker.latest_message.parse_data.get("language") if tracker.latest_message else None
        if language and utter_action == OFF_TOPIC:
            utter_action = OTHER_LANGUAGE
        variations = in_language(self.responses.get(utter_action) or [], language)
        if not variations:
            return None
        values = self._settings(utter_action) | tracker.current_slot_values() | kwargs
        return self._fill_response(dict(choose(variations, values)), values)

    def _settings(self, utter_action: str) -> dict[str, str]:
        """Return the placeholders for one response; ``answer`` is the clinic's text for its topic."""
        settings = clinic()
        if self._worded is None or self._worded[0] is not settings:  # the file has changed
            self._worded = settings, placeholders(settings)
        answer = settings.answers.get(utter_action.rpartition("/")[2])
        return self._worded[1] | ({"answer": answer} if answer else {})


def in_language(variations: list[dict[str, Any]], language: str | None) -> list[dict[str, Any]]:
    """Return the variations in a language; where there are none, those in English."""

    def those(wanted: str | None) -> list[dict[str, Any]]:
        return [v for v in variations if v.get("metadata", {}).get("language") == wanted]

    return those(language) or those(None)


def choose(variations: list[dict[str, Any]], values: dict[str, Any]) -> dict[str, Any]:
    """Return the first variation that needs settings and has them all, else one that needs none."""
    for variation in variations:
        needed = variation.get("metadata", {}).get("settings")
        if needed and all(values.get(name) for name in needed):
            return variation
    return random.choice([v for v in variations if not v.get("metadata", {}).get("settings")])
