import pytest

from tests.assistant import Assistant


@pytest.fixture(scope="session")
def assistant(tmp_path_factory):
    running = Assistant(tmp_path_factory.mktemp("assistant")).wait()
    yield running
    running.stop()
