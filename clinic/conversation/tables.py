"""The tables of conversations: every event, and one row for each conversation.

``message_index``, the full-text index of what was said, is made by the migration: it is a virtual
table in SQLite and a table with a tsvector in PostgreSQL.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clinic.database import UtcDateTime, metadata

# Slots that hold whom a conversation is with.
CONTACTS = sa.text("action_name IN ('client_contact', 'manage_contact', 'handoff_contact')")
# Each index that a list is read by holds all that the list is filtered by: what is passed over costs a step
# in the index, and only the rows that are shown are read.
FILTERED = (
    "channel outcome lowest_confidence booking_steps not_understood thumbs_up thumbs_down trouble_at".split()
)
# What few conversations have: each has an index of its own, which its filter must name word for word.
RARE = {
    "not_understood": sa.text("not_understood > 0"),
    "thumbs_up": sa.text("thumbs_up > 0"),
    "thumbs_down": sa.text("thumbs_down > 0"),
    "trouble": sa.text("trouble_at IS NOT NULL"),
    "unsure": sa.text("lowest_confidence < 0.5"),
}


def _listed(name: str, *order: str, more: tuple[str, ...] = (), when: Any = None) -> sa.Index:
    """Return an index by which lists of conversations are read in the order of some columns."""
    held = [column for column in FILTERED if column not in order]
    columns = (*order, "id", *held, *more)
    return sa.Index(f"ix_conversations_{name}", *columns, sqlite_where=when, postgresql_where=when)


events = sa.Table(
    "events",  # Rasa's, with its columns and their meaning; rows are only ever added, or erased
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),  # grows in the order of a conversation's events
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),  # seconds since 1970
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),  # the event as JSON
    sa.Index("ix_events_sender_id_id", "sender_id", "id"),
    sa.Index("ix_events_contacts", "action_name", sqlite_where=CONTACTS, postgresql_where=CONTACTS),
    sqlite_autoincrement=True,  # the number of an erased event is not given again
)

conversations = sa.Table(
    "conversations",  # what a list of conversations shows, kept with the events it is made from
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),  # the events' sender_id
    sa.Column("channel", sa.String(64)),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Column("visitor_messages", sa.Integer, nullable=False),
    sa.Column("bot_messages", sa.Integer, nullable=False),
    sa.Column("topics", sa.Text, nullable=False),  # JSON: names in the order they came up
    sa.Column("lowest_confidence", sa.Float),  # of the topics, 0 to 1
    sa.Column("not_understood", sa.Integer, nullable=False),  # messages that were asked back
    sa.Column("outcome", sa.String(16), nullable=False),  # see clinic/conversation/summary.py
    sa.Column("booked", sa.Boolean, nullable=False),
    sa.Column("booking_steps", sa.Integer, nullable=False, server_default="0"),  # summary.BOOKING_STEPS
    sa.Column("thumbs_up", sa.Integer, nullable=False),
    sa.Column("thumbs_down", sa.Integer, nullable=False),
    sa.Column("trouble_at", UtcDateTime),  # when the visitor last got an apology instead of an answer
    sa.Column("last_event", sa.Integer, nullable=False),  # events.id
    # Where loading begins: the state before an event, and a later one that will be the next beginning.
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("loads_after", sa.Integer, nullable=False),  # events.id
    sa.Column("loads_state", sa.Text, nullable=False),  # JSON: events that make the state
    sa.Column("next_after", sa.Integer, nullable=False),
    sa.Column("next_state", sa.Text, nullable=False),
    sa.Column("next_turn", sa.Integer, nullable=False),
    # This one also holds all that figures are counted from (clinic/console/numbers).
    _listed("last_at", "last_at", more=("visitor_messages", "booked")),
    _listed("started_at", "started_at"),
    _listed("channel", "channel", "last_at"),
    _listed("outcome", "outcome", "last_at"),
    *(_listed(name, "last_at", when=when) for name, when in RARE.items()),
)

counted_days = sa.Table(
    "counted_days",  # figures of days that are over: clinic/console/numbers/days.py. Triggers of the
    # migration take a day away when one of its conversations changes or goes on on another day.
    metadata,
    sa.Column("starts_at", UtcDateTime, primary_key=True),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),  # in real time
    sa.Column("figures", sa.Text),  # JSON; counted once all that wrote when the day was noted have ended
)

messaged = sa.Table(
    "messaged",  # conversations on messaging platforms: whom replies go to, and how far they have gone
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("recipient", sa.String(255), nullable=False),  # the person, as the platform calls them
    sa.Column("through", sa.String(255), nullable=False),  # our number or page that they wrote to
    sa.Column(
        "last_event", sa.Integer, nullable=False
    ),  # events.id: what came later is still to be delivered
    sa.Column("heard_at", UtcDateTime, nullable=False),  # when they last wrote, by the platform's clock
    sa.Column("stopped_at", UtcDateTime),  # when they asked for no more messages
    sa.Index("ix_messaged_recipient", "recipient"),
)

deliveries = sa.Table(
    "deliveries",  # what is sent to messaging platforms: one row a message of theirs
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("event_id", sa.Integer, nullable=False),  # events.id; 0 for what stands before the first
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("content", sa.Text),  # JSON, as the platform takes it; until it is sent
    sa.Column("state", sa.String(16), nullable=False),  # clinic/channels/messaging/deliveries.py
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("platform_id", sa.String(255)),  # the platform's name of the message
    sa.Column("trouble", sa.String(255)),  # why it has not been sent, without anybody's words
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.UniqueConstraint("conversation", "event_id", "part", name="uq_deliveries_conversation_event_part"),
    sa.Index("ix_deliveries_platform_id", "platform_id"),
    sa.Index("ix_deliveries_state_next_try_at", "state", "next_try_at"),
)

joined_conversations = sa.Table(
    "joined_conversations",  # what clients answered, asked whether to be told of an appointment there
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),  # the highest of an appointment is the latest answer
    sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False, index=True),
    sa.Column("agreed", sa.Boolean, nullable=False),  # a no is kept, so that nobody is asked again
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("appointment_id", "conversation", name="uq_joined_conversations_appointment"),
)

conversation_topics = sa.Table(
    "conversation_topics",  # the same topics, so that those of one topic are found among many
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("topic", sa.String(255), primary_key=True),
    sa.Column("last_at", UtcDateTime, nullable=False),  # the conversation's
    sa.Index("ix_conversation_topics_topic", "topic", "last_at", "conversation"),
)

takeovers = sa.Table(
    "takeovers",  # conversations that a person of the clinic answers: clinic/conversation/takeover.py
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("staff_id", sa.Integer, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),  # as the visitor reads it
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("active_at", UtcDateTime, nullable=False),  # when they last wrote something
    sa.Column("handed_back_at", UtcDateTime),  # set until the assistant has said that it is back
)

retention_runs = sa.Table(
    "retention_runs",  # when old conversations were last masked: clinic/conversation/retention.py
    metadata,
    sa.Column("at", UtcDateTime, primary_key=True),
    sa.Column("masked", sa.Integer, nullable=False),
)

erasures = sa.Table(
    "erasures",  # receipts; nothing in them tells of whom
    metadata,
    sa.Column("reference", sa.String(16), primary_key=True),
    sa.Column("erased_at", UtcDateTime, nullable=False),
    sa.Column("conversations", sa.Integer, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("bookings", sa.Integer, nullable=False),
)
