"""Reminders of surveys on their way out: whoever reads the outbox or the log does not learn who has answered.

A reminder that is worth sending and one that is not end alike: their rows are gone. Where a platform takes nothing now,
all reminders wait for as long, not only those that were tried; and what fails is noted in memory only.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime

from adapters.chains import Leased
from adapters.platform import Gone, Later
from bot import pulse_reminding
from bot.pulse_reminding import Reminder
from bot.schedule import millis
from bot.turn import House
from storage import outbox
from storage.database import Database, Tx
from storage.deliveries import FORGOTTEN, Outcome
from storage.outbox import Owed

# Whether a reminder is still worth sending.
Worth = Callable[[Tx, Reminder, datetime], bool]
# A reminder is tried so often, with so many ms in between; then it is let go.
TRIES, PAUSE = 3, 4_000


def worth(house: Callable[[], House]) -> Worth:
    """The question to ask before each reminder, of the house as it is then."""
    return lambda tx, reminder, now: pulse_reminding.worth(house(), tx, reminder, now)


class Reminding:
    """What the delivery loop does differently with reminders."""

    def __init__(self, database: Database, worth: Worth | None) -> None:
        """Without `worth` none is sent."""
        self._database = database
        self._worth = worth
        self._until = 0
        self._tries: Counter[int] = Counter()

    def held(self, owed: Owed, now: int) -> int:
        """Until when a reminder waits; 0 for one that need not, and for every other message."""
        return self._until if self._until > now and pulse_reminding.of(owed.key) else 0

    async def dealt_with(self, one: Leased, now: datetime, send: Callable[[], Awaitable[object]]) -> Outcome:
        """Send a reminder where it is worth it; the outcome is the same where it is not."""
        if await self._is_worth(one.owed, now):
            try:
                await send()
            except Later as later:
                return self._wait(one, millis(now) + round(later.seconds * 1000))
            except Gone:
                pass
            except Exception:  # noqa: BLE001 - what went wrong is told by the next message that is not a secret
                self._tries[one.owed.id] += 1
                if self._tries[one.owed.id] < TRIES:
                    return self._wait(one, millis(now) + PAUSE)
        self._tries.pop(one.owed.id, None)
        return Outcome(one.owed, one.until, FORGOTTEN, one.owed.tries, one.owed.due_at)

    def _wait(self, one: Leased, until: int) -> Outcome:
        """Have all reminders wait, and this one be written down like any other of them."""
        self._until = max(self._until, until)
        return Outcome(one.owed, one.until, "waiting", one.owed.tries, self._until, outbox.LATER)

    async def _is_worth(self, owed: Owed, now: datetime) -> bool:
        reminder = pulse_reminding.of(owed.key)
        asked = self._worth
        if reminder is None or asked is None:
            return False
        return await self._database.read(lambda tx: asked(tx, reminder, now))
