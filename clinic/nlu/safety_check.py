"""Finds emergencies, also where they hide in another question; outranks every other reading."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from ruamel.yaml import YAML

from clinic.nlu.component import Component
from clinic.nlu.normal import normal
from clinic.nlu.topics import CLAUSES, EMERGENCY, READING, SPAN, Reading, decide, spelling

RULES = Path(__file__).with_name("safety_rules.yml")


@cache
def rules() -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """Return the jokes' pattern and each rule's, compiled."""
    content = YAML(typ="safe").load(RULES.read_text(encoding="utf-8"))
    jokes = re.compile("|".join(f"(?:{words})" for words in content["jokes"]["words"]))
    return jokes, {name: re.compile(rule["words"]) for name, rule in content["rules"].items()}


def rule_for(text: str) -> str | None:
    """Return the name of the rule that finds an emergency in a text, or None."""
    jokes, patterns = rules()
    serious = jokes.sub(" ", normal(text))
    return next((name for name, pattern in patterns.items() if pattern.search(serious)), None)


def is_joke(text: str) -> bool:
    """Say whether a text uses an emergency's words as a figure of speech."""
    return bool(rules()[0].search(normal(text)))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyCheck(Component):
    """Sets the intent ``emergency`` by rule or by the classifier, and drops all entities then."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            # From this probability of an emergency a message that has no pieces is one.
            "threshold": 0.15,
            # The same for a piece of a longer one, for several together and for all of it: among the rest, a
            # piece may sound like the rambling of someone in need, whatever it says.
            "threshold_piece": 0.35,
            "threshold_together": 0.5,
            "threshold_whole": 0.6,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        self._alone, self._piece = config["threshold"], config["threshold_piece"]
        self._together, self._whole = config["threshold_together"], config["threshold_whole"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Override the intent of each message that is an emergency."""
        for message in messages:
            found = self._found(message)
            if found:
                decide(message, Reading(((EMERGENCY, 1.0), ("faq/safety", 0.0)), 1.0, sure=True))
                message.set("safety", found, add_to_output=True)
                message.set(ENTITIES, [], add_to_output=True)
        return messages

    def _found(self, message: Message) -> str | None:
        text = normal(message.get(TEXT) or "")
        rule = next(filter(None, map(rule_for, dict.fromkeys((text, spelling(message))))), None)
        if rule or is_joke(text):
            return rule
        clauses = message.get(CLAUSES) or []
        alarming = likely([message]) >= (self._whole if clauses else self._alone)
        if clauses:
            pieces = [part for part in clauses if len(set(part.get(SPAN))) == 1]
            alarming |= likely(pieces) >= self._piece or likely(clauses) >= self._together
        return "classifier" if alarming else None


def likely(parts: list[Message]) -> float:
    """Return the highest probability of an emergency that the classifier gives any of the parts."""
    readings = [part.get(READING) for part in parts]
    return max((dict(reading.ranking).get(EMERGENCY, 0.0) for reading in readings if reading), default=0.0)
