"""The console's list of conversations at a million rows, takeovers, and when retention last ran."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RARE = {
    "not_understood": "not_understood > 0",
    "thumbs_up": "thumbs_up > 0",
    "thumbs_down": "thumbs_down > 0",
    "trouble": "trouble_at IS NOT NULL",
}
INDEXES = {
    "ix_conversations_channel": ["channel", "last_at", "id"],
    "ix_conversations_outcome": ["outcome", "last_at", "id"],
    "ix_conversations_started_at": ["started_at", "id"],
    "ix_conversations_confidence": ["last_at", "id", "lowest_confidence"],
}
TOPICS = {
    "sqlite": "SELECT DISTINCT conversations.id, value, last_at FROM conversations, json_each(topics)",
    "postgresql": "SELECT DISTINCT id, topic, last_at FROM conversations, "
    "json_array_elements_text(CAST(topics AS json)) AS topic",
}
THUMBS = """
UPDATE conversations SET
  thumbs_up = (SELECT count(*) FROM feedback WHERE conversation = conversations.id AND helpful),
  thumbs_down = (SELECT count(*) FROM feedback WHERE conversation = conversations.id AND NOT helpful)
WHERE id IN (SELECT conversation FROM feedback)
"""
# What staff say is found as well, and the index never outlives it.
STAFF_WORDS = {
    "sqlite": """
INSERT INTO message_index (rowid, words, conversation)
SELECT id, json_extract(data, '$.text'), sender_id FROM events WHERE type_name = 'agent'
""",
    "postgresql": """
INSERT INTO message_index (event, conversation, words)
SELECT id, sender_id, to_tsvector('english', coalesce(CAST(data AS json) ->> 'text', ''))
FROM events WHERE type_name = 'agent'
""",
}
ERASED = """
CREATE TRIGGER events_erased AFTER DELETE ON events WHEN OLD.type_name IN ({kinds})
BEGIN DELETE FROM message_index WHERE rowid = OLD.id; END
"""
CONTACTS = "action_name IN ('client_contact', 'manage_contact', 'handoff_contact')"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    _create_tables()
    _create_indexes()
    op.execute(f"INSERT INTO conversation_topics (conversation, topic, last_at) {TOPICS[dialect]}")
    op.execute(THUMBS)
    op.execute(sa.text(STAFF_WORDS[dialect]))
    if dialect == "sqlite":
        op.execute("DROP TRIGGER events_erased")
        op.execute(ERASED.format(kinds="'user', 'bot', 'agent'"))


def _create_tables() -> None:
    op.create_table(
        "conversation_topics",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("topic", sa.String(255), primary_key=True),
        sa.Column("last_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "takeovers",
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("active_at", UtcDateTime, nullable=False),
        sa.Column("handed_back_at", UtcDateTime),
    )
    op.create_table(
        "retention_runs",
        sa.Column("at", UtcDateTime, primary_key=True),
        sa.Column("masked", sa.Integer, nullable=False),
    )


def _create_indexes() -> None:
    op.create_index(
        "ix_conversation_topics_topic", "conversation_topics", ["topic", "last_at", "conversation"]
    )
    op.drop_index("ix_conversations_channel_last_at", "conversations")
    op.drop_index("ix_conversations_trouble_at", "conversations")
    for name, columns in INDEXES.items():
        op.create_index(name, "conversations", columns)
    for name, when in RARE.items():
        partial = {"sqlite_where": sa.text(when), "postgresql_where": sa.text(when)}
        op.create_index(f"ix_conversations_{name}", "conversations", ["last_at", "id"], **partial)
    op.create_index("ix_appointments_conversation", "appointments", ["conversation"])
    partial = {"sqlite_where": sa.text(CONTACTS), "postgresql_where": sa.text(CONTACTS)}
    op.create_index("ix_events_contacts", "events", ["action_name"], **partial)


def downgrade() -> None:
    op.drop_index("ix_events_contacts", "events")
    op.drop_index("ix_appointments_conversation", "appointments")
    for name in (*INDEXES, *(f"ix_conversations_{rare}" for rare in RARE)):
        op.drop_index(name, "conversations")
    op.create_index("ix_conversations_channel_last_at", "conversations", ["channel", "last_at"])
    op.create_index("ix_conversations_trouble_at", "conversations", ["trouble_at"])
    for table in ("retention_runs", "takeovers", "conversation_topics"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_erased")
        op.execute(ERASED.format(kinds="'user', 'bot'"))
