"""Logs without visitors' words, at every level and whatever a library says.

Rasa's debug log, its error log, SQLAlchemy's errors and any exception's message may quote a visitor.
So: our own messages are written as they are (they quote nobody); a library's only from WARNING on, its
first line; structured ones (Rasa's) only by their name; exceptions by type and place, never message.

LOG_LEVEL is Rasa's own variable; LOG_FORMAT=json makes each line one JSON object.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

from clinic.settings import environment

OURS = frozenset({"clinic", "actions"})
LONGEST = 300  # characters of a library's message


def configure() -> None:
    """Take over this process's logging. Called again after Rasa has set its own, it wins again."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines() if environment().log_format == "json" else Lines())
    handler.addFilter(is_wanted)
    for logger in (logging.getLogger(name) for name in list(logging.root.manager.loggerDict)):
        logger.handlers.clear()
        logger.propagate = True
    logging.root.handlers[:] = [handler]
    logging.lastResort = handler
    atexit.unregister(_fall_silent)
    atexit.register(_fall_silent)
    warnings.simplefilter("ignore")  # they speak to developers, and may quote a slot's value
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, _name_only],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=True,
    )


def _fall_silent() -> None:
    """Write nothing while the interpreter ends: what a late record needs may be gone by then."""
    logging.root.handlers[:] = [logging.NullHandler()]
    logging.lastResort = None


def is_wanted(record: logging.LogRecord) -> bool:
    """Say whether a record may be written: ours always, a library's from WARNING on."""
    return _is_ours(record) or record.levelno >= logging.WARNING


class Lines(logging.Formatter):
    """One readable line a record, and one for each frame of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said = f"{record.levelname:<8}{record.name}: {message_of(record)}"
        return "\n    ".join([said, *exception_of(record)])


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, process, message and, where there is one, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object."""
        content: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": os.environ.get("CLINIC_PROCESS", ""),
            "message": message_of(record),
        }
        if exception := exception_of(record):
            content["exception"] = exception
        return json.dumps(content, ensure_ascii=False)


def message_of(record: logging.LogRecord) -> str:
    """Return what may be written of a record's message."""
    if _is_ours(record):
        return record.getMessage()
    entry = getattr(record, "entry", None)  # Rasa's structured entries
    return str(entry or record.getMessage().partition("\n")[0][:LONGEST])


def exception_of(record: logging.LogRecord) -> list[str]:
    """Return an exception's places and types, causes first; no message, as it may quote a visitor."""
    if not record.exc_info or not isinstance(record.exc_info, tuple) or record.exc_info[1] is None:
        return []
    return list(_chain(record.exc_info[1]))


def _chain(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and before is not error:
        yield from _chain(before)
    yield from _frames(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}"


def _frames(trace: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(trace):
        yield f"{frame.filename}:{frame.lineno} in {frame.name}"


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


def _name_only(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Keep an entry's name ("rest.message.received.failure") and its exception; drop all values."""
    name = str(entry.get("event"))
    failed = bool(entry.get("exc_info"))
    return {"msg": name, "extra": {"entry": name}, "exc_info": failed}
