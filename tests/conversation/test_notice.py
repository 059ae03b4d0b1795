from __future__ import annotations

from clinic.conversation import notice
from clinic.settings import clinic


def test_every_change_of_the_words_is_another_version(clinic_file):
    before = notice.version(clinic())
    assert notice.version(clinic()) == before
    with clinic_file.open("a", encoding="utf-8") as file:
        file.write('\npolicies:\n  privacy: "We keep chats for a year."\n')
    assert "We keep chats for a year." in notice.text(clinic())
    assert notice.version(clinic()) != before


def test_the_notice_says_that_a_bot_answers_and_is_no_emergency_service():
    text = notice.text(clinic())
    assert "a bot" in text
    assert "In an emergency call 999" in text


def test_an_acceptance_is_kept_with_the_words_that_were_accepted(engine, monday):
    current = notice.version(clinic())
    assert not notice.has_accepted(engine, "c", current)
    for _ in range(2):
        notice.keep_wording(engine, clinic(), monday)
        notice.accept(engine, "c", current, monday)
    assert notice.has_accepted(engine, "c", current)
    assert not notice.has_accepted(engine, "c", "another")
