import pytest

from clinic.nlu.speller import Speller


@pytest.fixture(scope="module")
def speller():
    texts = ["does acupuncture help rosacea", "acupuncture for eczema", "the price", "does it hurt"]
    return Speller.learn(texts, {"hurl", "prime", "friend"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("does accupunture help", "does acupuncture help"),
        ("rosacae", "rosacea"),
        ("ezcema", "eczema"),
        ("my freind said", "my friend said"),  # only heard of
        ("hurtt?", "hurt?"),  # seen before heard of
        ("teh", "teh"),  # too short to tell
        ("zzzzzz", "zzzzzz"),  # near nothing
        ("o'neill", "o'neill"),
        ("x9876 07700900123", "x9876 07700900123"),
        ("", ""),
    ],
)
def test_a_misspelt_word_becomes_the_nearest_known_one(speller, typed, meant):
    assert speller.corrected(typed) == meant


def test_what_is_known_stays_as_it_is(speller):
    for word in speller.counts:
        assert speller.corrected(word) == word
