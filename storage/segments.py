"""Columns of deeds as they are counted: chunks that are over are kept as bytes, whatever else is asked is read by row.

Half a million rows come in 0.02 s as bytes, in 1 s by row. A trigger of each table drops what is kept of a chunk in the
transaction that changes one of its rows, so that what is kept is never of other rows than those there are, and nothing
outlives an erasure.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import LargeBinary, bindparam, delete, select, text
from sqlmodel import Field, SQLModel

from storage.columns import adding, columns, in_list
from storage.database import Tx
from storage.series import EVERY, NAMED, Series
from storage.statements import Statement

Column = np.ndarray[Any, Any]
# Codes of texts, and what the name of the row ends with that says which texts they are.
CODE, TEXTS = "<i2", "texts"
DAY = timedelta(days=1)


class Segment(SQLModel, table=True):
    """One column of a chunk of a series, all its rows."""

    __tablename__ = "segment"

    series: str = Field(primary_key=True)
    chunk: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)


class Deeds:
    """Columns of the same rows by name; a text is a code, and `names` says of which texts."""

    def __init__(self, by_name: dict[str, Column], names: dict[str, list[str]]) -> None:
        self._by_name = by_name
        self.names = names

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    def __len__(self) -> int:
        return len(next(iter(self._by_name.values())))

    def where(self, mask: Column) -> "Deeds":
        """The rows for which a column of truths holds."""
        return self if mask.all() else self.at(np.flatnonzero(mask))

    def at(self, rows: Column) -> "Deeds":
        """Some rows, by their places."""
        return Deeds({name: found[rows] for name, found in self._by_name.items()}, self.names)

    def during(self, since: int, until: int) -> "Deeds":
        """Those of a part of the time, of deeds with a moment: they are in its order."""
        first, end = np.searchsorted(self["at"], (since, until))
        return Deeds({name: found[first:end] for name, found in self._by_name.items()}, self.names)

    def named(self, name: str, value: str) -> Column:
        """Which rows have a text in a column."""
        known = self.names[name]
        code = known.index(value) if value in known else -1
        return np.equal(self._by_name[name], code)


class Due(NamedTuple):
    """A chunk that is over and not kept."""

    series: Series
    chunk: int

    def __str__(self) -> str:
        return f"{self.series.table}:{self.chunk}"


_segment = columns(Segment)
_kept = {
    sqlite: Statement(
        select(_segment.chunk, _segment.name, _segment.data)
        .where(
            _segment.series == bindparam("series"),
            _segment.chunk >= bindparam("first"),
            _segment.chunk <= bindparam("last"),
            in_list(_segment.name, "names", sqlite=sqlite),
        )
        .order_by(_segment.chunk)
    )
    for sqlite in (True, False)
}
_names = Statement(select(_segment.chunk, _segment.name).where(_segment.series == bindparam("series")))
_add = Statement(adding(Segment, "series", "chunk", "name", "data"))
_drop = Statement(delete(Segment).where(_segment.series == bindparam("series"), _segment.chunk == bindparam("chunk")))
_oldest = {one.table: Statement(text(f"SELECT min({one.time}) FROM {one.table}")) for one in EVERY}  # noqa: S608
_still = {one.table: Statement(text(f"LOCK TABLE {one.table} IN SHARE MODE")) for one in EVERY}


def deeds(tx: Tx, series: Series, since: int, until: int, *wanted: str) -> Deeds:
    """What was done from a time up to, not with, another: of some columns, or of all."""
    series = series.only(wanted) if wanted else series
    return _joined(series, list(_parts(tx, series, since, until)))


def some(tx: Tx, series: Series, since: int, until: int, by: str, keys: Iterable[int]) -> Deeds:
    """What was done in some units, or by some people (of thanks: to them): by row, as of few that is quicker."""
    rows = tx.all(series.narrow[by, tx.sqlite], since=since, until=until, some=json.dumps(list(keys)))
    return _made(series, rows)


def due(tx: Tx, today: date) -> list[Due]:
    """What is over since yesterday at least, and not kept."""
    found: list[Due] = []
    for series in EVERY:
        oldest = tx.value(_oldest[series.table])
        if oldest is not None:
            known: defaultdict[int, set[str]] = defaultdict(set)
            for chunk, name in tx.all(_names, series=series.table):
                known[chunk].add(name)
            wanted = set(_stored(series))
            chunks = range(series.chunk(_time(oldest)), series.chunk_of(today - DAY))
            found += (Due(series, chunk) for chunk in chunks if not wanted <= known[chunk])
    return found


def _stored(series: Series) -> list[str]:
    """The names of a series' rows; they say how each is written, so that none is read in another way."""
    return [*(f"{name}:{kind}" for name, kind in series.kinds.items()), *(f"{n}:{TEXTS}" for n in _texts(series))]


