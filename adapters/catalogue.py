"""What open data says of itself: the columns of its tables, the rules by which it is told, and a DCAT description."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from bot.turn import House

Json = dict[str, Any]
LICENCES = "https://spdx.org/licenses/"
MEDIA = {"csv": "text/csv", "json": "application/json", "md": "text/markdown"}


class Table(NamedTuple):
    """A table: its files' name, what it is, and its columns with their types and what they mean."""

    name: str
    ja: str
    en: str
    about: tuple[tuple[str, str, str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column[0] for column in self.about)


_UNITS = (
    "units",
    "string",
    "部署コード。空は組織全体、空白区切りは合わせて数えた部署。いちばん上の部署のコードは、そこに直接いる人",
    "codes of units; none: the whole organisation; several: counted together; the top unit's: people directly in it",
)
FIGURES = Table(
    "notes-and-thanks",
    "月と規範ごとの気づきと感謝",
    "Notes and thanks by month and principle",
    (
        ("month", "gYearMonth", "月", "the month"),
        (
            "measure",
            "string",
            "notes は気づき、thanks は感謝（感謝された人ごとに一つ）",
            "notes, or thanks (one for each colleague thanked)",
        ),
        ("principle", "integer", "規範の番号", "the number of the principle"),
        _UNITS,
        ("others", "integer", "1 なら、どの部署にも属さない分を含む", "1: what belongs to no unit is in it"),
        ("count", "integer", "件数。空は公表しない", "how many; empty is not told"),
        ("told", "string", "exact はそのまま、fewer は少ないため公表しない", "exact, or fewer: too few to be told"),
    ),
)
ANSWERS = Table(
    "surveys",
    "アンケートの公表結果",
    "Released results of surveys",
    (
        ("survey", "string", "アンケート", "the survey"),
        ("closed_on", "date", "終わった日", "the day it closed"),
        ("question", "string", "質問", "the question"),
        ("answer", "string", "答え", "the answer"),
        _UNITS,
        ("invited", "integer", "聞かれた人", "people asked"),
        ("answered", "integer", "答えた人", "people who answered"),
        ("count", "integer", "この答えの人数", "people with this answer"),
        (
            "told",
            "string",
            "exact はそのまま、rounded はおよその数、topcoded はその数以上",
            "exact, rounded, or topcoded: so many or more",
        ),
    ),
)
PRINCIPLES = Table(
    "principles",
    "規範",
    "Principles",
    (
        ("number", "integer", "番号", "the number"),
        ("title_ja", "string", "日本語の名前", "its title in Japanese"),
        ("title_en", "string", "英語の名前", "its title in English"),
    ),
)
UNITS = Table(
    "units",
    "部署",
    "Units",
    (
        ("code", "string", "部署コード", "the code"),
        ("name_ja", "string", "日本語の名前", "its name in Japanese"),
        ("name_en", "string", "英語の名前", "its name in English"),
    ),
)


def dictionary(house: House, tables: Iterable[Table]) -> Json:
    """What every column of every table means."""
    return {
        "principles": house.pack.edition,
        "k": house.settings.open_data.k,
        "tables": [
            {
                "name": table.name,
                "title": {"ja": table.ja, "en": table.en},
                "columns": [
                    {"name": name, "type": kind, "description": {"ja": ja, "en": en}}
                    for name, kind, ja, en in table.about
                ],
            }
            for table in tables
        ],
    }


def catalogue(house: House, files: Mapping[str, bytes], months: tuple[str, ...]) -> Json:
    """The folder as a data set of DCAT 3: nothing in it says when it was written, but when its last month was."""
    wanted, org = house.settings.open_data, house.settings.organisation
    names = [{"@value": org.title(lang), "@language": lang} for lang in ("ja", "en")]
    dataset: Json = {
        "@type": "dcat:Dataset",
        "@id": f"{wanted.address}/" if wanted.address else "urn:kizuki:open-data",
        "dct:title": [
            {"@value": f"{org.title('ja')} 行動規範の気づきと感謝", "@language": "ja"},
            {"@value": f"{org.title('en')}: notes and thanks by principle", "@language": "en"},
        ],
        "dct:description": [
            {"@value": "公表してよい大きさの集計だけを載せています。決まりは RULES.md にあります。", "@language": "ja"},
            {
                "@value": "Holds only aggregates that are large enough to be told; RULES.md has the rule.",
                "@language": "en",
            },
        ],
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": names},
        "dct:license": {"@id": licence(wanted.licence)},
        "dct:language": ["ja", "en"],
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"},
        "dcat:distribution": [_distribution(wanted.address, name, content) for name, content in files.items()],
    }
    if wanted.contact:
        dataset["dcat:contactPoint"] = {"@type": "vcard:Kind", "vcard:fn": wanted.contact}
    if months:
        dataset["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": months[0], "@type": "xsd:gYearMonth"},
            "dcat:endDate": {"@value": months[-1], "@type": "xsd:gYearMonth"},
        }
    return {"@context": _CONTEXT, **dataset}


