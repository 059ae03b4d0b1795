"""The review queue, answers, and what the decisions change, on both databases."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from clinic import models
from clinic.learning.tables import knowledge_changes, new_topics, reviews, trainings
from clinic.settings.environment import PROJECT
from tests.learning.said import Chat

QUESTIONS = [
    "where can I park",
    "is there parking",
    "any parking nearby?",
    "car park?",
    "can I park my car there",
]


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """A copy of the project's data, which the console may change."""
    folder = tmp_path / "knowledge"
    shutil.copytree(PROJECT / "data", folder)
    monkeypatch.setenv("CLINIC_KNOWLEDGE", str(folder))
    return folder


def the(console, *columns) -> tuple:
    (row,) = console.rows(sa.select(*(reviews.c[name] for name in columns)))
    return tuple(row)


async def open_one(console, who, text="is it ouchy, I'm Jane Doe?", topic="faq/pain") -> int:
    """Have a visitor ask something, open the queue, and return the message's number."""
    Chat(console.engine, "visitor-1").asks_back(text, topic)
    page = await console.get("/review", who)
    assert page.status == 200
    return int(re.search(r'id="review-(\d+)"', page.text)[1])


async def decide(console, who, number, state, **fields):
    return await console.post(f"/review/{number}/decide", who, state=state, **{"was": "open"} | fields)


async def test_a_topic_is_accepted_without_the_persons_name(console):
    anna = console.hire("reviewer", "Anna")
    number = await open_one(console, anna)
    answer = await decide(console, anna, number, "accepted")
    assert "accepted" in answer.text
    assert the(console, "state", "decided_topic", "example", "decided_by") == (
        "accepted",
        "faq/pain",
        "is it ouchy, I'm [name]?",
        anna.id,
    )
    assert console.trail()[-1] == ("Anna", "reviewed a message: accepted", "conversation visitor-1")


async def test_a_name_that_the_conversation_told_elsewhere_is_masked_too(console):
    anna = console.hire("reviewer")
    Chat(console.engine, "visitor-1").add("slot", name="client_name", value="Wanda")
    with console.engine.begin() as connection:
        connection.execute(sa.text("UPDATE events SET action_name = 'client_name' WHERE type_name = 'slot'"))
    number = await open_one(console, anna, "will wanda get in?")
    await decide(console, anna, number, "out of scope")
    assert the(console, "decided_topic", "example") == ("out_of_scope", "will [name] get in?")


async def test_a_correction_needs_a_topic_that_there_is(console):
    anna = console.hire("reviewer")
    number = await open_one(console, anna)
    assert (await decide(console, anna, number, "corrected", topic="faq/nothing")).status == 400
    assert (await decide(console, anna, number, "corrected", topic="faq/price")).status == 200
    assert the(console, "state", "decided_topic") == ("corrected", "faq/price")


async def test_of_two_people_one_decides_and_the_other_is_told(console):
    anna, ben = console.hire("reviewer"), console.hire("reviewer")
    number = await open_one(console, anna)
    assert (await decide(console, anna, number, "flagged")).status == 200
    late = await decide(console, ben, number, "accepted")
    assert (late.status, late.heading) == (409, "Changed meanwhile")
    assert the(console, "state", "decided_by") == ("flagged", anna.id)


async def test_a_decision_is_taken_back_by_number_or_as_the_last_of_ones_own(console):
    anna, ben = console.hire("reviewer"), console.hire("reviewer")
    number = await open_one(console, anna)
    await decide(console, anna, number, "accepted")
    await console.post(f"/review/{number}/undo", anna)
    assert the(console, "state", "decided_by", "example") == ("open", None, None)
    await decide(console, anna, number, "accepted")
    assert (await console.post("/review/undo", ben)).status == 400
    assert (await console.post("/review/undo", anna)).status == 303
    assert the(console, "state") == ("open",)


