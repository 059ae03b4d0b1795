from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clinic.settings import environment, now
from clinic.settings.environment import PROJECT
from tests.conftest import VARIABLES


@pytest.fixture
def bare(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_without_variables_everything_is_in_the_project_and_on_this_machine(bare):
    settings = environment()
    assert settings.clinic_file == PROJECT / "clinic.yml"
    assert settings.data_folder == PROJECT / "var"
    assert settings.database_url == f"sqlite:///{PROJECT / 'var' / 'clinic.db'}"
    assert (settings.host, settings.port, settings.actions_port) == ("127.0.0.1", 5005, 5055)
    assert settings.clock is None


def test_the_database_lies_in_the_data_folder_unless_named(bare, monkeypatch, tmp_path):
    monkeypatch.setenv("CLINIC_DATA", str(tmp_path))
    assert environment().database_url == f"sqlite:///{tmp_path / 'clinic.db'}"
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/clinic")
    assert environment().database_url == "postgresql://elsewhere/clinic"


@pytest.mark.parametrize("name", ["PORT", "ACTIONS_PORT"])
@pytest.mark.parametrize("text", ["", "http", "-1", "0", "65536", "80.5", " 80", "99999999999", "²"])
def test_a_port_that_is_none_is_named(monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    with pytest.raises(ValueError, match=f"^{name} must be a port number"):
        environment()


def test_the_action_server_is_on_this_machine(monkeypatch):
    monkeypatch.setenv("ACTIONS_PORT", "6055")
    assert environment().actions_url == "http://127.0.0.1:6055/webhook"


@pytest.mark.parametrize(
    "text", ["2026-11-23T10:00Z", "2026-11-23T10:00+00:00", "2026-11-23T11:00+01:00", "2026-11-23T10:00"]
)
def test_the_clock_can_be_fixed(monkeypatch, text):
    monkeypatch.setenv("CLINIC_NOW", text)
    assert now() == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert now().tzinfo == UTC


def test_without_a_fixed_clock_now_is_the_real_time(bare):
    assert abs((datetime.now(UTC) - now()).total_seconds()) < 5
    assert now().tzinfo == UTC


def test_a_clock_that_is_no_time_is_named(monkeypatch):
    monkeypatch.setenv("CLINIC_NOW", "monday at ten")
    with pytest.raises(ValueError, match=r"^CLINIC_NOW must be an ISO time"):
        environment()


@pytest.mark.parametrize("text", ["", "0", "-1", "65", "two", "1.5", "²"])
def test_a_number_of_processes_that_makes_no_sense_is_named(monkeypatch, text):
    monkeypatch.setenv("WORKERS", text)
    with pytest.raises(ValueError, match=r"^WORKERS must be a number of processes from 1 to 64"):
        environment()


def test_a_log_format_that_there_is_none_of_is_named(monkeypatch):
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ValueError, match=r"^LOG_FORMAT must be text or json"):
        environment()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ACTION_SECONDS", "5", "must be shorter than TURN_SECONDS"),
        ("DATABASE_SECONDS", "3", "must be shorter than ACTION_SECONDS"),
        ("STOP_SECONDS", "4", "must be shorter than STOP_SECONDS"),
        ("TURN_SECONDS", "soon", "must be a number of seconds"),
        ("TURN_SECONDS", "0", "must be a number of seconds"),
        ("TURN_SECONDS", "nan", "must be a number of seconds"),
    ],
)
def test_a_time_limit_that_would_outlast_the_next_is_named(monkeypatch, name, value, why):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=why):
        environment()


def test_retention_is_by_channel(monkeypatch):
    monkeypatch.setenv("RETENTION_DAYS", "365, widget:90")
    assert environment().retention_days == {"*": 365, "widget": 90}
    monkeypatch.setenv("RETENTION_DAYS", "widget:90")
    assert environment().retention_days == {"widget": 90}
