"""Every change of an appointment; holds, rooms and buffers; what a practitioner should know."""

import sqlalchemy as sa
from alembic import op

from clinic.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT = sa.column("at", UtcDateTime)
SOLD = sa.table(
    "sold_time", sa.column("practitioner"), sa.column("at", UtcDateTime), sa.column("appointment_id")
)
TAKEN = sa.table(
    "taken_time", sa.column("resource"), sa.column("at", UtcDateTime), sa.column("appointment_id")
)
PERSON = "practitioner:"


def upgrade() -> None:
    sold = op.get_bind().execute(sa.select(SOLD)).all()
    op.drop_table("sold_time")
    with op.batch_alter_table("appointments") as table:
        table.add_column(sa.Column("sequence", sa.Integer))
        table.add_column(sa.Column("room", sa.String(255)))
        table.add_column(sa.Column("busy_from", UtcDateTime))
        table.add_column(sa.Column("busy_until", UtcDateTime))
        table.add_column(sa.Column("client_email", sa.String(255)))
        table.add_column(sa.Column("notes", sa.Text))
    op.execute(
        "UPDATE appointments SET busy_from = starts_at, busy_until = ends_at, "
        "sequence = CASE status WHEN 'confirmed' THEN 0 ELSE 1 END, "
        "client_email = CASE WHEN client_contact LIKE '%@%' THEN client_contact END"
    )
    with op.batch_alter_table("appointments") as table:
        for name, kind in (("sequence", sa.Integer), ("busy_from", UtcDateTime), ("busy_until", UtcDateTime)):
            table.alter_column(name, existing_type=kind, nullable=False)
        table.create_index("ix_appointments_busy_until", ["busy_until"])
    op.create_table(
        "appointment_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(255), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("practitioner", sa.String(255), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("idempotency_key", sa.String(255), unique=True),
        sa.UniqueConstraint("appointment_id", "sequence", name="uq_appointment_changes_sequence"),
    )
    into = (
        "INSERT INTO appointment_changes (appointment_id, sequence, at, idempotency_key, "
        "who, what, practitioner, starts_at, ends_at) SELECT id, "
    )
    rest = "practitioner, starts_at, ends_at FROM appointments"
    op.execute(f"{into} 0, created_at, idempotency_key, 'visitor', 'confirmed', {rest}")
    op.execute(f"{into} 1, changed_at, NULL, 'visitor', status, {rest} WHERE status <> 'confirmed'")
    op.create_table(
        "taken_time",
        sa.Column("resource", sa.String(300), primary_key=True),
        sa.Column("at", UtcDateTime, primary_key=True),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), index=True),
        sa.Column("hold_key", sa.String(255), index=True),
        sa.Column("expires_at", UtcDateTime, index=True),
        sa.CheckConstraint(
            "(appointment_id IS NULL) = (hold_key IS NOT NULL AND expires_at IS NOT NULL)",
            name="ck_taken_time_appointment_or_hold",
        ),
    )
    rows = [
        {"resource": PERSON + row.practitioner, "at": row.at, "appointment_id": row.appointment_id}
        for row in sold
    ]
    op.bulk_insert(TAKEN, rows)


def downgrade() -> None:
    sold = sa.select(TAKEN).where(TAKEN.c.appointment_id.isnot(None), TAKEN.c.resource.startswith(PERSON))
    rows = [
        {
            "practitioner": row.resource.removeprefix(PERSON),
            "at": row.at,
            "appointment_id": row.appointment_id,
        }
        for row in op.get_bind().execute(sold)
    ]
    op.drop_table("taken_time")
    op.drop_table("appointment_changes")
    with op.batch_alter_table("appointments") as table:
        table.drop_index("ix_appointments_busy_until")
        for name in ("sequence", "room", "busy_from", "busy_until", "client_email", "notes"):
            table.drop_column(name)
    op.create_table(
        "sold_time",
        sa.Column("practitioner", sa.String(255), primary_key=True),
        sa.Column("at", UtcDateTime, primary_key=True),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id"), nullable=False, index=True),
    )
    op.bulk_insert(SOLD, rows)
