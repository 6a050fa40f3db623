"""`kizuki backup` and `kizuki restore`: everything in the database into one file, and out of it into a new database."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy.exc

from adapters import columns
from adapters.operations import archive
from adapters.operations.archive import Unusable
from bot.settings import Settings
from storage import planting, snapshot

KEY = (
    "The keys of surveys and of Slack's tokens are not in it: keep those apart (docs/operations.md), for without them "
    "an open survey takes no more answers."
)


def backup(settings: Settings, path: Path) -> str:
    """Write everything into a new file, as it was at one moment, while kizuki goes on; returns what to tell."""
    if not path.parent.is_dir():
        raise Unusable(f"There is no folder {path.parent}.")
    try:
        with archive.written(path) as writer, snapshot.taken(settings.database, beside=path.parent) as taken:
            for table in taken.tables:
                writer.add(table.name, [column.name for column in snapshot.columns(table)], taken.rows(table))
            made = writer.end(
                kizuki=version("kizuki"),
                version=taken.version,
                database=taken.kind,
                made=datetime.now(UTC).isoformat(timespec="seconds"),
                numbered=taken.numbered(),
            )
    except sqlalchemy.exc.OperationalError as fault:
        raise Unusable(f"The database cannot be read: {_kind(fault)}. Nothing was left behind.") from None
    rows = sum(table.rows for table in made.tables)
    return f"{rows:,} rows of {len(made.tables)} tables are in {path} (version {made.version}).\n{KEY}"


def restore(settings: Settings, path: Path) -> str:
    """Fill a new database from a backup, wholly or not at all; returns what to tell."""
    try:
        with archive.opened(path) as found:
            planted = planting.plant(settings.database, found)
            columns.keep(settings)
            made = found.manifest.made
    except (sqlalchemy.exc.OperationalError, OSError) as fault:
        raise Unusable(f"The database cannot be written: {_kind(fault)}. Nothing was left behind.") from None
    told = planted.audit
    chain = "is whole" if told.broken is None else f"does not fit at entry {told.broken}, as in the backup"
    return (
        f"{planted.rows:,} rows of {made} are in the database, which is at version {planted.version} now.\n"
        f"The audit log {chain}: {told.entries} entries, the last hash is {told.head}.\n"
        "What waited to be sent then is sent when kizuki starts (`kizuki outbox --state waiting`). What people had "
        "erased since is back: erase it again (docs/operations.md)."
    )


def _kind(fault: Exception) -> str:
    """What went wrong, in the words of the driver, which name no value."""
    told = str(getattr(fault, "orig", None) or getattr(fault, "strerror", None) or fault)
    return told.strip().splitlines()[0]
