"""make channel-check against the simulators: what is right is said to be, what is wrong is named."""

from __future__ import annotations

import pytest

from clinic.channels.check import checked, main
from clinic.settings import environment


@pytest.fixture
def machine(running, platform, monkeypatch):
    """The settings of the running assistant, in this process."""
    for name, value in platform.sim.settings().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLINIC_DATA", str(running.assistant.folder))
    monkeypatch.setenv("PUBLIC_URL", running.assistant.address)
    return running.assistant


async def test_all_that_works_is_said_to_work_and_a_local_address_is_not_enough(machine, platform, capsys):
    webhook = f"{machine.address}{platform.path}"
    report = await checked(platform.name, environment().channels[platform.name], webhook)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("✗")]
    assert not report.is_good
    assert [line for line in lines if "is no https address" not in line] == []


async def test_an_address_at_which_something_else_answers_is_named(machine, platform, capsys):
    webhook = f"{machine.address}/chat"
    await checked(platform.name, environment().channels[platform.name], webhook)
    assert "✗ The webhook" in capsys.readouterr().out


async def test_a_wrong_token_is_named(machine, platform, monkeypatch, capsys):
    for name in platform.sim.settings():
        if name.endswith("_TOKEN"):
            monkeypatch.setenv(name, "wrong")
    report = await checked(platform.name, environment().channels[platform.name], "https://c.example/x")
    assert not report.is_good
    assert "✗" in capsys.readouterr().out


def test_a_channel_that_is_off_is_said_to_be(platform, monkeypatch, capsys):
    for name in platform.sim.settings():
        monkeypatch.delenv(name, raising=False)
    assert main([platform.name]) == 1
    assert f"{platform.name} is off" in capsys.readouterr().out


def test_half_of_a_channels_settings_is_a_mistake_that_is_named(monkeypatch):
    monkeypatch.setenv("TWILIO_ACCOUNT", "AC1")
    with pytest.raises(ValueError, match="twilio needs TWILIO_TOKEN as well"):
        environment()


def test_no_setting_shows_a_secret(monkeypatch):
    monkeypatch.setenv("TELEGRAM_TOKEN", "123:very-secret")
    assert "very-secret" not in repr(environment())
