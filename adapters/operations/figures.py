"""Figures for Prometheus. No label names a person, a unit, a text or a key: each has a few values known beforehand."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from bot.watch import Seen, Watch
from storage.backlog import Backlog

OTHER = "other"
PLATFORMS = ("slack", "teams", "playground", OTHER)
REQUESTS = (0.005, 0.02, 0.05, 0.2, 1.0, 5.0)
FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SLOW = (0.01, 0.1, 1.0, 5.0, 30.0, 120.0, 600.0)
BACKLOG = {
    "waiting": "Messages that are owed, also those for later and those that can be sent nowhere yet",
    "parked": "Messages that were given up and wait for a human",
    "late": "Messages that should have been sent more than a minute ago",
    "oldest_seconds": "For how long the oldest late message has been due",
}


class Figures(Watch):
    """Counts what happens in this process; what is owed is read from the database, the same for every replica."""

    def __init__(self) -> None:
        # When something was first done says more than how often, and is of no use.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._requests = self._histogram("requests", "Requests", REQUESTS, "platform", "action", "outcome")
        self._pages = self._histogram("pages", "Pages", REQUESTS, "action", "status")
        self._ticks = self._histogram("ticks", "Slots of schedules", SLOW, "job", "outcome")
        self._sends = self._histogram("sends", "Messages given to a platform", FAST, "platform", "outcome")
        self._suggestions = self._histogram("suggestions", "Suggestions of principles", FAST)
        self._closes = self._histogram("survey_closes", "Surveys closed", SLOW)
        self._works = self._histogram("database", "Transactions with their waiting", FAST, "kind", "outcome")
        self._waits = self._histogram("database_wait", "Waiting until a transaction began", FAST, "kind")
        self._backlog = {
            name: Gauge(f"kizuki_outbox_{name}", told, ("platform",), registry=self._registry)
            for name, told in BACKLOG.items()
        }
        self._sent = Counter("kizuki_outbox_sent", "Messages that were sent", ("platform",), registry=self._registry)
        self._ready = Gauge("kizuki_ready", "Whether this replica takes requests", registry=self._registry)

    def request(self, seen: Seen) -> None:
        """An event was acted on."""
        self._requests.labels(_known(seen.platform), seen.action, seen.outcome).observe(seen.seconds)

    def page(self, seen: Seen) -> None:
        """A page was asked for; of its status only the class is counted."""
        self._pages.labels(seen.action, f"{seen.status // 100}xx").observe(seen.seconds)

    def tick(self, job: str, seen: Seen) -> None:
        """A slot of a schedule was looked at."""
        self._ticks.labels(job, seen.outcome).observe(seen.seconds)

    def closed(self, seconds: float) -> None:
        """A survey was closed and its results were stored."""
        self._closes.observe(seconds)

    def suggested(self, seconds: float) -> None:
        """Principles were suggested for a text."""
        self._suggestions.observe(seconds)

    def sent(self, name: str, outcome: str, seconds: float) -> None:
        """A message was given to a platform: `outcome` is sent, later, gone or failed."""
        self._sends.labels(_known(name), outcome).observe(seconds)
        if outcome == "sent":
            self._sent.labels(_known(name)).inc()

    def worked(self, kind: str, outcome: str, *, waited: float, seconds: float) -> None:
        """The database did a work, or refused to."""
        self._works.labels(kind, outcome).observe(seconds)
        self._waits.labels(kind).observe(waited)

    def told(self, owed: Mapping[str, Backlog] | None, *, ready: bool) -> bytes:
        """Everything, as Prometheus reads it; of what is owed nothing where the database does not say."""
        for figure, gauge in self._backlog.items():
            gauge.clear()
            for name, found in ({} if owed is None else _by_platform(owed)).items():
                gauge.labels(name).set(getattr(found, figure))
        self._ready.set(ready)
        return generate_latest(self._registry)

    def _histogram(self, name: str, told: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        described = f"{told}: how many, and how long each took"
        return Histogram(f"kizuki_{name}_seconds", described, labels, buckets=buckets, registry=self._registry)


def _known(platform: str) -> str:
    return platform if platform in PLATFORMS else OTHER


def _by_platform(owed: Mapping[str, Backlog]) -> dict[str, Backlog]:
    """For every platform what is owed; what can be sent nowhere yet counts under other."""
    found = dict.fromkeys(PLATFORMS, Backlog())
    for name, part in owed.items():
        found[_known(name)] = found[_known(name)].plus(part)
    return found
