"""A new model takes the old one's place while visitors write: every message is answered, none waits long."""

import json
import re
import shutil
import threading
import time
import uuid

import pytest

from clinic import models, signature
from tests.assistant import Assistant


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    """An assistant with a folder of models of its own."""
    folder = tmp_path_factory.mktemp("swap")
    kept = folder / "models"
    kept.mkdir()
    for path in (
        models.in_use(),
        *models.in_use().parent.glob("*.signature"),
        models.in_use().parent / "trained-from",
    ):
        shutil.copy(path, kept)
    running = Assistant(folder, CLINIC_MODELS=str(kept)).wait()
    yield running
    running.stop()


@pytest.fixture
def its_models(assistant, monkeypatch):
    """Let the test's own process look after the same models with the same key."""
    monkeypatch.setenv("CLINIC_MODELS", str(assistant.folder / "models"))
    monkeypatch.setenv("CLINIC_DATA", str(assistant.folder))
    return assistant.folder / "models"


def test_no_message_is_lost_while_a_model_is_swapped(assistant, its_models):
    new = its_models / "20270101-000000.tar.gz"
    candidate = assistant.folder / new.name
    shutil.copy(models.in_use(), candidate)
    over, answers, sent = threading.Event(), [], []

    def write() -> None:
        sender = uuid.uuid4().hex
        while not over.is_set():
            sent.append(1)
            answers.append([reply.get("text") for reply in assistant.say("do the needles hurt?", sender)])

    visitors = [threading.Thread(target=write) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    try:
        models.add(candidate, models.noted()[1])
        assistant.uses(new.name)
        before = len(answers)
        while len(answers) < before + 6:
            time.sleep(0.1)
    finally:
        over.set()
        for visitor in visitors:
            visitor.join()
    assert len(answers) == len(sent)
    assert all(any("painless" in (text or "") for text in answer) for answer in answers)


def test_a_booking_goes_on_with_the_new_model(assistant, its_models):
    sender = uuid.uuid4().hex
    assert "What would you like to book" in json.dumps(assistant.say("book me in", sender))
    shutil.copy(models.in_use(), assistant.folder / "20270102-000000.tar.gz")
    models.add(assistant.folder / "20270102-000000.tar.gz", models.noted()[1])
    assistant.uses("20270102-000000.tar.gz")
    replies = json.dumps(assistant.say("facial acupuncture please", sender))
    assert re.search(r"\b(day|time|when)\b", replies, re.IGNORECASE)


def test_a_model_that_was_changed_is_not_loaded_and_the_old_one_goes_on(assistant, its_models):
    bad = its_models / "20270103-000000.tar.gz"
    shutil.copy(models.in_use(), bad)
    signature.sign(bad)
    bad.write_bytes(bad.read_bytes() + b"x")
    known = models.noted()
    models.use(bad.name, known[1])
    for _ in range(100):
        if "The model in use cannot be loaded: ModelRefused" in assistant.log.read_text(errors="replace"):
            break
        time.sleep(0.2)
    else:
        raise AssertionError("the changed model was not refused")
    assert assistant.talk("do the needles hurt?")
    models.use(*known)
