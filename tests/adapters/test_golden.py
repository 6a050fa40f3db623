"""Every card as the playground draws it, held against files that were looked at."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from adapters.playground.render import Drawing, draw
from bot.cards import plain
from bot.organisation import Organisation
from bot.settings import Settings
from bot.turn import House
from storage.engines import open_database
from tests.cards import cases
from tests.conftest import MORNING
from tests.databases import migrated
from tests.talk import Talk, resettled

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
async def small(house: House, tmp_path: Path) -> AsyncIterator[Talk]:
    """A conversation of its own: the case list changes the organisation's language."""
    settings = Settings(organisation=Organisation(name={"ja": "試験都庁", "en": "Test City"}))
    url = f"sqlite:///{tmp_path}/golden.db"
    migrated(url)
    database = open_database(url)
    yield await Talk.begin(resettled(house, settings), database, now=datetime.fromisoformat(MORNING))
    database.close()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_card_looks_as_it_was_approved(small: Talk, lang: str, update_golden: bool) -> None:
    found = await cases(small, lang)
    assert len(found) > 25
    t = small.house.phrases.bound(lang)
    drawn = {name: draw(card, Drawing(name, t, {})) for name, card in found.items()}
    page = "\n".join(
        f"<!-- {name} -->\n{str(html).replace('><', chr(62) + chr(10) + chr(60))}" for name, html in drawn.items()
    )
    words = "\n\n".join(f"=== {name}\n{plain(card)}\n--- {card.summary}" for name, card in found.items())
    for file, text in ((GOLDEN / f"playground.{lang}.html", page), (GOLDEN / f"plain.{lang}.txt", words)):
        if update_golden:
            file.write_text(text + "\n", encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text + "\n", f"{file.name}: look, then --update-golden"


@pytest.mark.parametrize("lang", ["ja", "en", "ja-easy"])
async def test_no_card_speaks_another_language_or_shows_a_placeholder(small: Talk, lang: str) -> None:
    for name, card in (await cases(small, lang)).items():
        if name == "every_block":
            continue
        assert card.lang == lang, name
        assert card.summary.strip(), name
        assert "{" not in plain(card).replace("{0}", ""), name
