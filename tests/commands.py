"""The command line as people run it, each command in a process of its own.

The processes are forked from one that has imported everything already: an interpreter that starts anew for every
command would take half of the tests' time. `python -m adapters.cli` itself is run where a test needs a server.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

PATIENCE_S = 60
# As wide as any table, and without colours, in every process.
LOOKS = {"COLUMNS": "200", "NO_COLOR": "1"}


class Begun:
    """A command that runs."""

    def __init__(
        self, words: tuple[str, ...], cwd: Path, stdin: str = "", environ: Mapping[str, str] = os.environ
    ) -> None:
        self._words = words
        self._folder = tempfile.TemporaryDirectory()
        self._told = [Path(self._folder.name, name) for name in ("stdin", "stdout", "stderr")]
        self._told[0].write_text(stdin, encoding="utf-8")
        given = ({**environ, **LOOKS}, str(cwd), words, [str(one) for one in self._told])
        self._process = _server().Process(target=_run, args=given)
        self._process.start()

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        with self._folder:
            self._process.join(PATIENCE_S)
            if self._process.exitcode is None:
                self._process.kill()
                raise subprocess.TimeoutExpired(self._words, PATIENCE_S)
            out, err = (one.read_text(encoding="utf-8") for one in self._told[1:])
            return subprocess.CompletedProcess(self._words, self._process.exitcode, out, err)


def kizuki(
    *words: str, cwd: Path, stdin: str = "", environ: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder and wait for its end."""
    return Begun(words, cwd, stdin, environ).ended()


@cache
def _server() -> ForkServerContext:
    """The process from which the others are forked; what it imports, it imports with these looks."""
    os.environ |= LOOKS
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(
        ["adapters.cli", "adapters.demonstration", "adapters.teams.doctor", "tests.commands", "tests.warmed"]
    )
    return found


def _run(environ: dict[str, str], folder: str, words: tuple[str, ...], told: list[str]) -> None:
    for number, path in enumerate(told):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - as at a start
    os.environ.clear()
    os.environ |= environ
    os.chdir(folder)
    sys.argv = ["kizuki", *words]
    from adapters.cli import main

    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
