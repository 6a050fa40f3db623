"""Awards: chosen from the shortlist, looked at, announced; and whoever does not wish to be listed is not, at once."""

from datetime import date, datetime
from itertools import pairwise

import pytest

from bot import awards_view, recognition
from bot.cards import Choice, plain
from bot.reports import between
from bot.turn import Turn
from storage import awards, kudos, people, units
from storage.database import Tx
from tests.talk import SINCE, Talk

IN_NOVEMBER = "2026-11-10T10:00:00+09:00"
LATER = "2026-12-02T10:00:00+09:00"
SCOPE = "2026-11-01/2026-12-01/"
GETS = ["digest", "reminders", "pulse"]


async def _thanked(talk: Talk, *, number: int = 10) -> None:
    """Hanako, ken and sakura thank taro in public, kacho privately; taro and ken thank hanako."""
    talk.now = datetime.fromisoformat(IN_NOVEMBER)
    for giver, to, words in (
        (talk.hanako, "taro", "引き継ぎ資料が丁寧で助かりました"),
        (talk.ken, "taro", "税務課の相談にもすぐ来てくれました"),
        (talk.sakura, "taro", "説明がとても分かりやすかったです"),
        (talk.taro, "hanako", "窓口の案内図を描き直してくれました"),
        (talk.ken, "hanako", "英語の案内を一緒に直してくれました"),
    ):
        await giver.says(f"/kudos @{to} {words}")
        await giver.presses("kudos.confirm", numbers=[str(number)])
    await talk.kacho.says("/kudos @taro ないしょの感謝のことばです")
    await talk.kacho.presses("kudos.confirm", numbers=[str(number)], visible=["private"])
    await talk.delivered()
    talk.now = datetime.fromisoformat(LATER)


async def _chosen(talk: Talk, name: str = "taro", citation: str = "だれにでも丁寧に引き継ぎました。") -> str:
    await talk.jimu.says("/kizuki 表彰")
    await talk.jimu.presses("award.choose", number=["10"])
    return await talk.jimu.presses("award.save", winners=[str(await _id(talk, name))], citation=[citation])


async def _id(talk: Talk, name: str) -> int:
    return int(str(talk.rows(f"select id from person where number = '{name}'")[0][0]))


async def _announced(talk: Talk) -> None:
    await _chosen(talk)
    await talk.jimu.presses("award.preview")
    await talk.jimu.presses("award.announce")
    await talk.delivered()


async def test_from_the_shortlist_to_every_channel(talk: Talk) -> None:
    await _thanked(talk)
    assert "まだ選んでいません" in await talk.jimu.says("/kizuki 表彰")
    assert "2026年11月　準備中" in talk.jimu.sees
    form = await talk.jimu.presses("award.choose", number=["10"])
    assert "1位　taro（窓口課）" in form
    assert "2位　hanako（窓口課）" in form
    assert "説明がとても分かりやすかった" in form
    assert "ないしょの" not in form, "private thanks are nobody's story"
    seen = await _chosen(talk)
    assert "taroさん" in seen
    assert talk.channel("madoguchi")[-1:] == [c for c in talk.channel("madoguchi")[-1:] if "表彰" not in c]
    preview = await talk.jimu.presses("award.preview")
    assert "この形で発表されます" in preview
    assert "だれにでも丁寧に引き継ぎました。" in preview
    assert "5のチャンネルに発表します" in await talk.jimu.presses("award.announce")
    await talk.delivered()
    for channel in ("all", "kyoku", "madoguchi", "zeimu", "digital"):
        assert "試験都庁 表彰のお知らせ" in talk.channel(channel)[-1]
        assert "taroさん　窓口課" in talk.channel(channel)[-1]
    assert "おめでとうございます" in talk.taro.inbox[-1]
    assert "発表済み" in await talk.jimu.presses("award.list")
    assert talk.rows("select action from audit where action like 'award.%' order by id") == [
        ("award.choose",),
        ("award.announce",),
    ]


