"""Suggestions: how right on scenes they never saw, how quick, how soon ready, how large."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from adapters import models
from adapters.app import CONTENT, packed
from adapters.models import suggester
from bot import evaluation
from bot.evaluation import Judged, Share
from bot.packs import Pack
from bot.suggest import SHOWN, Ranked, Suggester, Suggestion, lessons
from bot.training import train
from bot.vocabulary import Example, Vocabulary
from tests.bench.measured import Figure, median_of

EDITION = "tokyo@1.1.0"
RUNS = 5
# What a process holds more once it has a pack, its examples and a suggester, in kilobytes.
WEIGH = """
import pathlib, resource, sys
from adapters import app, models
def held():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1000
before = held()
pack, words = app.packed(app.CONTENT, sys.argv[1])
found = models.suggester(pack, words)
found.rank("窓口で同じ住所を三回書かされた")
print(held() - before)
"""


async def figures(_: Path) -> list[Figure]:
    """Accuracy on the test part of the split, and what it costs."""
    pack, words = packed(CONTENT, EDITION)
    return [*_accuracy(pack, words), *_cost(pack, words)]


def _accuracy(pack: Pack, words: Vocabulary) -> list[Figure]:
    parts: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    for example in words.examples:
        parts[evaluation.part(example)].append(example)
    learnt = Suggester.of(pack, Vocabulary(words.words, tuple(parts["train"])))
    bare = _frequent(parts["train"], pack)
    found = []
    for name, goal, chosen in (
        ("Japanese", "≥ 95 / 76 %", lambda e: e.lang == "ja"),
        ("  of it chat", "≥ 95 / 76 %", lambda e: e.lang == "ja" and e.style == "chat"),
        ("  of it formal", "", lambda e: e.lang == "ja" and e.style == "formal"),
        ("English", "≥ 85 %", lambda e: e.lang == "en"),
        ("やさしい日本語", "≥ 85 %", lambda e: e.lang == "ja-easy"),
    ):
        some = [e for e in parts["test"] if chosen(e)]  # type: ignore[no-untyped-call]
        ours, theirs = (evaluation.judge(rank, some) for rank in (learnt.rank, bare))
        reference = f"{_both(theirs, pack)} always the three most frequent"
        found.append(Figure(f"Unseen scenes, {name}", _both(ours, pack), goal, reference))
    everything = evaluation.figures(evaluation.judge(learnt.rank, parts["test"]), pack.numbers)
    silent = f"{_percent(everything.silent)} of {everything.about_nothing}; {_percent(everything.kept)} keep theirs"
    return [*found, Figure("  “none fits” said of notes about nothing", silent, "≥ 75 %; ≥ 97 %")]


def _both(judged: list[Judged], pack: Pack) -> str:
    of = evaluation.figures(judged, pack.numbers)
    return f"{_percent(of.hit)} / {_percent(of.first)}"


def _percent(share: Share | None) -> str:
    return f"{share.value * 100:.1f} %" if share else "–"


def _frequent(examples: list[Example], pack: Pack):  # type: ignore[no-untyped-def]
    counts = Counter(n for e in examples for n in e.labels)
    order = sorted(pack.numbers, key=lambda n: -counts[n])
    ranked = Ranked(tuple(Suggestion(n, float(-i), ()) for i, n in enumerate(order)), none=False)
    return lambda _: ranked


def _cost(pack: Pack, words: Vocabulary) -> list[Figure]:
    found = suggester(pack, words)
    times = sorted(_milliseconds(found, example.text) for example in words.examples)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    longest = statistics.median(_milliseconds(found, "窓口で三回待たされました。" * 300) for _ in range(50))
    learning = lessons(pack, words.examples)
    training = median_of(1, lambda: train(learning, pack.numbers))
    ready = median_of(RUNS, lambda: suggester(*packed(CONTENT, EDITION)))
    bare = median_of(RUNS, lambda: packed(CONTENT, EDITION))
    weights = [int(subprocess.check_output([sys.executable, "-c", WEIGH, EDITION])) / 1000 for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        models.trained(learning, pack.numbers, Path(folder))
        size = sum(p.stat().st_size for p in Path(folder).iterdir()) / 1_000_000
    return [
        Figure("One suggestion with its reasons", f"p50 {p50:.2f} ms, p99 {p99:.2f} ms", "≤ 0.5 ms, ≤ 2 ms"),
        Figure("  of a text of 3,900 characters", f"{longest:.2f} ms", "≤ 2 ms"),
        Figure("Ready from the cache", f"{ready:.2f} s", "≤ 0.3 s", f"{bare:.2f} s to read and check the pack alone"),
        Figure("  and holds", f"{statistics.median(weights):.0f} MB", "≤ 80 MB", f"{size:.1f} MB on disk, no package"),
        Figure("Trained anew", f"{training:.1f} s for {len(learning):,} texts", "seconds"),
    ]


def _milliseconds(found: Suggester, text: str) -> float:
    started = time.perf_counter()
    assert len(found.rank(text).numbers) > SHOWN
    return (time.perf_counter() - started) * 1000
