"""Where else the person of a conversation writes, as they said themselves."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from clinic.conversation import joined
from clinic.conversation.tables import conversations


def others(connection: Connection, name: str) -> list[Row]:
    """Return id and channel of the conversations that are joined to this one."""
    names = joined.with_joined(connection, [name]) - {name}
    query = sa.select(conversations.c.id, conversations.c.channel).where(conversations.c.id.in_(names))
    return list(connection.execute(query.order_by(conversations.c.id)).all())
