"""`kizuki role` and `kizuki account`: what an administrator mends by hand; all of it is in the audit log."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from adapters import app as root
from adapters.auditing import operator
from adapters.consoles import APP_YAML, Config, printing
from bot import accounts, settings
from bot.events import Handle
from bot.people import ROLES
from bot.schedule import millis
from bot.settings import Settings
from bot.turn import House, Turn
from storage import accounts as stored
from storage import audit, people, roles, schema, units
from storage.database import Tx
from storage.engines import open_database
from storage.people import PersonRow
from storage.units import UnitRow

T = TypeVar("T")
Number = Annotated[str, typer.Argument(help="A staff number.")]
UnitCode = Annotated[str, typer.Option("--unit", help="A unit's code; the whole organisation if left out.")]

role_cli = typer.Typer(no_args_is_help=True, help="Roles: who may do what, in a unit and below it, from when to when.")
account_cli = typer.Typer(no_args_is_help=True, help="Accounts: mend which account belongs to whom.")
out = printing()


class Office:
    """One change by the person at this keyboard, in one transaction."""

    def __init__(self, tx: Tx, config: Settings) -> None:
        self.tx = tx
        self.now = datetime.now(config.zone)
        self.today = self.now.date().isoformat()

    def person(self, number: str) -> PersonRow:
        """The person with a staff number."""
        found = people.by_number(self.tx, number, today=self.today)
        if found is None:
            raise typer.BadParameter(f"There is nobody with the staff number {number}.")
        return found

    def unit(self, code: str) -> UnitRow | None:
        """The unit with a code; None where none is given."""
        found = units.by_code(self.tx, code) if code else None
        if code and found is None:
            raise typer.BadParameter(f"There is no unit with the code {code}.")
        return found

    def turn(self, house: House) -> Turn:
        """What features are given, as done at this keyboard."""
        return Turn(self.tx, house, self.now, key=f"cli:{millis(self.now)}", actor=operator())

    def note(self, action: str, person: int | None, **detail: object) -> None:
        """Write down who did what."""
        subject = f"person:{person}" if person is not None else ""
        audit.add(self.tx, action, actor=operator(), subject=subject, at=millis(self.now), **detail)


@role_cli.command()
def grant(
    number: Number,
    role: Annotated[str, typer.Argument(help=", ".join(ROLES))],
    unit: UnitCode = "",
    first: Annotated[str, typer.Option("--from", help="The first day; today if left out.")] = "",
    last: Annotated[str, typer.Option("--to", help="The last day; without end if left out.")] = "",
    config: Config = APP_YAML,
) -> None:
    """Give somebody a role."""
    if role not in ROLES:
        raise typer.BadParameter(f"There is no role '{role}'. There are: {', '.join(ROLES)}.")
    start, end = _day(first), _after(_day(last))
    if start and end and end <= start:
        raise typer.BadParameter("--to is before --from.")

    def work(office: Office) -> None:
        person, found = office.person(number), office.unit(unit)
        begins = start or office.today
        roles.add(
            office.tx, person.id, role, unit_id=found.id if found else None, starts_on=begins, ends_on=end or None
        )
        office.note("role.begin", person.id, role=role, unit=unit, first=begins, end=end)

    _in_office(config, work)
    out.print(f"{number} is {role} of {unit or 'the whole organisation'}.")


@role_cli.command()
def end(
    number: Number,
    role: Annotated[str, typer.Argument(help=", ".join(ROLES))],
    unit: UnitCode = "",
    day: Annotated[str, typer.Option("--on", help="The first day without it; today if left out.")] = "",
    config: Config = APP_YAML,
) -> None:
    """Take a role from somebody."""
    on = _day(day)

    def work(office: Office) -> int:
        person, found = office.person(number), office.unit(unit)
        when = on or office.today
        held = [
            r for r in roles.history(office.tx, person.id) if (r.role, r.unit_id) == (role, found.id if found else None)
        ]
        ended = sum(roles.end(office.tx, r.id, day=when) for r in held)
        if ended:
            office.note("role.end", person.id, role=role, unit=unit, day=when)
        return ended

    if not _in_office(config, work):
        raise typer.BadParameter(f"{number} is not {role} of {unit or 'the whole organisation'}.")
    out.print(f"{number} is no longer {role} of {unit or 'the whole organisation'}.")


@role_cli.command(name="list")
def listing(config: Config = APP_YAML) -> None:
    """Show every role that is held today or later."""
    table = Table("role", "unit", "number", "name", "from", "until", "by")

    def work(office: Office) -> None:
        codes = {u.id: u.code for u in units.everything(office.tx)}
        for held in roles.everything(office.tx, today=office.today):
            person = people.get(office.tx, held.person_id, today=office.today)
            name = (person.number, person.name_ja) if person else ("", "")
            unit = codes.get(held.unit_id or 0, "all")
            table.add_row(held.role, unit, *name, held.starts_on, held.ends_on or "", held.source)

    _in_office(config, work)
    out.print(table)


@account_cli.command(name="list")
def of(number: Number, config: Config = APP_YAML) -> None:
    """Show a person's accounts."""
    table = Table("platform", "id", "since", "how")

    def work(office: Office) -> None:
        for found in stored.of(office.tx, office.person(number).id):
            since = datetime.fromtimestamp(found.linked_at / 1000, office.now.tzinfo) if found.linked_at else None
            table.add_row(found.platform, found.ext_id, f"{since:%Y-%m-%d %H:%M}" if since else "", found.how)

    _in_office(config, work)
    out.print(table)


@account_cli.command()
def link(platform: str, account: str, number: Number, config: Config = APP_YAML) -> None:
    """Give an account to a person, whoever had it before; both hear of it."""
    house = root.check(config)
    if not house.phrases.has("en", f"platforms.{platform}"):
        raise typer.BadParameter(f"There is no platform '{platform}'.")

    def work(office: Office) -> None:
        person, turn = office.person(number), office.turn(house)
        before = stored.get(office.tx, platform, account)
        if before and before.person_id not in (None, person.id):
            accounts.end(turn, before)
        accounts.begin(turn, person, Handle(platform, account), how="admin")

    _in_office(config, work)
    out.print(f"{platform}/{account} belongs to {number}.")


@account_cli.command()
def unlink(platform: str, account: str, config: Config = APP_YAML) -> None:
    """Take an account from whoever has it; it comes back only by a code or `kizuki account link`."""
    house = root.check(config)

    def work(office: Office) -> bool:
        found = stored.get(office.tx, platform, account)
        if found is None or found.person_id is None:
            return False
        accounts.end(office.turn(house), found)
        return True

    if not _in_office(config, work):
        raise typer.BadParameter(f"{platform}/{account} belongs to nobody.")
    out.print(f"{platform}/{account} belongs to nobody now.")


def _in_office(config: Path, work: Callable[[Office], T]) -> T:
    found = settings.load(config)
    schema.check(found.database)

    async def run() -> T:
        database = open_database(found.database)
        try:
            return await database.transact(lambda tx: work(Office(tx, found)))
        finally:
            database.close()

    return asyncio.run(run())


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a day such as 2027-04-01.") from None


def _after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else ""
