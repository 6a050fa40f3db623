"""Where commands print: as wide as the terminal, and wide enough for any table where the output is a file or a pipe."""

import sys

from rich.console import Console

PIPED = 200


def printing(*, error: bool = False, markup: bool = True) -> Console:
    """A console for results, or for what goes wrong."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else PIPED
    return Console(stderr=error, highlight=False, soft_wrap=True, markup=markup, width=width)
