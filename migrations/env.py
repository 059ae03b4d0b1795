"""Alembic's entry point: migrates the database that DATABASE_URL names."""

from alembic import context

from clinic.database import database, metadata

with database().connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        # The events table belongs to the tracker store.
        include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
