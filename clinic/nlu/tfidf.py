"""Tf-idf of words and of characters within words, as scikit-learn's TfidfVectorizer computes it.

Our own because the assistant's process would import scikit-learn for nothing else: 60 MB and
1.7 s of every start (tests/nlu/test_tfidf.py holds it to scikit-learn's figures).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain, count

import numpy as np
import scipy.sparse

WORD = re.compile(r"\w+")
REMEMBERED = 4096  # words whose terms' columns are kept


@dataclass(frozen=True)
class Terms:
    """A kind of terms.

    Attributes:
        units: Yields what a text falls into.
        of: Returns a unit's terms.

    """

    units: Callable[[str], Iterable[str]]
    of: Callable[[str], Iterable[str]]


def words(shortest: int, longest: int) -> Terms:
    """Return every run of ``shortest`` to ``longest`` words of a text."""

    def runs(text: str) -> Iterator[str]:
        found = WORD.findall(text)
        for size in range(shortest, longest + 1):
            for start in range(len(found) - size + 1):
                yield " ".join(found[start : start + size])

    return Terms(runs, lambda run: [run])


def characters(shortest: int, longest: int) -> Terms:
    """Return every run of characters of each word, spaces at its ends included."""

    def runs(word: str) -> list[str]:
        padded, found = f" {word} ", list[str]()
        for size in range(shortest, longest + 1):
            found.append(padded[:size])
            found += [padded[start : start + size] for start in range(1, len(padded) - size + 1)]
            if size >= len(padded):
                break
        return found

    return Terms(str.split, runs)


class Tfidf:
    """Vocabularies with weights, one for each kind of term; each kind's part of a row is of unit length.

    Attributes:
        vocabularies: Each kind's terms and their columns; the kinds' columns are side by side.
        idf: float32 [columns].

    """

    def __init__(self, kinds: Sequence[Terms], vocabularies: Sequence[list[str]], idf: np.ndarray) -> None:
        self._kinds = kinds
        columns = count()
        self.vocabularies = [dict(zip(terms, columns, strict=False)) for terms in vocabularies]
        self.idf = np.asarray(idf, np.float32)
        self._columns = [
            lru_cache(REMEMBERED)(partial(_known, terms.of, vocabulary))
            for terms, vocabulary in zip(kinds, self.vocabularies, strict=True)
        ]

    @classmethod
    def learn(cls, kinds: Sequence[Terms], texts: list[str], rare: int) -> Tfidf:
        """Learn the terms that at least ``rare`` texts have."""
        every = []
        for terms in kinds:
            of = lru_cache(REMEMBERED)(terms.of)
            every.append(
                Counter(
                    term for text in texts for term in set(chain.from_iterable(map(of, terms.units(text))))
                )
            )
        vocabularies = [sorted(term for term, n in counts.items() if n >= rare) for counts in every]
        known = zip(every, vocabularies, strict=True)
        frequencies = np.array([counts[term] for counts, vocabulary in known for term in vocabulary])
        return cls(kinds, vocabularies, np.log((1 + len(texts)) / (1 + frequencies)) + 1)

    def rows(self, texts: list[str]) -> scipy.sparse.csr_matrix:
        """Return float32 [texts, columns]."""
        columns: list[int] = []
        times: list[int] = []
        ends = [0]  # of each text's terms of each kind
        for text in texts:
            for terms, known in zip(self._kinds, self._columns, strict=True):
                counts = Counter(chain.from_iterable(map(known, terms.units(text))))
                columns.extend(counts)
                times.extend(counts.values())
                ends.append(len(columns))
        found = np.array(columns, np.int32)
        weights = (1 + np.log(np.array(times, np.float32))) * self.idf[found]
        parts = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        lengths = np.sqrt(np.bincount(parts, weights**2, len(ends) - 1)).astype(np.float32)
        rows = copy(_zeros(len(texts), len(self.idf)))
        rows.data, rows.indices = weights / lengths[parts], found
        rows.indptr = np.array(ends[:: len(self._kinds)], np.int32)
        return rows


def stacked(rows: Sequence[scipy.sparse.csr_matrix]) -> scipy.sparse.csr_matrix:
    """Return rows of one length below each other: scipy.sparse.vstack, in a third of the time."""
    found = copy(_zeros(len(rows), rows[0].shape[1]))
    found.data = np.concatenate([row.data for row in rows])
    found.indices = np.concatenate([row.indices for row in rows])
    found.indptr = np.cumsum([0, *(row.nnz for row in rows)], dtype=np.int32)
    return found


@lru_cache
def _zeros(rows: int, columns: int) -> scipy.sparse.csr_matrix:
    """Return what SciPy takes longer to make than the terms of a text take to be found."""
    return scipy.sparse.csr_matrix((rows, columns), dtype=np.float32)


def _known(of: Callable[[str], Iterable[str]], vocabulary: dict[str, int], unit: str) -> tuple[int, ...]:
    """Return the columns of a unit's terms."""
    return tuple(vocabulary[term] for term in of(unit) if term in vocabulary)