async def test_announcing_again_changes_what_was_told_and_tells_nobody_twice(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    before = len(talk.channel("zeimu"))
    await _chosen(talk, citation="書き直したことば")
    await talk.jimu.presses("award.preview")
    assert "発表した内容を直す" in talk.jimu.sees
    await talk.jimu.presses("award.announce")
    await talk.delivered()
    assert "書き直したことば" in talk.shown_in("zeimu")[-1]
    assert len(talk.channel("zeimu")) == before + 1, "the same message, changed"
    told = [one for one in talk.shown_in("dm:taro") if "おめでとう" in one]
    assert len(told) == 1, "the same message"
    assert "書き直したことば" in told[0], "with the words that are everybody's now"


async def test_refusing_takes_the_name_from_everything_at_once(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    assert "taro" in await talk.jimu.says("/kizuki 報告 先月")
    await talk.taro.sends("preferences.save", "", **_settings())
    await talk.delivered()
    for channel in ("all", "kyoku", "zeimu", "digital"):
        assert "taro" not in "".join(c for c in talk.shown_in(channel) if "表彰" in c)
    assert "取り下げました" in talk.shown_in("zeimu")[-1]
    assert "taro" not in await talk.jimu.says("/kizuki 報告 先月")
    assert "hanako" in talk.jimu.sees
    assert "taro" not in await talk.jimu.sends("report.page", f"{SCOPE}/principle/9")
    assert "案内図" not in talk.jimu.sees, "nor is anything told in their words"
    assert "英語の案内" in talk.jimu.sees
    assert "taro" not in await talk.jimu.sends("report.page", f"{SCOPE}/first_receivers/0")
    assert not any("taro" in str(card) for (card,) in talk.rows("select card from body where key like 'award:%'"))
    for table in ("award", "award_winner", "award_given", "award_given_to"):
        assert talk.rows(f"select count(*) from {table}") == [(0,)]
    assert "ご希望のとおり" in talk.shown_in("dm:taro")[-1]
    await talk.taro.sends("preferences.save", "", **_settings(honour=True))
    assert "taro" in await talk.jimu.says("/kizuki 報告 先月")


def _settings(*, honour: bool = False) -> dict[str, list[str]]:
    gets = [*GETS, "honour"] if honour else GETS
    return {"language": ["ja"], "quiet_from": ["20:00"], "quiet_to": ["07:30"], "daily": ["channel"], "gets": gets}


async def test_whoever_refuses_while_they_are_being_chosen_is_not_chosen(talk: Talk) -> None:
    await _thanked(talk)
    await talk.jimu.says("/kizuki 表彰")
    await talk.jimu.presses("award.choose", number=["10"])
    form = talk.jimu.card
    await talk.taro.sends("preferences.save", "", **_settings())
    taro = str(await _id(talk, "taro"))
    assert "いま候補に載せられません" in await talk.jimu.presses("award.save", form, winners=[taro], citation=["よい"])
    assert talk.rows("select count(*) from award") == [(0,)]


async def test_only_who_was_recognised_by_two_can_be_chosen(talk: Talk) -> None:
    await _thanked(talk)
    for name in ("ken", "jimu", "moto", "robo"):
        value = str(await _id(talk, name))
        seen = await talk.jimu.sends("award.save", f"{SCOPE}/10", winners=[value], citation=["よい"])
        assert "いま候補に載せられません" in seen, name
    for forged in ("", "x", "-1", "999999"):
        seen = await talk.jimu.sends("award.save", f"{SCOPE}/10", winners=[forged], citation=["よい"])
        assert "いま候補に載せられません" in seen
    assert talk.rows("select count(*) from award_round") == [(0,)]


async def test_a_citation_is_needed_and_nobody_chosen_takes_the_award_back(talk: Talk) -> None:
    await _thanked(talk)
    for wrong in (" ", "あ" * 401):
        await _chosen(talk, citation=wrong)
        assert "1文字から400文字まで" in str(talk.jimu.card)
    await _chosen(talk)
    await talk.jimu.presses("award.choose", number=["10"])
    assert "だれにでも丁寧に" in str(talk.jimu.card), "what was written before stands in the form"
    await talk.jimu.presses("award.save", winners=[], citation=[""])
    assert talk.rows("select count(*) from award") == [(0,)]
    assert "まだだれも選ばれていません" in await talk.jimu.sends("award.preview", SCOPE)
    assert "まだだれも選ばれていません" in await talk.jimu.sends("award.announce", SCOPE)


async def test_several_may_share_it(talk: Talk) -> None:
    await _thanked(talk)
    await talk.jimu.says("/kizuki 表彰")
    await talk.jimu.presses("award.choose", number=["10"])
    both = [str(await _id(talk, name)) for name in ("taro", "hanako")]
    await talk.jimu.presses("award.save", winners=both, citation=["ふたりで支えました"])
    await talk.jimu.presses("award.preview")
    await talk.jimu.presses("award.announce")
    card = await talk.database.read(lambda tx: _public(tx, talk, "en"))
    assert "Test City: awards" in card
    assert "November 2026" in card
    assert "Hanako, Taro · Counter Division" in card
    assert "ふたりで支えました" in card


def _public(tx: Tx, talk: Talk, lang: str) -> str:
    held = awards.of_scope(tx, SCOPE)
    assert held
    return plain(awards_view.public(Turn(tx, talk.house, talk.now), held, lang))


@pytest.mark.parametrize("name", ["hanako", "kacho", "chiji", "stranger"])
async def test_only_the_secretariat_gives_awards(talk: Talk, name: str) -> None:
    await _thanked(talk)
    await _chosen(talk)
    someone = getattr(talk, name)
    refused = "名簿に登録がない" if name == "stranger" else "担当の人だけ"
    for action, value in (
        ("award.list", SCOPE),
        ("award.choose", SCOPE),
        ("award.save", f"{SCOPE}/10"),
        ("award.preview", SCOPE),
        ("award.announce", SCOPE),
    ):
        seen = await someone.sends(action, value, number=["10"])
        assert refused in seen or "担当の人だけ" in seen, action
    assert refused in await someone.says("/kizuki 表彰")
    assert talk.rows("select state from award_round") == [("draft",)]


async def test_a_bureaus_secretariat_gives_its_own_awards_in_its_own_channels(talk: Talk) -> None:
    await _thanked(talk)
    await talk.grants("hanako", "secretariat", "10")
    assert "窓口局の表彰" in await talk.hanako.says("/kizuki 表彰")
    await talk.hanako.presses("award.choose", number=["10"])
    await talk.hanako.presses("award.save", winners=[str(await _id(talk, "taro"))], citation=["局の誇りです"])
    await talk.hanako.presses("award.preview")
    assert "3のチャンネル" in await talk.hanako.presses("award.announce")
    await talk.delivered()
    assert "窓口局 表彰のお知らせ" in talk.channel("madoguchi")[-1]
    assert not any("表彰" in card for card in talk.channel("digital") + talk.channel("all"))
    assert "担当の人だけ" in await talk.hanako.sends("award.list", SCOPE)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("今月", "まだ終わっていない"),
        ("2027", "まだ来ていません"),
        ("1900", "2000年より前"),
        ("2026-11-01..9999-12-31", "2099年より後"),
        ("9999-12-31", "2099年より後"),
        ("ない課 先月", "見つかりません"),
        ("2026-11-30..2026-11-01", "順番を入れ替えて"),
    ],
)
async def test_awards_of_no_period_are_refused_clearly(talk: Talk, typed: str, says: str) -> None:
    talk.now = datetime.fromisoformat(LATER)
    assert says in await talk.jimu.says(f"/kizuki 表彰 {typed}")


