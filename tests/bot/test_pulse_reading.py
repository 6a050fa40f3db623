"""Which group of a release speaks for a unit."""

from bot.published import Group, Question, Shown
from bot.pulse_reading import smallest

PARENTS = {"00": None, "A": "00", "A1": "A", "A2": "A", "A3": "A", "B": "00", "B1": "B", "B11": "B1"}


def group(units: str, parent: str | None, answered: int = 20, shown: Shown = "exact") -> Group:
    """A group with one answer."""
    return Group(tuple(units.split()), parent, 40, answered, {"yes": answered} if answered else {}, shown)


QUESTION = Question(
    "q",
    (
        group("00", None),
        group("A2 A3 A", "A", shown="rounded"),
        group("A", "00"),
        group("A1", "A", shown="topcoded"),
        group("B", "00", 0, "hidden"),
    ),
)


def found(unit: str, question: Question = QUESTION) -> tuple[str, ...]:
    """The units of the group that speaks for one."""
    there = smallest(question, unit, PARENTS)
    return there.units if there else ()


def test_a_unit_speaks_for_itself_or_with_its_siblings() -> None:
    assert found("A1") == ("A1",)
    assert found("A2") == found("A3") == ("A2", "A3", "A")
    assert found("A") == ("A",), "not the people posted to A itself, who are merged with units in it"


def test_above_what_is_hidden_or_not_in_the_table() -> None:
    assert found("B") == found("B1") == found("B11") == ("00",)
    assert found("") == found("unheard of") == ("00",)


def test_where_nothing_is_shown_nobody_speaks() -> None:
    assert found("A", Question("q", ())) == ()
    assert found("A", Question("q", (group("00", None, 0, "hidden"), group("A", "00", 0, "hidden")))) == ()
    assert found("A", Question("q", (group("00", None, 0),))) == (), "nobody answered"
