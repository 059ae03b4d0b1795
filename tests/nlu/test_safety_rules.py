from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from clinic.nlu.safety_check import RULES, is_joke, rule_for

CONTENT = YAML(typ="safe").load(RULES.read_text(encoding="utf-8"))
JOKES, NAMED = CONTENT["jokes"], CONTENT["rules"]
YES = [(name, text) for name, rule in NAMED.items() for text in rule["yes"]]
NO = [(name, text) for name, rule in NAMED.items() for text in rule["no"]]
HARMLESS = [
    "does it hurt",
    "i have a heart shaped face",
    "can it help with tight jaw muscles",
    "is bleeding normal",
    "will it stop my headaches",
    "how do i end my subscription",
    "i'm dying for a facial",
    "i could not stop smiling",
    "stroke of luck that i found you",
    "are the needles sterile",
    "i lost weight suddenly and my face sags",
    "",
]
SERIOUS = [
    "I CAN'T BREATHE",
    "i can’t breathe",
    "ｉ ｃａｎ'ｔ ｂｒｅａｔｈｅ",
    "i  cant   breathe",
    "im dying to know the price but i cant breathe right now",
    "how much is it? also my chest hurts and i feel faint",
    "i want to die",
]


@pytest.mark.parametrize(("name", "text"), YES)
def test_a_rule_catches_what_it_must(name, text):
    assert rule_for(text) is not None


@pytest.mark.parametrize(("name", "text"), NO)
def test_a_rule_leaves_alone_what_it_must_not_catch(name, text):
    assert rule_for(text) is None


@pytest.mark.parametrize("name", NAMED)
def test_every_rule_catches_one_of_its_own_examples_itself(name):
    assert name in {rule_for(text) for text in NAMED[name]["yes"]}


@pytest.mark.parametrize("text", JOKES["yes"])
def test_a_figure_of_speech_is_a_joke_and_no_emergency(text):
    assert is_joke(text)
    assert rule_for(text) is None


@pytest.mark.parametrize("text", JOKES["no"])
def test_an_emergency_is_no_joke(text):
    assert not is_joke(text)
    assert rule_for(text) is not None


@pytest.mark.parametrize("text", HARMLESS)
def test_everyday_questions_are_no_emergency(text):
    assert rule_for(text) is None


@pytest.mark.parametrize("text", SERIOUS)
def test_an_emergency_is_found_however_it_is_written_and_wherever_it_stands(text):
    assert rule_for(text) is not None


@pytest.mark.parametrize("name", ["self_harm", "breathing", "allergy", "bleeding", "unconscious", "overdose"])
def test_curly_and_plain_apostrophes_are_one(name):
    for text in NAMED[name]["yes"]:
        assert rule_for(text.replace("'", "’")) == rule_for(text)
