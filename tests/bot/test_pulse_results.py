"""The results card, from hand-made tables: every way a group is shown, in every language."""

from dataclasses import replace
from math import ceil, floor

import pytest

from bot.cards import Block, Card, Chart, Facts, Heading, Table, plain, plain_lines
from bot.organisation import LANGUAGES
from bot.published import Group, Published, Question, Shown
from bot.pulse_figures import wilson
from bot.pulse_reading import reading
from bot.pulse_results import card, in_short
from bot.questions import Asked
from bot.turn import House

STEPS = ("unknown", "heard", "read", "minded", "changed")
CALLED = ("知らない", "聞いた", "読んだ", "意識した", "変わった")
POINTS = tuple(map(str, range(1, 6)))
TEN = tuple(map(str, range(11)))


def everywhere(text: str) -> dict[str, str]:
    """The same words in every language."""
    return dict.fromkeys(LANGUAGES, text)


TITLE = everywhere("今週の問い")
ADOPTION = Asked(
    "adoption-3",
    "choice",
    TITLE,
    everywhere("届いていますか？"),
    values=STEPS,
    labels={v: everywhere(c) for v, c in zip(STEPS, CALLED, strict=True)},
    steps=True,
    share=70,
    reached=STEPS[1:],
)
HINDRANCE = Asked(
    "hindrance-3",
    "many",
    TITLE,
    everywhere("妨げは？"),
    values=("time", "rules", "none"),
    labels={"time": everywhere("時間"), "rules": everywhere("ルール"), "none": everywhere("なし")},
    none="none",
)
ENVIRONMENT = Asked("environment", "scale", TITLE, everywhere("満足？"), values=POINTS)
RECOMMENDATION = Asked("recommendation", "nps", TITLE, everywhere("すすめる？"), values=TEN)
VOICE = Asked("voice", "text", TITLE, everywhere("ひとこと"))
ASKED = (ADOPTION, HINDRANCE, ENVIRONMENT, RECOMMENDATION, VOICE)

NAMES = {"00": "都庁", "A": "総務局", "A1": "人事課", "A2": "文書課", "A3": "法務課", "A4": "情報課", "B": "主税局"}
PARENTS = {"00": None, "A": "00", "A1": "A", "A2": "A", "A3": "A", "A4": "A", "B": "00", "B1": "B", "B11": "B1"}


def steps(*counts: int) -> dict[str, int]:
    """How many took each step."""
    return dict(zip(STEPS, counts, strict=True))


def group(units: str, parent: str | None, counts: dict[str, int], *, shown: Shown = "exact", n: int = 0) -> Group:
    """A group of twice as many invited as answered."""
    answered = n or sum(counts.values())
    return Group(tuple(units.split()), parent, 2 * answered or 12, answered, counts, shown)


def adoption(*groups: Group, day: str = "2026-11-24") -> Published:
    """A release of one question."""
    return Published(f"weekly-{day}", 5, 0.934, (Question("adoption-3", groups),))


ALL = group("00", None, steps(100, 100, 100, 50, 50))
NOW = adoption(
    ALL,
    group("A", "00", steps(40, 60, 50, 30, 20)),
    group("A1", "A", {"read": 16}, shown="topcoded", n=20),
    group("A2 A3 A A4", "A", steps(10, 22, 17, 2, 2), shown="rounded"),
    group("B", "00", {}, shown="hidden"),
)


def drawn(
    house: House, unit: str, *, lang: str = "ja", earlier: tuple[Published, ...] = (), now: Published = NOW
) -> Card:
    """The card of the question about adoption."""
    return card(house, now, (ADOPTION,), unit, lang, earlier=earlier, names=NAMES, parents=PARENTS)


def kept(blocks: tuple[Block, ...] | list[Block], *kinds: type) -> list[Block]:
    """The blocks of some kinds."""
    return [block for block in blocks if isinstance(block, kinds)]


