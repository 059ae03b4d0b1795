"""The small pure functions: services, clauses, spelling, follow-ups, order of answers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.nlu.clauses import joined, split
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
    ("text", "pieces"),
    [
        ("does it hurt", ["does it hurt"]),
        ("does it hurt? how much is it", ["does it hurt?", "how much is it"]),
        ("does it hurt and how much is it", ["does it hurt", "how much is it"]),
        ("does it hurt how much is it", ["does it hurt", "how much is it"]),
        ("is it safe, also price", ["is it safe", "price"]),
        ("pain & price", ["pain", "price"]),
        ("hi! is it safe", ["is it safe"]),
        ("", [""]),
    ],
)
def test_a_message_falls_into_the_pieces_that_may_be_questions(text, pieces):
    assert [text[piece.start : piece.end].strip(" ,") for piece in split(text)] == pieces


@given(st.text(max_size=60))
def test_pieces_lie_one_behind_the_other_and_lose_no_word(text):
    pieces = split(text)
    assert pieces
    assert all(one.end <= other.start for one, other in pairwise(pieces))
    assert all(0 <= piece.start <= piece.end <= len(text) for piece in pieces)


@given(st.text("a,.? &", max_size=60), st.integers(1, 5))
def test_too_many_pieces_are_joined(text, most):
    pieces = split(text)
    fewer = joined(pieces, most)
    assert len(fewer) == min(len(pieces), most)
    assert (fewer[0].start, fewer[-1].end) == (pieces[0].start, pieces[-1].end)


def test_a_question_mark_ends_a_question_however_short():
    for text in ("price? how many sessions? painful?", "price? and how many sessions? also painful?"):
        asked = [text[piece.start : piece.end] for piece in split(text)]
        assert asked == ["price?", "how many sessions?", "painful?"]


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


def test_safety_is_answered_first_then_complaints_then_health_then_the_rest_as_asked():
    asked = ["capabilities", "faq/price", "faq/pregnancy", "faq/pain", "complaint", "greet", "medical_advice"]
    health, rest = ["medical_advice", "complaint", "faq/pregnancy"], ["faq/price", "faq/pain", "capabilities"]
    assert in_order(asked) == [*health, *rest]


def test_a_wish_leads_and_another_comes_after_it():
    asked = ["faq/price", "book", "medical_advice", "human_handoff"]
    assert in_order(asked) == ["book", "medical_advice", "faq/price", "human_handoff"]
