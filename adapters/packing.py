"""`kizuki pack`: check a pack, start one, move an organisation to another version of its own."""

import asyncio
import os
import re
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from stat import S_IMODE
from typing import Annotated, Any, NamedTuple

import typer
import yaml
from rich.box import SIMPLE_HEAD
from rich.table import Table

from adapters.app import CONTENT
from adapters.consoles import APP_YAML, Config, printing
from bot import editions, pack_files, settings, vocabulary
from bot.documents import LOADER, Fault, Faults, read
from bot.editions import Change, Unmoved
from bot.packs import NAME, Pack
from bot.schedule import millis
from bot.settings import Settings
from storage import editions as stored
from storage import schema
from storage.database import Database
from storage.engines import open_database

STARTER = CONTENT / "starter"
PACKS = CONTENT / "packs"
FIRST = "1.0.0"
BOM = "\ufeff"

cli = typer.Typer(no_args_is_help=True, help="Packs: principles in versions, with words and examples.")
out = printing()


@cli.command()
def check(path: Annotated[Path, typer.Argument(help="A pack's folder, or one version in it.")]) -> None:
    """Read a pack with its words and examples and list every fault with file and line."""
    found = [path] if (path / pack_files.HEADER).exists() else [path / v for v in pack_files.versions(path)]
    if not found:
        raise Faults(
            [Fault(str(path / FIRST / pack_files.HEADER), 1, "the file is missing: a pack has versions in folders")]
        )
    faults: dict[Fault, None] = {}
    for version in found:
        try:
            pack, words = vocabulary.read_all(version.resolve())
            out.print(f"Fine: {described(pack, words)}")
        except Faults as broken:
            faults |= dict.fromkeys(broken.faults)
    if faults:
        raise Faults(list(faults))


def described(pack: Pack, words: vocabulary.Vocabulary) -> str:
    """What a pack holds, in one line."""
    cards = min(len([e for f in p.facets.values() for e in f]) for p in pack.principles)
    count = sum(len(w) for w in words.words.values())
    return (
        f"{pack.edition}, {len(pack.principles)} principles with {cards} texts or more, {len(pack.shelves)} shelves, "
        f"{count:,} words, {len(words.examples):,} examples"
    )


@cli.command()
def new(
    name: Annotated[str, typer.Argument(help="Its name: small letters, digits and hyphens.")],
    into: Annotated[Path, typer.Option(help="The folder of packs.")] = PACKS,
) -> None:
    """Start a pack: a folder with three principles to be rewritten and a comment at every part."""
    if not re.fullmatch(NAME, name):
        raise typer.BadParameter(f"'{name}' is not a name of small letters, digits and hyphens, such as our-town.")
    folder = into / name
    if folder.exists():
        raise typer.BadParameter(f"{folder} is there already.")
    shutil.copytree(STARTER, folder)
    for path in folder.rglob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("PACK-NAME", name), encoding="utf-8")
    out.print(f"{folder / FIRST} is ready to be written. Then: kizuki pack check {folder}", markup=False)


@cli.command()
def move(
    to: Annotated[str, typer.Argument(help="The pack and its version, such as tokyo@1.1.0.")],
    config: Config = APP_YAML,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    lang: Annotated[str, typer.Option(help="The language of the titles shown.")] = "ja",
) -> None:
    """Show what another version changes, then move the organisation to it. Notes and kudos keep their numbers.

    Interrupted at any point it is safe to run again; where anything is wrong in the new version nothing is changed.
    """
    found = settings.load(config)
    schema.check(found.database)
    pack, _ = vocabulary.read_all(pack_files.found(PACKS, to))
    database = open_database(found.database)
    try:
        old = pack_files.load(pack_files.found(PACKS, _counted_by(database, found)))
        out.print(_changes(old, pack, lang))
        if shelves := editions.shelf_changes(old, pack, lang):
            out.print("Guide: " + ", ".join(f"{mark}{name}" for mark, name in shelves), markup=False)
        _show_counts(database, pack)
        if not yes and not typer.confirm(f"Move from {old.edition} to {pack.edition}?"):
            raise typer.Abort
        edit = _planned(config, found, to)
        at = millis(datetime.now(found.zone))
        changed = asyncio.run(database.transact(lambda tx: editions.move(tx, pack, at=at, old=old)))
    finally:
        database.close()
    _save(edit, config, to)
    out.print(f"Moved to {to}: {changed} numbers of notes and kudos count for another one. Start kizuki again.")


def _counted_by(database: Database, found: Settings) -> str:
    """The version the database counts by: what app.yaml says where it was never started."""
    current = database.read_now(stored.current)
    return current.name if current else found.pack


def _changes(old: Pack, pack: Pack, lang: str) -> Table:
    drawn = Table("", old.edition, "", pack.edition, "What is told of it", box=SIMPLE_HEAD)
    for change in editions.changes(old, pack, lang):
        drawn.add_row(*_row(change))
    return drawn


