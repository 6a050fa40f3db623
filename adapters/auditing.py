"""`kizuki audit`: check the log of who changed what, and read it; and what the program itself writes into it."""

import getpass
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from adapters.consoles import APP_YAML, Config, printing
from bot import settings
from bot.schedule import moment
from bot.settings import Settings
from storage import audit, people, schema
from storage.audit import Entry, Verdict
from storage.columns import ERASED
from storage.database import Database, T, Tx, Work
from storage.engines import open_database

PERSON = "person:"
SETTINGS = "settings"
# In a database's address: what stands between the user and the host, and parameters such as sslpassword.
_PASSWORD = re.compile(r"(://[^:/@]*):[^@]*@")
_PASSWORDS = re.compile(r"([?&][^=&]*pass[^=&]*=)[^&]*", re.IGNORECASE)

cli = typer.Typer(no_args_is_help=True, help="The audit log: who changed what and when, never contents.")
out = printing()
err = printing(error=True)


@cli.command()
def verify(
    expect: Annotated[str, typer.Option(help="A hash noted earlier, which has to be in the log still.")] = "",
    config: Config = APP_YAML,
) -> None:
    """Check that no entry was changed, removed or put in: every entry is bound to the one before it.

    Whoever may write into the database may compute the whole chain anew. So write the last hash down somewhere else,
    and have it looked for with --expect the next time.
    """
    wanted = expect.strip().lower()
    if expect and not re.fullmatch("[0-9a-f]{64}", wanted):
        raise typer.BadParameter("--expect takes a whole hash, 64 digits and letters from a to f.")
    found = _read(_configured(config), lambda tx: audit.verify(tx, expect=wanted))
    if fault := _fault(found, wanted):
        err.print(fault, markup=False)
        raise typer.Exit(1)
    if wanted:
        out.print(f"The hash given is there: {_place(found.known)}.")
    out.print(f"{_counted(found.entries)}, each fits the one before. The last hash, to be written down elsewhere:")
    out.print(found.head)


@cli.command(name="list")
def listed(
    action: Annotated[str, typer.Option(help="Only actions that begin like this, such as role or role.begin.")] = "",
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 50,
    person: Annotated[str, typer.Option(help="Only what this staff number did, or what was done to them.")] = "",
    config: Config = APP_YAML,
) -> None:
    """List the newest entries: when, who, what, on whom or what. Contents were never written down."""
    found = _configured(config)
    entries, names = _read(found, lambda tx: _chosen(tx, found, action=action, limit=limit, person=person))
    if not entries:
        out.print("There is no such entry.")
        return
    drawn = Table("entry", "when", "who", "action", "on", "detail", box=SIMPLE_HEAD)
    for entry in entries:
        drawn.add_row(*map(Text, _row(entry, names, found)))
    out.print(drawn)


def note_settings(tx: Tx, config: Settings, at: int) -> None:
    """Write down which sections of the settings changed since the last start, with a fingerprint of each.

    A new version of the program that knows other settings counts as a change too. Secrets are in no fingerprint.
    """
    audit.hold(tx)  # of replicas that start together one writes
    last = audit.latest(tx, SETTINGS)
    before: dict[str, str] = json.loads(last.detail)["sections"] if last else {}
    now = dict(_fingerprints(config))
    changed = sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))
    if changed:
        audit.add(tx, SETTINGS, actor=operator(), at=at, changed=changed, sections=now)


async def exported(database: Database, what: str, *, actor: str, at: int, **detail: object) -> None:
    """Write down that somebody takes a report or a file out; to be called before they get it.

    `detail` says which: its period, its unit's code, its form.
    """
    await database.transact(lambda tx: audit.add(tx, "export", actor=actor, subject=what, at=at, **detail))


def operator() -> str:
    """Who runs this program, as an actor of the log: the name of the account on the machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user often has no name
        return f"cli:{os.getuid()}"


def _configured(path: Path) -> Settings:
    found = settings.load(path)
    schema.check(found.database)
    return found


def _read(config: Settings, work: Work[T]) -> T:
    database = open_database(config.database)
    try:
        return database.read_now(work)
    finally:
        database.close()


def _fault(found: Verdict, wanted: str) -> str:
    """What is wrong with the log, in a sentence; empty where nothing is."""
    if found.broken is not None:
        return (
            f"The log is broken at entry {found.broken}: it was changed, removed or put in. "
            f"What comes before it fits ({_counted(found.broken - 1)})."
        )
    if wanted and found.known is None:
        return (
            f"The hash given is not in the log: entries were cut off, or all were written anew. "
            f"There are {_counted(found.entries)}, the last hash is {found.head}."
        )
    return ""


def _counted(entries: int) -> str:
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"


def _place(known: int | None) -> str:
    return f"entry {known}" if known else "the beginning, before any entry"


def _chosen(tx: Tx, config: Settings, *, action: str, limit: int, person: str) -> tuple[list[Entry], dict[str, str]]:
    """The entries asked for, newest first, and what to call everybody in them."""
    today = datetime.now(config.zone).date().isoformat()
    if not person:
        entries = audit.newest(tx, limit=limit, action=action)
    else:
        found = people.by_number(tx, person, today=today)
        if found is None:
            raise typer.BadParameter(f"There is nobody with the staff number '{person}'.")
        about = reversed(audit.about(tx, f"{PERSON}{found.id}"))
        entries = [e for e in about if e.action.startswith(action)][:limit]
    keys = {key for e in entries for key in (e.actor, e.subject)}
    return entries, {key: _name(tx, key, today) for key in keys}


def _name(tx: Tx, key: str, today: str) -> str:
    """Staff number and name; the bare key of whoever has none any more, and of everything but people."""
    number = key.removeprefix(PERSON)
    found = people.get(tx, int(number), today=today) if number != key and number.isdecimal() else None
    if found is None or found.name_ja == ERASED:
        return key
    return f"{found.number if found.listed else key} {found.name('en')}"


def _row(entry: Entry, names: dict[str, str], config: Settings) -> tuple[str, ...]:
    when = f"{moment(entry.at, config.zone):%Y-%m-%d %H:%M:%S}"
    return str(entry.id), when, names[entry.actor], entry.action, names[entry.subject], _detail(entry)


def _detail(entry: Entry) -> str:
    """The detail as `name: value`; fingerprints are left out, and what is no JSON any more is shown as it is."""
    try:
        given: dict[str, Any] = json.loads(entry.detail)
        return ", ".join(f"{name}: {_value(value)}" for name, value in given.items() if name != "sections")
    except (ValueError, AttributeError):
        return entry.detail


def _value(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _fingerprints(config: Settings) -> Iterator[tuple[str, str]]:
    """Each section of app.yaml with its SHA-256. Secrets are SecretStr, which all look alike, or are taken out here."""
    data = config.model_dump(mode="json")
    data["database"] = _PASSWORDS.sub(r"\1", _PASSWORD.sub(r"\1@", data["database"]))
    for name, section in data.items():
        yield name, sha256(json.dumps(section, sort_keys=True).encode()).hexdigest()
