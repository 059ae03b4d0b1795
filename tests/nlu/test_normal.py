"""One spelling for all features: slang written out, nothing else changed."""

import pytest

from clinic.nlu.normal import normal, plain, slang


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hw mch is it", "how much is it"),
        ("dose it hurt", "does it hurt"),
        ("were r u", "where are you"),
        ("wen will i c results", "when will i see results"),
        ("u open 2day?", "you open today?"),
        ("vitamin c", "vitamin c"),
        ("what's the dose", "what's the dose"),
        ("can't", "can't"),
    ],
)
def test_slang_is_written_out(typed, meant):
    assert plain(typed) == meant


def test_no_slang_word_means_slang():
    """Written out twice is written out once."""
    for _, meanings in slang():
        assert [meaning for meaning in meanings.values() if plain(meaning) != meaning] == []


def test_slang_is_listed_in_normal_spelling():
    for _, meanings in slang():
        assert [word for word in meanings if normal(word) != word] == []
