"""A year of 54,046 staff: made, found by handle, searched."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from rich.console import Console

from adapters.app import furnish
from adapters.filling import fill
from bot.organisation import Organisation
from bot.settings import Settings
from bot.turn import House
from storage import people, roles, schema, search
from storage.database import Database, Tx
from storage.engines import open_database
from storage.search import Wanted
from tests.bench.measured import Figure, median_of

UNTIL = date(2026, 10, 31)
HANDLES = 5_000
BARE = "SELECT person_id FROM account WHERE platform = ? AND ext_id = ?"
WORDS = {"a frequent word": ("窓口",), "two words": ("住所", "申請"), "a rare word": ("車いす",), "nothing": ("鸚鵡",)}


async def figures(folder: Path, staff: int) -> list[Figure]:
    """Fill a database once, then measure reads on it."""
    settings = Settings(
        organisation=Organisation(name={"ja": "試験"}, closed=("12-29..01-03",)), database=f"sqlite:///{folder}/big.db"
    )
    house = furnish(settings)
    schema.upgrade(settings.database)
    started = time.perf_counter()
    counts = _filled(house, staff)
    took = time.perf_counter() - started
    database = open_database(settings.database)
    known = await resolving(database, staff)
    size = f"{counts['notes']:,} notes, {counts['kudos']:,} kudos"
    found = [Figure(f"simulate {staff:,} staff, a year: {size}", f"{took:.0f} s", "minutes"), known]
    for name, words in WORDS.items():
        found.append(Figure(f"Search, {name}", _ms(database, words), "≤ 300 ms", _scan(database, words)))
    database.close()
    return found


async def resolving(database: Database, staff: int) -> Figure:
    """From a handle to the person, their unit and roles, in a transaction that writes; beside the bare row."""
    rng = Random(1)
    names = [f"{rng.randint(1, staff):06d}" for _ in range(HANDLES)]
    today = UNTIL.isoformat()

    def known(tx: Tx) -> list[float]:
        times = []
        for name in names:
            started = time.perf_counter()
            person = people.resolve(tx, "sim", name, today=today)
            assert person
            roles.of(tx, person.id, today=today)
            times.append(time.perf_counter() - started)
        return times

    def bare(tx: Tx) -> list[float]:
        times = []
        for name in names:
            started = time.perf_counter()
            tx.cursor.execute(BARE, ("sim", name))
            tx.cursor.fetchone()
            times.append(time.perf_counter() - started)
        return times

    ours, row = sorted(await database.transact(known)), sorted(await database.transact(bare))
    p99 = ours[len(ours) * 99 // 100] * 1000
    return Figure(
        "Handle → person, unit and roles, in the transaction",
        f"{median(ours) * 1000:.3f} ms, p99 {p99:.3f}",
        "≤ 0.2 ms",
        f"the account's bare row {median(row) * 1000:.3f} ms",
    )


def _filled(house: House, staff: int) -> dict[str, int]:
    """`fill` runs an event loop of its own, as the command line does; here that needs a thread."""
    with ThreadPoolExecutor(1) as pool:
        job = partial(fill, house, staff=staff, weeks=52, seed=1, until=UNTIL, console=Console(stderr=True))
        return pool.submit(job).result()


def _ms(database: Database, words: tuple[str, ...]) -> str:
    wanted = Wanted(words)

    def both(tx: Tx) -> int:
        search.find(tx, wanted, limit=6)
        return search.count(tx, wanted, limit=1_000)

    return f"{median_of(5, lambda: database.read_now(both)) * 1000:,.1f} ms"


def _scan(database: Database, words: tuple[str, ...]) -> str:
    where = " and ".join("instr(plain, ?) > 0" for _ in words)

    def scan(tx: Tx) -> int:
        tx.cursor.execute(f"select count(*) from note where deleted_at is null and {where}", words)
        return int(tx.cursor.fetchone()[0])

    hits = database.read_now(scan)
    return f"{median_of(3, lambda: database.read_now(scan)) * 1000:,.0f} ms for a plain scan ({hits:,} hits)"
