"""Conversations in the clinic's one database: one append-only transaction a turn, off the event loop."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

import clinic.rasa_patches  # noqa: F401 (the first of ours that a Rasa server imports: before the model)
from clinic.conversation import archive
from clinic.conversation.archive import NOTHING, Place
from clinic.conversation.going_on import GoingOn
from clinic.database import database, migrate

THREADS = 4
LONGEST = 100  # events; a longer tracker is loaded anew, with the last turns alone (window.py)
T = TypeVar("T")
logger = logging.getLogger(__name__)


class StoredTracker(DialogueStateTracker):
    """A tracker that knows where it comes from.

    Attributes:
        stored: How many of its events are in the database; None: it was not loaded from there.
        place: What a load would give, where it holds all of that; it may hold some turns before.
        domain: Whose slots it has.
        taken: Whether a person of the clinic had the conversation when it was loaded.

    """

    stored: int | None = None
    place: Place | None = None
    domain: Domain | None = None
    taken = False


class ClinicTrackerStore(TrackerStore):
    """``tracker_store: type: clinic.conversation.tracker_store.ClinicTrackerStore`` in endpoints.yml."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: Any = None,
        **settings: Any,
    ) -> None:
        """Make the tables where they are missing; a database that is away may come back later."""
        super().__init__(domain, event_broker, **settings)
        self._going_on: GoingOn[StoredTracker] = GoingOn()
        self._readers = ThreadPoolExecutor(THREADS, thread_name_prefix="tracker-store")
        # SQLite has one writer at a time; those that it keeps waiting ask again and again, and not in turn.
        alone = self.engine.dialect.name == "sqlite"
        self._writers = ThreadPoolExecutor(1, "tracker-store-writer") if alone else self._readers
        try:
            if not sa.inspect(self.engine).has_table("conversations"):
                migrate()
        except OperationalError:
            logger.exception("The database cannot be used: until it can, messages get an apology.")

    @property
    def engine(self) -> Engine:
        return database()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of the current session, or None for a new conversation."""
        known = self._going_on.take(sender_id)
        if known and known.domain is not self.domain:  # of a model that is no longer in use
            known = None
        return await self._read(self._load, sender_id, known)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return a tracker of all events of all sessions, or None."""
        return await self._read(self._load_all, conversation_id)

    async def create_tracker(self, sender_id: str, append_action_listen: bool = True) -> DialogueStateTracker:
        """Return a new tracker. A conversation in which nothing was said yet leaves nothing behind."""
        tracker = StoredTracker(sender_id, self.domain.slots)
        tracker.stored, tracker.place, tracker.domain = 0, NOTHING, self.domain
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the tracker's new events and bring the conversation's row and index up to date."""
        new = await asyncio.get_running_loop().run_in_executor(self._writers, self._append, tracker)
        if isinstance(tracker, StoredTracker) and tracker.place and len(tracker.events) <= LONGEST:
            self._going_on.put(tracker.sender_id, tracker)
        if self.event_broker:  # after the commit: what is published has happened
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)

    async def keys(self) -> Iterable[str]:
        """Return the names of all conversations."""
        return await self._read(archive.names, self.engine)

    async def _read(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, work, *arguments)

    def _load(self, sender_id: str, known: StoredTracker | None = None) -> StoredTracker | None:
        """Return a tracker as the database has it: the known one where nothing has happened since."""
        recent = archive.recent(self.engine, sender_id, known.place if known else None)
        tracker = known if recent.events is None else self._made_of(sender_id, recent.events)
        if tracker:
            tracker.place, tracker.taken = recent.place, recent.taken
        return tracker

    def _load_all(self, sender_id: str) -> StoredTracker | None:
        return self._made_of(sender_id, archive.everything(self.engine, sender_id))

    def _made_of(self, sender_id: str, found: list[str]) -> StoredTracker | None:
        if not found:
            return None
        events = deserialise_events([json.loads(data) for data in found])
        tracker = StoredTracker.from_events(sender_id, events, self.domain.slots)
        tracker.stored, tracker.domain = len(tracker.events), self.domain
        return tracker

    def _append(self, tracker: DialogueStateTracker) -> list[Any]:
        stored = getattr(tracker, "stored", None)
        if stored is None:  # made elsewhere, as by `rasa interactive`: new is what came after all we know
            latest = archive.latest(self.engine, tracker.sender_id)
            new = [event for event in tracker.events if event.timestamp > latest]
        else:
            new = list(tracker.events)[stored:]
        place = archive.append(self.engine, tracker, new, getattr(tracker, "place", None)) if new else None
        if isinstance(tracker, StoredTracker):
            tracker.stored, tracker.place = len(tracker.events), place
        return new