def test_an_exact_group_has_its_funnel_and_its_target(house: House) -> None:
    assert plain(drawn(house, "A")).splitlines() == [
        "# みんなの声：総務局",
        "11月24日（火）からの「今週の問い」",
        "400人のうち200人が答えてくれました（回答率50%）",
        "## 届いていますか？",
        "ここまで届いた人の割合",
        "  聞いた 80%",
        "  読んだ 50%",
        "  意識した 25%",
        "  変わった 10%",
        "聞いた: 80%（73〜85%）",
        "読んだ: 50%（43〜57%）",
        "意識した: 25%（19〜32%）",
        "変わった: 10%（6〜15%）",
        "目標70%、いまは80%（73〜85%）。目標に届きました。",
        "かっこの中は、たまたまの違いを見込んだ範囲です（95%信頼区間）。矢印は、はっきり変わったときだけ付けます。",
        "5人より少ない集まりの数字は出しません。寄せられた答えの93%を、部署ごと、または近くの部署と合わせて示しています。",
    ]
    assert drawn(house, "A").summary == "みんなの声：総務局 400人のうち200人が答えてくれました（回答率50%）"


def test_a_top_coded_group_says_one_thing_only(house: House) -> None:
    shown = drawn(house, "A1")
    aim = "目標70%、いまは80%以上。目標に届いたようですが、まだはっきりとは言えません。"
    assert f"  読んだ 80%以上\n読んだ: 80%以上\n{aim}" in plain(shown)
    assert "一人ひとりの答えが分からないよう" in plain(shown)
    assert [b.labels for b in shown.blocks if isinstance(b, Chart)] == [("読んだ",)]
    lost = adoption(ALL, group("A1", "00", {"unknown": 16}, shown="topcoded", n=20))
    assert "目標" not in plain(drawn(house, "A1", now=lost)), "that up to 20 % know it is all there is to say"
    assert "知らない: 80%以上" in plain(drawn(house, "A1", now=lost))
    # 6 of 7 are 86 %, which would tell that 7 answered.
    seven = adoption(ALL, group("A1", "00", {"read": 6}, shown="topcoded", n=7))
    assert "読んだ: 80%以上" in plain(drawn(house, "A1", now=seven))
    assert "8" not in plain(drawn(house, "A1", now=seven)).replace("80%", "")


def test_rounded_siblings_are_named_and_about(house: House) -> None:
    told = plain(drawn(house, "A3"))
    assert "106人のうち約53人が答えてくれました（回答率 約50%）" in told
    assert "法務課だけでは人数が少ないため、法務課、文書課、総務局直属ほか1部署を合わせた結果です。" in told
    assert "ここまで届いた人の割合（およその数）\n  聞いた 81%" in told
    assert "数は少し丸めてあります。" in told
    # From 33 of 43, among whom 10 to 15 may have answered the first way.
    line = next(row[1] for b in drawn(house, "A3").blocks if isinstance(b, Facts) for row in b.rows)
    assert line.startswith("約81%（")
    low, high = (int(part) for part in line.removeprefix("約81%（").removesuffix("%）").split("〜"))
    assert low < 69
    assert high > 90


def test_bounds_that_are_told_make_the_interval_narrow(house: House) -> None:
    merged = next(g for g in NOW.questions[0].groups if "A3" in g.units)
    bounds = {v: (max(c - 2, 0), c + 2) for v, c in merged.counts.items()} | {"": (51, 55)}
    told = {NOW.survey: {("adoption-3", merged.units, merged.parent): bounds}}
    text = plain(card(house, NOW, (ADOPTION,), "A3", "ja", names=NAMES, told=told))
    # 8 to 12 do not know it, of 51 to 55 people.
    low, high = floor(100 * wilson(39 / 51, 51).low), ceil(100 * wilson(47 / 55, 55).high)
    assert f"聞いた: 約81%（{low}〜{high}%）" in text
    assert f"聞いた: 約81%（{low}〜{high}%）" not in plain(drawn(house, "A3"))


@pytest.mark.parametrize(("lang", "few"), [("ja", "少ない"), ("en", "few"), ("ja-easy", "少ない")])
def test_that_nothing_is_shown_is_not_said_to_be_because_few_answered(house: House, lang: str, few: str) -> None:
    """It can be hidden because of a change since the survey before, however many answered."""
    assert few not in house.phrases(lang, "pulse_results.hidden")


