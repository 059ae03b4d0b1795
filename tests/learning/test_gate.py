"""A new model goes live only when nothing that matters got worse."""

from __future__ import annotations

from clinic.learning.gate import Answer, Question, regression_set, verdict


def answer(kind: str, topic: str, before: str, after: str, text: str = "q") -> Answer:
    return Answer(Question(kind, text, topic), before, after)


SAME = answer("validation", "faq/pain", "faq/pain", "faq/pain")
BETTER = answer("validation", "faq/pain", "nlu_fallback", "faq/pain")
WORSE = answer("validation", "faq/price", "faq/price", "faq/pain")


def test_a_model_that_is_as_good_may_go_live():
    assert verdict([]) is None
    assert verdict([BETTER, WORSE]) is None
    assert verdict([SAME] * 97 + [BETTER, WORSE, WORSE]) is None  # one in a hundred moves by itself
    assert verdict([answer("golden", "book", "book", "book")]) is None


def test_more_questions_worse_than_better_are_too_many():
    assert verdict([BETTER, WORSE, WORSE]) == "It is worse: 1 question got better and 2 got worse."
    answers = [SAME] * 96 + [BETTER, WORSE, WORSE, WORSE]
    assert verdict(answers) == "It is worse: 1 question got better and 3 got worse."


def test_a_golden_question_must_be_right_whatever_it_was_before():
    lost = answer("golden", "emergency", "faq/pain", "faq/pain", "I can't breathe")
    assert verdict([BETTER, lost]) == (
        "It fails 1 golden question: “I can't breathe” is emergency, not faq/pain."
    )


def test_what_the_staff_had_put_right_stays_right():
    forgotten = answer("decided", "faq/price", "faq/price", "faq/pain", "dear?")
    assert verdict([BETTER, BETTER, forgotten]) == (
        "It forgets 1 question that you had put right: “dear?” is faq/price, not faq/pain."
    )
    assert verdict([answer("decided", "faq/price", "faq/pain", "faq/pain")]) is None


def test_no_emergency_is_given_for_better_answers_elsewhere():
    missed = answer("validation", "emergency", "emergency", "faq/pain", "help")
    assert "misses 1 description of an emergency" in verdict([BETTER, BETTER, missed])


def test_off_topic_asking_back_is_as_right_as_declining():
    assert not answer("validation", "out_of_scope", "out_of_scope", "nlu_fallback").is_worse
    assert answer("validation", "out_of_scope", "out_of_scope", "faq/pain").is_worse


def test_the_regression_set_holds_golden_and_validation_questions_once_each(engine):
    with engine.connect() as connection:
        found = regression_set(connection)
    kinds = [question.kind for question in found]
    assert kinds.count("golden") >= 20
    assert kinds.count("validation") >= 400
    assert len({question.text.casefold() for question in found}) == len(found)