async def test_notes_and_tags_are_kept_and_tags_are_searched(console):
    anna = console.hire("reviewer")
    number = await open_one(console, anna)
    await console.post(f"/review/{number}/note", anna, note="<b>ask Sam</b>", tags="Urgent  pain")
    page = (await console.get("/review?tag=urgent", anna)).text
    assert "&lt;b&gt;ask Sam&lt;/b&gt;" in page
    assert "#urgent" in page
    assert 'id="review-' not in (await console.get("/review?tag=urg", anna)).text


async def test_the_queue_goes_on_page_by_page_without_a_gap(console):
    anna = console.hire("reviewer")
    chat = Chat(console.engine, "visitor-1")
    for number in range(70):
        chat.asks_back(f"question {number}") if number % 3 else chat.say(f"question {number}", "out_of_scope")
    for order in ("useful", "newest"):
        path, seen = f"/review?order={order}", []
        while path:
            page = (await console.get(path, anna)).text
            seen += re.findall(r"<blockquote>question (\d+)</blockquote>", page)
            more = re.search(r'href="(/review\?[^"]*after[^"]*)"', page)
            path = more and more[1].replace("&amp;", "&")
        assert len(seen) == 70
        assert len(set(seen)) == 70
    assert (await console.get("/review?after=1.x", anna)).status == 400


async def test_questions_without_an_answer_are_grouped_and_their_answer_becomes_data(console, data):
    anna, mia = console.hire("reviewer"), console.hire("manager")
    for number, text in enumerate(QUESTIONS):
        Chat(console.engine, f"visitor-{number}").say(text, "out_of_scope")
    Chat(console.engine, "other").say("do you sell gift cards", "out_of_scope")
    page = (await console.get("/review/groups", anna)).text
    assert "<strong>5</strong> questions" in page
    group = re.search(r"/review/answer\?group=(\d+)", page)[1]
    form = (await console.get(f"/review/answer?group={group}", anna)).text
    assert all(text in form for text in QUESTIONS)
    fields = {"group": group, "title": "Is there parking?", "name": "parking", "own": "yes"}
    fields |= {"examples": "\n".join(QUESTIONS), "answer": "There are six places behind the house."}
    wrong = await console.post("/review/answer", anna, **fields | {"answer": "It is guaranteed."})
    assert wrong.status == 400
    assert "promises something" in wrong.text
    few = await console.post("/review/answer", anna, **fields | {"examples": "car park?"})
    assert "5 to 100 ways" in few.text
    assert console.rows(sa.select(new_topics)) == []
    assert (await console.post("/review/answer", anna, **fields)).headers["Location"] == "/training/changes"
    states = console.rows(sa.select(reviews.c.state, sa.func.count()).group_by(reviews.c.state))
    assert sorted(map(tuple, states)) == [("new topic", 5), ("open", 1)]
    shown = (await console.get("/training/changes", mia)).text
    assert "+- intent: faq/parking" in shown
    assert "Apply 1 new topic" in shown


async def change(console, who, apply_as=None):
    """Apply what is pending as it is shown to somebody."""
    page = (await console.get("/training/changes", who)).text
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    return await console.post("/training/changes/apply", apply_as or who, digest=digest)


async def test_what_was_shown_is_applied_after_rasa_has_checked_it_and_one_click_takes_it_back(
    console, data, request
):
    """Rasa's own check takes long: once is enough, as it does not look into the database."""
    mia = console.hire("manager", "Mia")
    number = await open_one(console, mia, "is it ouchy?")
    await decide(console, mia, number, "accepted")
    before = (data / "nlu" / "clinic.yml").read_bytes(), (data / "nlu" / "faq" / "pain.yml").read_bytes()
    page = (await console.get("/training/changes", mia)).text
    assert "+    - is it ouchy?" in page
    if console.engine.dialect.name == "postgresql":
        await console.post("/training/changes/leave/1", mia)
        assert "Nothing is pending" in (await console.get("/training/changes", mia)).text
        return
    answer = await change(console, mia)
    assert (answer.status, answer.headers.get("Location")) == (303, "/training")
    assert "- is it ouchy?\n" in (data / "nlu" / "faq" / "pain.yml").read_text(encoding="utf-8")
    assert console.trail()[-1] == ("Mia", "changed the data", "change 1")
    assert (await console.post(f"/review/{number}/undo", mia)).status == 409
    assert (await console.post("/training/changes/1/undo", mia)).status == 303
    after = (data / "nlu" / "clinic.yml").read_bytes(), (data / "nlu" / "faq" / "pain.yml").read_bytes()
    assert after == before
    (row,) = console.rows(sa.select(knowledge_changes))
    assert row.undone_by == mia.id
    assert (await console.post("/training/changes/1/undo", mia)).status == 409
    assert the(console, "state", "change_id") == ("accepted", None)


