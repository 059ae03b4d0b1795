from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from clinic.learning.guard import promises
from clinic.nlu.normal import normal
from clinic.settings.clinic_file import CLINIC_TOPICS
from tests.data import examples, facts, responses, variations
from tests.make_page_fingerprints import FINGERPRINTS, RUN, fingerprints

FAQ = """what_it_is needles how_it_works microtrauma circulation collagen stress_and_nerves other_complaints
benefits wrinkles frown_lines eye_bags sagging dark_circles dull_skin neck_and_shoulders pores puffiness acne
scars skin_conditions eczema psoriasis dermatitis rosacea causes_of_skin_problems elasticity pain relaxing
safety alternatives tailored_treatment sleep_and_mood evidence video""".split()
CLINIC = """price payment opening_hours location contact sessions_needed session_length results first_visit
aftercare suitability contraindications pregnancy medication combining_treatments practitioner hygiene
pigmentation acupuncture_general other_services cancellation_policy privacy""".split()
TALK = """greet goodbye thanks affirm deny bot_challenge capabilities human_handoff repeat stop complaint
out_of_scope""".split()
SAFETY = ["emergency", "medical_advice"]
BOOKING = ["book", "reschedule", "cancel_booking", "booking_status"]
TOPICS = [f"faq/{topic}" for topic in FAQ + CLINIC] + TALK + SAFETY + BOOKING
ANSWERS = [(name, variation) for name, variation in variations() if name.startswith("utter_faq/")]
NAMES = [f"{name}-{number}" for number, (name, _) in enumerate(ANSWERS)]


def least(topic):
    return {"out_of_scope": 250}.get(topic, 60 if topic in SAFETY else 25)


def test_the_topics_are_those_of_the_list_and_no_others():
    assert len(TOPICS) == 75
    assert set(examples()) == set(TOPICS)
    assert set(CLINIC) == CLINIC_TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_enough_examples(topic):
    assert len(examples()[topic]) >= least(topic)


def test_no_example_is_written_twice():
    written = Counter(normal(text) for texts in examples().values() for text in texts)
    assert [text for text, count in written.items() if count > 1] == []


def test_examples_are_messages_that_can_be_sent():
    for texts in examples().values():
        assert all(text == text.strip() and 0 < len(text) <= 1000 for text in texts)


@pytest.mark.parametrize("topic", [f"faq/{topic}" for topic in FAQ + CLINIC])
def test_every_faq_topic_has_an_answer(topic):
    assert responses()[f"utter_{topic}"]


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=NAMES)
def test_an_answer_is_at_most_60_words_with_two_or_three_buttons(name, answer):
    assert len(answer["text"].split()) <= 60
    assert 2 <= len(answer["buttons"]) <= 3
    assert len({button["payload"] for button in answer["buttons"]}) == len(answer["buttons"])


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=NAMES)
def test_an_answer_names_the_facts_it_rests_on(name, answer):
    named = answer["metadata"]["facts"]
    assert set(named) <= set(facts())
    assert len(set(named)) == len(named)
    assert bool(named) == (name.removeprefix("utter_faq/") in FAQ)


def test_together_the_answers_rest_on_all_45_facts():
    assert list(facts()) == [f"F{number:02}" for number in range(1, 46)]
    named = {fact for _, answer in ANSWERS for fact in answer["metadata"]["facts"]}
    assert set(facts()) - named == set()


@pytest.mark.parametrize("topic", CLINIC)
def test_the_clinics_topics_can_be_answered_with_nothing_told(topic):
    last = responses()[f"utter_faq/{topic}"][-1]
    assert "settings" not in last["metadata"]
    assert not re.search(r"[{}]", last["text"])


@pytest.mark.parametrize(
    ("name", "answer"), variations(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_answer_uses_the_settings_it_asks_for(name, answer):
    asked = set((answer.get("metadata") or {}).get("settings", []))
    assert asked <= set(re.findall(r"{(\w+)}", answer["text"]))


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=NAMES)
def test_no_answer_guarantees_anything(name, answer):
    assert promises(answer["text"]) == []


@pytest.mark.parametrize("topic", ["pregnancy", "medication", "contraindications"])
def test_what_the_practitioner_decides_gets_no_yes(topic):
    for answer in responses()[f"utter_faq/{topic}"]:
        text = answer["text"].lower()
        assert "practitioner" in text
        refused = re.sub(r"\b(?:can't|cannot|don't|won't|not)\b(?: \w+){0,2} (?:a )?yes\b", " ", text)
        assert not re.search(r"\b(?:yes|safe|fine|of course|you can have)\b", refused)


def test_nothing_is_copied_from_the_clinics_page():
    """No answer, button, title or example shares a run of eight words with the page."""
    page = set(json.loads(FINGERPRINTS.read_text(encoding="ascii")))
    assert len(page) > 500
    texts = [text for several in examples().values() for text in several]
    for _, answer in variations():
        texts += [answer["text"], str((answer.get("metadata") or {}).get("title", ""))]
        texts += [button["title"] for button in answer.get("buttons") or []]
    assert [text for text in texts if fingerprints(text) & page] == []


def test_a_copied_sentence_would_be_noticed():
    words = [f"word{number}" for number in range(20)]
    copied = ", ".join(words[5 : 5 + RUN]).upper()
    assert fingerprints(f"He said: {copied}!") & fingerprints(" ".join(words))
    assert not fingerprints(" ".join(words[: RUN - 1]))


def test_no_answer_claims_to_be_a_person_or_signs_with_a_name():
    for _, answer in variations():
        assert not re.search(
            r"\b(?:i am|i'm) (?:a )?(?:human|real person|person|practitioner|doctor)\b",
            answer["text"].lower(),
        )
