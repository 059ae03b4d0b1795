import pytest
from rasa.core.tracker_store import SQLTrackerStore


@pytest.fixture
def events_table(engine):
    """The tracker store's table, as Rasa makes it."""
    SQLTrackerStore.Base.metadata.create_all(engine)
