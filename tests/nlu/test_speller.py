import pytest

from clinic.nlu.speller import OFTEN, Speller


@pytest.fixture(scope="module")
def speller():
    texts = ["does acupuncture help rosacea", "acupuncture for eczema", "the price", "does it hurt"]
    often = ["will i bruise", "is it safe", "a stiff neck"] * OFTEN
    return Speller.learn([*texts, *texts, *often], {"hurl", "prime", "friend", "bronze"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("does accupunture help", "does acupuncture help"),
        ("rosacae", "rosacea"),
        ("ezcema", "eczema"),
        ("my freind said", "my friend said"),  # only heard of
        ("hurtt?", "hurt?"),  # seen before heard of
        ("teh", "teh"),  # too short to tell
        ("nek", "neck"),  # short, but said often
        ("will i brooze", "will i bruise"),  # sounds the same, though bronze has fewer errors
        ("saif", "safe"),
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


def test_a_misspelling_among_the_examples_is_put_right_too():
    texts = [*["does acupuncture hurt"] * OFTEN, "accupuncture", "a rare word"]
    speller = Speller.learn(texts, set())
    assert speller.corrected("accupuncture") == "acupuncture"
    assert speller.corrected("a rare word") == "a rare word"


def test_what_one_example_has_is_known_and_nothing_else_is_taken_for_it():
    speller = Speller.learn(["are there vouchers", "does it hurt", "does it hurt"], set())
    assert speller.corrected("vouchers") == "vouchers"
    assert speller.corrected("voucherz") == "voucherz"