def test_of_a_hidden_unit_what_is_above_is_shown(house: House) -> None:
    for unit, called in (("B", "主税局"), ("B1", "B1"), ("B11", "B11")):
        told = plain(drawn(house, unit))
        assert f"# みんなの声：{called}\n11月24日（火）からの「今週の問い」\n800人のうち400人" in told
        assert f"{called}だけでは人数が少ないため、都庁としてまとめた結果です。" in told
    assert "だけでは" not in plain(drawn(house, ""))
    assert "変わった: 13%（9〜17%）" in plain(drawn(house, "")), "12.5 % is rounded as everyone does"
    assert plain(drawn(house, "")) == plain(drawn(house, "00"))


def test_where_nothing_may_be_shown_the_card_says_why(house: House) -> None:
    nothing = drawn(house, "A", now=adoption(group("00", None, {}, shown="hidden")))
    assert "だれの答えか分かってしまうおそれがあるため、この質問の結果は出しません。" in plain(nothing)
    assert kept(nothing.blocks, Chart, Facts, Table) == []
    assert "人のうち" not in plain(nothing)
    assert in_short(house, [], "A", "ja") == []


def test_arrows_only_where_the_change_is_clear(house: House) -> None:
    before = adoption(ALL, group("A", "00", steps(90, 45, 40, 10, 15)), day="2026-11-17")
    told = plain(drawn(house, "A", earlier=(before,)))
    assert "聞いた: 80%（73〜85%） ↑前回より上がりました" in told
    assert "変わった: 10%（6〜15%）\n" in told, "7.5 % then is no clear difference"
    assert "はっきりした変化はありません" not in told
    falls = plain(drawn(house, "A", now=replace(before, survey="weekly-2026-12-01"), earlier=(NOW,)))
    assert "聞いた: 55%（48〜62%） ↓前回より下がりました" in falls
    same = plain(drawn(house, "A", earlier=(replace(NOW, survey="weekly-2026-11-17"),)))
    assert "前回と比べて、はっきりした変化はありません。" in same
    assert "↑" not in same + told.split("変わった:")[1].split("\n")[0]


def test_no_trend_against_another_group_or_other_answers(house: House) -> None:
    """A unit that was merged, hidden or elsewhere is not the same group; nor is a question with other answers."""
    low = steps(180, 5, 5, 5, 5)
    others = (
        group("A A9", "00", low),
        group("A", "0", low),
        group("A", "00", {}, shown="hidden"),
        group("A", "00", {"nein": 200}),
    )
    for other in others:
        before = adoption(ALL, other, day="2026-11-17")
        told = plain(drawn(house, "A", earlier=(before,)))
        assert "前回" not in told.replace("前回との差", "")
    # The release before counts, not one further back in which the group was.
    further = adoption(ALL, group("A", "00", low), day="2026-11-10")
    last = adoption(ALL, day="2026-11-17")
    assert "↑" not in plain(drawn(house, "A", earlier=(last, further)))
    assert "↑" in plain(drawn(house, "A", earlier=(further,)))


def test_the_pace_of_the_funnel(house: House) -> None:
    def week(day: str, knows: int) -> Published:
        return adoption(group("00", None, steps(1000 - knows, knows, 0, 0, 0)), day=day)

    earlier = (week("2026-11-17", 350), week("2026-11-10", 300))
    told = plain(drawn(house, "", now=week("2026-11-24", 400), earlier=earlier))
    assert "目標70%、いまは40%（37〜44%）。このペースなら、2027年第1週（1月4日（月）から）に届きます。" in told
    falling = plain(drawn(house, "", now=week("2026-11-24", 200), earlier=earlier))
    assert "いまのペースでは届きません。" in falling
    assert "ペース" not in plain(drawn(house, "", now=week("2026-11-24", 400), earlier=earlier[:1]))
    english = plain(drawn(house, "", lang="en", now=week("2026-11-24", 400), earlier=earlier))
    assert "Target 70%, now 40% (37–44%). At this speed it is reached in week 1 of 2027, from Mon, Jan 4." in english


