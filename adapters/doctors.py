"""`kizuki doctor`: looks at everything a chat platform needs, and says what to do about what is wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator

import typer
from rich.text import Text

from adapters.consoles import APP_YAML, Config, printing
from adapters.findings import Finding

COLOURS = {"right": "green", "wrong": "red", "note": "yellow"}

cli = typer.Typer(no_args_is_help=True, help="Looks at what a chat platform needs, and says what to do.")
out = printing(markup=False)


@cli.command()
def slack(config: Config = APP_YAML) -> None:
    """Look at app.yaml, secrets, database, every workspace and the way in. Fails where anything is wrong.

    It changes nothing and shows no secret. In a large organisation it looks at the first members only.
    """
    from adapters.slack import doctor

    _say(doctor.examine(config))


@cli.command()
def teams(config: Config = APP_YAML) -> None:
    """Look at app.yaml, secrets, Microsoft, the way in, database, every team. Fails where anything is wrong.

    It changes nothing and shows no secret. In a large organisation it looks at the first teams and members only.
    """
    from adapters.teams import doctor

    # What goes wrong is among the findings.
    logging.getLogger("kizuki").addHandler(logging.NullHandler())
    _say(doctor.examine(config))


def _say(findings: AsyncIterator[Finding]) -> None:
    """Print findings, and fail where one is wrong."""
    if wrong := asyncio.run(_told(findings)):
        out.print(f"{wrong} thing{'' if wrong == 1 else 's'} to mend.")
        raise typer.Exit(1)
    out.print("Nothing is wrong.")


async def _told(findings: AsyncIterator[Finding]) -> int:
    """Print findings as they come; returns how many are wrong."""
    wrong = 0
    async for finding in findings:
        wrong += finding.state == "wrong"
        first, *rest = finding.lines()
        out.print(Text.assemble((first[0], COLOURS[finding.state]), first[1:]))
        for line in rest:
            out.print(Text(line))
    return wrong