def keep(tx: Tx, of: Due) -> None:
    """Keep a chunk, while nobody changes its rows."""
    if not tx.sqlite:
        # A change that is under way found nothing to drop: it is waited for.
        tx.run(_still[of.series.table])
    found = _by_row(tx, of.series, *of.series.span(of.chunk))
    data = [
        *(found[name].tobytes() for name in of.series.kinds),
        *(json.dumps(t).encode() for t in found.names.values()),
    ]
    place = {"series": of.series.table, "chunk": of.chunk}
    tx.run(_drop, **place)
    tx.many(_add, [place | {"name": n, "data": d} for n, d in zip(_stored(of.series), data, strict=True)])


def _parts(tx: Tx, series: Series, since: int, until: int) -> Iterator[Deeds]:
    """What is kept, and by row what lies between."""
    at = since
    first, last = series.chunk(since), series.chunk(until - 1)
    stored = _stored(series)
    rows = tx.all_bytes(_kept[tx.sqlite], series=series.table, first=first, last=last, names=json.dumps(stored))
    for chunk, columns_of in groupby(rows, key=itemgetter(0)):
        opens, closes = series.span(chunk)
        data = {name: data for _, name, data in columns_of}
        if len(data) < len(stored):
            continue
        if at < opens:
            yield _by_row(tx, series, at, opens)
        whole = _opened(series, data)
        time = whole[series.time]
        inside = since <= opens and closes <= until
        yield whole if inside else whole.where((time >= since) & (time < until))
        at = closes
    if at < until:
        yield _by_row(tx, series, at, until)


def _opened(series: Series, data: Mapping[str, bytes]) -> Deeds:
    by_name = {name: np.frombuffer(data[f"{name}:{kind}"], _kind(kind)) for name, kind in series.kinds.items()}
    return Deeds(by_name, {name: json.loads(data[f"{name}:{TEXTS}"]) for name in _texts(series)})


def _by_row(tx: Tx, series: Series, since: int, until: int) -> Deeds:
    span = (_day(since), _day(until)) if series.by_day else (since, until)
    return _made(series, tx.all(series.rows, since=span[0], until=span[1]))


def _made(series: Series, rows: Sequence[Any]) -> Deeds:
    found: dict[str, Sequence[Any]] = dict(
        zip(series.made, zip(*rows, strict=True) if rows else repeat(()), strict=False)
    )
    names = {name: list(dict.fromkeys(found[name])) for name in _texts(series)}
    for name, known in names.items():
        codes = {value: code for code, value in enumerate(known)}
        found[name] = tuple(codes[value] for value in found[name])
    by_name = {name: np.fromiter(found[name], _kind(kind), len(rows)) for name, kind in series.kinds.items()}
    return Deeds(by_name, names)


def _joined(series: Series, parts: Sequence[Deeds]) -> Deeds:
    if len(parts) == 1:
        return parts[0]
    names = {name: list(dict.fromkeys(chain.from_iterable(p.names[name] for p in parts))) for name in _texts(series)}
    by_name = {
        name: np.concatenate([_recoded(part, name, names) if name in names else part[name] for part in parts])
        for name in series.kinds
    }
    return Deeds(by_name, names)


def _recoded(part: Deeds, name: str, names: Mapping[str, list[str]]) -> Column:
    """The codes of a column as they are among all texts."""
    return np.array([names[name].index(value) for value in part.names[name]], CODE)[part[name]]


def _texts(series: Series) -> Iterator[str]:
    return (name for name, kind in series.kinds.items() if kind == NAMED)


def _kind(kind: str) -> str:
    return CODE if kind == NAMED else kind


def _time(stored: int | str) -> int:
    return stored if isinstance(stored, int) else int(stored.replace("-", ""))


def _day(time: int) -> str:
    return f"{time // 10_000:04}-{time // 100 % 100:02}-{time % 100:02}"
