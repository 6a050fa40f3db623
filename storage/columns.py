"""The column types every table uses: moments as milliseconds since 1970 UTC, days as ISO texts, keys as integers."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import Insert as Upsert
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

# SQLite numbers its rows by itself only for a column declared INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# What stands where a name or a text was, in every language.
ERASED = "—"


def key() -> Any:
    """A primary key the database numbers."""
    return Field(default=None, primary_key=True, sa_type=Key)


def ref(target: str, *, primary: bool = False, index: bool = False, null: bool = False) -> Any:
    """A reference to another table's key."""
    default = {"default": None} if null else {}
    return Field(  # type: ignore[call-overload]
        foreign_key=target, primary_key=primary, index=index, nullable=null, sa_type=BigInteger, **default
    )


def bigint(*, primary: bool = False, null: bool = False, index: bool = False) -> Any:
    """A large integer: a moment in milliseconds since 1970 UTC, or another table's key without enforcement."""
    default = {"default": None} if null else {}
    return Field(sa_type=BigInteger, primary_key=primary, nullable=null, index=index, **default)  # type: ignore[call-overload]


def columns(model: Any) -> Any:
    """A table's columns for use in statements; untyped, because SQLModel types them as plain values."""
    return model.__table__.c


def listed(name: str, *, sqlite: bool) -> Any:
    """The texts of a JSON list bound as `name`, as rows: a statement stays the same however many there are."""
    if sqlite:
        return select(func.json_each(bindparam(name)).table_valued("value").c.value)
    return select(func.json_array_elements_text(cast(bindparam(name, type_=String), JSON)))


def numbers(name: str, *, sqlite: bool) -> Any:
    """The same for integers."""
    if sqlite:
        return listed(name, sqlite=True)
    return select(cast(func.json_array_elements_text(cast(bindparam(name, type_=String), JSON)), BigInteger))


def in_list(column: Any, name: str, *, sqlite: bool) -> Any:
    """Whether a column is among the texts of a JSON list bound as `name`."""
    texts = listed(name, sqlite=sqlite)
    # As an array, which PostgreSQL looks up in an index; rows it would join with the whole table.
    return column.in_(texts) if sqlite else column == any_(func.array(texts.scalar_subquery()))


def adding(model: type[SQLModel], *names: str) -> Upsert:
    """An insert of one row whose values are bound by the columns' names; on-conflict clauses work on both databases."""
    return insert(model).values({name: bindparam(name) for name in names})
