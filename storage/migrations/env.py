"""Alembic's entry: runs inside the connection that `storage.upgrading.upgrade` holds."""

from alembic import context
from sqlmodel import SQLModel

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata)
context.run_migrations()
