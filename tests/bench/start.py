"""How soon `kizuki serve` answers, and how much memory it holds then."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from storage import schema
from tests.bench.measured import Figure

KIZUKI = Path(sys.executable).parent / "kizuki"
RUNS = 5


async def figures(folder: Path) -> list[Figure]:
    """Seconds to readiness and resident memory, medians of several starts."""
    (folder / "app.yaml").write_text("organisation:\n  name: {ja: 試験}\ndatabase: sqlite:///start.db\n")
    schema.upgrade(f"sqlite:///{folder}/start.db")
    runs = [_start(folder) for _ in range(RUNS)]
    bare = statistics.median(_bare() for _ in range(RUNS))
    ready, memory = (statistics.median(r[i] for r in runs) for i in (0, 1))
    reference = f"{bare:.2f} s for an interpreter that only imports aiohttp and sqlmodel"
    return [
        Figure("serve is ready", f"{ready:.2f} s", "≤ 2 s", reference),
        Figure("  and holds", f"{memory:.0f} MB", "≤ 150 MB"),
    ]


def _start(folder: Path) -> tuple[float, float]:
    started = time.perf_counter()
    server = subprocess.Popen(
        [KIZUKI, "serve", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    server.stdout.readline()
    ready = time.perf_counter() - started
    memory = _resident(server.pid)
    server.terminate()
    server.wait()
    return ready, memory


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _bare() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp.web, sqlmodel, alembic.command"], check=True)
    return time.perf_counter() - started