@pytest.mark.parametrize(
    "value",
    ["", "x", "2026-11-01", "2026-11-01/2026-12-01/9", "2026-11-01/2026-12-01/x", "a/b/", "2026-13-01/2026-12-01/"],
)
async def test_forged_scopes_are_stale(talk: Talk, value: str) -> None:
    for action in ("award.list", "award.preview", "award.announce"):
        assert "もう使えません" in await talk.jimu.sends(action, value)


async def test_leaving_and_being_forgotten_take_the_award_along(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    await talk.taro.sends("forget.ask")
    await talk.taro.presses("forget.sure", texts=["keep"])
    await talk.taro.presses("forget.done")
    await talk.delivered()
    assert "取り下げました" in talk.shown_in("zeimu")[-1]
    assert not any("taro" in str(card) for (card,) in talk.rows("select card from body"))


async def test_a_giver_who_left_is_not_named_and_one_who_is_gone_from_the_roster_tells_on(talk: Talk) -> None:
    await _thanked(talk)

    def leave(tx: Tx) -> None:
        person = people.by_number(tx, "ken", today="2026-12-02")
        assert person
        people.leave(tx, person.id, day="2026-12-01")

    await talk.database.transact(leave)
    seen = await talk.jimu.sends("report.page", f"{SCOPE}/principle/9")
    assert "英語の案内を一緒に" in seen
    assert "ken" not in seen
    assert "— hanakoさんへ" in seen


async def test_words_that_were_erased_are_no_story(talk: Talk) -> None:
    await _thanked(talk)
    await talk.ken.sends("forget.ask")
    await talk.ken.presses("forget.sure", texts=["erase"])
    await talk.ken.presses("forget.done")
    seen = await talk.jimu.sends("report.page", f"{SCOPE}/principle/9")
    assert "英語の案内" not in seen
    assert "hanako" in seen, "their thanks still count"


async def test_who_left_is_on_no_shortlist(talk: Talk) -> None:
    await _thanked(talk)
    await talk.database.transact(lambda tx: people.leave(tx, 2, day="2026-12-01"))
    assert talk.rows("select number from person where id = 2") == [("taro",)]
    assert "taro" not in await talk.jimu.says("/kizuki 報告 先月")


async def test_two_hundred_accounts_of_one_person_are_one_giver(talk: Talk) -> None:
    """However many accounts thank: it is the person who counts."""
    talk.now = datetime.fromisoformat(IN_NOVEMBER)

    def give(tx: Tx) -> None:
        giver = people.by_number(tx, "ken", today="2026-11-10")
        to = people.by_number(tx, "taro", today="2026-11-10")
        assert giver
        assert to
        for number in range(200):
            _gives(tx, giver.id, giver.unit_id, to.id, to.unit_id, f"{number}", talk)

    await talk.database.transact(give)
    of = await _tenth(talk)
    assert (of.kudos, of.givers, of.shortlist) == (200, 1, ())


@pytest.mark.parametrize("decoys", [(), ("ken", "sakura")])
async def test_two_hundred_people_who_exist_only_to_thank_one_are_worth_fourteen(
    talk: Talk, decoys: tuple[str, ...]
) -> None:
    """Whether they thank nobody else, or the same two others at once."""
    talk.now = datetime.fromisoformat(IN_NOVEMBER)

    def give(tx: Tx) -> None:
        to = people.by_number(tx, "taro", today="2026-11-10")
        assert to
        others = [found.id for name in decoys if (found := people.by_number(tx, name, today="2026-11-10"))]
        for number in range(200):
            unit = units.add(tx, code=f"x{number}", name_ja="課", name_en="U", parent_id=None, starts_on=SINCE)
            person = people.add(tx, number=f"p{number}", name_ja="p", name_en="p", joined_on=SINCE)
            _gives(tx, person, unit, to.id, to.unit_id, "200人のひとり", talk, *others)

    await talk.database.transact(give)
    of = await _tenth(talk)
    line = next(one for one in of.shortlist if one.who.name_ja == "taro")
    assert len(of.shortlist) == 1 + len(decoys)
    assert (line.points.points, line.points.before, line.points.single) == (14.1, 200, 200)
    talk.now = datetime.fromisoformat(LATER)
    assert "割引前200点 → 14.1点（同じ1〜3人だけに感謝 200人）" in await talk.jimu.sends(
        "report.page", f"{SCOPE}/principle/9"
    )


async def test_a_ring_is_discounted_and_shown(talk: Talk) -> None:
    """Each thanks the next two of seven: everybody's givers are thanked by whom they thank."""
    talk.now = datetime.fromisoformat(IN_NOVEMBER)
    names = ("hanako", "taro", "ken", "sakura", "jimu")

    def give(tx: Tx) -> None:
        found = [people.by_number(tx, name, today="2026-11-10") for name in names]
        for at, giver in enumerate(found):
            for step in (1, 2):
                to = found[(at + step) % len(found)]
                assert giver
                assert to
                _gives(tx, giver.id, giver.unit_id, to.id, to.unit_id, f"{step}", talk)

    await talk.database.transact(give)
    of = await _tenth(talk)
    assert len(of.shortlist) == 5
    assert all(one.points.ring == 2 and one.points.points < one.points.before for one in of.shortlist)
    talk.now = datetime.fromisoformat(LATER)
    assert "輪になった感謝 2人" in await talk.jimu.sends("report.page", f"{SCOPE}/principle/9")


async def test_longer_rings_are_discounted_and_shown(talk: Talk) -> None:
    """Two rings of four, each through other units, meet in taro; two honest colleagues thank ken."""
    talk.now = datetime.fromisoformat(IN_NOVEMBER)

    def give(tx: Tx) -> None:
        def newcomer(number: int) -> tuple[int, int]:
            unit = units.add(tx, code=f"x{number}", name_ja="課", name_en="U", parent_id=None, starts_on=SINCE)
            return people.add(tx, number=f"p{number}", name_ja="p", name_en="p", joined_on=SINCE), unit

        taro, ken = (people.by_number(tx, name, today="2026-11-10") for name in ("taro", "ken"))
        assert taro
        assert ken
        rings = [[(taro.id, taro.unit_id), *map(newcomer, numbers)] for numbers in ((1, 2, 3), (4, 5, 6))]
        chains = [list(pairwise([*ring, ring[0]])) for ring in rings]
        honest = [(newcomer(number), (ken.id, ken.unit_id)) for number in (7, 8)]
        for (giver, unit), (to, its) in [*chains[0], *chains[1], *honest]:
            _gives(tx, giver, unit, to, its, f"{giver}", talk)

    await talk.database.transact(give)
    of = await _tenth(talk)
    found = {one.who.name_ja: (one.points.points, one.points.before, one.points.circle) for one in of.shortlist}
    assert found == {"ken": (1.4, 2, 0), "taro": (0.8, 2, 2)}
    talk.now = datetime.fromisoformat(LATER)
    assert "割引前2点 → 0.8点（長い輪の感謝 2人" in await talk.jimu.sends("report.page", f"{SCOPE}/principle/9")
    assert "12人の輪まで" in await talk.jimu.sends("report.page", f"{SCOPE}/how/0")


def _gives(
    tx: Tx, giver: int, unit: int | None, to: int, its: int | None, words: str, talk: Talk, *others: int
) -> None:
    kudos.add(
        tx,
        giver_id=giver,
        unit_id=unit,
        receivers=[(to, its), *((other, None) for other in others)],
        text=words,
        numbers=(10,),
        public=True,
        pack="tokyo",
        version="1.1.0",
        day="2026-11-10",
        at=round(talk.now.timestamp() * 1000),
    )


async def _tenth(talk: Talk):  # type: ignore[no-untyped-def]
    period = between(talk.house.settings, date(2026, 11, 1), date(2026, 12, 1))
    report = await talk.database.read(lambda tx: recognition.build(Turn(tx, talk.house, talk.now), period))
    return report.principles[9]


async def test_the_form_offers_those_of_the_shortlist_and_is_drawn_in_every_language(talk: Talk) -> None:
    await _thanked(talk)
    for name, lang in (("jimu", "ja"), ("ken", "en"), ("sakura", "ja-easy")):
        if name != "jimu":
            await talk.grants(name, "secretariat")
        someone = getattr(talk, name)
        await someone.says("/kizuki awards last month")
        await someone.presses("award.choose", number=["10"])
        assert someone.card
        assert someone.card.lang == lang
        (offered,) = (b for b in someone.card.blocks if isinstance(b, Choice))
        assert [o.value for o in offered.options] == [str(await _id(talk, n)) for n in ("taro", "hanako")]
        assert plain(someone.card).count("{") == 0
