"""Events, a row for each conversation, the full-text index of what was said, and messages under way."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

FIRST_ROWS = """
INSERT INTO conversations (id, started_at, last_at, visitor_messages, bot_messages, topics, not_understood,
                           outcome, booked, thumbs_up, thumbs_down, last_event, turns,
                           loads_after, loads_state, next_after, next_state, next_turn)
SELECT sender_id, {first}, {last},
       sum(CASE WHEN type_name = 'user' THEN 1 ELSE 0 END),
       sum(CASE WHEN type_name = 'bot' THEN 1 ELSE 0 END),
       '[]', 0, 'opened', {false}, 0, 0, max(id), 0,
       coalesce(max(CASE WHEN type_name = 'session_started' THEN id END), 1) - 1, '[]',
       coalesce(max(CASE WHEN type_name = 'session_started' THEN id END), 1) - 1, '[]', 0
FROM events GROUP BY sender_id
"""
SQLITE_INDEX = """
CREATE VIRTUAL TABLE message_index USING fts5(words, conversation UNINDEXED, tokenize = 'porter unicode61')
"""
# The index never outlives the words.
SQLITE_TRIGGER = """
CREATE TRIGGER events_erased AFTER DELETE ON events WHEN OLD.type_name IN ('user', 'bot')
BEGIN DELETE FROM message_index WHERE rowid = OLD.id; END
"""
SQLITE_FILL = """
INSERT INTO message_index (rowid, words, conversation)
SELECT id, json_extract(data, '$.text'), sender_id FROM events WHERE type_name IN ('user', 'bot')
"""
SQLITE_ROWS = FIRST_ROWS.format(
    first="datetime(min(timestamp), 'unixepoch')", last="datetime(max(timestamp), 'unixepoch')", false=0
)
POSTGRESQL_INDEX = """
CREATE TABLE message_index (
    event integer PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    conversation varchar(255) NOT NULL,
    words tsvector NOT NULL
)
"""
POSTGRESQL_WORDS = "CREATE INDEX ix_message_index_words ON message_index USING gin (words)"
POSTGRESQL_FILL = r"""
INSERT INTO message_index
SELECT id, sender_id, to_tsvector('english', coalesce(replace(data, '\u0000', '')::json ->> 'text', ''))
FROM events WHERE type_name IN ('user', 'bot')
"""
POSTGRESQL_ROWS = FIRST_ROWS.format(
    first="to_timestamp(min(timestamp))", last="to_timestamp(max(timestamp))", false="false"
)
STATEMENTS = {
    "sqlite": (SQLITE_INDEX, SQLITE_TRIGGER, SQLITE_FILL, SQLITE_ROWS),
    "postgresql": (POSTGRESQL_INDEX, POSTGRESQL_WORDS, POSTGRESQL_FILL, POSTGRESQL_ROWS),
}


def upgrade() -> None:
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("events"):  # Rasa's own tracker store made it
        _create_events()
    _create_conversations()
    _create_erasures()
    _note_what_is_under_way()
    for statement in STATEMENTS[connection.dialect.name]:
        op.execute(sa.text(statement.replace(":", r"\:")))


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender_id", sa.String(255), nullable=False),
        sa.Column("type_name", sa.String(255), nullable=False),
        sa.Column("timestamp", sa.Float),
        sa.Column("intent_name", sa.String(255)),
        sa.Column("action_name", sa.String(255)),
        sa.Column("data", sa.Text),
        sqlite_autoincrement=True,
    )


def _create_conversations() -> None:
    op.create_index("ix_events_sender_id_id", "events", ["sender_id", "id"])
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(255), primary_key=True),
        sa.Column("channel", sa.String(64)),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("visitor_messages", sa.Integer, nullable=False),
        sa.Column("bot_messages", sa.Integer, nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("lowest_confidence", sa.Float),
        sa.Column("not_understood", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("booked", sa.Boolean, nullable=False),
        sa.Column("thumbs_up", sa.Integer, nullable=False),
        sa.Column("thumbs_down", sa.Integer, nullable=False),
        sa.Column("trouble_at", UtcDateTime),
        sa.Column("last_event", sa.Integer, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("loads_after", sa.Integer, nullable=False),
        sa.Column("loads_state", sa.Text, nullable=False),
        sa.Column("next_after", sa.Integer, nullable=False),
        sa.Column("next_state", sa.Text, nullable=False),
        sa.Column("next_turn", sa.Integer, nullable=False),
    )
    op.create_index("ix_conversations_last_at", "conversations", ["last_at", "id"])
    op.create_index("ix_conversations_channel_last_at", "conversations", ["channel", "last_at"])
    op.create_index("ix_conversations_trouble_at", "conversations", ["trouble_at"])


def _create_erasures() -> None:
    counts = ("conversations", "events", "messages", "requests", "bookings")
    op.create_table(
        "erasures",
        sa.Column("reference", sa.String(16), primary_key=True),
        sa.Column("erased_at", UtcDateTime, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
    )


def _note_what_is_under_way() -> None:
    op.add_column("received_messages", sa.Column("words", sa.Text))
    op.add_column("received_messages", sa.Column("claimed_at", UtcDateTime))
    op.add_column("received_messages", sa.Column("answered_at", UtcDateTime))
    op.execute("UPDATE received_messages SET claimed_at = received_at, answered_at = received_at")
    op.create_index("ix_received_messages_answered_at", "received_messages", ["answered_at", "claimed_at"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_erased")
    op.drop_index("ix_received_messages_answered_at", "received_messages")
    with op.batch_alter_table("received_messages") as table:
        for column in ("words", "claimed_at", "answered_at"):
            table.drop_column(column)
    for name in ("erasures", "message_index", "conversations", "events"):
        op.drop_table(name)
