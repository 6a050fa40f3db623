"""What was answered to an invoke: a client that asks a second time gets the same answer, and nothing is done twice."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

Json = dict[str, Any]
KEPT_S = 60.0
MOST = 1_000


class Answers:
    """Answers under way and just given, by the key of what was done."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._given: OrderedDict[str, tuple[float, asyncio.Future[Json | None]]] = OrderedDict()

    async def once(self, key: str, answer: Callable[[], Awaitable[Json | None]]) -> Json | None:
        """The answer to a key: worked out by who asks first, shared with all who ask meanwhile and a while after."""
        self._forget()
        known = self._given.get(key)
        if known is not None:
            return await asyncio.shield(known[1])
        found: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._given[key] = (self._now(), found)
        try:
            found.set_result(await answer())
        except Exception as fault:
            del self._given[key]
            found.set_exception(fault)
            # Nobody else may have waited for it.
            found.exception()
            raise
        except BaseException:
            del self._given[key]
            found.cancel()
            raise
        return found.result()

    def _forget(self) -> None:
        old = self._now() - KEPT_S
        while self._given and (len(self._given) > MOST or next(iter(self._given.values()))[0] < old):
            self._given.popitem(last=False)
