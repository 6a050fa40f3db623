"""`kizuki report`: figures on a terminal, and every report as a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters import app as root
from adapters.consoles import APP_YAML, Config, printing
from storage import schema

err = printing(error=True)


def report(
    what: Annotated[
        str,
        typer.Argument(
            help="units, recognition, digest; as a file also adoption, notes, kudos, pulse, figures, announcement, "
            "reach, suggestions."
        ),
    ],
    period: Annotated[str, typer.Option(help="2026-10, 2026-W42, 2026 (fiscal year) or 2026-10-01..2026-10-15.")] = "",
    unit: Annotated[str, typer.Option(help="A unit's code or name: only it and what is below it.")] = "",
    view: Annotated[
        str, typer.Option(help="then: as it was then; now: what the people who are here now did.")
    ] = "then",
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="text or json; for units also csv. With --out: csv, xlsx or pdf, as the file is called.")
    ] = "",
    lang: Annotated[str, typer.Option(help="ja, en or ja-easy.")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write a file instead.")] = None,
    first: Annotated[str, typer.Option("--from", help="With --out: the first day, such as 2026-10-01.")] = "",
    last: Annotated[str, typer.Option("--to", help="With --out: the last day.")] = "",
    survey: Annotated[str, typer.Option(help="With --out, for pulse: its code; else the last one that closed.")] = "",
    announcement: Annotated[
        str, typer.Option(help="With --out, for announcement: its number; else all of the period.")
    ] = "",
    config: Config = APP_YAML,
) -> None:
    """Print a report's figures for any period, or write it into a file. `units` is every unit at once."""
    if out is not None:
        from adapters import report_files

        form = format or out.suffix.removeprefix(".").lower()
        code = announcement if what == "announcement" else survey
        wanted = report_files.Wanted(what, form, first, last, period, unit, view, lang, code)
        rows = report_files.keep(root.check(config), wanted, out, err)
        err.print(f"{out}: {rows:,} rows.", markup=False)
        return
    _print(what, period, unit, view, format or "text", lang or "ja", config)


def _print(what: str, period: str, unit: str, view: str, form: str, lang: str, config: Path) -> None:
    from adapters.printed import Wanted, printed

    if not period:
        raise typer.BadParameter("Say of which days: --period 2026-10, for example; or write a file with --out.")
    house = root.check(config)
    schema.check(house.settings.database)
    sys.stdout.write(printed(house, Wanted(what, period, unit, view, form, lang)) + "\n")
