"""What is written of a record, whoever wrote it. The real server is searched in tests/server/test_logs.py."""

import json
import logging
import subprocess
import sys
import warnings

import pytest
import structlog

from clinic.serving import logs

WORDS = "my rash itches"


@pytest.fixture
def written(capsys, monkeypatch):
    """Return a function that configures the logs, calls something and returns what was written."""
    root, before = logging.root, (logging.root.handlers[:], logging.root.level, logging.lastResort)
    known, filters = structlog.get_config(), warnings.filters[:]

    def write(action, form="text"):
        monkeypatch.setenv("LOG_FORMAT", form)
        logs.configure()
        root.setLevel(logging.DEBUG)
        action()
        return capsys.readouterr().out

    yield write
    root.handlers[:], logging.lastResort = before[0], before[2]
    root.setLevel(before[1])
    structlog.configure(**known)
    warnings.filters[:] = filters


def test_our_own_messages_are_written_as_they_are(written):
    said = written(lambda: logging.getLogger("clinic.x").info("The %s is away.", "database"))
    assert said == "INFO    clinic.x: The database is away.\n"


@pytest.mark.parametrize(
    "library", ["rasa.core.processor", "sqlalchemy.engine", "aiosqlite", "rasa_sdk.forms"]
)
def test_a_librarys_debug_and_info_are_dropped(written, library):
    logger = logging.getLogger(library)
    logger.setLevel(logging.DEBUG)
    assert written(lambda: (logger.debug(WORDS), logger.info(WORDS))) == ""


def test_a_librarys_warning_is_one_line(written):
    logger = logging.getLogger("asyncio")
    said = written(
        lambda: logger.error("Task exception was never retrieved\nfuture: ValueError('%s')", WORDS)
    )
    assert said == "ERROR   asyncio: Task exception was never retrieved\n"


@pytest.mark.parametrize("method", ["error", "exception", "warning"])
def test_of_rasas_structured_entries_only_the_name_is_written(written, method):
    entries = structlog.get_logger("rasa.core.channels.rest")
    said = written(lambda: getattr(entries, method)("rest.message.received.failure", text=WORDS))
    assert "rest.message.received.failure" in said
    assert WORDS not in said


def test_rasas_structured_debug_entries_are_dropped(written):
    entries = structlog.get_logger("rasa.core.processor")
    assert written(lambda: entries.debug("processor.message.parse", parse_data_text=WORDS)) == ""


def _fail():
    try:
        int(WORDS)
    except ValueError as error:
        raise RuntimeError(WORDS) from error


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("name", ["clinic.channels.widget", "rasa.core.actions.action"])
def test_an_exception_is_told_by_type_and_place_and_never_by_its_message(written, name, form):
    def log():
        try:
            _fail()
        except RuntimeError:
            logging.getLogger(name).exception("It failed.")

    said = written(log, form)
    assert WORDS not in said
    assert "builtins.ValueError" in said
    assert "builtins.RuntimeError" in said
    assert "in _fail" in said


def test_in_json_each_record_is_one_object(written, monkeypatch):
    monkeypatch.setenv("CLINIC_PROCESS", "assistant.2")
    lines = written(lambda: logging.getLogger("clinic").warning("a\nb"), "json").splitlines()
    (content,) = map(json.loads, lines)
    assert content.pop("time").endswith("+00:00")
    assert content == {"level": "warning", "logger": "clinic", "process": "assistant.2", "message": "a\nb"}


def test_sanics_loggers_are_taken_over_although_they_do_not_propagate(written):
    logger = logging.getLogger("sanic.error")
    logger.propagate = False
    assert "sanic.error: gone" in written(lambda: logger.error("gone"))


def test_a_librarys_warning_about_a_slots_value_is_not_written(written):
    assert written(lambda: warnings.warn(WORDS, UserWarning, stacklevel=1)) == ""


def test_a_record_written_while_the_interpreter_ends_is_no_error():
    code = """
import logging
from clinic.serving import logs

class Late:
    def __init__(self):
        self.logger = logging.getLogger("asyncio")
    def __del__(self):
        self.logger.error("Task was destroyed but it is pending!")

logs.configure()
late = Late()
import builtins
builtins.late = late  # goes last, when the modules have gone
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
