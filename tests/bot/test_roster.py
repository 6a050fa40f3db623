"""What an import of the roster does to people, postings, roles and units, and that a dry run says just that."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import roster, roster_file
from bot.documents import Faults
from bot.roster import Order, Plan, TooManyLeave
from bot.roster_file import Roster
from bot.roster_headings import Table
from storage import audit, people, roles, units
from storage import roster as stored
from storage.database import Database, Tx
from tests.rows import digest, rows

ZONE = ZoneInfo("Asia/Tokyo")
TODAY = "2027-03-20"
SPRING = "2027-04-01"
UNITS = ("10,局,", "1010,窓口課,10", "1020,税務課,10", "20,室,")
UNIT_HEAD = "組織コード,組織名,上位組織コード,前身,設置日,廃止日"
HEAD = "職員番号,氏名,所属コード"


def asked(
    *staff: str, more: str = "", tree: Sequence[str] | None = None, day: str = TODAY, head: str = UNIT_HEAD
) -> Roster:
    """Tables from lines with commas; no line of staff is no table of people."""
    tables = []
    if staff:
        lines = [HEAD + more, *staff]
        tables.append(Table("staff.csv", "", [(n, line.split(",")) for n, line in enumerate(lines, 1)]))
    if tree is not None:
        tables.append(Table("units.csv", "", [(n, line.split(",")) for n, line in enumerate([head, *tree], 1)]))
    return roster_file.read(tables, day=day)


class Office:
    """Whoever imports."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def begin(self, *staff: str, more: str = "", day: str = "2026-04-01") -> Plan:
        """The first import, with the usual four units."""
        return await self.takes(asked(*staff, more=more, tree=UNITS, day=day))

    async def takes(self, what: Roster, *, really: bool = True, today: str = TODAY) -> Plan:
        """Import for real."""
        order = Order("cli:test", "f00d", today, 1_000, ZONE, really)
        return await self.database.transact(lambda tx: roster.apply(tx, what, order))

    def plans(self, what: Roster) -> Plan:
        """A dry run."""
        return self.database.read_now(lambda tx: roster.plan(tx, what, zone=ZONE))

    async def refuses(self, what: Roster) -> list[str]:
        """What is wrong with an import; it changes nothing."""
        before = self.digest()
        with pytest.raises(Faults) as broken:
            await self.takes(what)
        assert self.digest() == before
        return [str(fault) for fault in broken.value.faults]

    def digest(self) -> str:
        return self.database.read_now(digest)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.database.read_now(lambda tx: rows(tx, sql))

    def posts(self, number: str) -> list[tuple[str, str, str | None]]:
        """(unit, first day, first day elsewhere) of somebody."""
        return self.rows(
            "select u.code, s.starts_on, s.ends_on from posting s join unit u on u.id = s.unit_id "
            f"join person p on p.id = s.person_id where p.number = '{number}' order by s.starts_on"
        )

    def roles(self, number: str) -> list[tuple[str, str | None, str, str | None, str]]:
        """(role, unit, first day, first day without, source) of somebody."""
        return self.rows(
            "select r.role, u.code, r.starts_on, r.ends_on, r.source from role r "
            "left join unit u on u.id = r.unit_id join person p on p.id = r.person_id "
            f"where p.number = '{number}' order by r.starts_on, r.role, u.code"
        )

    def person(self, number: str, fields: str) -> tuple[Any, ...]:
        """Some columns of somebody."""
        (found,) = self.rows(f"select {fields} from person where number = '{number}'")
        return found

    async def writes(self, work: Any) -> Any:
        return await self.database.transact(work)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def told(plan: Plan) -> list[tuple[str, str, str]]:
    """The changes without names."""
    return [(c.kind, c.key, c.detail) for c in plan.changes]


# People


async def test_the_first_import(office: Office) -> None:
    plan = await office.begin("001,花子,1010,2026-02-01,en", "002,太郎,1020,,", more=",着任日,言語")
    assert plan.counts == {"unit founded": 4, "joined": 2}
    assert office.posts("001") == [("1010", "2026-02-01", None)]
    assert office.posts("002") == [("1020", "2026-04-01", None)]
    assert office.person("001", "name_ja, joined_on, left_on, language") == ("花子", "2026-02-01", None, "en")
    assert office.rows("select count(*) from person where listed and not bot") == [(2,)]
    tops = office.database.read_now(lambda tx: units.tops(tx, today=TODAY))
    assert len(tops) == 2
    unit, bureau = (office.rows(f"select id from unit where code = '{c}'")[0][0] for c in ("1010", "10"))
    assert office.database.read_now(lambda tx: units.is_under(tx, unit, bureau, today=TODAY))


