"""What clinic.yml says, what it lacks, and how often that was asked for."""

from __future__ import annotations

from datetime import timedelta

from clinic.console.settings_page import untold_topics
from clinic.conversation.tables import conversation_topics
from clinic.settings import clinic
from clinic.settings.clinic_file import CLINIC_TOPICS


def talk(engine, monday, *topics, days_ago=1, name=None):
    at, name = monday - timedelta(days=days_ago), name or f"c{topics}{days_ago}"
    rows = [{"conversation": name, "topic": topic, "last_at": at} for topic in topics]
    with engine.begin() as connection:
        connection.execute(conversation_topics.insert(), rows)


def test_a_topic_is_untold_until_its_setting_or_answer_is_there(clinic_file):
    untold = untold_topics(clinic())
    assert untold.keys() <= CLINIC_TOPICS
    assert untold["sessions_needed"] == "How many sessions will I need?"
    assert not {"opening_hours", "payment"} & untold.keys()  # a setting, and an answer
    text = clinic_file.read_text(encoding="utf-8")
    clinic_file.write_text(f"{text.rstrip()}\n  sessions_needed: Six.\n", encoding="utf-8")
    assert untold.keys() - untold_topics(clinic()).keys() == {"sessions_needed"}


async def test_what_visitors_asked_in_vain_is_counted_most_often_first(console, monday):
    for number in range(3):
        talk(console.engine, monday, "faq/pain", "faq/sessions_needed", name=f"p{number}")
    talk(console.engine, monday, "faq/sessions_needed", days_ago=100)
    talk(console.engine, monday, "faq/aftercare")
    text = (await console.get("/settings", console.hire("manager"))).text
    rows = [row for row in text.split("<tr>") if "<code>" in row and "<td>" in row]
    address = '<a href="/conversations?topic=faq/{}&amp;from=2026-08-25">{}</a></td><td><code>{}:'
    assert address.format("sessions_needed", 3, "sessions_needed") in rows[0]
    assert address.format("aftercare", 1, "aftercare") in rows[1]
    assert all("<td>0</td>" in row for row in rows[2:])


async def test_a_mistake_in_the_file_is_shown_and_the_console_goes_on(console, clinic_file):
    manager = console.hire("manager")
    clinic_file.write_text("name: x\n", encoding="utf-8")
    text = (await console.get("/settings", manager)).text
    assert "line 1" in text
    assert (await console.get("/staff", manager)).status == 200
