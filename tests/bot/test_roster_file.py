"""Tables → checked rows: headings, values, and every fault with its file, line and column."""

from collections.abc import Sequence

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from bot import roster_file, roster_values
from bot.roster_file import Roster
from bot.roster_headings import Table
from bot.roster_values import RoleAt, Unreadable

DAY = "2027-04-01"
HEAD = "職員番号,氏名,所属コード"
UNIT_HEAD = "組織コード,組織名,上位組織コード,設置日,廃止日,前身コード"


def table(*rows: str, file: str = "f.csv", sheet: str = "") -> Table:
    """A table from lines with commas."""
    return Table(file, sheet, [(line, row.split(",")) for line, row in enumerate(rows, 1)])


def read(*rows: str) -> Roster:
    """One table, read."""
    return roster_file.read([table(*rows)], day=DAY)


def faults(*rows: str) -> list[str]:
    """What is wrong with one table."""
    return list(map(str, read(*rows).faults))


@pytest.mark.parametrize(
    "head",
    [
        "職員番号,氏名,メール,所属コード,権限,所属長,着任日,言語,英語氏名",
        "社員番号,名前,メールアドレス,組織コード,役割,管理職,発令日,言語,ローマ字",
        "Staff Number,Name,E-mail,Unit code,Role,Manager,Start date,Language,English name",
        "employee_id,NAME,mail,UNIT-CODE,roles,is manager,starts_on,lang,name_en",
        "職員 番号,氏 名,メール,所属コード＊,権限,所属長,着任日,言語,英語氏名",
    ],
)
def test_headings_have_several_names(head: str) -> None:
    found = read(head, "1,あ,A@b.jp,10,幹部,1,2027/4/1,日本語,A")
    assert found.faults == ()
    assert found.staff is not None
    roles = (RoleAt("executive", None), RoleAt("manager", "10"))
    assert found.staff[0][1:] == ("1", "あ", "A", "", "", "a@b.jp", "10", roles, DAY, "ja")


def test_headings_of_units() -> None:
    found = read(UNIT_HEAD, "1010,窓口課,10,令和9年4月1日,2030/3/31,1001、1002 1003;1004")
    assert found.faults == ()
    assert found.staff is None
    assert found.units is not None
    assert found.units[0][1:] == ("1010", "窓口課", "", "10", DAY, "2030-03-31", ("1001", "1002", "1003", "1004"))
    without = read("Unit code,Name", "1010,x").units
    assert without is not None
    assert without[0].parent is None


def test_faulty_headings_are_named() -> None:
    assert faults("職員番号,氏名,メイルアドレス,職員番号", "1,あ,,") == [
        "f.csv:1: 'メイルアドレス' is not a known heading: did you mean 'メールアドレス'?",
        "f.csv:1: '職員番号' is a second column for '職員番号'",
        "f.csv:1: the column '所属コード' (Unit code) is missing",
    ]
    assert faults("あ,い", "1,2")[0].startswith("f.csv:1: no table with the headings of people")
    assert faults(HEAD) == ["f.csv:1: there are no rows below the headings"]
    assert faults("職員番号,氏名,所属コード,", "1,あ,10,何か", "2,い,10,x") == [
        "f.csv:2: '何か' stands in a column that has no heading"
    ]
    assert faults(f"{HEAD},\x1b[31m所", "1,あ,10,")[0].startswith("f.csv:1: '\ufffd[31m所' is not a known heading")
    assert faults(HEAD, "1,あ,10,何か") == ["f.csv:2: '何か' stands in a column that has no heading"]


def test_a_comment_before_the_headings_and_blank_rows_are_left_out() -> None:
    found = read("# 2027年4月,,", ",,", HEAD, ",,", "1,あ,10")
    assert found.faults == ()
    assert found.staff is not None
    assert [line.spot.line for line in found.staff] == [5]


