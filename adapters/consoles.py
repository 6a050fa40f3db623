"""What all commands share: the option that names app.yaml, and where they print."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

APP_YAML = Path("app.yaml")
Config = Annotated[Path, typer.Option("--config", "-c", envvar="KIZUKI_CONFIG", help="The configuration file.")]
PIPED = 200


def printing(*, error: bool = False, markup: bool = True) -> Console:
    """A console for results, or for what goes wrong; wide enough for any table where the output is a file or a pipe."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else PIPED
    return Console(stderr=error, highlight=False, soft_wrap=True, markup=markup, width=width)
