from __future__ import annotations

import pytest

from clinic.nlu.remembered import Remembered


class Asked:
    """Measures texts and keeps which it was asked to measure."""

    def __init__(self, most: int) -> None:
        self.remembered: Remembered[int] = Remembered(most)
        self.asked: list[str] = []

    def lengths(self, *texts: str) -> list[int]:
        def measure(which: list[int]) -> list[int]:
            self.asked += [texts[i] for i in which]
            return [len(texts[i]) for i in which]

        return self.remembered.each(list(texts), measure)


def test_something_is_made_of_a_text_once():
    asked = Asked(10)
    assert asked.lengths("hello", "does it hurt", "hello") == [5, 12, 5]
    assert asked.lengths("does it hurt", "thanks") == [12, 6]
    assert sorted(asked.asked) == ["does it hurt", "hello", "thanks"]


def test_what_was_said_longest_ago_is_forgotten():
    asked = Asked(2)
    for texts in (["a", "bb"], ["a"], ["ccc"]):
        asked.lengths(*texts)
    asked.asked.clear()
    assert asked.lengths("a", "bb", "ccc") == [1, 2, 3]
    assert asked.asked == ["bb"]


@pytest.mark.parametrize("most", [0, 1])
def test_more_texts_at_once_than_are_remembered_are_all_read(most):
    assert Asked(most).lengths("a", "bb", "ccc") == [1, 2, 3]


def test_no_words_are_kept():
    asked = Asked(10)
    asked.lengths("my rash itches", "\ud800")
    assert "rash" not in repr(asked.remembered.__dict__)


def test_no_texts_ask_for_nothing():
    asked = Asked(10)
    assert asked.lengths() == []
    assert not asked.asked