@pytest.mark.parametrize("day", [TODAY, SPRING, "2026-01-10"])
async def test_the_same_file_again_changes_nothing_at_all(office: Office, day: str) -> None:
    later = (date.fromisoformat(day) + timedelta(days=9)).isoformat()
    what = asked(
        f"001,花子,1010,1,事務局@10、幹部,{later},a@x.jp,ja",
        "002,太郎,1020,0,,,b@x.jp,",
        f"003,次郎,30,1,,{later},,en",
        "004,三郎,1010,1,,2025-12-01,,en",
        more=",所属長,権限,着任日,メール,言語",
        tree=(*UNITS, f"30,新,20,1020,{later},", "40,旧,,,2020-01-01,2021-01-01"),
        day=day,
    )
    first = await office.takes(what)
    assert first.counts == {"unit founded": 6, "unit came from": 1, "joined": 4, "roles": 3}
    before = office.digest()
    plan = await office.takes(what)
    assert (plan.changes, plan.staff.unchanged) == ((), 4)
    assert office.digest() == before


async def test_a_transfer_keeps_what_was(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1020")
    what = asked("001,花子,1020", "002,太郎,1020", day=SPRING)
    assert told(office.plans(what)) == [("moved", "001", "1010 → 1020 on 2027-04-01")]
    plan = await office.takes(what)
    assert (plan.counts, plan.staff.unchanged) == ({"moved": 1}, 1)
    assert office.posts("001") == [("1010", "2026-04-01", SPRING), ("1020", SPRING, None)]
    assert office.posts("002") == [("1020", "2026-04-01", None)]


async def test_a_transfer_imported_earlier_stays(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked("001,花子,1020", day=SPRING))
    assert (await office.takes(asked("001,花子,1010"))).changes == (), "on the day she is where she was"
    await office.takes(asked("001,花子,20"))
    assert office.posts("001") == [("1010", "2026-04-01", TODAY), ("20", TODAY, SPRING), ("1020", SPRING, None)]


async def test_a_start_date_in_the_file_is_the_day_of_the_transfer(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1010")
    await office.takes(asked("001,花子,1020,2027-01-01", "002,太郎,1020,2027-04-01", more=",着任日"))
    assert office.posts("001") == [("1010", "2026-04-01", "2027-01-01"), ("1020", "2027-01-01", None)]
    assert office.posts("002") == [("1010", "2026-04-01", SPRING), ("1020", SPRING, None)]


async def test_a_posting_that_would_begin_too_early(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1010")
    assert await office.refuses(asked("001,花子,1010", "002,太郎,1020,2026-01-01", more=",着任日")) == [
        "staff.csv:3: 着任日 '2026-01-01' cannot begin on 2026-01-01: the posting in 1010 it ends began on 2026-04-01",
    ]


async def test_a_transfer_that_was_written_down_wrongly_is_put_right(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1010")
    await office.takes(asked("001,花子,1020", "002,太郎,1010", day=SPRING))
    plan = await office.takes(asked("001,花子,20", "002,太郎,1010", day=SPRING))
    assert plan.counts == {"moved": 1}
    assert office.posts("001") == [("1010", "2026-04-01", SPRING), ("20", SPRING, None)]


async def test_who_is_not_in_the_file_leaves(office: Office) -> None:
    await office.begin("001,花子,1010,1", "002,太郎,1010,0", more=",所属長")
    await office.takes(asked("001,花子,1020,1", "002,太郎,1010,0", more=",所属長", day="2027-05-01"))
    plan = await office.takes(asked("002,太郎,1010,0", more=",所属長", day=SPRING))
    assert plan.counts == {"left": 1, "roles": 1}
    assert office.person("001", "left_on") == (SPRING,)
    assert office.posts("001") == [("1010", "2026-04-01", SPRING)], "the transfer of May will not be"
    assert office.roles("001") == [("manager", "1010", "2026-04-01", SPRING, "roster")]
    assert (await office.takes(asked("002,太郎,1010,0", more=",所属長", day=SPRING))).changes == ()


async def test_bots_and_people_on_no_roster_do_not_leave(office: Office) -> None:
    await office.begin("001,花子,1010")

    def others(tx: Tx) -> None:
        people.add(tx, number="robo", name_ja="ロボ", name_en="", joined_on="2026-01-01", bot=True)
        people.add(tx, number="unlisted:a/b", name_ja="客", name_en="", joined_on="2026-01-01", listed=False)

    await office.writes(others)
    assert (await office.takes(asked("001,花子,1010"))).changes == ()
    assert await office.refuses(asked("001,花子,1010", "robo,ロボ,10")) == [
        "staff.csv:3: 職員番号 'robo' is the number of a bot"
    ]


async def test_who_comes_back_keeps_their_key(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1010")
    await office.takes(asked("002,太郎,1010", day="2026-10-01"))
    plan = await office.takes(asked("001,花子,1020", "002,太郎,1010", day=SPRING))
    assert told(plan) == [("joined", "001", "1020 on 2027-04-01")]
    assert office.person("001", "joined_on, left_on") == (SPRING, None)
    assert office.posts("001") == [("1010", "2026-04-01", "2026-10-01"), ("1020", SPRING, None)]
    assert office.rows("select count(*) from person") == [(2,)]


async def test_who_comes_back_cannot_have_been_here_all_the_time(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1010")
    await office.takes(asked("002,太郎,1010", day="2026-10-01"))
    assert await office.refuses(asked("001,花子,1010,2026-09-01", "002,太郎,1010,", more=",着任日")) == [
        "staff.csv:2: 着任日 '2026-09-01' cannot begin on 2026-09-01: an earlier posting ended on 2026-10-01"
    ]


async def test_who_was_to_come_later_comes_now(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked("001,花子,1010", "002,太郎,1020", day=SPRING))
    await office.takes(asked("001,花子,1010", "002,太郎,1010"))
    assert office.person("002", "joined_on, left_on") == (TODAY, None)
    assert office.posts("002") == [("1010", TODAY, SPRING), ("1020", SPRING, None)]


async def test_who_was_on_no_roster_is_adopted(office: Office) -> None:
    await office.begin("001,花子,1010")

    def guest(tx: Tx) -> int:
        return people.add(
            tx,
            number="unlisted:slack/U1",
            name_ja="taro",
            name_en="Taro",
            email="taro@x.jp",
            joined_on="2026-09-01",
            listed=False,
        )

    key = await office.writes(guest)
    plan = await office.takes(asked("001,花子,1010,", "002,太郎,1020,TARO@x.jp", more=",メール"))
    assert plan.counts == {"joined": 1, "renamed": 1}
    assert office.person("002", "id, name_ja, name_en, listed, joined_on, left_on") == (
        key,
        "太郎",
        "Taro",
        True,
        "2026-09-01",
        None,
    )
    assert office.posts("002") == [("1020", TODAY, None)]


async def test_names_titles_and_languages(office: Office) -> None:
    more = ",英語氏名,職名,メール,言語"
    await office.begin("001,花子,1010,Hanako,主事,h@x.jp,", "002,太郎,1010,Taro,,,ja", more=more)
    plan = await office.takes(asked("001,山田花子,1010,,主任,H2@x.jp,en", "002,太郎,1010,,,,en", more=more))
    assert told(plan) == [
        ("renamed", "001", "花子 → 山田花子, 主事 → 主任, h@x.jp → h2@x.jp"),
        ("language", "001", "en"),
    ]
    fields = "name_ja, name_en, title_ja, email, language"
    assert office.person("001", fields) == ("山田花子", "Hanako", "主任", "h2@x.jp", "en")
    assert office.person("002", fields) == ("太郎", "Taro", "", None, "ja"), "what was chosen stays"


async def test_two_people_swap_their_emails(office: Office) -> None:
    await office.begin("001,花子,1010,a@x.jp", "002,太郎,1010,b@x.jp", "003,次郎,1010,c@x.jp", more=",メール")
    what = asked("001,花子,1010,b@x.jp", "002,太郎,1010,a@x.jp", "004,四郎,1010,c@x.jp", more=",メール")
    plan = await office.takes(what)
    assert office.rows("select number, email from person order by number") == [
        ("001", "b@x.jp"),
        ("002", "a@x.jp"),
        ("003", None),
        ("004", "c@x.jp"),
    ]
    assert ("renamed", "003", "c@x.jp → — for 004") in told(plan), "who leaves gives it up"


async def test_an_email_of_somebody_else(office: Office) -> None:
    await office.begin("001,花子,1010,a@x.jp", "002,太郎,1010,b@x.jp", more=",メール")
    assert await office.refuses(asked("001,花子,1010,", "002,太郎,1010,a@x.jp", more=",メール")) == [
        "staff.csv:3: メール 'a@x.jp' belongs to 001, whose e-mail these files do not change"
    ]


async def test_many_leave_only_when_it_is_meant(office: Office) -> None:
    staff = [f"{n:03},人{n},1010" for n in range(1, 41)]
    await office.begin(*staff)
    await office.takes(asked(*staff[2:]), really=False)
    before = office.digest()
    what = asked(*staff[4:])
    with pytest.raises(TooManyLeave, match="2 of 38 people would leave"):
        await office.takes(what, really=False)
    assert office.digest() == before
    assert office.plans(what).too_many_leave
    assert (await office.takes(what)).leaving == 2


async def test_only_units(office: Office) -> None:
    await office.begin("001,花子,1010")
    plan = await office.takes(asked(tree=(*UNITS, "30,新,")))
    assert plan.counts == {"unit founded": 1}
    assert office.person("001", "left_on") == (None,)


async def test_unknown_units(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked(tree=(*UNITS[:3], "20,室,,,,2027-03-01", "0030,新,,,2027-05-01,")))
    assert await office.refuses(asked("001,花子,99", "002,b,20", "003,c,0030", "004,d,30", "005,e,30,", more="")) == [
        "staff.csv:2: 所属コード '99' is no unit's code",
        "staff.csv:3: 所属コード '20' is the code of a unit that ended on 2027-03-01",
        "staff.csv:4: 所属コード '0030' is the code of a unit that begins only on 2027-05-01",
        "staff.csv:5: 所属コード '30' is no unit's code: '0030' is one, and differs by zeros at the beginning",
        "staff.csv:6: 所属コード '30' is no unit's code: '0030' is one, and differs by zeros at the beginning",
    ]


async def test_zeros_that_a_spreadsheet_took_away(office: Office) -> None:
    await office.begin("001,花子,1010")
    assert await office.refuses(asked("1,花子,1010")) == [
        "staff.csv:2: 職員番号 '1' is new, but '001' is missing, and differs by zeros at the beginning"
    ]


async def test_faults_of_the_file_and_of_the_database_come_together(office: Office) -> None:
    await office.begin("001,花子,1010")
    assert await office.refuses(asked("001,花子,99,2027-02-30", more=",着任日")) == [
        "staff.csv:2: 着任日 '2027-02-30' is a day that does not exist",
        "staff.csv:2: 所属コード '99' is no unit's code",
    ]


# Roles


async def test_roles_follow_the_file_and_granted_ones_stay(office: Office) -> None:
    more = ",所属長,権限"
    await office.begin("001,花子,1010,1,事務局@10", "002,太郎,1010,,幹部", more=more)
    hanako = office.person("001", "id")[0]
    await office.writes(lambda tx: roles.add(tx, hanako, "administrator", unit_id=None, starts_on="2026-05-01"))
    plan = await office.takes(asked("001,花子,1020,1,", "002,太郎,1010,,幹部、管理者", more=more))
    assert told(plan) == [
        ("moved", "001", "1010 → 1020 on 2027-03-20"),
        ("roles", "001", "+manager@1020, −secretariat@10, −manager@1010 on 2027-03-20"),
        ("roles", "002", "+administrator on 2027-03-20"),
    ]
    assert office.roles("001") == [
        ("manager", "1010", "2026-04-01", TODAY, "roster"),
        ("secretariat", "10", "2026-04-01", TODAY, "roster"),
        ("administrator", None, "2026-05-01", None, "grant"),
        ("manager", "1020", TODAY, None, "roster"),
    ]


async def test_a_file_that_does_not_speak_of_roles(office: Office) -> None:
    await office.begin("001,花子,1010,1,幹部", more=",所属長,権限")
    assert (await office.takes(asked("001,花子,1010"))).changes == ()
    plan = await office.takes(asked("001,花子,1010,0", more=",所属長"))
    assert told(plan) == [("roles", "001", "−manager@1010 on 2027-03-20")]


async def test_a_role_of_a_later_import_stays(office: Office) -> None:
    await office.begin("001,花子,1010,0", more=",所属長")
    await office.takes(asked("001,花子,1010,1", more=",所属長", day=SPRING))
    await office.takes(asked("001,花子,1010,1", more=",所属長"))
    assert office.roles("001") == [
        ("manager", "1010", TODAY, SPRING, "roster"),
        ("manager", "1010", SPRING, None, "roster"),
    ]


async def test_a_role_in_an_unknown_unit(office: Office) -> None:
    assert await office.refuses(asked("001,花子,1010,事務局@77", more=",権限", tree=UNITS)) == [
        "staff.csv:2: 権限 '77' is no unit's code"
    ]


async def test_the_audit_log_tells_of_an_import(office: Office) -> None:
    await office.begin("001,花子,1010,1", "002,太郎,1020,0", more=",所属長")
    await office.takes(asked("002,太郎,1020,0", more=",所属長", day=SPRING))
    entries = office.database.read_now(lambda tx: audit.newest(tx, limit=9))[::-1]
    key = office.person("001", "id")[0]
    assert [(e.action, e.subject, e.actor, e.at) for e in entries] == [
        ("roster.import", "2026-04-01", "cli:test", 1_000),
        ("role.begin", f"person:{key}", "cli:test", 1_000),
        ("roster.import", SPRING, "cli:test", 1_000),
        ("role.end", f"person:{key}", "cli:test", 1_000),
    ]
    assert entries[0].detail == '{"digest": "f00d", "joined": 2, "left": 0, "moved": 0, "renamed": 0, "units": 4}'
    assert entries[1].detail == '{"first": "2026-04-01", "role": "manager", "unit": "1010"}'
    assert entries[3].detail == '{"day": "2027-04-01", "role": "manager", "unit": "1010"}'
    assert office.database.read_now(audit.verify).broken is None


async def test_a_crash_leaves_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.begin("001,花子,1010,1", more=",所属長")
    before = office.digest()

    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    what = asked("002,太郎,30,1", more=",所属長", tree=(*UNITS, "30,新,20"))
    for module, name in ((stored, "add_people"), (stored, "give"), (units, "turn_over"), (audit, "add")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, crash)
            with pytest.raises(ZeroDivisionError):
                await office.takes(what)
        assert office.digest() == before
    assert (await office.takes(what)).counts == {"unit founded": 1, "joined": 1, "left": 1, "roles": 2}


# Units


async def test_units_are_renamed_and_moved_from_the_day_on(office: Office) -> None:
    await office.begin("001,花子,1010")
    tree = ("10,局,", "1010,お客さま課,20", "1020,税務課,10", "20,室,")
    plan = await office.takes(asked(tree=tree, day=SPRING))
    assert told(plan) == [
        ("unit renamed", "1010", "窓口課 → お客さま課 from 2027-04-01"),
        ("unit moved", "1010", "10 → 20 from 2027-04-01"),
    ]
    assert office.rows("select name_ja from unit where code = '1010'") == [("窓口課",)], "not before the day"
    await office.writes(lambda tx: units.turn_over(tx, today=SPRING))
    assert office.rows("select name_ja from unit where code = '1010'") == [("お客さま課",)]
    assert not office.plans(asked(tree=tree, day=SPRING)).changes
    under = (
        "select t.starts_on, t.ends_on from unit_tree t join unit d on d.id = t.descendant "
        "join unit a on a.id = t.ancestor where d.code = '1010' and a.code = '20'"
    )
    assert office.rows(under) == [(SPRING, "9999-12-31")]


async def test_a_name_due_today_holds_at_once(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked(tree=("10,本局,", *UNITS[1:])))
    assert office.rows("select name_ja from unit where code = '10'") == [("本局",)]


async def test_a_later_state_of_a_unit_is_not_lost(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked(tree=("10,夏の局,", *UNITS[1:]), day="2027-06-01"))
    await office.takes(asked(tree=("10,春の局,", *UNITS[1:]), day=SPRING))
    assert office.rows(
        "select s.starts_on, s.name_ja from unit_state s join unit u on u.id = s.unit_id where u.code = '10' order by 1"
    ) == [("2026-04-01", "局"), (SPRING, "春の局"), ("2027-06-01", "夏の局")]


async def test_a_merger(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1020")
    tree = ("10,局,,,,", "20,室,,,,", "1030,統合課,10,1010、1020,,")
    plan = await office.takes(asked("001,花子,1030", "002,太郎,1030", tree=tree, day=SPRING))
    assert plan.counts == {"unit founded": 1, "unit ended": 2, "unit came from": 1, "moved": 2}
    new, old = (office.rows(f"select id from unit where code = '{c}'")[0][0] for c in ("1030", "1010"))
    assert office.rows("select predecessor, day from unit_descent order by predecessor") == [
        (old, SPRING),
        (old + 1, SPRING),
    ]
    assert office.database.read_now(lambda tx: units.is_under(tx, old, new, today="2026-12-01")), "its past is there"
    assert not office.plans(asked("001,花子,1030", "002,太郎,1030", tree=tree, day=SPRING)).changes


async def test_a_split(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1010")
    tree = ("10,局,,,,", "1020,税務課,10,,,", "20,室,,,,", "1011,一課,10,1010,,", "1012,二課,10,1010,,")
    plan = await office.takes(asked("001,花子,1011", "002,太郎,1012", tree=tree, day=SPRING))
    assert plan.counts == {"unit founded": 2, "unit ended": 1, "unit came from": 2, "moved": 2}
    assert office.rows("select ends_on from unit where code = '1010'") == [(SPRING,)]


async def test_units_may_stand_before_those_they_are_in(office: Office) -> None:
    await office.takes(asked(tree=("101010,係,1010", "1010,課,10", "10,局,", "1011,課,10")))
    assert office.rows("select u.code, a.code from unit u join unit a on a.id = u.parent_id order by u.code") == [
        ("1010", "10"),
        ("101010", "1010"),
        ("1011", "10"),
    ]


async def test_what_a_unit_came_from_and_since_when(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked(tree=(*UNITS[:3], "20,室,,1020", "30,新,20,1010,2027-05-01,"), day=SPRING))
    named = "select a.code, b.code, d.day from unit_descent d join unit a on a.id = d.predecessor "
    assert office.rows(f"{named} join unit b on b.id = d.successor order by a.code") == [
        ("1010", "30", "2027-05-01"),
        ("1020", "20", SPRING),
    ]


async def test_a_unit_known_for_later_begins_earlier(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked(tree=(*UNITS, "30,新,20,,2027-06-01,")))
    plan = await office.takes(asked(tree=(*UNITS, "30,新,20,,2027-05-01,")))
    assert told(plan) == [("unit founded", "30", "on 2027-05-01, earlier than was known")]
    assert office.rows("select starts_on from unit where code = '30'") == [("2027-05-01",)]


async def test_people_stay_in_a_unit_that_ends(office: Office) -> None:
    await office.begin("001,花子,1010", "002,太郎,1020", "003,次郎,10")
    assert await office.refuses(asked(tree=("10,局,", "20,室,", "1020,税務課,10,,,2027-03-01"))) == [
        "units.csv:1: the unit 1010 is missing and would end on 2027-03-20, but 1 person stays in it (001)",
        "units.csv:4: 廃止日 '2027-03-01' is when 1020 ends, but 1 person stays in it (002)",
    ]
    await office.takes(asked("001,花子,20", "002,太郎,1020", "003,次郎,10", day="2027-05-01"))
    assert await office.refuses(asked(tree=("10,局,", "1010,窓口課,10", "1020,税務課,10"), day=SPRING)) == [
        "units.csv:1: the unit 20 is missing and would end on 2027-04-01, but 1 person stays in it (001)"
    ], "a transfer of May goes there"
    assert await office.refuses(asked(tree=("10,局,,,,", *UNITS[1:3], "20,室,,,,2027-04-20"), day=SPRING)) == [
        "units.csv:5: 廃止日 '2027-04-20' is when 20 ends, but 1 person stays in it (001)"
    ]
    await office.takes(asked(tree=("10,局,,,,", *UNITS[1:3], "20,室,,,,2028-01-01")))


async def test_faults_of_the_tree(office: Office) -> None:
    await office.begin("001,花子,1010")
    await office.takes(asked(tree=(*UNITS, "30,旧,,,,2027-03-21")))
    assert await office.refuses(
        asked(
            tree=(
                "10,局,1010",
                "1010,窓口課,1020",
                "1020,税務課,10",
                "20,室,99,98 20",
                "30,新,",
                "40,親,,,2027-05-01,",
                "41,子,40",
                "50,e,,,2027-05-01,2027-04-01",
            ),
            day=SPRING,
        )
    ) == [
        "units.csv:2: units are above each other: 10 → 1010 → 1020 → 10",
        "units.csv:5: 上位組織コード '99' is no unit's code",
        "units.csv:5: 前身 '98' is no unit's code",
        "units.csv:5: 前身 '20' is the unit itself",
        "units.csv:6: 組織コード '30' ended on 2027-03-21 and cannot come again: the new unit needs a new code",
        "units.csv:8: 上位組織コード '40' begins only on 2027-05-01, and its unit is there on 2027-04-01",
        "units.csv:9: 廃止日 '2027-04-01' is not after the day it starts, 2027-05-01",
    ]


async def test_a_unit_outlives_the_one_it_is_in(office: Office) -> None:
    await office.begin("001,花子,20")
    tree = ("10,局,,,,2027-06-01", "1010,窓口課,10,,,2027-06-01", "1020,税務課,10,,,2027-07-01", "20,室,,,,")
    assert await office.refuses(asked(tree=tree)) == [
        "units.csv:4: the unit 1020 is in 10, which ends on 2027-06-01, before it does"
    ]


async def test_a_circle_on_another_day(office: Office) -> None:
    await office.begin("001,花子,20")
    await office.takes(asked(tree=("10,局,", "1010,窓口課,10", "1020,税務課,1010", "20,室,"), day="2027-06-01"))
    # In May all would be well; from June on 1020 is in 1010 already.
    assert await office.refuses(
        asked(tree=("10,局,", "1010,窓口課,1020", "1020,税務課,10", "20,室,"), day="2027-05-01")
    ) == ["units.csv:3: units are above each other on 2027-06-01: 1010 → 1020 → 1010"]


# A dry run says what the real run does


async def test_a_dry_run_is_the_difference(office: Office) -> None:
    done = 0
    for seed in range(4):
        rng = Random(seed)
        town = Town(rng, f"{seed}")
        for _ in range(14):
            what = town.next()
            before = snapshot(office)
            digest_before = office.digest()
            try:
                dry = office.plans(what)
            except Faults:
                with pytest.raises(Faults):
                    await office.takes(what)
                assert office.digest() == digest_before
                continue
            assert office.digest() == digest_before, "a dry run writes nothing"
            real = await office.takes(what)
            assert real.changes == dry.changes
            after = snapshot(office)
            assert kinds(dry) == difference(before, after, what.day)
            holds(office, what)
            settled = office.digest()
            again = await office.takes(what)
            assert again.changes == ()
            assert office.digest() == settled
            done += 1
        await office.writes(emptied)
    assert done > 25, "most of the random imports are no faults"


def emptied(tx: Tx) -> None:
    for table in ("role", "posting", "unit_tree", "unit_state", "unit_descent", "person"):
        tx.cursor.execute(f"delete from {table}")
    tx.cursor.execute("update unit set parent_id = null")
    tx.cursor.execute("delete from unit")


class Town:
    """A made-up organisation that sends one roster after another, of days before and after each other."""

    def __init__(self, rng: Random, mark: str) -> None:
        self.rng = rng
        self.mark = mark
        self.day = date(2026, 4, 1)
        self.units = {f"{mark}{n}": (f"課{n}", f"{mark}0" if n else "") for n in range(5)}
        self.staff = {f"{mark}{n:03}": self._person(n) for n in range(100, 112)}
        self.count = 112

    def _person(self, n: int) -> dict[str, str]:
        return {
            "name": f"人{n}",
            "unit": self._unit(),
            "manager": self.rng.choice("0001"),
            "role": self.rng.choice(["", "", "", "幹部", f"事務局@{self._unit()}"]),
            "start": "",
            "mail": self.rng.choice(["", f"p{self.mark}{n}@x.test"]),
            "language": self.rng.choice(["", "ja", "en"]),
        }

    def _unit(self) -> str:
        return self.rng.choice(list(self.units))

    def next(self) -> Roster:
        """The next roster: of a later day, or now and then of an earlier one."""
        self.day += timedelta(days=self.rng.choice([0, 1, 10, 40, -15]))
        self._people()
        tree = self._tree() if self.rng.random() < 0.5 or self.day == date(2026, 4, 1) else None
        lines = [",".join((number, *self._cells(p))) for number, p in self.staff.items()]
        self.rng.shuffle(lines)
        head = UNIT_HEAD.replace("前身,", "")
        more = ",所属長,権限,着任日,メール,言語"
        return asked(*lines, more=more, tree=tree, day=self.day.isoformat(), head=head)

    def _cells(self, p: dict[str, str]) -> tuple[str, ...]:
        return (p["name"], p["unit"], p["manager"], p["role"], p["start"], p["mail"], p["language"])

    def _people(self) -> None:
        gone = dict(self.rng.sample(list(self.staff.items()), 1)) if self.rng.random() < 0.6 else {}
        for number in gone:
            self.staff.pop(number)
        for number in list(self.staff):
            roll, p = self.rng.random(), self.staff[number]
            p["start"] = ""
            if roll < 0.2:
                p["unit"] = self._unit()
                p["start"] = self.rng.choice(
                    ["", "", (self.day + timedelta(days=self.rng.randrange(1, 40))).isoformat()]
                )
            elif roll < 0.3:
                p["name"] += "新"
            elif roll < 0.4:
                p["manager"] = "0" if p["manager"] == "1" else "1"
        if self.rng.random() < 0.7:
            self.count += 1
            self.staff[f"{self.mark}{self.count:03}"] = self._person(self.count)
        if self.rng.random() < 0.4:
            # Somebody who left may come back.
            self.staff[f"{self.mark}{self.rng.randrange(100, self.count):03}"] = self._person(self.rng.randrange(10**6))
        mailed = [p for p in self.staff.values() if p["mail"]]
        if len(mailed) > 1 and self.rng.random() < 0.5:
            one, two = self.rng.sample(mailed, 2)
            one["mail"], two["mail"] = two["mail"], one["mail"]

    def _tree(self) -> list[str]:
        roll, code = self.rng.random(), self._unit()
        if roll < 0.3:
            new = f"{self.mark}{len(self.units) + self.rng.randrange(100)}x"
            self.units[new] = ("新課", self._unit())
        elif roll < 0.5:
            self.units[code] = (self.units[code][0] + "改", self.units[code][1])
        elif roll < 0.7 and code != f"{self.mark}0":
            self.units[code] = (self.units[code][0], f"{self.mark}0")
        return [f"{code},{name},{parent},," for code, (name, parent) in self.units.items()]


Snapshot = dict[str, dict[str, Any]]


def snapshot(office: Office) -> Snapshot:
    """All there is, by staff number and unit code."""
    fields = "name_ja, name_en, title_ja, title_en, email"
    persons = office.rows(f"select number, {fields} from person")
    return {
        "names": {p[0]: p[1:] for p in persons},
        "work": {p[0]: p[1:] for p in office.rows("select number, joined_on, left_on, listed from person")},
        "language": {p[0]: p[1] for p in office.rows("select number, language from person")},
        "posts": {p[0]: office.posts(p[0]) for p in persons},
        "roles": {p[0]: office.roles(p[0]) for p in persons},
        "units": {u[0]: u[1:] for u in office.rows("select code, starts_on, ends_on from unit")},
        "states": {
            u: office.rows(
                "select s.starts_on, s.name_ja, a.code from unit_state s join unit u on u.id = s.unit_id "
                f"left join unit a on a.id = s.parent_id where u.code = '{u}' order by 1"
            )
            for (u,) in office.rows("select code from unit")
        },
    }


def kinds(plan: Plan) -> dict[str, set[str]]:
    """Who and what a plan names, by kind of change."""
    found: dict[str, set[str]] = {}
    for change in plan.changes:
        found.setdefault(change.kind, set()).add(change.key)
    return found


def difference(before: Snapshot, after: Snapshot, day: str) -> dict[str, set[str]]:
    """The same, from what the database holds before and after."""
    old, new = before["work"], after["work"]
    left = {n for n in old if old[n] != new[n] and new[n][1] == day}
    joined = {n for n in new if n not in old or (old[n] != new[n] and n not in left)}
    posts = {n for n in old if before["posts"][n] != after["posts"][n]}
    states = {u for u in before["states"] if before["states"][u] != after["states"][u]}
    at = {u: (_on(before["states"][u], day), _on(after["states"][u], day)) for u in states}
    found = {
        "joined": joined,
        "left": left,
        "moved": posts - joined - left,
        "renamed": {n for n in old if before["names"][n] != after["names"][n]},
        "language": {n for n in old if before["language"][n] != after["language"][n]},
        "roles": {n for n in new if before["roles"].get(n, []) != after["roles"][n]},
        "unit founded": {u for u, (start, _) in after["units"].items() if before["units"].get(u, ("",))[0] != start},
        "unit ended": {u for u in before["units"] if before["units"][u][1] != after["units"][u][1]},
        "unit renamed": {u for u, (a, b) in at.items() if a[1] != b[1]},
        "unit moved": {u for u, (a, b) in at.items() if a[2] != b[2]},
    }
    return {kind: set(keys) for kind, keys in found.items() if keys}


def _on(states: list[Any], day: str) -> Any:
    return max((s for s in states if s[0] <= day), default=states[0])


def holds(office: Office, what: Roster) -> None:
    """Whether the database says what the file says, and nobody is in two places."""
    assert what.staff is not None
    numbers = {line.number for line in what.staff}
    for line in what.staff:
        ref = max(line.starts_on or what.day, what.day)
        joined, left = office.person(line.number, "joined_on, left_on")
        assert joined <= ref < (left or "9999")
        posts = office.posts(line.number)
        assert [u for u, start, end in posts if start <= ref < (end or "9999")] == [line.unit]
        held = {(r, u) for r, u, start, end, source in office.roles(line.number) if start <= ref < (end or "9999")}
        assert held == {(r.role, r.code) for r in line.roles}
    for number, joined, left, listed in office.rows("select number, joined_on, left_on, listed from person"):
        posts = office.posts(number)
        assert all(start < (end or "9999") for _, start, end in posts)
        assert all(one[2] is not None and one[2] <= two[1] for one, two in pairwise(posts))
        if number not in numbers:
            assert not (listed and joined <= what.day < (left or "9999"))
            assert left is None or joined > what.day or all((end or "9999") <= left for _, _, end in posts)
