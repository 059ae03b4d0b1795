"""Another language is answered in that language; English, however it is typed, stays English."""

from __future__ import annotations

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from clinic.nlu.language import _file, words
from evaluation.questions import topic_of
from tests.data import responses

OTHER = {
    "ar": "كم تكلفة العلاج وهل هو مؤلم؟",
    "bg": "здравейте, колко струва една процедура?",
    "bn": "চিকিৎসার খরচ কত?",
    "de": "guten Tag, was kostet das und tut es weh?",
    "es": "hola, ¿cuánto cuesta el tratamiento?",
    "fr": "bonjour je voudrais prendre rendez-vous",
    "gu": "સારવારનો ખર્ચ કેટલો થાય?",
    "hi": "kitna paisa lagta hai",
    "it": "buongiorno, vorrei prenotare",
    "lt": "labas, kiek kainuoja procedūra?",
    "nl": "hoeveel kost het",
    "pa": "ਇਲਾਜ ਦਾ ਕਿੰਨਾ ਖਰਚਾ ਹੈ?",
    "pl": "ile to kosztuje i czy boli?",
    "pt": "olá, quanto custa uma sessão?",
    "ro": "bună ziua, cât costă un tratament?",
    "ru": "здравствуйте, сколько это стоит",
    "tr": "merhaba, fiyat ne kadar?",
    "uk": "добрий день, скільки коштує процедура?",
    "ur": "کیا علاج سے درد ہوتا ہے؟",
    "zh": "请问多少钱一次",
}
ENGLISH = [
    "rozacea",
    "price pls",
    "wot r ur hrs",
    "hola, does it hurt?",
    "acupunture fr rosacea",
    "gua sha",
    "do u do tuina?",
    "I'm Agnieszka Wiśniewska, can I book for Tuesday?",
    "jane.doe@example.com",
    "07700 900123",
    "Wrinkles??? 😩😩",
    "qi",
    "asdf jkl qwer",
    "MERCI, how much is it",
    "",
]


@pytest.mark.parametrize(("language", "text"), OTHER.items())
async def test_another_language_is_recognised(agent, language, text):
    parse = await agent.parse_message(text)
    assert topic_of(parse) == "out_of_scope"
    assert parse["language"] == language


@pytest.mark.parametrize("text", ENGLISH)
async def test_english_is_not_taken_for_another_language(agent, text):
    assert "language" not in await agent.parse_message(text)


def test_every_language_has_its_sentence_with_and_without_the_contact():
    sentences = responses()["utter_other_language"]
    for language in [*words(), *_file()["letters"]]:
        own = [s for s in sentences if s["metadata"].get("language") == language]
        assert ["{contact}" in sentence["text"] for sentence in own] == [True, False]
        assert all("{emergency_number}" in sentence["text"] for sentence in own)


async def test_a_name_that_a_form_asks_for_is_of_any_language(agent):
    tracker = DialogueStateTracker("c", agent.domain.slots)
    name = UserMessage("Олена Коваленко")
    assert (await agent.processor.parse_message(name, tracker))["language"] == "uk"
    events = [ActiveLoop("booking_form"), SlotSet("requested_slot", "client_name")]
    tracker.update_with_events(events, agent.domain)
    assert "language" not in await agent.processor.parse_message(name, tracker)
