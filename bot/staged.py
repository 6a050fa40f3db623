"""Work that takes too long for a transaction: it is announced, worked out beside the writers, and put down at once."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from bot.turn import Turn
from storage.database import Busy, Database, Tx

R = TypeVar("R")
# Runs a piece of work in a turn of this transaction.
Within = Callable[[Tx, Callable[[Turn], R]], R]
TRIES = 10


class Changed(Exception):
    """What it was worked out from is not so any more; nothing was put down."""


class Staged(NamedTuple):
    """Three steps of one work, each of which may be done again from the first.

    `begin` writes that it is under way, `work_out` only reads, `settle` puts down what came of that, or raises
    `Changed`.
    """

    begin: Callable[[Turn], None]
    work_out: Callable[[Turn], Any]
    settle: Callable[[Turn, Any], Any]


async def run(database: Database, work: Staged, within: Within[Any], settled: Within[R]) -> R:
    """Do it step by step; `settled` runs the last one, so that it can be claimed in the same transaction."""
    await database.transact(lambda tx: within(tx, work.begin))
    for _ in range(TRIES):
        with suppress(Changed):
            return await _attempt(database, work, within, settled)
    raise Busy("what is worked out changes again and again")


async def _attempt(database: Database, work: Staged, within: Within[Any], settled: Within[R]) -> R:
    found = await database.read(lambda tx: within(tx, work.work_out))
    return await database.transact(lambda tx: settled(tx, lambda turn: work.settle(turn, found)))
