"""The migrations make exactly the tables the code declares, with every constraint named."""

import importlib
import pkgutil

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

import storage
from storage import schema
from storage.statements import Compiled, Statement

MODULES = [importlib.import_module(f"storage.{m.name}") for m in pkgutil.iter_modules(storage.__path__) if not m.ispkg]
DIALECTS = [make_url(name).get_dialect()() for name in ("sqlite://", "postgresql+psycopg://")]
# The search index is each database's own: an FTS5 table on SQLite, a tsvector column on PostgreSQL.
OWN = ("note_pairs", "pairs", "ix_note_pairs")


def test_migrations_and_tables_agree(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    engine.dispose()
    assert [d for d in found if not any(name in str(d) for name in OWN)] == []


def test_every_constraint_has_a_name() -> None:
    unnamed = [
        f"{table.name}: {constraint!r}"
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if not constraint.name
    ]
    assert unnamed == []


def test_every_statement_compiles_for_both_databases() -> None:
    statements = [v for module in MODULES for v in vars(module).values() if isinstance(v, Statement)]
    assert len(statements) > 80
    for statement in statements:
        for dialect in DIALECTS:
            assert Compiled(statement.core, dialect).text


def test_versions_are_the_names_of_the_migrations() -> None:
    """The server reads the newest version from the files' names; alembic follows the chain inside them."""
    script = ScriptDirectory(str(schema.MIGRATIONS))
    assert schema.head() == script.get_current_head()
    assert schema._known() == {found.revision for found in script.walk_revisions()}