def test_the_sheets_of_a_workbook_are_told_apart() -> None:
    staff, units = table(HEAD, "1,あ,10", file="x", sheet="あ"), table(UNIT_HEAD, "10,局", file="x", sheet="い")
    other = table("説明,氏名", "x,y", file="x", sheet="う")
    found = roster_file.read([other, units, staff], day=DAY)
    assert found.faults == ()
    assert (len(found.staff or ()), len(found.units or ())) == (1, 1)
    assert found.unread == ("x[う]",)
    broken = roster_file.read([table(HEAD, ",あ,10", file="x", sheet="あ")], day=DAY)
    assert str(broken.faults[0]) == "x[あ]:2: 職員番号 is empty"


DAYS = {
    "2027-04-01": DAY,
    "2027/4/1": DAY,
    "2027年4月1日": DAY,
    "令和9年4月1日": DAY,
    "R9.4.1": DAY,
    "r9.4.1": DAY,
    "20270401": DAY,
    "２０２７／４／１": DAY,
    "令和元年5月1日": "2019-05-01",
    "平成31年4月30日": "2019-04-30",
    "H1.1.8": "1989-01-08",
    "S64.1.7": "1989-01-07",
}


@pytest.mark.parametrize("text", DAYS)
def test_days(text: str) -> None:
    assert roster_values.day(text) == DAYS[text]


@pytest.mark.parametrize(
    "text",
    [
        "2027-02-30",
        "4/1",
        "01/04/2027",
        "27-4-1",
        "2027-4/1",
        "46113",
        "R1.4.1",
        "令和0年5月1日",
        "平成元年1月7日",
        "2027-04-01 00:00",
        "X9.4.1",
        "",
    ],
)
def test_no_days(text: str) -> None:
    with pytest.raises(Unreadable):
        roster_values.day(text)


@pytest.mark.parametrize(
    "text",
    [
        "x@section.metro.tokyo.lg.jp",
        "x@metro.lg.jp",
        "x@intra",
        "x@a.test",
        "x@a.example",
        "x@a.invalid",
        "x@localhost",
        "o'brien+1@a-b.co.jp",
    ],
)
def test_emails(text: str) -> None:
    assert roster_values.email(text.upper()) == text


@pytest.mark.parametrize(
    "text", ["x", "x@", "@x.jp", "x@@x.jp", "x y@x.jp", "x@x..jp", "x@-x.jp", "x@1.2.3.4", "x@x.jp,y@x.jp", "x@x_y.jp"]
)
def test_no_emails(text: str) -> None:
    with pytest.raises(Unreadable):
        roster_values.email(text)
    with pytest.raises(EmailNotValidError):
        validate_email(text, check_deliverability=False)


@given(st.from_regex(roster_values._USUAL, fullmatch=True).filter(lambda a: len(a) <= roster_values._USUAL_LONGEST))
def test_the_short_way_with_emails_is_right(address: str) -> None:
    found = validate_email(address + ".jp", check_deliverability=False).normalized
    assert found == f"{roster_values.email(address)}.jp"


ROLES: dict[str, Sequence[RoleAt]] = {
    "職員": [],
    "staff、所属長": [RoleAt("manager", "")],
    "事務局@1010": [RoleAt("secretariat", "1010")],
    "Secretariat@1010; executive/管理者": [
        RoleAt("secretariat", "1010"),
        RoleAt("executive", None),
        RoleAt("administrator", None),
    ],
    "manager@20,manager": [RoleAt("manager", "20"), RoleAt("manager", "")],
    "幹部＠１０": [RoleAt("executive", "10")],
    "幹部、幹部": [RoleAt("executive", None)],
}


@pytest.mark.parametrize("text", ROLES)
def test_roles(text: str) -> None:
    assert roster_values.roles(text) == tuple(ROLES[text])


@pytest.mark.parametrize("text", ["ボス", "幹部@", "@10", "事務局@10 20"])
def test_no_roles(text: str) -> None:
    with pytest.raises(Unreadable):
        roster_values.roles(text)


def test_managers_are_of_their_own_unit() -> None:
    found = read(f"{HEAD},所属長,権限", "1,あ,10,○,", "2,い,20,×,所属長@30", "3,う,30,,所属長", "4,え,40,TRUE,所属長")
    assert [line.roles for line in found.staff or ()] == [
        (RoleAt("manager", "10"),),
        (RoleAt("manager", "30"),),
        (RoleAt("manager", "30"),),
        (RoleAt("manager", "40"),),
    ]


