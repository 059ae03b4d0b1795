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


@pytest.mark.parametrize("name", ["PORT", "ACTIONS_PORT", "CONSOLE_PORT"])
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


@pytest.mark.parametrize(
    ("host", "given", "expected"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:5005"),
        ("0.0.0.0", "", "http://127.0.0.1:5005"),  # noqa: S104
        ("::1", "", "http://[::1]:5005"),
        ("0.0.0.0", "https://chat.clinic.example/", "https://chat.clinic.example"),  # noqa: S104
        ("0.0.0.0", "https://clinic.example/chat  ", "https://clinic.example/chat"),  # noqa: S104
    ],
)
def test_links_begin_with_the_public_address(bare, monkeypatch, host, given, expected):
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PUBLIC_URL", given)
    assert environment().public_url == expected


@pytest.mark.parametrize("name", ["PUBLIC_URL", "CONSOLE_URL"])
def test_a_public_address_that_is_none_is_named(bare, monkeypatch, name):
    monkeypatch.setenv(name, "chat.clinic.example")
    with pytest.raises(ValueError, match=rf"^{name} must be an address"):
        environment()


def test_the_console_is_on_this_machine_unless_told_otherwise(bare, monkeypatch):
    assert environment().console_url == "http://127.0.0.1:5006"
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104
    assert environment().console_host == "127.0.0.1"
    monkeypatch.setenv("CONSOLE_HOST", "192.0.2.7")
    monkeypatch.setenv("CONSOLE_PORT", "6006")
    assert environment().console_url == "http://192.0.2.7:6006"
    monkeypatch.setenv("CONSOLE_URL", "https://console.clinic.example/")
    assert environment().console_url == "https://console.clinic.example"


def test_no_mail_server_is_no_mail(bare, monkeypatch):
    assert environment().mail is None
    monkeypatch.setenv("MAIL_HOST", " ")
    assert environment().mail is None


@pytest.mark.parametrize(("security", "port"), [("", 587), ("starttls", 587), ("tls", 465), ("none", 587)])
def test_a_mail_server_has_the_port_of_its_security(bare, monkeypatch, security, port):
    monkeypatch.setenv("MAIL_HOST", "smtp.example")
    monkeypatch.setenv("MAIL_SECURITY", security)
    mail = environment().mail
    assert (mail.port, mail.security, mail.user) == (port, security or "starttls", None)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MAIL_SECURITY", "ssl", "MAIL_SECURITY must be one of starttls, tls, none"),
        ("MAIL_PORT", "smtp", "MAIL_PORT must be a port number"),
        ("MAIL_USER", "jane", "MAIL_USER and MAIL_PASSWORD belong together"),
        ("MAIL_PASSWORD", "secret", "MAIL_USER and MAIL_PASSWORD belong together"),
        ("CALDAV_USER", "jane", "CALDAV_USER and CALDAV_PASSWORD belong together"),
    ],
)
def test_a_half_told_setting_is_named(bare, monkeypatch, name, value, says):
    monkeypatch.setenv("MAIL_HOST", "smtp.example")
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"^{says}"):
        environment()


def test_no_password_is_shown_when_settings_are_printed(bare, monkeypatch):
    for name in ("MAIL_USER", "MAIL_PASSWORD", "CALDAV_USER", "CALDAV_PASSWORD", "CALCOM_KEY"):
        monkeypatch.setenv(name, f"value of {name}")
    monkeypatch.setenv("MAIL_HOST", "smtp.example")
    shown = repr(environment())
    for name in ("MAIL_PASSWORD", "CALDAV_PASSWORD", "CALCOM_KEY"):
        assert f"value of {name}" not in shown
