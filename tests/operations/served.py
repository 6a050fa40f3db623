"""A real `kizuki serve` with a small organisation in it, and colleagues who never stop writing notes."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from storage.database import Database, Tx
from storage.engines import open_database
from tests import talk
from tests.talk import STAFF

KIZUKI = Path(sys.executable).parent / "kizuki"
APP_YAML = """\
organisation:
  name: {{ja: 試験, en: Test}}
database: "{url}"
schedules: {{learn: off, directory: off}}
quiet: {{start: "00:00", end: "00:00"}}
server: {{port: 0{server}}}
platforms: {{playground: true}}
pulse: {{key: {key}}}
"""
KEY = "a key for tests that is long enough"
ADDRESS = re.compile(r"http://\S+")


async def inhabited(database: Database) -> None:
    """The organisation of the conversations, in the playground."""

    def work(tx: Tx) -> None:
        talk.found(tx)
        for table in ("place", "account"):
            tx.cursor.execute(f"update {table} set platform = 'playground'")

    await database.transact(work)


def settled(folder: Path, url: str, server: str = "") -> None:
    """Write an app.yaml; `server` is what it says besides the port."""
    text = APP_YAML.format(url=url, server=f", {server}" if server else "", key=KEY)
    (folder / "app.yaml").write_text(text, encoding="utf-8")


class Served:
    """The process, and the address it answers at."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self.process = process
        self.address = address
        self.logged = ""

    async def ended(self, by: signal.Signals) -> int:
        """Send a signal and wait for the end; what was logged is kept."""
        self.process.send_signal(by)
        _, logged = await asyncio.wait_for(self.process.communicate(), 40)
        self.logged += logged.decode()
        return int(self.process.returncode or 0)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """Start `kizuki serve` and wait until it can be opened."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(KIZUKI, "serve", cwd=folder, stdout=pipe, stderr=pipe)
    assert process.stdout
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 40)).decode()
        found = ADDRESS.search(line)
        assert found, (line, (await process.communicate())[1].decode())
        yield Served(process, found[0])
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


class Crowd:
    """Colleagues who write and confirm notes as fast as they are answered, and remember what was confirmed to them."""

    def __init__(self, url: str, served_at: Callable[[], str]) -> None:
        self._database = open_database(url)
        self._address = served_at
        self.stored: list[str] = []
        self.answers: list[int] = []
        self.over = False

    async def write(self, session: aiohttp.ClientSession, who: str) -> None:
        """Write notes until it is over; where nothing answers, a little later again."""
        number = 0
        while not self.over:
            number += 1
            text = f"{who}の気づき{number}番"
            try:
                await self._note(session, who, text, number)
            except (aiohttp.ClientError, ConnectionError):
                await asyncio.sleep(0.02)

    async def _note(self, session: aiohttp.ClientSession, who: str, text: str, number: int) -> None:
        if await self._post(session, "say", who, f"say-{number:06}", text=f"/kizuki {text}") != 200:
            return
        draft = await self._database.read(lambda tx: _draft(tx, text))
        sent: dict[str, Any] = {"action": "note.confirm", "value": str(draft), "fields": {"numbers": ["1"]}}
        if await self._post(session, "press", who, f"press-{number:06}", **sent) == 200:
            self.stored.append(text)

    async def _post(self, session: aiohttp.ClientSession, what: str, who: str, ident: str, **sent: object) -> int:
        data = {"as": who, "id": f"{ident}-{who}", "place": f"dm:{who}", "lang": "ja", **sent}
        url = f"{self._address()}/playground/api/{what}"
        async with session.post(url, json=data, headers={"X-Kizuki": "1"}) as answer:
            await answer.read()
            self.answers.append(answer.status)
            return answer.status

    async def gone(self, *writers: "asyncio.Task[None]") -> None:
        """Let everybody end."""
        self.over = True
        await asyncio.gather(*writers)
        self._database.close()


@asynccontextmanager
async def crowd(url: str, served_at: Callable[[], str]) -> AsyncIterator[Crowd]:
    """Everybody of the organisation writing at once."""
    found = Crowd(url, served_at)
    async with aiohttp.ClientSession() as session:
        writers = [asyncio.create_task(found.write(session, who)) for who in STAFF]
        try:
            yield found
        finally:
            await found.gone(*writers)


def _draft(tx: Tx, text: str) -> int:
    tx.cursor.execute(f"select id from draft where text = '{text}'")
    return int(tx.cursor.fetchone()[0])


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Look into the database directly."""
    database = open_database(url)

    def look(tx: Tx) -> list[tuple[Any, ...]]:
        tx.cursor.execute(sql)
        found: list[tuple[Any, ...]] = tx.cursor.fetchall()
        return found

    try:
        return database.read_now(look)
    finally:
        database.close()
