"""`kizuki print`: pocket cards, posters, wallpapers and certificates of the organisation's principles."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from adapters import app as root
from adapters.consoles import APP_YAML, Config, printing
from adapters.files.keeping import Unwritable, keep_bytes
from bot import prints
from bot.prints import SCREENS, Certificate, Honoured
from bot.schedule import period
from bot.turn import House

FORMS = ("pdf", "png")
MOST_MONTHS = 24
# Dots an inch: of paper, and of a screen whose pixels are points.
PAPER, SCREEN = 300.0, 72.0

cli = typer.Typer(no_args_is_help=True, help="The principles on paper and screens, as PDF and PNG.")
out = printing()

Number = Annotated[int | None, typer.Option("--principle", "-p", help="Only this principle; all if left out.")]
Lang = Annotated[str, typer.Option(help="ja, en or ja-easy; the organisation's language if left out.")]
Form = Annotated[str, typer.Option("--format", help="pdf or png; both if left out.")]
Folder = Annotated[Path, typer.Option("--out", "-o", help="The folder the files go to.")]
HERE = Path()


class Sheet(NamedTuple):
    """One thing to print: its file's name without the ending, template and data, and how fine a picture of it is."""

    name: str
    template: str
    data: Mapping[str, Any]
    ppi: float = PAPER


@cli.command()
def card(
    number: Number = None, lang: Lang = "", form: Form = "", folder: Folder = HERE, config: Config = APP_YAML
) -> None:
    """Print pocket cards, 85 × 54 mm when folded: the PDF has four on a sheet with marks to cut and fold, two pages.

    Print it on both sides, turned over the long edge. The pictures are one card.
    """
    house, lang = _house(config, lang, number)
    for one in _forms(form):
        data = prints.card(house, lang, number, sheet=one == "pdf")
        _keep(Sheet(_named("card", number, lang), "card", data), one, folder)


@cli.command()
def poster(
    number: Number = None, lang: Lang = "", form: Form = "", folder: Folder = HERE, config: Config = APP_YAML
) -> None:
    """Print an A3 poster."""
    house, lang = _house(config, lang, number)
    sheet = Sheet(_named("poster", number, lang), "poster", prints.poster(house, lang, number), ppi=150)
    for one in _forms(form):
        _keep(sheet, one, folder)


@cli.command()
def wallpaper(
    number: Number = None,
    month: Annotated[str, typer.Option(help="The first month, such as 2026-12; this one if left out.")] = "",
    months: Annotated[int, typer.Option(help="How many months, each with its principle.", min=1, max=MOST_MONTHS)] = 1,
    screen: Annotated[str, typer.Option(help=f"{', '.join(SCREENS)}; all if left out.")] = "",
    lang: Lang = "",
    form: Form = "png",
    folder: Folder = HERE,
    config: Config = APP_YAML,
) -> None:
    """Make wallpapers: another principle every month, with the month's days."""
    house, lang = _house(config, lang, number)
    if screen and screen not in SCREENS:
        raise typer.BadParameter(f"There is no screen '{screen}'. There are: {', '.join(SCREENS)}.")
    for one in _forms(form):
        for sheet in _wallpapers(house, lang, number, _months(month, months, house), [screen] if screen else SCREENS):
            _keep(sheet, one, folder)


def _wallpapers(house: House, lang: str, number: int | None, months: list[date], screens: Any) -> Iterator[Sheet]:
    for month in months:
        for screen in screens:
            data = prints.wallpaper(house, lang, month, screen, number)
            width, height = SCREENS[screen]
            yield Sheet(f"wallpaper-{month:%Y-%m}-{width}x{height}-{lang}", "wallpaper", data, SCREEN)


@cli.command()
def certificate(
    number: Annotated[int, typer.Option("--principle", "-p", help="The principle it is for.")],
    name: Annotated[list[str], typer.Option(help="Who is honoured, with the unit: 'NAME / UNIT'. May be repeated.")],
    citation: Annotated[str, typer.Option(help="What for, in a few sentences.")],
    over: Annotated[str, typer.Option("--period", help="2026-10, 2026 (fiscal year) or 2026-04-01..2026-09-30.")],
    day: Annotated[str, typer.Option(help="The day on it, such as 2026-11-30; today if left out.")] = "",
    lang: Lang = "",
    form: Form = "",
    folder: Folder = HERE,
    config: Config = APP_YAML,
) -> None:
    """Print a certificate, A4 landscape."""
    house, lang = _house(config, lang, number)
    first, last = _span(over)
    people = tuple(_honoured(one) for one in name)
    asked = Certificate(people, number, citation, first, last, _day(day) if day else _today(house))
    sheet = Sheet(_named("certificate", number, lang), "certificate", prints.certificate(house, asked, lang), ppi=200)
    for one in _forms(form):
        _keep(sheet, one, folder)


def _house(config: Path, lang: str, number: int | None) -> tuple[House, str]:
    house = root.check(config)
    lang = lang or house.lang
    if lang not in house.phrases.languages:
        raise typer.BadParameter(f"There is no language '{lang}': {', '.join(house.phrases.languages)}.")
    if number is not None and not house.pack.has(number):
        known = ", ".join(map(str, house.pack.numbers))
        raise typer.BadParameter(f"{house.pack.edition} has no principle {number}. It has {known}.")
    return house, lang


def _forms(form: str) -> tuple[str, ...]:
    if form and form not in FORMS:
        raise typer.BadParameter("--format is pdf or png.")
    return (form,) if form else FORMS


def _named(what: str, number: int | None, lang: str) -> str:
    return f"{what}-{'all' if number is None else number}-{lang}"


def _keep(sheet: Sheet, form: str, folder: Path) -> None:
    """Write a PDF, or as many pictures as there are pages."""
    # Not at the top: it brings a typesetter of 90 MB into every command.
    from adapters.files import typesetting

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unwritable(f"{folder} cannot be made: {fault.strerror}.") from None
    if form == "pdf":
        made = {folder / f"{sheet.name}.pdf": typesetting.pdf(sheet.template, sheet.data, at=EPOCH)}
    else:
        pages = typesetting.png(sheet.template, sheet.data, ppi=sheet.ppi)
        ends = [""] if len(pages) == 1 else [f"-{at}" for at in range(1, len(pages) + 1)]
        made = {folder / f"{sheet.name}{end}.png": page for end, page in zip(ends, pages, strict=True)}
    for path, content in made.items():
        keep_bytes(path, content)
        out.print(str(path), markup=False)


# Prints say nothing of when they were made: equal content, equal bytes.
EPOCH = datetime.fromisoformat("2022-04-01T00:00:00+00:00")


def _months(month: str, count: int, house: House) -> list[date]:
    if not month:
        return prints.months_from(_today(house), count)
    try:
        return prints.months_from(date.fromisoformat(f"{month}-01"), count)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"'{month}' is not a month such as 2026-12.") from None


def _span(over: str) -> tuple[date, date]:
    try:
        first, end = period(over)
    except ValueError:
        raise typer.BadParameter(f"'{over}' is not a period such as 2026-10 or 2026-04-01..2026-09-30.") from None
    return first, date.fromordinal(end.toordinal() - 1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a day such as 2026-11-30.") from None


def _today(house: House) -> date:
    return datetime.now(house.settings.zone).date()


def _honoured(text: str) -> Honoured:
    name, _, unit = text.partition("/")
    if not name.strip():
        raise typer.BadParameter("--name is a name, or 'NAME / UNIT'.")
    return Honoured(name.strip(), unit.strip())
