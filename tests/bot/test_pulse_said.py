"""What is kept about each unit is what the published table says of it, word for word."""

import pytest

from bot import pulse_said, release
from bot.pulse_reading import reading
from bot.questions import Asked
from bot.release import pack
from tests.attack.released import kept, published
from tests.attack.towns import MANY, QUESTIONS, drawn, weeks
from tests.surveys import TITLE

ASKED = tuple(
    Asked(name, "many" if name in MANY else "choice", TITLE, TITLE, {}, values, dict.fromkeys(values, TITLE), "")
    for name, values in QUESTIONS.items()
)


@pytest.mark.parametrize("seed", range(12))
def test_it_equals_a_reading_of_the_whole_table(seed: int) -> None:
    earlier: list = []  # type: ignore[type-arg]
    for week in weeks(drawn(seed)[0], 3, moving=0.02, drift=0.1):
        survey, over, done = published(week, 5, tuple(earlier))
        earlier.append(kept(over, done))
        told = release.bounds(pack(over, done))
        said = dict(pulse_said.written(survey.published, ASKED, week.tree, told))
        assert said.keys() == {"", *week.tree}
        for unit, text in said.items():
            found = pulse_said.parsed(text, ASKED)
            for asked in ASKED:
                one = reading(survey.published, asked, unit, parents=week.tree, told={week.code: told})
                assert found.get(asked.id) == ((one.group, one.now) if one else None), (unit, asked.id)
