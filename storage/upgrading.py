"""The schema brought up to this program's, step by step, with what questions are asked of made anew."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.database import connected, reading, writing
from storage.reading import SCHEMA_VERSION, DatabaseProblem
from storage.stories.cards import make_missing_cards

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(url: str) -> list[str]:
    """Bring the schema up to this program's, making the database where there is none; give the revisions applied.

    Raises DatabaseProblem when it cannot be reached or written, or is newer than this program.
    """
    with connected(url) as engine:
        shown = _shown(engine)
        try:
            return _upgraded(engine, shown)
        except (OSError, DBAPIError) as error:
            said = f"{shown} cannot be used: {_one_line(error)}"
            raise DatabaseProblem(said, remedy="name another with --db or NEWSFOLD_DATABASE_URL") from error


def _upgraded(engine: Engine, shown: str) -> list[str]:
    if engine.dialect.name == "sqlite":
        _make_file(Path(str(engine.url.database)))
    if _is_current(engine):
        return []
    from alembic import command  # half a second to import, and most runs find the schema as it should be
    from alembic.migration import MigrationContext

    config = alembic_config(engine)
    with writing(engine) as db:
        _check_encoding(db, shown)
        steps = _steps(config, MigrationContext.configure(db).get_current_revision(), shown)
        if steps:
            config.attributes["connection"] = db
            command.upgrade(config, "head")
            make_missing_cards(db)
    return steps


def _make_file(path: Path) -> None:
    """Make the file of a database that is not there yet, of its user alone: SQLite would let everybody read it."""
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.resolve().touch(mode=0o600, exist_ok=False)


def _is_current(engine: Engine) -> bool:
    with reading(engine) as db:
        has_version = inspect(db).has_table("alembic_version")
        return has_version and db.scalar(text("SELECT version_num FROM alembic_version")) == SCHEMA_VERSION


def _check_encoding(db: Connection, shown: str) -> None:
    if db.dialect.name == "sqlite":
        return
    encoding = db.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise DatabaseProblem(
            f"{shown} is encoded in {encoding}, in which not all languages can be written: "
            "make it anew with createdb --template template0 --encoding UTF8"
        )


def _shown(engine: Engine) -> str:
    """Name the database without the credentials in its URL."""
    name = engine.url.database or ""
    return (
        name if engine.dialect.name == "sqlite" else f"PostgreSQL database {name} at {engine.url.host or 'localhost'}"
    )


def _one_line(error: OSError | DBAPIError) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error.orig).strip()
    return (said or type(error).__name__).splitlines()[0]


def _steps(config: "Config", before: str | None, shown: str) -> list[str]:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    known = [revision.revision for revision in script.walk_revisions()][::-1]
    if before is not None and before not in known:
        raise DatabaseProblem(f"{shown} is newer than this program (schema {before}): upgrade newsfold")
    return known[known.index(before) + 1 :] if before else known


def alembic_config(engine: Engine) -> "Config":
    """Give what Alembic needs to know to find our migrations, and the database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["engine"] = engine
    return config
