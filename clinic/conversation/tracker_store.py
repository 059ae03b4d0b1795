"""Conversations in the clinic's one database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from sqlalchemy.engine import make_url

from clinic.database import prepare_sqlite
from clinic.settings import environment


class ClinicTrackerStore(SQLTrackerStore):
    """Rasa's SQLTrackerStore on DATABASE_URL, with SQLite in WAL mode."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: Any = None,
        **_settings: Any,
    ) -> None:
        """Connect and make the events table where it is missing. See SQLTrackerStore."""
        url = make_url(environment().database_url)
        if url.get_backend_name() == "sqlite":
            environment().data_folder.mkdir(parents=True, exist_ok=True)
        super().__init__(
            domain=domain,
            dialect=url.drivername,
            host=url.host,
            port=url.port,
            db=url.database,
            username=url.username,
            password=url.password,
            query=dict(url.query),
            event_broker=event_broker,
        )
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", prepare_sqlite)
            self.engine.dispose()  # the first connection was made before the listener
