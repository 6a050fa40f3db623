"""Which database a URL means."""

from storage.database import Database
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase


def open_database(url: str) -> Database:
    """The database at a SQLAlchemy URL: `sqlite:///file.db` or `postgresql+psycopg://…`."""
    if url.startswith("sqlite:///"):
        return SqliteDatabase(url)
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        return PostgresDatabase(url.replace("postgresql://", "postgresql+psycopg://", 1))
    raise ValueError("the database URL begins with sqlite:/// or postgresql://")