_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def licence(text: str) -> str:
    """A licence's address; a short name is SPDX's."""
    return text if text.startswith("https://") else f"{LICENCES}{text}.html"


def _distribution(address: str, name: str, content: bytes) -> Json:
    """A file, with its size and its hash, so that a copy can be checked."""
    return {
        "@type": "dcat:Distribution",
        "dct:title": name,
        "dcat:downloadURL": {"@id": f"{address}/{name}" if address else name},
        "dcat:mediaType": MEDIA[name.rsplit(".", 1)[1]],
        "dcat:byteSize": len(content),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": sha256(content).hexdigest(),
        },
    }


def rules(house: House) -> str:
    """The rules in words, in both languages."""
    wanted = house.settings.open_data
    return _RULES.format(k=wanted.k, licence=licence(wanted.licence), edition=house.pack.edition)


_RULES = """\
# 公表の決まり / Rules

規範 / principles: {edition}
ライセンス / licence: {licence}

## 日本語

1. 載せるのは、終わった月の数だけです。組織全体と、そのすぐ下の部署の数があります。
2. 件数は、{k} 件以上で、{k} 人以上の違う人によるときだけ載せます。感謝は、感謝された人も {k} 人以上のときだけです。
   部署の数は、そこで働く人が {k} 人以上のときだけです。
3. そうでない部署は合わせて載せます。一つだけのときや、合わせても足りないときは、ほかの部署のうち、いちばん数の
   少ない部署も合わせます。部署の数を足すと組織全体の数になり、そこから載せた部署の数を引いても、{k} 件より少ない
   ものは残りません。
4. 組織全体でも足りない月と規範は載せません。人数や、規範を合わせた数、年の数は載せません。
5. 一度載せた月の数は、あとで消された気づきがあっても変えません。二つの版を比べても、消されたものは分かりません。
6. 事務局だけへの気づき、消された気づき、取り消された感謝は数えません。言葉や名前は載せません。
7. アンケートは、終わったときに公表したものだけを、そのまま載せます。その決まりは docs/pulse.md にあります。

## English

1. Only months that are over are told: of the whole organisation, and of the units directly below it.
2. A count is told only if it is of {k} or more, by {k} or more different people; of thanks, also to {k} or more; of a
   unit, only where {k} or more people work.
3. Other units are told together. Where that is one alone, or still too few, the smallest of the rest joins them. What
   is told of units adds up to the whole, and taking told units away from it never leaves fewer than {k}.
4. Months and principles with too few in the whole organisation are not told. Neither are numbers of people, sums over
   principles, or years.
5. A month that was told stays as it was told, also where notes were deleted since: two editions compared tell nothing
   of what was deleted.
6. Notes for the secretariat alone, deleted notes and thanks taken back do not count. There are no words and no names.
7. Of surveys there is exactly what was released when they closed; docs/pulse.md has the rules of that.
"""
