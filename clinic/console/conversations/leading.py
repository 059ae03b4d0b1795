"""By which of its conditions a list is read: the one that fewest conversations meet.

An index of the list holds, in the list's order, all that is filtered by. So one condition leads through its
index, and what the others leave out costs a step there and no more, whatever is combined. How many meet a
condition is counted as far as it matters.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from clinic.console.conversations.filters import Filter
from clinic.conversation.tables import conversation_topics, conversations

# Of two that many meet the first here leads, as usually fewer do.
LEADS = ("trouble", "unsure", "thumbs", "not_understood", "booked", "channel", "outcome")
MANY = 5_000  # conversations; how many more meet a condition makes no difference
FEW = 2_000  # so many may be read in another order and sorted
A_ROW = 8  # a topic's conversations are read row by row; each costs what so many steps in an index do


class beside(FunctionElement):  # noqa: N801 (stands in SQL as a function does)
    """A condition that does not lead; SQLite, which has no figures to choose by, uses no index for it."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(beside)
def _as_it_is(element: Any, compiler: Any, **more: Any) -> str:
    return f"({compiler.process(element.clauses, **more)})"


@compiles(beside, "sqlite")
def _without_index(element: Any, compiler: Any, **more: Any) -> str:
    return f"+({compiler.process(element.clauses, **more)})"


def lead(connection: Connection, wanted: Filter) -> str:
    """Return the name of the condition that leads, as Filter.conditions names it; "" for the time alone."""
    conditions = wanted.conditions()
    if "taken" in conditions:  # never more than staff can talk with
        return "taken"
    names = [name for name in (*LEADS, "topic") if name in conditions]
    if len(names) < 2 and not wanted["by"]:  # noqa: PLR2004 (there is nothing to choose)
        return names[0] if names else ""
    if "unsure" in conditions:  # of those in this index, few may be as unsure as is asked for
        conditions["unsure"] = sa.and_(conditions["unsure"], conditions["below"])
    costs = {name: _cost(connection, name, wanted, conditions[name]) for name in names}
    best = min(costs, key=lambda name: costs[name], default="")
    return "" if best and wanted["by"] and costs[best] >= FEW else best


def _cost(connection: Connection, name: str, wanted: Filter, condition: Any) -> int:
    """Return how many steps it takes at most to read all that meet a condition."""
    if name == "topic":
        topics = conversation_topics.c
        query = sa.select(topics.last_at).where(topics.topic == wanted["topic"])
        some = query.order_by(topics.last_at.desc()).limit(MANY).subquery()
    else:
        query = sa.select(conversations.c.last_at).where(condition)
        some = query.order_by(conversations.c.last_at.desc()).limit(MANY).subquery()
    found = int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())
    return found * (A_ROW if name == "topic" else 1)
