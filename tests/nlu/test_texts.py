"""The small pure functions: services, clauses, spelling, follow-ups, order of answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.nlu.clauses import is_question, split
from clinic.nlu.context import leans_back
from clinic.nlu.normal import normal
from clinic.nlu.questions import in_order
from clinic.nlu.services import find_service
from clinic.settings import clinic


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("a consultation please", "Consultation"),
        ("CONSULTATION", "Consultation"),
        ("consult", "Consultation"),
        ("my first visit", "Consultation"),
        ("two consultations", "Consultation"),
        ("facial acupuncture", "Facial acupuncture"),
        ("facial  acupuncture", "Facial acupuncture"),
        ("a facial-acupuncture session", "Facial acupuncture"),
        ("a facial", "Facial acupuncture"),
        ("acupuncture on friday", "Facial acupuncture"),
        ("a facial, not a consultation", "Consultation"),  # the longest name wins
        ("massage", None),
        ("facialist", None),
        ("consulting", None),
        ("", None),
    ],
)
def test_a_service_is_found_by_any_of_its_names(text, service):
    found = find_service(text, clinic())
    assert (found[0] if found else None) == service


def test_a_service_with_signs_in_its_name_is_found():
    settings = clinic()
    odd = settings.services[0].copy(update={"name": "Peel (light) + glow", "also": []})
    found = find_service("i'd like peel (light) + glow", settings.copy(update={"services": [odd]}))
    assert found is not None
    assert found[0] == "Peel (light) + glow"


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("does it hurt", ["does it hurt"]),
        ("Does it hurt? How much is it?", ["Does it hurt?", "How much is it?"]),
        ("does it hurt and how much is it", ["does it hurt", "how much is it"]),
        ("does it hurt, how much is it", ["does it hurt", "how much is it"]),
        ("how much is it & where are you", ["how much is it", "where are you"]),
        ("I'd like to book. Does it hurt", ["I'd like to book.", "Does it hurt"]),
        ("hi does it hurt", ["does it hurt"]),
        ("lines and wrinkles", ["lines and wrinkles"]),
        ("tomorrow at 3.30", ["tomorrow at 3.30"]),
        ("price\nplace", ["price", "place"]),
        ("?!", ["?!"]),
        ("", [""]),
    ],
)
def test_a_message_is_split_where_a_new_question_begins(text, clauses):
    assert [clause.strip() for clause in split(text)] == clauses


@given(st.text(max_size=60))
def test_splitting_loses_no_letter_and_gives_at_least_one_clause(text):
    clauses = split(text)
    assert clauses
    letters = [c for c in text.lower() if c.isalnum()]
    kept = [c for c in " ".join(clauses).lower() if c.isalnum()]
    assert len(kept) <= len(letters)
    assert set(kept) <= set(letters)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("does it hurt", True),
        ("How much", True),
        ("the price?", True),
        ("also the price", True),
        ("tell me about the needles", True),
        ("i have dry skin", False),
        ("thanks", False),
        ("somewhat", False),
    ],
)
def test_a_question_is_known_by_its_form(text, asks):
    assert is_question(text) is asks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HELLO", "hello"),
        ("  two \t spaces\n", "two spaces"),
        ("heyyyyyy", "heyy"),
        ("why?????", "why??"),
        ("don’t", "don't"),
        ("“hi”", '"hi"'),
        ("ｆｕｌｌ", "full"),
        ("ﬁne", "fine"),
        ("bill 1000", "bill 1000"),
        ("", ""),
    ],
)
def test_a_text_has_one_spelling(text, expected):
    assert normal(text) == expected


@given(st.text())
def test_a_normal_text_is_already_normal(text):
    assert normal(normal(normal(text))) == normal(normal(text))


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("and after that?", True),
        ("what about men", True),
        ("why", True),
        ("does it last", True),
        ("how much does it all cost for a whole course of ten", False),
        ("opening hours", False),
        ("", False),
    ],
)
def test_a_short_message_that_points_back_leans_on_the_topic_before(text, leans):
    assert leans_back(text, 7) is leans


def test_safety_is_answered_first_then_wishes_then_health_then_the_rest_as_asked():
    asked = ["faq/price", "faq/pregnancy", "faq/pain", "book", "medical_advice"]
    assert in_order(asked) == ["medical_advice", "book", "faq/pregnancy", "faq/price", "faq/pain"]
