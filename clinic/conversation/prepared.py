"""Statements that every turn runs, compiled once for each kind of database.

SQLAlchemy remembers what it has compiled, and looks for it by all parts of a statement each time: a fifth
of the time that saving a turn takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection, Result
from sqlalchemy.sql import ClauseElement


class Prepared:
    """A statement whose values are all parameters."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, Any] = {}

    def run(
        self, connection: Connection, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Result:
        """Run it with these parameters, or once with each of these."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = self._statement.compile(dialect=dialect)
        return connection.execute(self._compiled[dialect.name], parameters)
