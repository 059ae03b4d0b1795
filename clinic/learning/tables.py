"""The tables of reviews, of changes to what the assistant knows, and of trainings."""

from __future__ import annotations

import sqlalchemy as sa

from clinic.console.tables import staff
from clinic.database import UtcDateTime, metadata

reviews = sa.Table(
    "reviews",  # visitors' messages that are worth a look, and what was decided about them
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # None once the conversation is older than it is kept: what was decided stays, masked.
    sa.Column("conversation", sa.String(255), index=True),
    sa.Column("event_id", sa.Integer, unique=True),  # of the visitor's message
    sa.Column("said_at", UtcDateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # as it was said
    sa.Column("topic", sa.String(255), nullable=False),  # the likeliest
    sa.Column("confidence", sa.Float, nullable=False),  # 0 to 1
    sa.Column("runner_up", sa.String(255)),
    sa.Column("reasons", sa.String(255), nullable=False),  # why: some of clinic.learning.queue.REASONS
    sa.Column("weight", sa.Integer, nullable=False),  # the higher, the more useful to look at
    sa.Column("state", sa.String(16), nullable=False),  # one of clinic.learning.decisions.STATES
    sa.Column("decided_topic", sa.String(255)),  # what it was about, as the staff say
    sa.Column("example", sa.Text),  # the text without personal data, once it is decided
    sa.Column("decided_by", sa.Integer, sa.ForeignKey(staff.c.id)),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("note", sa.Text),
    sa.Column("tags", sa.String(255), nullable=False),  # words with spaces between them
    sa.Column("alike", sa.Integer),  # reviews.id of the first of its group; None: not grouped
    sa.Column("change_id", sa.Integer, sa.ForeignKey("knowledge_changes.id"), index=True),
    sa.Index("ix_reviews_state_weight_id", "state", "weight", "id"),
    sa.Index("ix_reviews_decided_by_decided_at", "decided_by", "decided_at"),
)

review_progress = sa.Table(
    "review_progress",  # one row: how far the queue has looked
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("events_until", sa.Integer, nullable=False),  # events.id
    sa.Column("thumbs_until", UtcDateTime, nullable=False),  # feedback.given_at
)

new_topics = sa.Table(
    "new_topics",  # answers that the staff wrote, until they are part of the data
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),  # of the topic, without faq/
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("facts", sa.String(255), nullable=False),  # such as "F01 F02"; none: the clinic's own answer
    sa.Column("examples", sa.Text, nullable=False),  # one a line
    sa.Column("written_by", sa.Integer, sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("written_at", UtcDateTime, nullable=False),
    sa.Column("change_id", sa.Integer, sa.ForeignKey("knowledge_changes.id"), index=True),
)

knowledge_changes = sa.Table(
    "knowledge_changes",  # sets of changes to the data's files
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sa.Column("applied_by", sa.Integer, sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("summary", sa.String(255), nullable=False),
    sa.Column("undone_at", UtcDateTime),
    sa.Column("undone_by", sa.Integer, sa.ForeignKey(staff.c.id)),
)

knowledge_change_files = sa.Table(
    "knowledge_change_files",
    metadata,
    sa.Column("change_id", sa.Integer, sa.ForeignKey("knowledge_changes.id"), primary_key=True),
    sa.Column("path", sa.String(255), primary_key=True),  # inside the folder of knowledge
    sa.Column("before", sa.Text),  # the whole file; None: there was none
    sa.Column("after", sa.Text, nullable=False),
)

trainings = sa.Table(
    "trainings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("running", sa.Integer, unique=True),  # 1 while it runs, so that there is one at a time
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("started_by", sa.Integer, sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),  # its last sign of life
    sa.Column("ended_at", UtcDateTime),
    sa.Column("step", sa.String(255), nullable=False),  # what it does just now
    sa.Column("outcome", sa.String(16)),  # live, refused or failed
    sa.Column("reason", sa.Text),  # why it did not go live
    sa.Column("model", sa.String(64)),  # file name of the new model
    sa.Column("model_before", sa.String(64)),
    sa.Column("asked", sa.Integer),  # questions of the regression set
    sa.Column("right_before", sa.Integer),
    sa.Column("right_after", sa.Integer),
)

training_answers = sa.Table(
    "training_answers",  # the questions that the new model takes for something else than the one before
    metadata,
    sa.Column("training_id", sa.Integer, sa.ForeignKey("trainings.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # golden, decided or validation
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("topic", sa.String(255), nullable=False),
    sa.Column("before", sa.String(255), nullable=False),
    sa.Column("after", sa.String(255), nullable=False),
)
