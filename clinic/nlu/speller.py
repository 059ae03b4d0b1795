"""Puts a misspelt word right when exactly one sort of word can have been meant.

Known are the words that training examples have often and those that the sentence embedding knows whole;
any other is taken for the nearest of them, where one is near in letters or in sound. Names and numbers
pass through here only on their way to the classifier: what a visitor typed stays what they typed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
SHORTEST = 5  # letters; a shorter word may be too many others
SHORT = 3  # letters from which a word is taken for one that is often used here
OFTEN = 8  # examples that make a word one of those
RARER = 7  # times; an example's word that is so much rarer than one that it resembles is that one, misspelt
LONG = 8  # letters from which two errors are put right
CANDIDATES = 20
REMEMBERED = 4096  # words
SAME_SOUND, ONLY_HEARD_OF = (
    -1.5,
    1.0,
)  # errors more or less for a word that sounds the same, or is unused here
ALIKE = (("ph", "f"), ("ck", "k"), ("qu", "k"), ("x", "ks"), ("c(?=[eiy])", "s"), ("c", "k"), ("z", "s"))


class Speller:
    """Knows how often each word was seen; 0 for words that were only heard of.

    Attributes:
        counts: Occurrences by word; what occurs once is known, but nothing else is taken for it.

    """

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        self._words = [word for word, n in counts.items() if len(word) >= SHORTEST - 1 and n != 1]
        self._often = [word for word, count in counts.items() if count >= OFTEN and len(word) >= SHORT]
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in self._often:
            self._by_sound[sound(word)].append(word)
        self._nearest = lru_cache(REMEMBERED)(self._found)

    @classmethod
    def learn(cls, texts: Iterable[str], heard_of: Iterable[str]) -> Speller:
        """Learn from texts in ``plain`` spelling, some of them misspelt, and from a list of words."""
        counts = Counter(word for text in texts for word in WORD.findall(text))
        heard = dict.fromkeys(sorted(heard_of), 0)
        every = cls(heard | dict(sorted(counts.items())))
        return cls(
            {word: n for word, n in every.counts.items() if word in heard or not every.misspells(word)}
        )

    def misspells(self, word: str) -> bool:
        """Say whether an example's word sounds like a much more frequent one, or is a slip of the keys."""
        enough = max(OFTEN, RARER * self.counts[word])
        errors = 2 if len(word) >= LONG else 1
        alike = process.extract(
            word, self._by_sound.get(sound(word), []), scorer=OSA.distance, score_cutoff=errors
        )
        slips = []
        if self.counts[word] <= 2 and len(word) > SHORTEST:
            slips = process.extract(word, self._often, scorer=OSA.distance, score_cutoff=1)
        return any(
            found != word and found[0] == word[0] and self.counts[found] >= enough
            for found, _, _ in alike + slips
        )

    def corrected(self, text: str) -> str:
        """Return a text of ``plain`` spelling with its misspelt words put right."""
        return WORD.sub(lambda match: self._right(match.group()), text)

    def _right(self, word: str) -> str:
        if len(word) < SHORT or word in self.counts or "'" in word:
            return word
        return self._nearest(word)

    def _found(self, word: str) -> str:
        errors = 2 if len(word) >= LONG else 1
        words = self._words if len(word) >= SHORTEST else [w for w in self._often if w[0] == word[0]]
        near = process.extract(word, words, scorer=OSA.distance, score_cutoff=errors, limit=CANDIDATES)
        alike = self._by_sound.get(sound(word), [])
        near += process.extract(word, alike, scorer=OSA.distance, score_cutoff=errors + 2, limit=CANDIDATES)
        best = min(near, key=lambda found: (self._cost(word, found), found[0]), default=(word,))
        return str(best[0])

    def _cost(self, word: str, found: tuple[str, float, int]) -> tuple[float, int]:
        """Return how unlikely it is that a word was meant."""
        meant, errors, _ = found
        same, unused = sound(word) == sound(meant), self.counts[meant] == 0
        return errors + SAME_SOUND * same + ONLY_HEARD_OF * unused, -self.counts[meant]


def sound(word: str) -> str:
    """Return the consonants of a word as they are spoken, so that "brooze" is "bruise"."""
    for letters, spoken in ALIKE:
        word = re.sub(letters, spoken, word)
    return word[:1] + re.sub(r"(.)\1+", r"\1", re.sub("[aeiouy]", "", word[1:]))