def _row(change: Change) -> tuple[str, str, str, str, str]:
    before, after = change.title
    told = [f"{mark}{name}" for mark, name in change.told]
    what = "new" if change.before is None else "dropped" if change.after is None else ""
    return (
        f"#{change.before}" if change.before else "",
        before,
        f"#{change.after}" if change.after else what or "—",
        after,
        what or " ".join(told) or "as before",
    )


def _show_counts(database: Database, pack: Pack) -> None:
    """What was tagged so far and what it will count for."""
    for name, version in database.read_now(stored.used):
        counts = database.read_now(lambda tx, n=name, v=version: stored.counts(tx, n, v))  # type: ignore[misc]
        for number, (notes, kudos) in counts.items():
            now = pack.now(f"{name}@{version}", number)
            if now != number:
                target = f"#{now}" if now else "nothing"
                out.print(f"{name}@{version} #{number}: {notes} notes and {kudos} kudos will count for {target}.")


class _Edit(NamedTuple):
    """A file, what it holds and what it is to hold."""

    path: Path
    before: bytes
    after: bytes


def _planned(config: Path, found: Settings, to: str) -> _Edit:
    """What app.yaml is to hold, tried out; raises `Faults` where it cannot be written or would say anything else."""
    path = config.resolve()
    if settings.load(path) != found:
        raise _refused(config, to, "the file was changed meanwhile")
    before = path.read_bytes()
    after = _naming(before.decode("utf-8"), found.pack, to).encode("utf-8")
    try:
        if not _reads_as(after, found.model_copy(update={"pack": to})):
            raise _refused(config, to, "the version cannot be replaced without changing something else")
        if after != before:
            path.open("r+b").close()
    except OSError as fault:
        raise _refused(config, to, f"the file cannot be written ({_reason(fault)})") from None
    return _Edit(path, before, after)


def _refused(config: Path, to: str, why: str) -> Faults:
    said = f"{why}; nothing has moved. Write `pack: {to}` here yourself, then run this again"
    return Faults([Fault(str(config), read(config).line(("pack",)), said)])


def _reason(fault: OSError) -> str:
    return fault.strerror or type(fault).__name__


def _naming(text: str, now: str, to: str) -> str:
    """The text of app.yaml with another version: nothing but the value of `pack` differs, or one line is new."""
    body = text.removeprefix(BOM)
    root: Any = yaml.compose(body, Loader=LOADER)
    value = next((value for key, value in root.value if key.value == "pack"), None)
    if value is None:
        start = end = root.value[0][0].start_mark.index
        written = _line(body, root, to)
    else:
        start, end = value.start_mark.index, value.end_mark.index
        written = body[start:end] if now == to else _scalar(body[start:end], value.value.strip(), to)
    return text[: len(text) - len(body)] + body[:start] + written + body[end:]


def _line(body: str, root: Any, to: str) -> str:
    """What stands before the first key where `pack` was not named: a line of its own, or an entry between braces."""
    if root.flow_style:
        return f"pack: {to}, "
    end = "\r\n" if "\r\n" in body else "\n"
    column: int = root.value[0][0].start_mark.column
    return f"pack: {to}{end}" + " " * column


def _scalar(written: str, value: str, to: str) -> str:
    """A value as it is written, quotes and all, with another text; without them where the text is not found in it."""
    before, same, after = written.rpartition(value)
    return before + to + after if same else to


def _reads_as(data: bytes, wanted: Settings) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / APP_YAML
        copy.write_bytes(data)
        try:
            return settings.load(copy) == wanted
        except Faults:
            return False


def _save(edit: _Edit, config: Path, to: str) -> None:
    """Write app.yaml; raises `Unmoved` where that fails all the same: the database has moved by now."""
    try:
        if edit.after != edit.before:
            _write(edit)
    except OSError as fault:
        raise Unmoved(
            f"The database has moved to {to}, but {config} cannot be written ({_reason(fault)}): "
            f"write `pack: {to}` into {config} yourself."
        ) from None


def _write(edit: _Edit) -> None:
    """Whole or not at all; in place where the folder, or the owner to be kept, does not allow a new file."""
    try:
        _replace(edit.path, edit.after)
    except OSError:
        try:
            _overwrite(edit.path, edit.after)
        except OSError:
            with suppress(OSError):
                _overwrite(edit.path, edit.before)
            raise


def _replace(path: Path, data: bytes) -> None:
    """Put a new file of the same owner and mode in a file's place."""
    kept = path.stat()
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if hasattr(os, "chown"):
            os.chown(name, kept.st_uid, kept.st_gid)
        Path(name).chmod(S_IMODE(kept.st_mode))
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _overwrite(path: Path, data: bytes) -> None:
    with path.open("r+b") as file:
        file.write(data)
        file.truncate()
