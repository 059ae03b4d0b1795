"""Line 15: the interface's languages."""

import pytest
from playwright.sync_api import expect

TEXTS = """async (language) => {
  const flat = (texts) => Object.fromEntries(Object.entries(texts));
  return flat((await import(`/widget/texts/${language}.js`)).default);
}"""
NOT_SAID = {"dir", "lang", "answers"}


def test_line_15_no_key_is_missing_empty_or_left_in_english(visit):
    chat = visit()
    english = chat.page.evaluate(TEXTS, "en")
    for language in ("de", "es", "ar"):
        texts = chat.page.evaluate(TEXTS, language)
        assert sorted(texts) == sorted(english)
        for key in english.keys() - NOT_SAID:
            assert texts[key], f"{language}: {key}"
            assert texts[key] != english[key], f"{language}: {key}"
            if isinstance(english[key], str):
                assert texts[key].count("{") == english[key].count("{"), f"{language}: {key}"
        assert [one["payload"] for one in texts["ask"]] == [one["payload"] for one in english["ask"]]


@pytest.mark.parametrize(
    ("language", "hello", "answers"),
    [
        ("en", "Hello, how can I help?", None),
        ("de", "Guten Tag, wie kann ich helfen?", "Die Antworten sind auf Englisch."),
        ("es", "Hola, ¿en qué puedo ayudarle?", "Las respuestas están en inglés."),
        ("ar", "مرحبًا، كيف يمكنني المساعدة؟", "الإجابات باللغة الإنجليزية."),
    ],
)
def test_line_15_the_interface_speaks_and_says_that_answers_are_english(visit, language, hello, answers):
    chat = visit("/widget/demo/strict-csp.html")
    chat.host.evaluate("(chat, lang) => { chat.lang = lang }", language)
    chat.open().see(hello)
    if answers:
        chat.see(answers)


def test_line_15_arabic_is_mirrored(visit):
    arabic, english = visit("/widget/demo/right-to-left.html").open(), visit().open()
    width = 1280
    for part in (".panel", ".send", ".badge"):
        left = arabic.host.locator(part).first.bounding_box()
        right = english.host.locator(part).first.bounding_box()
        assert left["x"] + left["width"] / 2 == pytest.approx(width - right["x"] - right["width"] / 2, abs=2)
    arabic.say("does it hurt?", "practically painless")
    expect(arabic.host.locator(".bot .bubble").last).to_have_attribute("dir", "auto")  # English stays so
