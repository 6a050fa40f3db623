"""Small edges of the page, the calendar and the settings."""

from collections.abc import AsyncIterator
from datetime import datetime
from types import SimpleNamespace

import pytest

from adapters.playground.guard import LARGEST, Refused, body
from adapters.playground.render import Drawing, draw
from bot.cards import Button, Card, Image, Paragraph, Span, row
from bot.schedule import after_quiet
from bot.settings import Kudos
from bot.suggest import Words
from bot.turn import House


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://"])
def test_only_web_addresses_become_links_and_pictures(house: House, link: str) -> None:
    card = Card((Paragraph((Span("x", link=link),)), Image(link, "絵"), row(Button("a", "x", link=link))), "x", "ja")
    shown = str(draw(card, Drawing("i", house.phrases.bound("ja"), {})))
    assert not any(found in shown for found in ("href", "<img", link))


async def test_a_body_that_does_not_say_its_size_is_refused_before_it_grows(house: House) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        for _ in range(LARGEST // size + 1):
            yield b"x" * size

    request = SimpleNamespace(content_length=None, content=SimpleNamespace(iter_chunked=pieces))
    with pytest.raises(Refused):
        await body(request)  # type: ignore[arg-type]


def test_quiet_hours_in_the_daytime_begin_on_the_minute() -> None:
    noon = datetime.fromisoformat("2026-11-24T12:00:00+09:00")
    assert after_quiet(noon, "12:00", "13:00").hour == 13


def test_a_word_inside_a_found_one_does_not_count_again() -> None:
    assert Words({1: {"番号札": 1, "号札": 1}}, (1,)).found("番号札") == [{"番号札": 1}]


def test_a_longer_word_that_speaks_against_hides_the_one_inside_it() -> None:
    assert Words({1: {"横断": 1, "横断歩道": -1}}, (1,)).found("横断歩道の色") == [{"横断歩道": -1}]


def test_thanks_of_one_length_only_may_be_asked_for() -> None:
    assert Kudos(shortest=20, longest=20).longest == 20
