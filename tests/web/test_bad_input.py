"""What people type and put into addresses: a clear sentence, the right status, and nothing they wrote is markup."""

import json
import shutil
import tempfile
from html import escape
from pathlib import Path
from types import SimpleNamespace

import pytest

from storage.database import Tx
from tests.talk import Talk
from tests.web.visitors import pages

NASTY = "</p><img src=x onerror=alert(1)><script>alert(2)</script>'\"&{{7*7}} ${x}"

WRONG = {
    "units/9999": (404, "その部署はありません"),
    "units/%00": (404, "その部署はありません"),
    "units/1010'%20or%201=1": (404, "その部署はありません"),
    "units/1010?span=days&from=2027-01-01&to=2027-02-01": (400, "まだ来ていない日です"),
    "units/1010?span=days&from=2026-10-02&to=2026-10-01": (400, "終わりの日が、始まりの日より前"),
    "units/1010?span=days&from=1900-01-01&to=1900-02-01": (400, "2000年より前の記録はありません"),
    "units/1010?span=days&from=2001-01-01&to=2026-10-01": (400, "期間が長すぎます"),
    "units/1010?span=days&from=yesterday&to=": (400, "日付が読めません"),
    "units/1010?span=days": (400, "日付が読めません"),
    "units/1010?span=century": (400, "その期間は選べません"),
    "units/1010?view=tomorrow": (400, "選べないもの"),
    "?from=2026-10-02&to=2026-10-01": (400, "終わりの日が、始まりの日より前"),
    "principles/11": (404, "その番号の規範はありません"),
    "principles/٣": (404, "その番号の規範はありません"),
    "principles/-1": (404, "その番号の規範はありません"),
    "principles/3?span=days&from=9999-12-31&to=9999-12-31": (400, "まだ来ていない日です"),
    "notes?page=99999999999999999999": (400, "ページの番号が読めません"),
    "notes?page=999999999999999": (404, "そのページはありません（最後は1ページ）"),
    "notes?page=0": (404, "そのページはありません"),
    "notes?page=-1": (400, "ページの番号が読めません"),
    "notes?from=1900-01-01": (400, "2000年より前の記録はありません"),
    "notes?from=2026-12-01": (400, "まだ来ていない日です"),
    "notes?from=2026-11-02&to=2026-11-01": (400, "終わりの日が、始まりの日より前"),
    "notes?unit=9999": (404, "その部署はありません"),
    "notes?kind=secret": (400, "選べないもの"),
    "notes?state=lost": (400, "選べないもの"),
    "notes?principle=99": (404, "その番号の規範はありません"),
    "notes?q=" + "a%20" * 40: (400, "語"),
    "notes/999999": (404, "その気づきはないか"),
    "notes/x": (404, "その気づきはないか"),
    "kudos?page=2": (404, "そのページはありません"),
    "kudos?which=yours": (400, "選べないもの"),
    "pulse/none-2026-01-01": (404, "というアンケートはありません"),
    "reach?unit=9999": (404, "その部署はありません"),
    "delivery?span=century": (400, "その期間は選べません"),
    "suggestions?span=days&from=2026-10-02&to=2026-10-01": (400, "終わりの日が、始まりの日より前"),
    "files/nothing.csv": (404, "そのページはありません"),
    "files/units.exe": (404, "そのページはありません"),
    "files/units": (404, "そのページはありません"),
    "files/..%2F..%2Fapp.yaml": (404, "そのページはありません"),
    "files/units.csv?unit=9999": (404, "その部署はありません"),
    "files/units.csv?from=2026-10-02&to=2026-10-01": (400, "終わりの日が、始まりの日より前"),
    "files/units.csv?from=1900-01-01&to=1900-02-01": (400, "2000年より前の記録はありません"),
    "files/units.csv?view=tomorrow": (400, "選べないもの"),
    "files/digest.csv": (400, "部署"),
    "files/suggestions.csv?unit=1010": (400, "全体"),
    "files/pulse.csv?code=none-2026-01-01": (404, "というアンケートはありません"),
    "nothing/at/all": (404, "そのページはありません"),
    "with/entra": (404, "そのページはありません"),
}


