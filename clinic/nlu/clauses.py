"""Splits a message into its clauses, so that two questions can get two answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from clinic.nlu.component import Component
from clinic.nlu.topics import CLAUSES, DIVIDED, SPAN

# Said at the beginning of a question, so that it may follow another without a word or mark between.
OPENING = (
    r"(?:how (?:much|many|long|often|soon|do|does)|what(?:'?s| is| are| do| does| about)|whats|where(?:'?s| is| are| do)|when (?:is|do|are|can|will)"
    r"|why (?:is|do|does)|who (?:is|does|will)|which|is (?:it|there|this|that)|are (?:you|u|there|they)|do (?:you|u|i|they)|does (?:it|this|that)|did (?:it|you)"
    r"|can (?:i|you|u|it|we)|could (?:i|you|u|it)|will (?:it|i|you)|would (?:it|i|you)|should i|any|am i|have you|just (?:asking|wondering|want))"
)
# The same behind a word or mark, where less is needed: "and are the needles clean".
ASKING = (
    r"(?:how|what'?s?|where'?s?|when'?s?|why'?s?|who'?s?|whose|which"
    r"|(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)(?:n'?t)?|am|may|any|just (?:asking|wondering|want)|tell me)"
)
OPENERS = r"(?:hi|hiya|hey|hello|heya|good (?:morning|afternoon|evening)|thanks|thank you|cheers|ok|okay)"
AND = r"(?:and|n|but|then)"
# Where one question may end and another begin, by how likely it is there. Which of these places count
# is decided by what the pieces mean (clinic/nlu/questions.py): there may be too many, but not too few.
BREAK = re.compile(
    rf"(?P<likely>(?<=[?!;\n])\s*(?:(?:and|but|also|plus|then|or)\b[\s,]*)?|(?<=\w)[.…]+\s+|\s*,?\s*(?:&|\+)\s*|[\s,]+(?:also|plus)\s+|[\s,]+and\s+also\s+"
    rf"|[\s,]+{AND}\s+(?={ASKING}\b)|^(?:{OPENERS})\b[\s,!.]*|\b\d[.)]\s+)"
    rf"|(?P<possible>[\s,]+(?:and|n|but|then|or)\s+|\s*,\s*(?={ASKING}\b)|\s+[-–—]+\s+|\s*[()]\s*|:\s+)"
    rf"|(?P<unlikely>\s*,\s*|\s+(?={OPENING}\b))",
    re.IGNORECASE,
)
# What says nothing of its own: "what is it" asks about what was said before, "can you help" too.
LEANING = re.compile(
    r"(?:\W*\b(?:and|but|so|or|what|whats|is|are|was|it|its|this|that|they|them|these|those|can|could|would|will|do|does"
    r"|you|u|we|i|me|my|help|treat|fix|sort|try|have|get|done|any|anything|something|both|please|pls|with|for|about|too"
    r"|there|hope|chance|all|of|either|lot|cover|ease|improve|manage|shift|at|two|out"
    r"|ok|okay|alright|possible|right|know|tell|think|good|s)\b)+\W*",
    re.IGNORECASE,
)
ENOUGH_WORDS = 3  # before a question that begins without a word or mark between
KINDS = ("likely", "possible", "unlikely")


@dataclass(frozen=True)
class Piece:
    """A stretch of a text, and the kind of the place before it (one of KINDS)."""

    start: int
    end: int
    kind: str


def split(text: str) -> list[Piece]:
    """Return the smallest pieces of a text that may be questions of their own, in order."""
    found = list[Piece]()
    start, kind = 0, KINDS[0]
    for place in [*BREAK.finditer(text), None]:
        end = place.start() if place else len(text)
        if (
            place
            and place.lastgroup == KINDS[-1]
            and place.group().isspace()
            and len(text[start:end].split()) < ENOUGH_WORDS
        ):
            continue  # "how much is it" is one question
        words = text[start:end]
        if found and LEANING.fullmatch(words):
            found[-1] = replace(found[-1], end=end)
            kind = KINDS[-1]
        elif re.search(r"\w", words):
            found.append(Piece(start, end, kind))
            kind = KINDS[-1]
        if place:
            start, kind = place.end(), min(kind, str(place.lastgroup), key=KINDS.index)
    return found or [Piece(0, len(text), KINDS[0])]


def joined(pieces: list[Piece], most: int) -> list[Piece]:
    """Return at most so many pieces: of too many, those that are divided least likely are joined."""
    pieces = list(pieces)
    while len(pieces) > most:
        at = max(range(1, len(pieces)), key=lambda i: (KINDS.index(pieces[i].kind), -pieces[i].end))
        pieces[at - 1 : at + 1] = [Piece(pieces[at - 1].start, pieces[at].end, pieces[at - 1].kind)]
    return pieces


def runs(text: str, pieces: list[Piece]) -> Iterator[Message]:
    """Yield a Message for each run of neighbouring pieces but that of all."""
    for first in range(len(pieces)):
        for last in range(first, len(pieces)):
            if last - first + 1 < len(pieces):
                words = text[pieces[first].start : pieces[last].end].strip(" ,;&+-")
                yield Message({TEXT: words, SPAN: (first, last), DIVIDED: pieces[first].kind})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Clauses(Component):
    """Adds a Message for each run of pieces; the components behind it treat them like messages."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            # Pieces that are told apart; each run of neighbours among them is read.
            "most": 4,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        self._most = config["most"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Set ``clauses`` on every message that may have more than one."""
        for message in messages:
            text = message.get(TEXT) or ""
            pieces = joined(split(text), self._most)
            if len(pieces) > 1:
                message.set(CLAUSES, list(runs(text, pieces)))
        return messages
