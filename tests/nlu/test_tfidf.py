"""Our tf-idf, held to scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from clinic.nlu.tfidf import Tfidf, characters, stacked, words

TEXTS = [
    "does it hurt",
    "does it hurt a lot, and does it bleed",
    "how much does it cost",
    "cost",
    "what's the price of a first visit",
    "my first visit and my second",
    "",
]
UNSEEN = [*TEXTS, "zzz qqq", "does the visit hurt hurt hurt"]
KINDS = {
    "words": (words(1, 2), {"analyzer": "word", "token_pattern": r"\w+", "ngram_range": (1, 2)}),
    "characters": (characters(2, 5), {"analyzer": "char_wb", "ngram_range": (2, 5)}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_figures_are_those_of_scikit_learn(kind):
    terms, options = KINDS[kind]
    theirs = TfidfVectorizer(sublinear_tf=True, min_df=2, lowercase=False, **options).fit(TEXTS)
    ours = Tfidf.learn([terms], TEXTS, rare=2)
    assert list(ours.vocabularies[0]) == list(theirs.get_feature_names_out())
    assert np.allclose(ours.rows(UNSEEN).toarray(), theirs.transform(UNSEEN).toarray(), atol=1e-6)


def test_kinds_stand_side_by_side():
    kinds = [terms for terms, _ in KINDS.values()]
    apart = [Tfidf.learn([terms], TEXTS, rare=2).rows(UNSEEN).toarray() for terms in kinds]
    assert np.array_equal(Tfidf.learn(kinds, TEXTS, rare=2).rows(UNSEEN).toarray(), np.hstack(apart))


def test_a_text_has_the_same_numbers_whatever_is_beside_it():
    known = Tfidf.learn([terms for terms, _ in KINDS.values()], TEXTS, rare=2)
    together = known.rows(UNSEEN)
    for number, text in enumerate(UNSEEN):
        assert (known.rows([text]) != together[number]).nnz == 0


def test_no_texts_have_no_rows():
    assert Tfidf.learn([words(1, 1)], TEXTS, rare=2).rows([]).shape[0] == 0


def test_rows_are_stacked_as_scipy_stacks_them():
    known = Tfidf.learn([terms for terms, _ in KINDS.values()], TEXTS, rare=2)
    together = known.rows(UNSEEN)
    assert (stacked([known.rows([text]) for text in UNSEEN]) != together).nnz == 0
    assert (stacked([known.rows(UNSEEN[:1])]) != together[:1]).nnz == 0