async def test_what_cannot_be_shown_is_said_clearly(talk: Talk) -> None:
    await talk.grants("jimu", "manager")
    async with pages(talk) as found:
        browser = found.browser()
        await browser.signs_in(talk.jimu)
        said = {}
        for address, (_, words) in WRONG.items():
            await browser.opens(address)
            said[address] = (browser.status, words if words in browser.words else browser.words)
            assert "うまく表示できませんでした" not in browser.words
        assert said == WRONG
        await browser.opens("notes?to=2030-01-01")
        assert browser.status == 200, "a last day that is still to come is no mistake"


async def test_nothing_that_people_wrote_is_markup(talk: Talk) -> None:
    await talk.grants("jimu", "manager")
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["2"])
    await talk.ken.says("/kudos @hanako 窓口で一緒に考えてくれました")
    await talk.ken.presses("kudos.confirm", numbers=["2"])
    await talk.kacho.sends("note.answered", "1:open", state=["considering"], reason=["12月に決めます"])
    await talk.database.transact(_poison)
    async with pages(talk) as found:
        browser = found.browser()
        await browser.signs_in(talk.jimu)
        shown = 0
        for address in (
            "",
            "units/",
            "units/1010",
            "units/00",
            "notes",
            "notes/1",
            "kudos",
            "principles/2",
            "settings",
        ):
            await browser.opens(address)
            assert browser.status == 200, address
            assert "<script" not in browser.text
            assert "<img" not in browser.text
            assert "49" not in browser.words.partition("{{7")[0][-3:]
            shown += str(escape(NASTY)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in browser.text
        assert shown >= 7, "what is harmless only when it does not show proves nothing"
        for name in ("q", "unit", "from", "kind", "page", "span", "view"):
            await browser.opens(f"notes?{name}=%3Cscript%3Ealert(1)%3C/script%3E")
            assert "<script" not in browser.text
            await browser.opens(f"units/1010?{name}=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
            assert "<script" not in browser.text


def _poison(tx: Tx) -> None:
    mark = "?" if tx.sqlite else "%s"
    for table, columns in {
        "note": ("text", "reason"),
        "note_step": ("reason",),
        "kudos": ("text",),
        "person": ("name_ja", "name_en", "title_ja"),
        "unit": ("name_ja", "name_en"),
        "unit_state": ("name_ja",),
    }.items():
        for column in columns:
            tx.cursor.execute(f"update {table} set {column} = {mark}", (NASTY,))


async def test_a_file_that_would_fill_the_disk_is_not_begun(
    talk_here: Talk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.jimu)
        await browser.opens("files/units.xlsx")
        assert browser.status == 503
        assert "ファイルを作る場所が足りません" in browser.words
        assert _left(tmp_path) == [], "nothing half-written stays"
        assert talk_here.rows("select count(*) from audit where action = 'export'") == [(0,)]


def _left(folder: Path) -> list[Path]:
    return [*folder.glob("kizuki-*"), *folder.glob("*.xlsx")]


async def test_files_are_not_made_for_other_pages(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.jimu)
        await browser.opens("files/units.csv", **{"Sec-Fetch-Site": "cross-site"})
        assert browser.status == 403
        await browser.opens("files/units.csv")
        assert browser.status == 200
        assert browser.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert browser.headers["Cache-Control"] == "no-store"
        name = "kizuki-units-20261102-20261124.csv"
        assert browser.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
        assert browser.text.startswith("\ufeff")
        [(subject, detail)] = talk_here.rows("select subject, detail from audit where action = 'export'")
        assert (subject, json.loads(str(detail))["form"]) == ("units", "csv")


@pytest.mark.parametrize("body", [b"", b"form=x&" + b"a" * 70_000, b"%ff%fe=%00", b'{"form": 1}'])
async def test_bodies_that_are_no_form(talk_here: Talk, body: bytes) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.hanako)
        async with browser._session.post(browser._at("settings"), data=body, allow_redirects=False) as response:
            assert response.status in (400, 403, 413)
