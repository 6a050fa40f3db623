"""やさしい日本語 is easy: measured by jReadability, by the length of sentences and by the kanji it uses.

jReadability (Lee and Hasebe, 2016) gives 0.5 for the hardest Japanese and 6.4 for the easiest; 3.5 and more is read by
intermediate learners, 4.5 and more by elementary ones. Kanji are those of the first four school years (文部科学省,
学年別漢字配当表) and a few that everyone meets in daily life here.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

import pytest
from fugashi import Tagger
from jreadability import compute_readability

from adapters import app
from bot import pack_files
from bot.packs import Pack, Principle

PACKS = app.CONTENT / "packs"
EDITIONS = ("tokyo@1.0.0", "tokyo@1.1.0", "bandai@1.0.0")
LONGEST_SENTENCE = 30
# The lowest score of all texts of a principle together, and of all texts of a pack together.
OF_PRINCIPLE, OF_PACK = 3.75, 4.3
SCHOOL = (
    "一七三上下中九二五人休先入八六円出力十千口右名四土夕大天女子字学小山川左年手文日早月木本村林校森正気水火犬玉王生"
    "田男町白百目石空立竹糸耳花草虫見貝赤足車金雨青音万丸交京今会体何作元兄光公内冬刀分切前北午半南原友古台合同回図国"
    "園地場声売夏外多夜太妹姉室家寺少岩工市帰広店弓引弟弱強当形後心思戸才教数新方明星春昼時晴曜書朝来東楽歌止歩母毎毛"
    "池汽活海点父牛理用画番直矢知社秋科答算米紙細組絵線羽考聞肉自船色茶行西親角言計記話語読谷買走近通週道遠里野長門間"
    "雪雲電頭顔風食首馬高魚鳥鳴麦黄黒丁世両主乗予事仕他代住使係倍全具写列助勉動勝化区医去反取受号向君味命和品員商問坂"
    "央始委守安定実客宮宿寒対局屋岸島州帳平幸度庫庭式役待急息悪悲想意感所打投拾持指放整旅族昔昭暑暗曲有服期板柱根植業"
    "様横橋次歯死氷決油波注泳洋流消深温港湖湯漢炭物球由申界畑病発登皮皿相県真着短研礼神祭福秒究章童笛第筆等箱級終緑練"
    "羊美習者育苦荷落葉薬血表詩調談豆負起路身転軽農返追送速進遊運部都配酒重鉄銀開院陽階集面題飲館駅鼻不争付令以仲伝位"
    "低例便信倉候借停健側働億兆児共兵典冷初別利刷副功加努労勇包卒協単博印参史司各告周唱喜器囲固型堂塩士変夫失好季孫完"
    "官害察巣差希席帯底府康建径徒得必念愛成戦折挙改救敗散料旗昨景最望未末札材束松果栄案梅械極標機欠歴残殺毒氏民求治法"
    "泣浅浴清満漁灯無然焼照熱牧特産的省祝票種積競笑管節粉紀約結給続置老胃脈腸臣航良芸芽英菜街衣要覚観訓試説課議象貨貯"
    "費賞軍輪辞辺連達選郡量録鏡関陸隊静順願類飛飯養験"
)
DAILY_LIFE = "都障害者齢困窓情報質届震防災税職務似払机保若宅営検混資備準授件"


def texts(principle: Principle) -> Iterator[str]:
    """Everything that is said in easy Japanese of a principle; names of divisions and measures are names."""
    entries = chain.from_iterable(principle.facets.values())
    yield from (principle.title["ja-easy"], principle.promise["ja-easy"], *(e["ja-easy"] for e in entries))
    yield from (text["ja-easy"] for measure in principle.measures for text in measure.years.values())


def shelved(pack: Pack) -> Iterator[str]:
    for shelf in pack.shelves.values():
        yield shelf.about["ja-easy"]
        for leaf in shelf.leaves:
            yield from (leaf.text["ja-easy"], leaf.how["ja-easy"])


@cache
def loaded(edition: str) -> Pack:
    return pack_files.load(pack_files.found(PACKS, edition))


def everything(edition: str) -> list[str]:
    pack = loaded(edition)
    return [*chain.from_iterable(texts(p) for p in pack.principles), *shelved(pack)]


def score(said: list[str]) -> float:
    found: float = compute_readability("".join(t if t.endswith(("。", "？")) else f"{t}。" for t in said), Tagger())
    return found


@pytest.mark.parametrize("edition", EDITIONS)
def test_learners_can_read_it(edition: str) -> None:
    pack = loaded(edition)
    by_number = {p.number: score(list(texts(p))) for p in pack.principles}
    assert {n: s for n, s in by_number.items() if s < OF_PRINCIPLE} == {}
    assert score(everything(edition)) >= OF_PACK
    usual = [e["ja"] for p in pack.principles for es in p.facets.values() for e in es]
    assert score(everything(edition)) > score(usual) + 0.8, "much easier than what is written for everyone"


@pytest.mark.parametrize("edition", EDITIONS)
def test_sentences_are_short(edition: str) -> None:
    sentences = (s for t in everything(edition) for s in re.split("[。？]", re.sub("「[^」]*」", "「」", t)))
    assert [s for s in sentences if len(s) > LONGEST_SENTENCE] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_kanji_are_those_of_four_school_years_and_daily_life(edition: str) -> None:
    allowed = set(SCHOOL) | set(DAILY_LIFE)
    assert len(set(SCHOOL)) == 640
    hard = {c: t for t in everything(edition) for c in t if "一" <= c <= "龠" and c not in allowed}
    assert hard == {}
