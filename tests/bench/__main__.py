"""Measure what README promises, each figure beside a bare reference of the same run, and print one table."""

import argparse
import asyncio
import logging
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    announcing,
    big,
    dashboard,
    files,
    loop,
    outbox,
    pulse,
    release,
    reports,
    roster,
    slack,
    start,
    suggesting,
    teams,
    teams_broadcast,
    teams_real,
)
from tests.bench.measured import Figure


def main() -> None:
    """Run every measurement."""
    logging.getLogger("kizuki").setLevel(logging.ERROR)
    asked = argparse.ArgumentParser(prog="make bench")
    asked.add_argument("--staff", type=int, default=54_046)
    asked.add_argument("--only", default="", help="one part, such as slack")
    given = asked.parse_args()
    parts: dict[str, Callable[[Path], Coroutine[None, None, list[Figure]]]] = {
        "loop": loop.figures,
        "suggest": suggesting.figures,
        "slack": slack.figures,
        "teams": teams.figures,
        "broadcast": partial(teams_broadcast.figures, staff=given.staff),
        "real": teams_real.figures,
        "outbox": outbox.figures,
        "announcing": partial(announcing.figures, staff=given.staff),
        "start": start.figures,
        "roster": partial(roster.figures, staff=given.staff),
        "big": partial(big.figures, staff=given.staff),
        "dashboard": partial(dashboard.figures, staff=given.staff),
        "pulse": partial(pulse.figures, staff=given.staff),
        "release": partial(release.figures, staff=given.staff),
        "reports": partial(reports.figures, staff=given.staff),
        "files": partial(files.figures, staff=given.staff),
    }
    if given.only not in ("", *parts):
        asked.error(f"--only takes one of {', '.join(parts)}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="kizuki-bench-") as folder:
        for name, measure in parts.items():
            if given.only in ("", name):
                figures += asyncio.run(measure(Path(folder)))
    _print(figures)


def _print(figures: list[Figure]) -> None:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    drawn = Table("What", "Median", "Goal", "Reference in this run", title=f"kizuki on {machine}")
    for figure in figures:
        drawn.add_row(figure.what, figure.median, figure.goal, figure.reference)
    Console(width=150, file=sys.stdout).print(drawn)


if __name__ == "__main__":
    main()
