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


def kizuki(
    *words: str, cwd: Path, stdin: str = "", environ: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder and wait for its end."""
    with tempfile.TemporaryDirectory() as folder:
        told = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        told[0].write_text(stdin, encoding="utf-8")
        given = ({**environ, **LOOKS}, str(cwd), words, [str(one) for one in told])
        process = _server().Process(target=_run, args=given)
        process.start()
        process.join(PATIENCE_S)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, PATIENCE_S)
        out, err = (one.read_text(encoding="utf-8") for one in told[1:])
        return subprocess.CompletedProcess(words, process.exitcode, out, err)


@cache
def _server() -> ForkServerContext:
    """The process from which the others are forked; what it imports, it imports with these looks."""
    os.environ |= LOOKS
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["adapters.cli", "adapters.demonstration", "adapters.teams.doctor", "tests.commands"])
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
