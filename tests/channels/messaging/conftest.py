"""One running assistant with all four platforms' simulators, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.messaging.driver import Driver
from tests.channels.messaging.drivers import DRIVERS
from tests.channels.messaging.running import Clinic


@pytest.fixture(scope="session")
def running(tmp_path_factory) -> Iterator[Clinic]:
    started = Clinic(tmp_path_factory.mktemp("messaging"))
    try:
        yield started.wait()
    finally:
        started.stop()


@pytest.fixture
def channels_on(running: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """All platforms are switched on for what a test calls in its own process."""
    for driver in running.drivers.values():
        for name, value in driver.sim.settings().items():
            monkeypatch.setenv(name, value)


@pytest.fixture(params=list(DRIVERS))
def platform(request: pytest.FixtureRequest, running: Clinic) -> Iterator[Driver]:
    """One platform after the other; no fault of one test reaches the next."""
    driver = running.drivers[request.param]
    yield driver
    driver.sim.fault = lambda _number: None
