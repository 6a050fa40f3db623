"""`kizuki pack`: check a pack, start one, move an organisation to another version of its own."""

import asyncio
import re
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot import editions, pack_files, settings, vocabulary
from bot.documents import Fault, Faults
from bot.editions import Change
from bot.packs import NAME, Pack
from bot.schedule import millis
from bot.settings import Settings
from storage import editions as stored
from storage import schema
from storage.database import Database
from storage.engines import open_database

CONTENT = Path(__file__).resolve().parent.parent / "content"
STARTER = CONTENT / "starter"
PACKS = CONTENT / "packs"
FIRST = "1.0.0"
APP_YAML = Path("app.yaml")
MARKS = {"+": "new", "-": "gone", "~": "rewritten"}

cli = typer.Typer(no_args_is_help=True, help="Packs: principles in versions, with words and examples.")
out = Console(highlight=False, soft_wrap=True)

_LINE = re.compile(r"^pack:[^#\n]*?(?=\s*(?:#.*)?$)", re.MULTILINE)


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
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")] = APP_YAML,
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
        old, _ = vocabulary.read_all(pack_files.found(PACKS, _counted_by(database, found)))
        out.print(_changes(old, pack, lang))
        _show_counts(database, pack)
        if not yes and not typer.confirm(f"Move from {old.edition} to {pack.edition}?"):
            raise typer.Abort
        at = millis(datetime.now(found.zone))
        changed = asyncio.run(database.transact(lambda tx: editions.move(tx, pack, at=at)))
    finally:
        database.close()
    _rewrite(config, to)
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


def _rewrite(config: Path, to: str) -> None:
    """Name the version in app.yaml: its one line, whole or not at all."""
    text = config.read_text(encoding="utf-8")
    line = f"pack: {to}"
    changed, count = _LINE.subn(line, text, count=1)
    if not count:
        changed = f"{line}\n{text}"
    with tempfile.NamedTemporaryFile("w", dir=config.parent, delete=False, encoding="utf-8") as file:
        file.write(changed)
    Path(file.name).chmod(config.stat().st_mode & 0o777)
    Path(file.name).replace(config)
