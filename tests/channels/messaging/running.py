"""A running assistant with all four platforms' simulators, for the tests of this folder."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from clinic.conversation.history import Said, said_since
from clinic.conversation.tables import deliveries
from clinic.database import received_messages
from tests.assistant import Assistant
from tests.channels.messaging.drivers import DRIVERS

NOWHERE = "http://127.0.0.1:1"


class Clinic:
    """The assistant, the platforms it is reached by, and what it has stored."""

    def __init__(self, folder, **settings: str) -> None:
        sims = [driver.simulator(NOWHERE) for driver in DRIVERS.values()]
        public = settings.get("PUBLIC_URL", "")
        for sim in sims:
            settings |= sim.settings()
        self.assistant = Assistant(folder, **settings)
        self.drivers = {sim.name: DRIVERS[sim.name](sim) for sim in sims}
        self.drivers["twilio"].sim.public = public
        self.engine: Engine = sa.create_engine(f"sqlite:///{folder / 'clinic.db'}", future=True)
        for driver in self.drivers.values():
            driver.engine = self.engine

    def wait(self) -> Clinic:
        self.assistant.wait()
        for driver in self.drivers.values():
            driver.sim.assistant = self.assistant.address
        secret = (self.assistant.folder / "telegram-secret").read_text(encoding="ascii").strip()
        self.drivers["telegram"].sim.secret = secret
        return self

    def stop(self) -> None:
        if self.assistant.process.poll() is None:
            self.assistant.stop()
        for driver in self.drivers.values():
            driver.sim.close()
        self.engine.dispose()

    def said(self, conversation: str) -> list[Said]:
        return said_since(self.engine, conversation, 0)

    def taken_in(self, conversation: str) -> int:
        query = sa.select(sa.func.count()).select_from(received_messages)
        with self.engine.connect() as connection:
            return connection.execute(
                query.where(received_messages.c.conversation == conversation)
            ).scalar_one()

    def states(self, conversation: str) -> list[str]:
        query = sa.select(deliveries.c.state).where(deliveries.c.conversation == conversation)
        with self.engine.connect() as connection:
            order = query.order_by(deliveries.c.event_id, deliveries.c.part)
            return list(connection.execute(order).scalars())
