"""Where it is written what became of messages: everything that ends meanwhile goes into one transaction."""

import asyncio
import logging
from collections.abc import Sequence

from storage import deliveries
from storage.database import Busy, Database
from storage.deliveries import Outcome

# A message that was sent and is not written down is sent again: the database is given some time, in seconds.
PATIENCE = (0.1, 0.5, 2.0, 5.0)

log = logging.getLogger("kizuki.delivery")
Entry = tuple[Sequence[Outcome], "asyncio.Future[None]"]


class Ledger:
    """Writes outcomes, many at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[Entry] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Return when the outcomes are committed; raises what the database raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcomes, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            entries, self._waiting = self._waiting, []
            fault = await self._written([one for outcomes, _ in entries for one in outcomes])
            for _, done in entries:
                if done.done():
                    continue
                if fault is None:
                    done.set_result(None)
                else:
                    done.set_exception(fault)
        self._writer = None

    async def _written(self, outcomes: Sequence[Outcome]) -> Exception | None:
        for pause in (*PATIENCE, None):
            try:
                await self._database.transact(lambda tx: deliveries.settle(tx, outcomes))
            except Busy as busy:
                if pause is None:
                    return busy
                await asyncio.sleep(pause)
            except Exception as fault:  # noqa: BLE001 - whoever waits for it raises it
                return fault
            else:
                return None
        raise AssertionError("unreachable")
