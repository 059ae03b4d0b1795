from __future__ import annotations

import pytest

from clinic.serving.measure import topics_of
from clinic.settings.environment import PROJECT
from evaluation.questions import ask, figures, questions, topic_of
from evaluation.understanding import turns
from tests.data import examples, variations

QUESTIONS = PROJECT / "tests" / "questions"
TITLES = {texts[0]: topic for topic, texts in examples().items()}
CONFIRMING = {"Yes, book it", "Yes, move it", "Yes, cancel it", "No, change something", "No, keep it"}
CONFIRMING |= {"Yes please", "No thanks"}
PAYLOADS = sorted({b["payload"] for _, answer in variations() for b in answer.get("buttons") or []})


@pytest.mark.parametrize(
    ("file", "right", "off_topic"), [("validation.yml", 0.94, 0.05), ("held_out/single.yml", 0.94, 0.05)]
)
async def test_questions_that_were_not_trained_on_are_understood(agent, file, right, off_topic):
    results = await ask(agent, QUESTIONS / file)
    measured = figures(results)
    del results  # a failure prints the figures alone: nobody tunes for single held-out questions
    print({name: round(value, 3) for name, value in measured.items()})
    assert measured["emergencies found"] == 1.0
    assert measured["right topic"] >= right
    assert measured["off topic answered as if known"] <= off_topic


@pytest.mark.parametrize(
    "file", ["validation.yml", *(f"held_out/{n}.yml" for n in ("single", "noisy", "safety"))]
)
def test_no_question_of_the_measurements_is_an_example(file):
    """Short ones ("ouch", "thank you") are bound to be; five words in the same order are copied."""
    trained = {_plainly(text) for texts in examples().values() for text in texts}
    asked = {_plainly(text) for _, text in questions(QUESTIONS / file) if len(text.split()) >= 5}
    copied = len(asked & trained)
    del asked, trained  # see above
    assert copied == 0


def _plainly(text):
    return text.lower().strip(" ?!.")


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if p not in CONFIRMING])
async def test_a_button_is_understood_as_the_topic_whose_title_it_is(agent, payload):
    assert topic_of(await agent.parse_message(payload)) == TITLES[payload]


@pytest.mark.parametrize("payload", sorted(CONFIRMING & set(PAYLOADS)))
async def test_a_button_that_confirms_is_understood_as_yes_or_no(agent, payload):
    expected = "affirm" if payload.startswith("Yes") else "deny"
    assert topic_of(await agent.parse_message(payload)) == expected


@pytest.mark.parametrize(
    ("name", "title"),
    sorted({(n, a["metadata"]["title"]) for n, a in variations() if (a.get("metadata") or {}).get("title")}),
)
def test_a_topics_title_is_its_first_example(name, title):
    assert examples()[name.removeprefix("utter_")][0] == title


def test_every_faq_answer_has_its_title():
    untitled = [n for n, a in variations() if n.startswith("utter_faq/") and not a["metadata"].get("title")]
    assert untitled == []


@pytest.mark.parametrize("title", TITLES)
async def test_a_title_is_understood_as_its_own_topic(agent, title):
    assert topic_of(await agent.parse_message(title)) == TITLES[title]


@pytest.mark.parametrize(
    "text", ["", " ", "?", "👍", "日本語のメッセージ", "a" * 1000, "no " * 300, "\n\n", "/restart"]
)
async def test_no_text_makes_understanding_fail(agent, text):
    parse = await agent.parse_message(text)
    assert 0 <= parse["intent"]["confidence"] <= 1


@pytest.mark.parametrize("text", ["Does it hurt?", "how much is it", "i cant breathe", "qwertyuiop"])
async def test_confidences_are_probabilities_in_order(agent, text):
    parse = await agent.parse_message(text)
    ranked = [intent["confidence"] for intent in parse["intent_ranking"]]
    assert ranked == sorted(ranked, reverse=True)
    assert all(0 <= confidence <= 1.000001 for confidence in ranked)


async def test_two_questions_are_both_understood(agent):
    parse = await agent.parse_message("Does it hurt and how much does it cost?")
    assert topic_of(parse) == "faq/pain"
    assert parse["response_selector"]["faq"]["also"] == ["utter_faq/price"]


async def test_an_emergency_inside_a_question_outranks_it(agent):
    parse = await agent.parse_message("how much is it? also i can't breathe and my throat is closing")
    assert parse["intent"]["name"] == "emergency"
    assert parse["entities"] == []


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I've got rosacea on my nose and cheeks. Is that something this helps with?", "faq/rosacea"),
        ("my eyelids droop more every year, could it lift them?", "faq/eye_bags"),
    ],
)
async def test_whether_it_helps_asks_nothing_beside_the_concern(agent, text, topic):
    assert topics_of(await agent.parse_message(text)) == [topic]


async def test_a_message_that_is_off_topic_as_a_whole_is_so_in_its_parts(agent):
    text = "who won the cup final last night, and how much were the tickets"
    assert topics_of(await agent.parse_message(text)) == ["out_of_scope"]


async def test_who_somebody_is_hides_no_wish(agent):
    text = "book a consultation for friday, im Ola Berg, ola@example.com"
    understood = await agent.parse_message(text)
    assert topics_of(understood) == ["book"]
    assert "Ola Berg" in [entity["value"] for entity in understood["entities"]]


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        (["does it hurt", "why not?"], {"faq/pain"}),
        (["got dark circles", "how many times would i have to come for that"], {"faq/sessions_needed"}),
        (["does it hurt", "how much is it and how long does it take"], {"faq/price", "faq/session_length"}),
        (["does it hurt", "I don't want to book, does it bleed"], {"faq/safety"}),
        (["does it hurt", "who won the match last night"], {"out_of_scope"}),
        (["does it hurt", "do you fix boilers"], {"out_of_scope"}),
        (["does it hurt", "thanks"], {"thanks"}),
        (["does it hurt", "book me in for tuesday then"], {"book"}),
        (["does it hurt", "my chest hurts and my arm has gone numb"], {"emergency"}),
    ],
)
async def test_what_is_said_behind_a_topic(agent, said, topics):
    asked = [turn async for turn in turns(agent, said, ["", ""])]
    assert set(asked[-1].found) == topics
