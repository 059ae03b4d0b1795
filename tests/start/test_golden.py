from clinic.serving.measure import topics_of
from clinic.settings.environment import PROJECT
from clinic.start.golden import QUESTIONS, failed, questions

GOLDEN = list(questions(QUESTIONS))


def test_there_are_about_twenty_and_safety_comes_first():
    assert 18 <= len(GOLDEN) <= 30
    topics = [topic for topic, _ in GOLDEN]
    assert topics.count("emergency") >= 3
    assert {"faq/pregnancy", "faq/medication", "book", "cancel_booking", "human_handoff"} <= set(topics)


def test_none_of_them_is_learnt_or_measured_with():
    known = set()
    for path in [*(PROJECT / "data" / "nlu").rglob("*.yml"), *QUESTIONS.parent.glob("*.yml")]:
        if path != QUESTIONS:
            known |= {text.lower() for _, text in questions(path)}
    assert {text.lower() for _, text in GOLDEN} & known == set()


async def test_the_trained_model_passes_all_of_them(agent):
    assert await failed(agent, GOLDEN) == []


async def test_a_question_taken_for_something_else_is_named_with_both_topics(agent):
    (line,) = await failed(agent, [("emergency", "do the needles hurt?"), GOLDEN[0]])
    assert line == '  "do the needles hurt?" is about emergency, the model says faq/pain'


def test_every_answer_of_a_message_is_a_topic():
    chosen = {"response": {"intent_response_key": "faq/pain"}, "also": ["utter_faq/price"]}
    parsed = {"intent": {"name": "faq"}, "response_selector": {"faq": chosen}}
    assert topics_of(parsed) == ["faq/pain", "faq/price"]
    assert topics_of({"intent": {"name": "book"}, "response_selector": {}}) == ["book"]
    assert topics_of({"intent": {"name": None}}) == ["nlu_fallback"]
