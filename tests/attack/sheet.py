"""What follows by arithmetic from one survey's table: whole-number bounds of every figure of every set of people."""

from dataclasses import dataclass, field

from bot.published import Group, Question
from tests.attack.evidence import Survey
from tests.attack.forest import Bounds, Forest, Key, Union, grown, key, tighten

ROUNDS = 8
KEPT = 20_000
CELLS = 4
# Answers there may be that no group names.
UNNAMED = "…"
Named = dict[str, tuple[int, int]]


@dataclass
class Sheet:
    """Bounds for each (question, answer), and for who answered under ("", "")."""

    survey: Survey
    forest: Forest
    half: int
    bounds: dict[tuple[str, str], Bounds] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)
    many: frozenset[str] = frozenset()
    unions: dict[tuple[str, str], Union] = field(default_factory=dict)
    known: dict[tuple[str, frozenset[int]], Named] = field(default_factory=dict)

    def of(self, question: str, answer: str, leaves: frozenset[int]) -> tuple[int, int]:
        """The bounds of a figure for leaves together; no answer stands for who answered."""
        name = (question, answer) if answer else ("", "")
        if len(leaves) == 1:
            (leaf,) = leaves
            return self.bounds[name][0][leaf], self.bounds[name][1][leaf]
        if name not in self.unions:
            self.unions[name] = Union(self.forest, self.bounds[name])
        return self.unions[name].of(leaves)

    def figures(self, question: str, leaves: frozenset[int]) -> Named:
        """The bounds of all figures of a question for leaves together; "" is who answered."""
        found = self.known.get((question, leaves))
        if found is None:
            if len(self.known) >= KEPT:
                self.known.clear()
            names = ("", *self.answers[question])
            found = self.known[question, leaves] = {a: self.of(question, a, leaves) for a in names}
        return found

    def sound(self) -> bool:
        """Whether the bounds agree with each other."""
        return all(a <= b for lo, hi in self.bounds.values() for a, b in zip(lo, hi, strict=True))

    def groups(self, question: Question) -> list[tuple[Group, int]]:
        """A question's published groups with their nodes."""
        named = ((g, self.forest.node.get(key(g))) for g in question.groups)
        return [(g, node) for g, node in named if node is not None]


def solved(survey: Survey, half: int) -> Sheet:
    """Everything that follows; a rounded figure is taken to be within `half` of the truth."""
    sheet = Sheet(survey, grown(survey), half, many=_many(survey))
    sheet.bounds["", ""] = sheet.forest.free()
    for question in survey.published.questions:
        _enter(sheet, question)
    for _ in range(ROUNDS):
        if not _round(sheet):
            break
    return sheet


def _many(survey: Survey) -> frozenset[str]:
    """The questions with several answers: where some exact counts add up to more than answered, or none are exact."""
    if survey.many is not None:
        return survey.many
    return frozenset(q.id for q in survey.published.questions if not _single(q))


def _single(question: Question) -> bool:
    exact = [g for g in question.groups if g.shown == "exact"]
    return bool(exact) and all(sum(g.counts.values()) == g.answered for g in exact)


def _enter(sheet: Sheet, question: Question) -> None:
    """Write down what a question's groups say."""
    answers = sorted({a for g in question.groups for a in g.counts})
    if not answers:
        return
    if not any(g.shown in ("exact", "rounded") for g in question.groups):
        answers.append(UNNAMED)
    sheet.answers[question.id] = answers
    for answer in answers:
        sheet.bounds[question.id, answer] = sheet.forest.free()
    divided = _divided(question)
    for group, node in sheet.groups(question):
        told = {} if group.shown == "rounded" and key(group) in divided else said(group, question.id, sheet)
        for answer, (lo, hi) in told.items():
            _narrow(sheet.bounds[(question.id, answer) if answer else ("", "")], node, lo, hi)


def _narrow(bounds: Bounds, node: int, low: int, high: int) -> None:
    lo, hi = bounds
    lo[node], hi[node] = max(lo[node], low), min(hi[node], high)


def _divided(question: Question) -> set[Key]:
    """The groups with others in them; one that is not exact is put together from what is published of those."""
    above = {g.parent for g in question.groups}
    return {key(g) for g in question.groups if len(g.units) == 1 and g.units[0] != g.parent and g.units[0] in above}


def said(group: Group, question: str, sheet: Sheet) -> Named:
    """What one group says of itself; the key "" is who answered."""
    told = _said(group, question, sheet)
    if group.shown == "rounded":
        told |= sheet.survey.cells.get((question, *key(group)), {})
    return told


def _said(group: Group, question: str, sheet: Sheet) -> Named:
    answers = sheet.answers[question]
    match group.shown:
        case "exact":
            return {"": (group.answered,) * 2} | {a: (group.counts.get(a, 0),) * 2 for a in answers}
        case "topcoded":
            return _topcoded(group, answers, single=question not in sheet.many)
        case "rounded":
            return {a: _cell(n, sheet.half) for a, n in (("", group.answered), *group.counts.items())}
        case _:
            return {"": (0, sheet.survey.k - 1)} if sheet.survey.hidden_is_small else {}


def _cell(middle: int, half: int) -> tuple[int, int]:
    return max(0, middle - half), middle + half


def _topcoded(group: Group, answers: list[str], *, single: bool) -> Named:
    n, least = group.answered, max(group.counts.values(), default=0)
    rest = {a: (0, n - least if single else n) for a in answers if a not in group.counts}
    return {"": (n, n)} | {a: (c, n) for a, c in group.counts.items()} | rest


def _round(sheet: Sheet) -> bool:
    changed = [tighten(sheet.forest, bounds) for bounds in sheet.bounds.values()]
    changed += [_couple(sheet, question) for question in sheet.answers]
    return any(changed)


def _couple(sheet: Sheet, question: str) -> bool:
    """Each person who answers gives one answer (or at least one)."""
    counts = [sheet.bounds[question, a] for a in sheet.answers[question]]
    total, changed = sheet.bounds["", ""], False
    for node in range(len(total[0])) if counts else ():
        if _loose(total, node) or any(_loose(c, node) for c in counts):
            couple = _couple_many if question in sheet.many else _couple_single
            changed |= couple(total, counts, node)
    return changed


def _loose(bounds: Bounds, node: int) -> bool:
    return bounds[0][node] < bounds[1][node]


def _couple_single(total: Bounds, counts: list[Bounds], node: int) -> bool:
    low, high = sum(lo[node] for lo, _ in counts), sum(hi[node] for _, hi in counts)
    changed = _set(total, node, low, high)
    n_lo, n_hi = total[0][node], total[1][node]
    for lo, hi in counts:
        changed |= _set((lo, hi), node, n_lo - high + hi[node], n_hi - low + lo[node])
        low, high = sum(x[node] for x, _ in counts), sum(x[node] for _, x in counts)
    return changed


def _couple_many(total: Bounds, counts: list[Bounds], node: int) -> bool:
    changed = _set(total, node, max(lo[node] for lo, _ in counts), sum(hi[node] for _, hi in counts))
    for bounds in counts:
        changed |= _set(bounds, node, 0, total[1][node])
    return changed


def _set(bounds: Bounds, node: int, low: int, high: int) -> bool:
    before = bounds[0][node], bounds[1][node]
    _narrow(bounds, node, low, high)
    return (bounds[0][node], bounds[1][node]) != before
