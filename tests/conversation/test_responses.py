from __future__ import annotations

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from clinic.conversation.responses import ClinicResponses, choose
from clinic.settings.environment import PROJECT

TOLD, NOT_TOLD = "told {answer}", "not told"
RESPONSES = {
    "utter_faq/results": [
        {"text": TOLD, "metadata": {"settings": ["answer"]}},
        {"text": NOT_TOLD, "metadata": {}},
    ],
    "utter_faq/price": [
        {"text": "list {price_list}; {answer}", "metadata": {"settings": ["price_list", "answer"]}},
        {"text": "list {price_list}", "metadata": {"settings": ["price_list"]}},
        {"text": NOT_TOLD},
    ],
    "utter_read_back": [{"text": "{when} for {client_name}, {missing}"}],
    "utter_greet": [{"text": "one"}, {"text": "two"}],
}


@pytest.fixture
def responses():
    domain = Domain.from_dict({"version": "3.1", "responses": RESPONSES})
    return ClinicResponses(None, domain)


@pytest.fixture
def tracker():
    mappings = [{"type": "custom"}]
    slots = [AnySlot("client_name", mappings), AnySlot("name", mappings)]
    return DialogueStateTracker.from_events("visitor", [SlotSet("client_name", "Jane")], slots=slots)


@pytest.fixture
def said(responses, tracker):
    async def say(name, **values):
        message = await responses.generate(name, tracker, "rest", **values)
        return message["text"] if message else None

    return say


async def test_what_the_clinic_has_not_said_is_admitted(said):
    assert await said("utter_faq/results") == NOT_TOLD


async def test_a_change_of_clinic_yml_changes_the_answer_without_training(said, clinic_file):
    assert await said("utter_faq/results") == NOT_TOLD
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text + '  results: "After five sessions."\n', encoding="utf-8")
    assert await said("utter_faq/results") == "told After five sessions."
    clinic_file.write_text(text, encoding="utf-8")
    assert await said("utter_faq/results") == NOT_TOLD


async def test_the_fullest_answer_that_can_be_filled_is_given(said, clinic_file):
    assert await said("utter_faq/price") == "list - Facial acupuncture (60 minutes): £80"
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text + "  price: Ask us.\n", encoding="utf-8")
    assert (await said("utter_faq/price")).endswith("£80; Ask us.")
    clinic_file.write_text(text.replace('    price: "£80"\n', ""), encoding="utf-8")
    assert await said("utter_faq/price") == NOT_TOLD


async def test_one_topics_answer_is_not_anothers(said):
    """tests/clinic.yml answers payment alone."""
    assert "Card or cash" not in str(await said("utter_faq/results"))


async def test_braces_in_what_a_clinic_or_a_visitor_writes_are_words(said, clinic_file):
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text + '  results: "Use {care} and {0}"\n', encoding="utf-8")
    assert await said("utter_faq/results") == "told Use {care} and {0}"


async def test_an_unknown_response_is_none(said):
    assert await said("utter_nothing") is None


async def test_variants_without_settings_are_all_used(said):
    assert {await said("utter_greet") for _ in range(60)} == {"one", "two"}


async def test_the_stored_responses_are_left_as_they_are(responses, tracker):
    await responses.generate("utter_faq/price", tracker, "rest")
    assert responses.responses == Domain.from_dict({"version": "3.1", "responses": RESPONSES}).responses


def test_choose_takes_the_first_variant_whose_settings_are_all_there():
    variants = RESPONSES["utter_faq/price"]
    assert choose(variants, {"price_list": "x", "answer": "y"}) is variants[0]
    assert choose(variants, {"price_list": "x", "answer": ""}) is variants[1]
    assert choose(variants, {"answer": "y"}) is variants[2]
    assert choose(variants, {}) is variants[2]


async def test_every_response_of_the_assistant_can_be_said_by_a_clinic_that_told_the_least(
    tracker, clinic_file
):
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(text[: text.index("answers:")], encoding="utf-8")
    domain = Domain.load([str(PROJECT / "domain.yml"), str(PROJECT / "data" / "responses")])
    generator = ClinicResponses(None, domain)
    for name in domain.responses:
        message = await generator.generate(name, tracker, "rest")
        assert message["text"]
        if name.startswith("utter_faq/"):
            assert "{" not in message["text"], name


async def test_another_language_is_answered_in_that_language():
    texts = [{"text": "English only"}, {"text": "tylko po angielsku", "metadata": {"language": "pl"}}]
    domain = Domain.from_dict({"version": "3.1", "responses": {"utter_other_language": texts}})
    told = []
    for language in ("pl", "sv"):
        asked = UserUttered("?", {"name": "out_of_scope"}, parse_data={"language": language})
        tracker = DialogueStateTracker.from_events("visitor", [asked])
        message = await ClinicResponses(None, domain).generate("utter_out_of_scope", tracker, "rest")
        told.append(message["text"])
    assert told == ["tylko po angielsku", "English only"]
