"""What a message is about, in Rasa's terms.

A topic is an intent's full name: ``faq/pain``, ``book``, ``emergency``. Topics of the retrieval
intent faq become a response selection, so that one rule answers them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

import clinic.rasa_patches  # noqa: F401 (every Rasa command that trains or loads a model passes here)
from clinic.nlu.normal import normal

FAQ = "faq"
OUT_OF_SCOPE = "out_of_scope"
EMERGENCY = "emergency"
# Answered before others when a message has several questions: health comes first.
HEALTH_FIRST = ("medical_advice", "faq/pregnancy", "faq/medication", "faq/contraindications")
# What begins a conversation of its own. One message begins one; of another it is said that it comes next.
WISHES = ("book", "reschedule", "cancel_booking", "booking_status", "human_handoff")
# Talk that is answered beside a question or a wish: "is this a bot? and are you open on Sundays?"
BESIDE = ("complaint", "bot_challenge", "capabilities")
# Talk that asks nothing beside a question.
COURTESY = frozenset({"greet", "goodbye", "thanks", "affirm", "deny", "repeat"})
# What visitors want changed. "Can you help with that?" behind one asks nothing more than whether it helps.
CONCERNS = frozenset(
    f"{FAQ}/{name}"
    for name in (
        "acne circulation collagen dark_circles dermatitis dull_skin eczema elasticity eye_bags frown_lines "
        "neck_and_shoulders other_complaints pigmentation pores psoriasis puffiness rosacea sagging scars "
        "skin_conditions sleep_and_mood stress_and_nerves wrinkles"
    ).split()
)
WHETHER_IT_HELPS = frozenset({f"{FAQ}/benefits", "capabilities"})

SPELT = "spelt"  # Message key: the text as the classifier reads it
AROUND = "around"  # Message key of a part of a message: the message as the classifier reads it
DIVIDED = "divided"  # Message key of those: how likely a question begins there (clauses.KINDS)
READING = "reading"  # Message key: the classifier's Reading
CLAUSES = "clauses"  # Message key: a Message for each run of pieces that may be a clause
SPAN = "span"  # Message key of those: the numbers of the first and the last piece
IN_CONTEXT = "in_context"  # Message key: a Message that repeats the topic before
IN_PLACE = "in_place"  # Message key: a Message of the same text, read where it stands behind the topic before
TOPIC_BEFORE = "topic_before"  # Message key: that topic


@dataclass(frozen=True)
class Reading:
    """What the classifier made of one text.

    Attributes:
        ranking: Topics with their probabilities, likeliest first.
        confidence: Calibrated probability that the first topic is right.
        sure: Whether that is enough to answer.

    """

    ranking: tuple[tuple[str, float], ...]
    confidence: float
    sure: bool

    @property
    def topic(self) -> str:
        return self.ranking[0][0]

    @property
    def is_known(self) -> bool:
        """Whether this is a topic that can be answered, said clearly enough."""
        return self.sure and self.topic != OUT_OF_SCOPE


def with_parts(messages: list[Message]) -> list[Message]:
    """Return the messages and, behind each, its clauses and itself in context."""
    parts: list[Message] = []
    for message in messages:
        parts.append(message)
        parts.extend(message.get(CLAUSES) or ())
        if message.get(IN_CONTEXT):
            parts += (message.get(IN_CONTEXT), message.get(IN_PLACE))
    return parts


def spelling(message: Message) -> str:
    """Return a message's or an example's text as the classifier reads it."""
    return message.get(SPELT) or normal(message.get(TEXT) or "")


def heard(part: Message) -> str:
    """Return what a part's reading depends on: how it is spelt, and the message around it."""
    return f"{spelling(part)}\n{part.get(AROUND) or ''}"


def decide(message: Message, reading: Reading, topics: list[str] | None = None) -> None:
    """Set intent, ranking and response selection as Rasa's own classifiers do.

    Args:
        message: The message to annotate.
        reading: Its reading; ``nlu_fallback`` is the intent when that is not sure.
        topics: What to answer, in order, when the message has several questions.

    """
    topics = topics or [reading.topic if reading.sure else DEFAULT_NLU_FALLBACK_INTENT_NAME]
    intent = {"name": topics[0].partition("/")[0], "confidence": reading.confidence}
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, _intent_ranking(reading), add_to_output=True)
    message.set("response_selector", _selection(reading, topics), add_to_output=True)


def _intent_ranking(reading: Reading) -> list[dict[str, Any]]:
    by_intent: dict[str, float] = {}
    for topic, probability in reading.ranking:
        intent = topic.partition("/")[0]
        by_intent[intent] = by_intent.get(intent, 0.0) + probability
    ranked = sorted(by_intent.items(), key=lambda item: -item[1])[:10]
    return [{"name": name, "confidence": probability} for name, probability in ranked]


def _selection(reading: Reading, topics: list[str]) -> dict[str, Any]:
    """Return a response selection as ResponseSelector makes it; ``also`` is what is said beside it.

    Of a wish the ``also`` is said first, of anything else afterwards (clinic.conversation.turn).
    """
    questions = [topic for topic in topics if topic.startswith(f"{FAQ}/")]
    candidates = [(t, p) for t, p in reading.ranking if t.startswith(f"{FAQ}/")][:10]
    chosen = questions[0] if questions else candidates[0][0]
    return {
        "all_retrieval_intents": [FAQ],
        FAQ: {
            "response": {
                "intent_response_key": chosen,
                "utter_action": f"utter_{chosen}",
                "confidence": reading.confidence,
                "responses": [],
            },
            "also": [f"utter_then_{topic}" if topic in WISHES else f"utter_{topic}" for topic in topics[1:]],
            "ranking": [{"intent_response_key": t, "confidence": p} for t, p in candidates],
        },
    }
