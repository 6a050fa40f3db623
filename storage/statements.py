"""SQLAlchemy Core statements that are compiled once per dialect and run on the bare driver connection.

Measured on the look-up of a person by account: 7 µs, against 19 µs through a SQLAlchemy connection. That is what lets
one writer keep up with thousands of notes a second. Two things make it possible: every column is an integer, a text or
a boolean (moments are milliseconds since 1970 UTC, days are ISO texts), so that no value needs converting, and every
variable part is a named bind parameter.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic

from sqlalchemy import Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from typing_extensions import TypeVar

Row = tuple[Any, ...]
R = TypeVar("R", default=Row)
Params = Mapping[str, Any]
AS_IS: Any = tuple


class Statement(Generic[R]):
    """A Core statement and what each of its rows becomes."""

    __slots__ = ("_compiled", "core", "row")

    def __init__(self, core: Executable, row: Callable[..., R] = AS_IS) -> None:
        self.core = core
        self.row = row
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> "Compiled":
        """The statement's text for this dialect, worked out at first use."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = Compiled(self.core, dialect)
        return found


class Compiled:
    """The text of a statement for one driver, and how its parameters are laid out."""

    __slots__ = ("_defaults", "_order", "text")

    def __init__(self, core: Executable, dialect: Dialect) -> None:
        compiled = core.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)  # noqa: S101
        self.text = str(compiled)
        self._order: Sequence[str] | None = compiled.positiontup
        asked = {name for name, bind in compiled.binds.items() if bind.required}
        self._defaults = {k: v for k, v in compiled.params.items() if k not in asked}

    def bind(self, params: Params) -> Sequence[Any] | Params:
        """The values as the driver wants them: by position for SQLite, by name for PostgreSQL."""
        values = {**self._defaults, **params} if self._defaults else params
        if self._order is None:
            return values
        return [values[name] for name in self._order]


def fetched(rows: Sequence[Row], make: Callable[..., R]) -> list[R]:
    """Driver rows as the statement's own type."""
    if make is AS_IS:
        return rows  # type: ignore[return-value]
    return [make(*row) for row in rows]
