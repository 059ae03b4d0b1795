from __future__ import annotations

import re

import pytest

from clinic.nlu.names import INTRODUCING
from clinic.nlu.said_names import WORD, given_name, said_name
from tests.data import examples

# What the component learns in training: words that people write without introducing themselves.
KNOWN = frozenset(
    word
    for topic, texts in examples().items()
    if topic not in INTRODUCING
    for text in texts
    for word in re.findall(WORD, text.lower())
)

SAID = [
    ("my name is Jane Doe", "Jane Doe"),
    ("My name's Jane", "Jane"),
    ("name: Jane Doe", "Jane Doe"),
    ("I'm Jane", "Jane"),
    ("I am Jane O'Neil", "Jane O'Neil"),
    ("i’m Zoë", "Zoë"),
    ("This is Jean-Luc Picard", "Jean-Luc Picard"),
    ("call me Bob", "Bob"),
    ("my name is jane doe", "Jane Doe"),
    ("hi, my name is Jane and I want to book", "Jane"),
    ("book for friday, I'm Sarah", "Sarah"),
    ("my name is José Álvarez", "José Álvarez"),
    ("my name is Ngũgĩ", "Ngũgĩ"),
    ("under the name of Smith", "Smith"),
]
NOT_SAID = [
    "I'm pregnant",
    "I'm scared of needles",
    "I am not sure",
    "im interested in a facial",
    "this is great",
    "it's for my wrinkles",
    "for tomorrow",
    "i'm allergic to nickel",
    "I'm 45",
    "what is your name",
    "",
]
GIVEN = [
    ("Jane", "Jane"),
    ("jane doe", "Jane Doe"),
    ("Jane Mary Doe", "Jane Mary Doe"),
    ("O'Brien", "O'Brien"),
    ("de la Cruz", "de la Cruz"),
    ("Jean-Luc", "Jean-Luc"),
    ("李小龙", "李小龙"),
    ("Jane Doe please", "Jane Doe"),
    ("Jane, please", "Jane"),
    ("  jane  ", "Jane"),
    ("J. Doe", "J. Doe"),
    ("McDonald", "McDonald"),
]
NOT_GIVEN = ["yes", "no", "12345", "", "why do you need it", "a@b.com", "I would like to think about it"]


@pytest.mark.parametrize(("text", "name"), SAID)
def test_a_name_is_found_where_somebody_introduces_themselves(text, name):
    found = said_name(text.replace("’", "'"), KNOWN)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("text", NOT_SAID)
def test_no_name_is_found_where_nobody_introduces_themselves(text):
    assert said_name(text, KNOWN) is None


@pytest.mark.parametrize(("text", "name"), GIVEN)
def test_a_whole_text_can_be_a_name(text, name):
    found = given_name(text)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("text", NOT_GIVEN)
def test_not_every_answer_is_a_name(text):
    assert given_name(text) is None


@pytest.mark.parametrize("text", ["my name is Jane Doe", "hello, I'm Jane", "name: jane"])
def test_positions_lie_around_the_name(text):
    name, start, end = said_name(text, KNOWN)
    assert text[start:end].lower() == name.lower()
