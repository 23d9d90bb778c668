"""How Alembic reaches the history database: by the connection that it is given, and no file."""

from alembic import context

from ivrcore.history.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a table
)
with context.begin_transaction():
    context.run_migrations()