def whole(*, shown: Shown = "exact") -> Published:
    """A release of every kind of question."""
    nps = dict.fromkeys(TEN, 0) | {"10": 40, "9": 20, "8": 25, "7": 5, "6": 10}
    rounded = {"rounded": 102}.get(shown, 100)
    return Published(
        "weekly-2026-11-24",
        5,
        1.0,
        (
            Question("adoption-3", (group("00", None, steps(10, 20, 30, 25, 15)),)),
            Question("hindrance-3", (Group(("00",), None, 200, rounded, {"time": 80, "rules": 45, "none": 7}, shown),)),
            Question("environment", (group("00", None, dict(zip(POINTS, (5, 10, 20, 40, 25), strict=True))),)),
            Question("recommendation", (group("00", None, nps),)),
        ),
    )


def test_every_kind_of_question_has_one_chart(house: House) -> None:
    told = card(house, whole(), ASKED, "", "ja", names=NAMES)
    assert [b.values for b in told.blocks if isinstance(b, Chart)] == [
        (90, 70, 40, 15),
        (80, 45, 7),
        (5, 10, 20, 40, 25),
        (60, 30, 10),
    ]
    text = plain(told)
    assert "答えの割合（いくつでも）\n  時間 80%\n  ルール 45%" in text
    assert "平均: 3.70（3.46〜3.91）\n1: 5%" in text
    assert "おすすめ度（NPS）: +50（+35〜+62）\nすすめたい（9〜10）: 60%（50〜70%）" in text
    assert "ひとこと" not in text, "a free line has no figures"
    assert text.count("答えてくれました") == 1, "the same people answered everything"
    parts = card(house, whole(shown="rounded"), ASKED, "", "ja", names=NAMES)
    assert plain(parts).count("答えてくれました") == 2, "one question's figures are rounded"


def test_means_have_arrows_too(house: House) -> None:
    worse = Question("environment", (group("00", None, dict(zip(POINTS, (40, 30, 20, 5, 5), strict=True))),))
    before = Published("weekly-2026-11-17", 5, 1.0, (worse,))
    assert "平均: 3.70（3.46〜3.91） ↑前回より上がりました" in plain(
        card(house, whole(), (ENVIRONMENT,), "", "ja", earlier=(before,))
    )


def test_in_short_is_one_figure_a_question(house: House) -> None:
    read = [one for q in ASKED if (one := reading(whole(), q, "00"))]
    found = in_short(house, read, "00", "ja", names=NAMES)
    assert [line for block in found for line in plain_lines(block)] == [
        "## みんなの声：都庁",
        "200人のうち100人が答えてくれました（回答率50%）",
        "届いていますか？: 目標70%、いまは90%（82〜95%）。目標に届きました。",
        "妨げは？: 時間 80%（71〜87%）",
        "満足？: 平均 3.70（3.46〜3.91）",
        "すすめる？: おすすめ度（NPS） +50（+35〜+62）",
    ]
    assert len(kept(found, Heading, Facts)) == 2


def test_rounded_means_are_about_and_the_whole_has_the_organisations_name(house: House) -> None:
    scale = Question("environment", (group("*", None, dict.fromkeys(POINTS, 400), shown="rounded"),))
    told = plain(card(house, Published("w", 5, 1.0, (scale,)), (ENVIRONMENT,), "", "ja"))
    assert "平均: 約3.00（" in told
    assert "# みんなの声：試験都庁" in told


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("unit", ["", "A", "A1", "A3", "B11"])
def test_every_language_draws(house: House, lang: str, unit: str) -> None:
    text = plain(drawn(house, unit, lang=lang, earlier=(replace(NOW, survey="weekly-2026-11-17"),)))
    assert "pulse_results" not in text
    assert "{" not in text
    assert "None" not in text
    for asked in ASKED:
        shown = card(house, whole(shown="rounded"), (asked,), unit, lang, names=NAMES)
        assert shown.lang == lang
        assert (len(kept(shown.blocks, Chart)) == 1) == (asked is not VOICE)


def test_english_and_easy_japanese(house: House) -> None:
    english = plain(drawn(house, "A3", lang="en"))
    assert "About 53 of 106 people answered (about 50%)" in english
    assert "文書課, 総務局 (posted there directly) and 1 more together." in english
    assert "読んだ: 80% or more" in plain(drawn(house, "A1", lang="en"))
    easy = plain(drawn(house, "A", lang="ja-easy"))
    assert "400人の中で、200人が答えました（50%）" in easy
    assert "聞いた: 80%（73%から85%）" in easy
