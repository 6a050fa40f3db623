"""Cards, posters, wallpapers and certificates: opened again, every text on them, none of it run, none of it cut."""

import struct
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli import cli
from adapters.files import typesetting
from bot import prints
from bot.output_settings import Prints
from bot.prints import SCREENS, Certificate, Honoured
from bot.turn import House
from tests.pdfs import opened

AT = datetime.fromisoformat("2026-11-24T10:00:00+09:00")
DECEMBER = date(2026, 12, 1)
NASTY = '#panic("x") *太字* $1^2$ <label> @ref \\ [a]{b} "引用" `c` // /* */ = 見出し'
HONOURED = Certificate(
    (Honoured("気付 はな", "窓口課"),),
    2,
    "住所を書くのが一回で済むようになりました。",
    date(2026, 4, 1),
    date(2026, 9, 30),
    date(2026, 11, 24),
)


def packed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("lang", ["ja", "en", "ja-easy"])
def test_every_print_is_tagged_has_its_fonts_inside_and_says_every_principle(house: House, lang: str) -> None:
    for name, data, pages, size in (
        ("card", prints.card(house, lang, None), 2, (210, 297)),
        ("poster", prints.poster(house, lang, None), 1, (297, 420)),
    ):
        found = opened(typesetting.pdf(name, data, at=AT))
        assert found.sizes == [size] * pages
        assert found.marked
        assert found.lang == ("en" if lang == "en" else "ja")
        assert found.title == house.pack.name[lang]
        assert found.embedded
        assert all(found.embedded.values())
        for principle in house.pack.principles:
            assert packed(principle.title[lang]) in found.text
        assert "\ufffd" not in found.text


@pytest.mark.parametrize("number", [1, 4, 10])
def test_a_print_of_one_principle_says_its_number_title_and_first_step(house: House, number: int) -> None:
    principle = house.pack.by_number[number]
    for name, data in (("card", prints.card(house, "ja", number)), ("poster", prints.poster(house, "ja", number))):
        found = opened(typesetting.pdf(name, data, at=AT))
        assert str(number) in found.text
        for text in (principle.title["ja"], principle.promise["ja"], principle.facets["first_step"][0]["ja"]):
            assert packed(text) in found.text
    assert found.title == house.pack.title(number, "ja")


def test_a_pocket_card_is_twice_the_size_of_a_name_card(house: House) -> None:
    found = opened(typesetting.pdf("card", prints.card(house, "ja", None, sheet=False), at=AT))
    # 170 × 54 with seven millimetres around it for the marks.
    assert found.sizes == [(184, 68)] * 2


@pytest.mark.parametrize("screen", SCREENS)
def test_a_wallpaper_has_as_many_pixels_as_its_screen(house: House, screen: str) -> None:
    (picture,) = typesetting.png("wallpaper", prints.wallpaper(house, "ja", DECEMBER, screen), ppi=72)
    assert struct.unpack(">II", picture[16:24]) == SCREENS[screen]


def test_wallpapers_take_turns_by_month_and_know_its_days_off(house: House) -> None:
    months = prints.months_from(date(2026, 4, 1), 12)
    turns = [prints.turn_of(house.pack, month) for month in months]
    assert sorted(set(turns)) == list(house.pack.numbers)
    assert all(b == a % 10 + 1 for a, b in pairwise(turns))
    data = prints.wallpaper(house, "ja", DECEMBER, "4k")
    days = [day for day in data["month"]["days"] if day]
    assert [day["day"] for day in days] == list(range(1, 32))
    # Saturdays, Sundays, and the organisation's own days off at the end of the year.
    assert [day["day"] for day in days if day["off"]] == [5, 6, 12, 13, 19, 20, 26, 27, 29, 30, 31]
    assert data["month"]["days"][:3] == [None, None, {"day": 1, "off": False}]
    found = opened(typesetting.pdf("wallpaper", data, at=AT))
    assert packed(house.pack.by_number[turns[8]].title["ja"]) in found.text


def test_a_certificate_names_everybody_and_says_what_for(house: House) -> None:
    found = opened(typesetting.pdf("certificate", prints.certificate(house, HONOURED, "ja"), at=AT))
    assert found.sizes == [(297, 210)]
    for text in ("表彰状", "気付はな様", "窓口課", HONOURED.citation, "2026年4月1日〜2026年9月30日", "試験都庁"):
        assert packed(text) in found.text
    assert found.tags["H1"] == found.tags["H2"] == 1


def test_what_somebody_wrote_is_text_and_never_markup(house: House) -> None:
    asked = Certificate((Honoured(NASTY, NASTY),), 1, NASTY, date(2026, 4, 1), date(2026, 9, 30), date(2026, 11, 24))
    found = opened(typesetting.pdf("certificate", prints.certificate(house, asked, "ja"), at=AT))
    assert found.text.count(packed(NASTY)) == 3
    assert packed(f"{NASTY}様") in found.text
    assert found.actions == 0


def test_endless_and_strange_texts_stay_on_their_page(house: House) -> None:
    names = tuple(Honoured("長い名前" * 30, "とても長い部署の名前" * 20) for _ in range(30))
    words = "長い長い表彰のことば。" * 150 + "🎉\u202e\x00\x07逆"
    asked = Certificate(names, 3, words, date(2026, 4, 1), date(2026, 9, 30), date(2026, 11, 24))
    assert len(opened(typesetting.pdf("certificate", prints.certificate(house, asked, "en"), at=AT)).sizes) == 1
    short = Certificate((Honoured("🎉はな\u202eà", "課"),), 3, "a\x00b\u200d👍", *[date(2026, 4, 1)] * 3)
    found = opened(typesetting.pdf("certificate", prints.certificate(house, short, "ja"), at=AT))
    assert "〓はなà" in found.text
    assert "ab〓" in found.text


def test_a_print_is_the_same_to_the_last_byte(house: House) -> None:
    data = prints.poster(house, "ja", None)
    assert typesetting.pdf("poster", data, at=AT) == typesetting.pdf("poster", data, at=AT)


@pytest.mark.parametrize(("colour", "fault"), [("#ffff00", "too pale"), ("blue", "is not a colour")])
def test_a_colour_that_cannot_be_read_is_refused(colour: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Prints(accent=colour)


def test_the_command_writes_a_file_of_each_kind_and_says_what_is_wrong(tmp_path: Path) -> None:
    run = CliRunner().invoke
    done = run(cli, ["print", "poster", "-p", "3", "--lang", "en", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["poster-3-en.pdf", "poster-3-en.png"]
    named = ["print", "certificate", "-p", "2", "--citation", "x", "--name", "はな / 窓口課"]
    for asked, fault in (
        (["print", "poster", "-p", "99"], "has no principle 99"),
        (["print", "card", "--lang", "fr"], "no language 'fr'"),
        (["print", "card", "--format", "svg"], "pdf or png"),
        (["print", "wallpaper", "--month", "2026-13"], "is not a month"),
        (["print", "wallpaper", "--screen", "tv"], "no screen 'tv'"),
        ([*named, "--period", "2026-09..2026"], "is not a period"),
        ([*named, "--period", "2026", "--day", "1900-99-99"], "is not a day"),
    ):
        done = run(cli, [*asked, "-o", str(tmp_path / "none")])
        assert done.exit_code == 2, asked
        assert fault in " ".join(done.output.replace("│", " ").split()), done.output
    assert not (tmp_path / "none").exists()