def test_the_roles_a_file_speaks_of() -> None:
    assert read(HEAD, "1,あ,10").about == frozenset()
    assert read(f"{HEAD},所属長", "1,あ,10,1").about == {"manager"}
    assert read(f"{HEAD},権限", "1,あ,10,").about == roster_file.ROLES
    two = [table(f"{HEAD},権限", "1,あ,10,"), table(HEAD, "2,い,10", file="g.csv")]
    (fault,) = roster_file.read(two, day=DAY).faults
    assert str(fault) == (
        "g.csv:1: '権限' and '所属長' are columns of both tables of people or of neither: f.csv differs"
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ja", "ja"),
        ("日本語", "ja"),
        ("EN", "en"),
        ("英語", "en"),
        ("ja-easy", "ja-easy"),
        ("やさしい日本語", "ja-easy"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert roster_values.language(text) == language


def test_names_are_kept_as_they_are_written() -> None:
    # U+FA19 (an old form of 神) is in many people's names; composing the whole text would replace it.
    assert roster_values.plain("\ufa19田 か\u3099", 100) == "\ufa19田 が"


def test_all_faults_at_once() -> None:
    found = faults(
        f"{HEAD},メール,着任日,言語,所属長,権限",
        "1,あ,10,x@@y,2027-02-30,fr,maybe,ボス",
        f"２,,{'9' * 41},,1949-12-31,,,",
        "un:3,\u202eい,1 0,,2028-04-02,,,",
        "1,#N/A,,a@b.jp,2028-04-01,,,",
        "5,え,10,A@B.JP,1950-01-01,,,",
    )
    known = "職員 (staff), 所属長 (manager), 事務局 (secretariat), 幹部 (executive), 管理者 (administrator)"
    expected = [
        "f.csv:2: メール 'x@@y' is no e-mail address. The part after the @-sign contains invalid characters: '@'",
        f"f.csv:2: 権限 'ボス' holds 'ボス', which is none of {known}",
        "f.csv:2: 着任日 '2027-02-30' is a day that does not exist",
        "f.csv:2: 言語 'fr' is none of ja (日本語), en (英語), ja-easy (やさしい日本語)",
        "f.csv:2: 所属長 'maybe' is neither 1 nor 0 (or ○, はい, yes)",
        "f.csv:3: 所属コード '99999999999999999999999999999999999999999' is longer than 40 characters",
        "f.csv:3: 氏名 is empty",
        "f.csv:3: 着任日 '1949-12-31' is before 1950-01-01",
        "f.csv:4: 職員番号 'un:3' holds ':', which only numbers made up by kizuki do",
        "f.csv:4: 氏名 '\ufffdい' holds the invisible character U+202E",
        "f.csv:4: 所属コード '1 0' holds ' ', which separates codes",
        "f.csv:4: 着任日 '2028-04-02' is after 2028-04-01, more than a year ahead",
        "f.csv:5: 所属コード is empty",
        "f.csv:5: 氏名 '#N/A' is an error of the spreadsheet, not a value",
        "f.csv:5: 職員番号 '1' stands in line 2 too",
        "f.csv:6: メール 'a@b.jp' stands in line 5 too",
    ]
    assert sorted(found) == sorted(expected)


def test_faults_of_units() -> None:
    assert faults(UNIT_HEAD, "10,局,,2027-04-01,2027-04-01,", "10,局,,,,", "1 1,,,,,") == [
        "f.csv:2: 廃止日 '2027-04-01' is not after the day it starts, 2027-04-01",
        "f.csv:4: 組織コード '1 1' holds ' ', which separates codes",
        "f.csv:4: 組織名 is empty",
        "f.csv:3: 組織コード '10' stands in line 2 too",
    ]


def test_one_number_in_two_files() -> None:
    found = roster_file.read([table(HEAD, "1,あ,10"), table(HEAD, "1,あ,10", file="g.csv")], day=DAY)
    assert [str(f) for f in found.faults] == ["g.csv:2: 職員番号 '1' stands in f.csv:2 too"]
