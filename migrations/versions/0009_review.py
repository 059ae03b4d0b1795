"""Reviews of visitors' messages, changes to what the assistant knows, trainings."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_changes()
    _create_reviews()
    _create_trainings()


def _create_changes() -> None:
    op.create_table(
        "knowledge_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("applied_at", UtcDateTime, nullable=False),
        sa.Column("applied_by", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("summary", sa.String(255), nullable=False),
        sa.Column("undone_at", UtcDateTime),
        sa.Column("undone_by", sa.Integer, sa.ForeignKey("staff.id")),
    )
    op.create_table(
        "knowledge_change_files",
        sa.Column("change_id", sa.Integer, sa.ForeignKey("knowledge_changes.id"), primary_key=True),
        sa.Column("path", sa.String(255), primary_key=True),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text, nullable=False),
    )
    op.create_table(
        "new_topics",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("facts", sa.String(255), nullable=False),
        sa.Column("examples", sa.Text, nullable=False),
        sa.Column("written_by", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("written_at", UtcDateTime, nullable=False),
        sa.Column("change_id", sa.Integer, sa.ForeignKey("knowledge_changes.id")),
    )
    op.create_index("ix_new_topics_change_id", "new_topics", ["change_id"])


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("conversation", sa.String(255)),
        sa.Column("event_id", sa.Integer, unique=True),
        sa.Column("said_at", UtcDateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("runner_up", sa.String(255)),
        sa.Column("reasons", sa.String(255), nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_topic", sa.String(255)),
        sa.Column("example", sa.Text),
        sa.Column("decided_by", sa.Integer, sa.ForeignKey("staff.id")),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("note", sa.Text),
        sa.Column("tags", sa.String(255), nullable=False),
        sa.Column("alike", sa.Integer),
        sa.Column("change_id", sa.Integer, sa.ForeignKey("knowledge_changes.id")),
    )
    op.create_index("ix_reviews_conversation", "reviews", ["conversation"])
    op.create_index("ix_reviews_change_id", "reviews", ["change_id"])
    op.create_index("ix_reviews_state_weight_id", "reviews", ["state", "weight", "id"])
    op.create_index("ix_reviews_decided_by_decided_at", "reviews", ["decided_by", "decided_at"])
    op.create_table(
        "review_progress",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("events_until", sa.Integer, nullable=False),
        sa.Column("thumbs_until", UtcDateTime, nullable=False),
    )
    op.execute("INSERT INTO review_progress VALUES (1, 0, '1970-01-01 00:00:00.000000')")


def _create_trainings() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("running", sa.Integer, unique=True),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("started_by", sa.Integer, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("step", sa.String(255), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("reason", sa.Text),
        sa.Column("model", sa.String(64)),
        sa.Column("model_before", sa.String(64)),
        sa.Column("asked", sa.Integer),
        sa.Column("right_before", sa.Integer),
        sa.Column("right_after", sa.Integer),
    )
    op.create_table(
        "training_answers",
        sa.Column("training_id", sa.Integer, sa.ForeignKey("trainings.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("before", sa.String(255), nullable=False),
        sa.Column("after", sa.String(255), nullable=False),
    )


def downgrade() -> None:
    names = "training_answers trainings review_progress reviews new_topics knowledge_change_files"
    for table in [*names.split(), "knowledge_changes"]:
        op.drop_table(table)