async def test_what_changed_since_it_was_shown_is_not_applied(console, data):
    mia = console.hire("manager")
    number = await open_one(console, mia, "is it ouchy?")
    await decide(console, mia, number, "accepted")
    page = (await console.get("/training/changes", mia)).text
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    file = data / "nlu" / "faq" / "pain.yml"
    file.write_text(file.read_text(encoding="utf-8") + "    - by hand\n", encoding="utf-8")
    answer = await console.post("/training/changes/apply", mia, digest=digest)
    assert answer.status == 409
    assert "is it ouchy" not in file.read_text(encoding="utf-8")


async def test_a_decision_that_contradicts_the_data_is_refused_with_the_reason(console, data):
    mia = console.hire("manager")
    number = await open_one(console, mia, "Does it hurt?")
    await decide(console, mia, number, "corrected", topic="faq/price")
    page = (await console.get("/training/changes", mia)).text
    assert "stands under faq/pain and faq/price" in page
    assert 'name="digest"' not in page


async def test_one_training_runs_at_a_time_and_one_that_died_is_noted(console, monkeypatch):
    mia = console.hire("manager", "Mia")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    row = {"running": 1, "started_at": long_ago, "started_by": mia.id, "step": "Learning"}
    with console.engine.begin() as connection:
        connection.execute(trainings.insert().values(row | {"seen_at": datetime.now(UTC)}))
    assert (await console.post("/training/start", mia)).status == 409
    assert "Learning" in (await console.get("/training/now", mia)).text
    assert (await console.get("/training/now?step=Learning", mia)).status == 204  # nothing moves on the page
    with console.engine.begin() as connection:
        connection.execute(trainings.update().values(seen_at=long_ago))
    over = await console.get("/training/now", mia)
    assert over.headers["HX-Retarget"] == over.headers["HX-Reselect"] == "#content"
    assert '<div id="now" >' in over.text
    (row,) = console.rows(sa.select(trainings))
    assert (row.running, row.outcome) == (None, "failed")
    assert "Its process ended" in (await console.get("/training/1", mia)).text


async def test_people_go_back_to_a_model_that_is_kept_and_to_no_other(console, tmp_path, monkeypatch):
    mia = console.hire("manager", "Mia")
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("CLINIC_MODELS", str(folder))
    for name in ("20260101-000000.tar.gz", "20260102-000000.tar.gz"):
        candidate = tmp_path / name
        candidate.write_bytes(name.encode())
        models.add(candidate, "known")
    page = (await console.get("/training", mia)).text
    assert "Go back to 20260101-000000.tar.gz" in page
    assert (await console.post("/training/use", mia, model="../secret")).status == 404
    assert (await console.post("/training/use", mia, model="20260101-000000.tar.gz")).status == 303
    assert models.in_use() == folder / "20260101-000000.tar.gz"
    assert console.trail()[-1] == ("Mia", "went back to a model", "model 20260101-000000.tar.gz")
    (folder / "20260102-000000.tar.gz").write_bytes(b"changed")
    refused = await console.post("/training/use", mia, model="20260102-000000.tar.gz")
    assert (refused.status, models.in_use().name) == (409, "20260101-000000.tar.gz")
