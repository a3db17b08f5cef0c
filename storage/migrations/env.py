"""Alembic's entry: runs inside the connection that `storage.database.upgrade` holds."""

from alembic import context
from sqlmodel import SQLModel

import storage.card_tables  # as below
import storage.tables  # noqa: F401  # fills the metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata)
context.run_migrations()
