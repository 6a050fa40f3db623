"""Reminders of surveys on their way out: whoever reads the outbox or the log does not learn who has answered.

A reminder that is worth sending and one that is not end alike: their rows are gone before either is looked at. What a
platform does not take now is kept in memory only, and asked about again before it is sent: a crash costs a reminder.
Until then all reminders wait, not only those that were tried.
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
from storage.database import Database, Tx
from storage.deliveries import FORGOTTEN, Outcome
from storage.outbox import Owed

# Whether a reminder is still worth sending.
Worth = Callable[[Tx, Reminder, datetime], bool]
# A reminder is tried so often, with so many ms in between; then it is let go.
TRIES, PAUSE = 3, 4_000
# What has no row has no lease that could run out, and nothing of it can be looked up anew.
NEVER = 2**62


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
        self._kept: list[Leased] = []
        self._tries: Counter[int] = Counter()

    def held(self, owed: Owed, now: int) -> int:
        """Until when a reminder waits; 0 for one that need not, and for every other message."""
        return self._until if self._until > now and pulse_reminding.of(owed.key) else 0

    def again(self, now: int) -> list[Leased]:
        """Take what was put off, once its time has come."""
        if self._until > now:
            return []
        kept, self._kept = self._kept, []
        return kept

    async def deal_with(self, one: Leased, now: datetime, send: Callable[[], Awaitable[object]]) -> None:
        """Send a reminder that has no row any more, where it is worth it; or keep it for later."""
        if self._until > millis(now):
            self._put_off(one, self._until)
            return
        try:
            if await self._is_worth(one.owed, now):
                await send()
        except Later as later:
            self._put_off(one, millis(now) + round(later.seconds * 1000))
            return
        except Gone:
            pass
        except Exception:  # noqa: BLE001 - what went wrong is told by the next message that is not a secret
            self._tries[one.owed.id] += 1
            if self._tries[one.owed.id] < TRIES:
                self._put_off(one, millis(now) + PAUSE)
                return
        self._tries.pop(one.owed.id, None)

    def _put_off(self, one: Leased, until: int) -> None:
        """Have all reminders wait, and keep this one, which has no row."""
        self._until = max(self._until, until)
        self._kept.append(one._replace(until=NEVER, at=NEVER))

    async def _is_worth(self, owed: Owed, now: datetime) -> bool:
        reminder = pulse_reminding.of(owed.key)
        asked = self._worth
        if reminder is None or asked is None:
            return False
        return await self._database.read(lambda tx: asked(tx, reminder, now))


def forgotten(one: Leased) -> Outcome:
    """What becomes of a reminder's row, whoever it is for."""
    return Outcome(one.owed, one.until, FORGOTTEN, one.owed.tries, one.owed.due_at)
