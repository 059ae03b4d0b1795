"""Puts a misspelt word right when exactly one sort of word can have been meant.

Known are the words of the training examples and those that the sentence embedding knows whole; any
other is taken for the nearest of them, where one is near. Names and numbers pass through here only on
their way to the classifier: what a visitor typed stays what they typed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
SHORTEST = 5  # letters; a shorter word, or somebody's name, may be too many others
LONG = 8  # letters from which two errors are put right
CANDIDATES = 20
REMEMBERED = 4096  # words


class Speller:
    """Knows how often each word was seen; 0 for words that were only heard of.

    Attributes:
        counts: Occurrences by word.

    """

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        self._words = [word for word in counts if len(word) >= SHORTEST - 1]
        self._known = lru_cache(REMEMBERED)(self._nearest)

    @classmethod
    def learn(cls, texts: Iterable[str], heard_of: Iterable[str]) -> Speller:
        """Learn from training texts in ``normal``'s spelling and from a list of words."""
        counts = Counter(word for text in texts for word in WORD.findall(text))
        return cls(dict.fromkeys(sorted(heard_of), 0) | dict(sorted(counts.items())))

    def corrected(self, text: str) -> str:
        """Return a text of ``normal``'s spelling with its misspelt words put right."""
        return WORD.sub(lambda match: self._right(match.group()), text)

    def _right(self, word: str) -> str:
        if len(word) < SHORTEST or word in self.counts or "'" in word:
            return word
        return self._known(word)

    def _nearest(self, word: str) -> str:
        errors = 2 if len(word) >= LONG else 1
        near = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=errors, limit=CANDIDATES)
        best = min(near, key=lambda found: (found[1], -self.counts[found[0]]), default=(word,))
        return str(best[0])
