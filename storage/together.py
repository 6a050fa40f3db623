"""Many integers handed over as one text.

Handing a row over costs more than counting it: half a million rows take 0.4 s, the same in 3,500 texts 0.1 s.
"""

import json
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Together(FunctionElement[str]):
    """The values of a column of integers in one text, with commas between them."""

    name, type, inherit_cache = "together", String(), True


@compiles(Together, "sqlite")
def _in_sqlite(element: Together, compiler: SQLCompiler, **how: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **how)})"


@compiles(Together, "postgresql")
def _in_postgres(element: Together, compiler: SQLCompiler, **how: Any) -> str:
    return f"string_agg(CAST({compiler.process(element.clauses, **how)} AS VARCHAR), ',')"


def apart(text: str | None) -> list[int]:
    """The integers of such a text."""
    found: list[int] = json.loads(f"[{text or ''}]")
    return found
