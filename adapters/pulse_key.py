"""What the keys of surveys are made of: from app.yaml, or from a file beside an SQLite database, never in it."""

import os
import secrets
from dataclasses import replace
from pathlib import Path

from bot.settings import Settings
from bot.turn import House

SQLITE = "sqlite:///"
SIZE = 32
NO_KEY = (
    "surveys on PostgreSQL need pulse.key, a secret of at least 32 characters that no backup of the database holds: "
    'write `pulse: {key: "${KIZUKI_PULSE_KEY}"}` into app.yaml; `openssl rand -hex 32` makes one'
)


def given(config: Settings) -> bytes:
    """The key that app.yaml names; nothing where it names none."""
    return config.pulse.key.get_secret_value().encode()


def kept(config: Settings) -> bytes:
    """The same, or for SQLite the one in a file beside the database, which is made when it is not there.

    Nothing on PostgreSQL: its replicas share no file. A backup of the database must not hold this file.
    """
    if given(config) or not config.database.startswith(SQLITE):
        return given(config)
    file = path(config)
    try:
        return _made(file)
    except FileExistsError:
        return file.read_bytes()


def keyed(house: House) -> House:
    """The house with the key of its surveys, made or read where app.yaml names none."""
    return replace(house, pulse_key=house.pulse_key or kept(house.settings))


def faults(config: Settings) -> list[str]:
    """What is wrong with the key, in sentences that never show one."""
    if config.pulse.surveys and not given(config) and not config.database.startswith(SQLITE):
        return [NO_KEY]
    return []


def path(config: Settings) -> Path:
    """Where the key of an SQLite database is kept."""
    return Path(f"{config.database.removeprefix(SQLITE)}.key")


def _made(file: Path) -> bytes:
    """A new key, whole or not at all: what starts at the same instant finds this one."""
    if file.exists():
        raise FileExistsError(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(key := secrets.token_bytes(SIZE))
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(draft, file)
    finally:
        draft.unlink()
    return key
