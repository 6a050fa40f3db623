"""Who may open what: every route and every role, compared with one table."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.web.page import at
from adapters.web.site import PAGE_ROUTES, Site
from bot import announcement_view, published, sign_ins
from bot.published import Group, Published, Question
from bot.report_books import REPORTS
from storage import accounts, announcements, people, places, postings, pulses, roles, units
from storage import sign_ins as stored
from storage.database import Tx
from tests import surveys
from tests.talk import PLATFORM, Someone, Talk
from tests.web.visitors import Browser, Pages, pages

NOBODY = "nobody"
LEFT = "left"
ROLES = (
    NOBODY,
    LEFT,
    "staff",
    "manager here",
    "manager above",
    "manager elsewhere",
    "deputy",
    "delegate",
    "secretariat here",
    "secretariat",
    "executive",
    "administrator",
)
SIGNED_IN = ROLES[2:]
READERS = ("manager here", "manager above", "deputy", "secretariat here", "secretariat", "executive")
# A delegate has the digest, and nothing else of a manager's.
DIGEST = (*READERS, "delegate")
# Of these nobody is told whether they are there.
UNSEEN = ("notes/", "announcements/", "files/announcement.csv?code=")
EVERYWHERE = ("secretariat", "executive")
REPORT = ("secretariat", "executive", "administrator")

# The address, and who may open it; for all others there is a clear no. The unit "here" is 1010, within 10.
ALLOWED: dict[str, tuple[str, ...]] = {
    "": SIGNED_IN,
    "principles/": SIGNED_IN,
    "principles/2": SIGNED_IN,
    "units/": (*DIGEST, "manager elsewhere"),
    "units/1010": DIGEST,
    "units/1010?view=now": DIGEST,
    "units/1020": ("manager above", "manager elsewhere", *EVERYWHERE),
    "units/10": ("manager above", *EVERYWHERE),
    "units/00": EVERYWHERE,
    "notes": SIGNED_IN,
    "notes/1": SIGNED_IN,
    # For the secretariat alone, and the one who wrote it.
    "notes/3": ("staff", "secretariat here", "secretariat"),
    "kudos": SIGNED_IN,
    "kudos?which=received": SIGNED_IN,
    "pulse": SIGNED_IN,
    "pulse/weekly-2026-11-24": SIGNED_IN,
    # One's own unit, or everybody; of fewer than five people, as in 1010, there is none for anybody.
    "adoption": ("manager above", *EVERYWHERE),
    "adoption?unit=10": ("manager above", *EVERYWHERE),
    "adoption?unit=1010": (),
    "figures": SIGNED_IN,
    "awards": SIGNED_IN,
    "recognition": ("secretariat here", *REPORT),
    "recognition?unit=1010": ("secretariat here", *REPORT),
    "recognition?unit=1020": REPORT,
    "announcements": ("secretariat here", "secretariat"),
    "announcements/1": ("secretariat",),
    "reach": ("secretariat here", "secretariat", "administrator"),
    "reach?unit=1010": ("secretariat here", "secretariat", "administrator"),
    "reach?unit=1020": ("secretariat", "administrator"),
    "delivery": ("secretariat", "administrator"),
    "suggestions": ("secretariat", "administrator"),
    "settings": SIGNED_IN,
    # Every report as a file; of the whole organisation they are the office's.
    "files/units.csv": REPORT,
    "files/units.csv?unit=1010&view=now": READERS,
    "files/units.csv?unit=1020": ("manager above", "manager elsewhere", *EVERYWHERE),
    "files/recognition.csv": REPORT,
    "files/recognition.csv?unit=1010": ("secretariat here", *REPORT),
    "files/digest.csv?unit=1010": DIGEST,
    "files/adoption.csv": EVERYWHERE,
    "files/adoption.csv?unit=10": ("manager above", *EVERYWHERE),
    "files/adoption.csv?unit=1010": (),
    "files/figures.csv": SIGNED_IN,
    "files/announcement.csv?code=1": ("secretariat",),
    "files/notes.csv": REPORT,
    "files/notes.csv?unit=1010": READERS,
    "files/kudos.csv": REPORT,
    "files/kudos.csv?unit=1010": READERS,
    "files/pulse.csv?code=weekly-2026-11-24": REPORT,
    "files/pulse.csv?code=weekly-2026-11-24&unit=1010": READERS,
    "files/reach.csv": ("secretariat", "administrator"),
    "files/reach.csv?unit=1010": ("secretariat here", "secretariat", "administrator"),
    "files/suggestions.csv": ("secretariat", "administrator"),
}
PARTS = (
    *("units/", "reach", "notes", "pulse", "awards", "recognition", "announcements"),
    *("delivery", "suggestions", "adoption"),
)
# What stands on a page for some of those who may open it: (address, words), and who reads them.
SHOWN: dict[tuple[str, str], tuple[str, ...]] = {
    ("principles/2", "表彰の報告を見る"): REPORT,
    ("notes/2", "taro（窓口課）"): ("deputy", "secretariat here", "secretariat"),
    ("notes?q=事務局だけ", "事務局だけに伝えたい"): ("staff", "secretariat"),
    ("kudos", "二人だけのお礼"): ("staff", "manager elsewhere"),
    ("kudos", "みんなに見せるお礼"): SIGNED_IN,
    ("units/1010", "/files/digest.xlsx?unit=1010"): DIGEST,
    ("notes", "/files/notes.xlsx?"): REPORT,
    ("reach", "/files/reach.xlsx?"): ("secretariat here", "secretariat", "administrator"),
}


@asynccontextmanager
async def everyone(talk: Talk) -> AsyncIterator[dict[str, Browser]]:
    """Somebody of each role at a browser, and things to see."""
    await _things(talk)
    await talk.grants("ken", "manager", "1020")
    await talk.grants("sakura", "secretariat", "1010")
    await talk.database.transact(_stands_in)
    await talk.database.transact(_administrator)
    who = {
        "staff": talk.hanako,
        "manager here": talk.kacho,
        "manager above": talk.bucho,
        "manager elsewhere": talk.ken,
        "deputy": talk.taro,
        "delegate": Someone(talk, "dairi"),
        "secretariat here": talk.sakura,
        "secretariat": talk.jimu,
        "executive": talk.chiji,
        "administrator": Someone(talk, "kanri"),
    }
    async with pages(talk) as found:
        browsers = {NOBODY: found.browser(), LEFT: await _left(talk, found)}
        for role, someone in who.items():
            browsers[role] = found.browser()
            await browsers[role].signs_in(someone)
        yield browsers


async def _things(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["2"])
    await talk.taro.says("/kizuki 名前を出さない気づき")
    await talk.taro.presses("note.confirm", numbers=["2"], audience=["anonymous"])
    await talk.hanako.says("/kizuki 事務局だけに伝えたいこと")
    await talk.hanako.presses("note.confirm", numbers=["none"], audience=["office"])
    await talk.ken.says("/kudos @hanako 二人だけのお礼をここに書きます")
    await talk.ken.presses("kudos.confirm", numbers=["2"], visible=["private"])
    await talk.ken.says("/kudos @taro みんなに見せるお礼をここに書きます")
    await talk.ken.presses("kudos.confirm", numbers=["2"])
    await talk.database.transact(_announced)
    key = await surveys.opened(talk.database, talk.bot, surveys.SCALE)
    group = Group(("00",), None, 5, 5, {"1": 0, "2": 0, "3": 1, "4": 2, "5": 2}, "exact")
    told = published.dump(Published("weekly-2026-11-24", 5, 1.0, (Question("mood", (group,)),)))
    await talk.database.transact(lambda tx: pulses.close(tx, key, day="2026-11-24", released=told, pieces=""))


def _announced(tx: Tx) -> None:
    said = announcement_view.packed({"ja": announcement_view.Words("お知らせの題", "本文")})
    at_ = 1_795_000_000_000
    new = announcements.NewAnnouncement(
        _key(tx, "jimu"), said, None, "tokyo@1.1.0", "none", "", "everyone", "[]", at_, at_ + 1, at_
    )
    announcements.add(tx, new)


def _stands_in(tx: Tx) -> None:
    kacho, taro = (_key(tx, name) for name in ("kacho", "taro"))
    roles.stand_in(tx, kacho, taro, starts_on="2026-11-24", ends_on="2026-12-24")
    roles.stand_in(tx, kacho, _newcomer(tx, "dairi"), starts_on="2026-11-24", ends_on=None)


def _administrator(tx: Tx) -> None:
    roles.add(tx, _newcomer(tx, "kanri"), "administrator", unit_id=None, starts_on="2020-04-01")


def _newcomer(tx: Tx, name: str) -> int:
    person = people.add(tx, number=name, name_ja=name, name_en=name, joined_on="2020-04-01", language="ja")
    accounts.add(tx, PLATFORM, name, person_id=person)
    unit = units.by_code(tx, "20")
    assert unit
    postings.add(tx, person, unit.id, starts_on="2020-04-01")
    places.save(tx, platform=PLATFORM, ext_id=f"dm:{name}", private=True, address={}, person_id=person, account=name)
    return person


async def _left(talk: Talk, found: Pages) -> Browser:
    """A browser in which somebody stayed signed in who has left."""
    browser, at_ = found.browser(), round(talk.now.timestamp() * 1000)

    def begin(tx: Tx) -> None:
        stored.begin(tx, _key(tx, "moto"), mark=sign_ins.hashed("s" * 43), form="f", how="link", at=at_)

    await talk.database.transact(begin)
    browser.holds("kizuki", "s" * 43)
    return browser


def _key(tx: Tx, number: str) -> int:
    found = people.by_number(tx, number, today="2026-11-24")
    assert found
    return found.id


async def test_every_route_opens_for_exactly_those_in_the_table(talk: Talk) -> None:
    async with everyone(talk) as browsers:
        found = {address: [] for address in ALLOWED}  # type: dict[str, list[str]]
        for role, browser in browsers.items():
            for address in ALLOWED:
                await browser.opens(address)
                expected = (401,) if role in (NOBODY, LEFT) else (200, 403, 404)
                assert browser.status in expected, (role, address, browser.words)
                assert browser.status != 404 or address.startswith(UNSEEN), (role, address)
                found[address] += [role] if browser.status == 200 else []
        assert {a: set(r) for a, r in found.items()} == {a: set(r) for a, r in ALLOWED.items()}


async def test_what_stands_on_pages_and_which_buttons_work_for_whom(talk_here: Talk) -> None:
    async with everyone(talk_here) as browsers:
        for (address, words), readers in SHOWN.items():
            seen = set()
            for role, browser in browsers.items():
                await browser.opens(address)
                seen |= {role} if words in browser.text else set()
            assert seen == set(readers), (address, words)

        before = talk_here.rows("select count(*) from page_session")
        for role in (NOBODY, LEFT):
            for address in ("out", "out/everywhere", "sessions/1/out", "settings"):
                await browsers[role].posts(address, form="f", language="en", theme="dark")
                assert browsers[role].status == 401, (role, address)
        assert talk_here.rows("select count(*) from page_session") == before
        for role in SIGNED_IN:
            await browsers[role].opens("")
            linked = set(re.findall(r'<li><a href="(/dashboard/[a-z]*/?)"', browsers[role].text))
            for part in PARTS:
                assert (at(part) in linked) == (role in ALLOWED[part]), (role, part)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))


async def test_the_table_has_every_route(talk_here: Talk) -> None:
    addresses = [address.partition("?")[0] for address in ALLOWED]
    assert {name for name in REPORTS if f"files/{name}.csv" not in addresses} == set()
    missing = [path for path in PAGE_ROUTES if not any(_pattern(path).fullmatch(a) for a in addresses)]
    assert missing == []
    known = {(r.method, r.path.removeprefix("/dashboard").strip("/")) for r in Site(talk_here.bot).routes()}  # type: ignore[attr-defined]
    beside = {path for method, path in known if method == "GET"} - {p.strip("/") for p in PAGE_ROUTES}
    assert beside == {"static/{file}", "in/{secret}", "with/{provider}", "with/{provider}/back"}
    posts = {path for method, path in known if method == "POST"}
    assert posts == {"in/{secret}", "out", "out/everywhere", "sessions/{id}/out", "settings"}
