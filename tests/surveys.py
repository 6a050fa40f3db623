"""Surveys put straight into the database, for conversations about answering them."""

import json
from collections.abc import Sequence
from pathlib import Path

from bot import pulse_view, question_files, questions
from bot.bot import Bot
from bot.questions import Asked
from bot.receipts import Seal, new_salt
from bot.turn import Turn
from storage import people, pulse_answers, pulses, units
from storage.database import Database, Tx
from storage.pulse_answers import NOUGHT
from storage.pulses import GroupRow, NewPulse

SETS = question_files.load(Path(__file__).parents[1] / "content" / "pulses")
CODE, OPENS, CLOSES = "weekly-2026-11-24", "2026-11-24", "2026-11-28"
# Who counts together; the secretariat and the executive are not asked.
GROUPS = {1: ("1010", ("hanako", "taro", "kacho")), 2: ("1020", ("ken", "sakura"))}
TITLE = {"ja": "今週のアンケート", "en": "This week", "ja-easy": "今週のアンケート"}


def question(kind: str = "scale", name: str = "mood", values: Sequence[str] = ()) -> Asked:
    """A question of a kind; a scale has its five points."""
    given = tuple(values) or questions.POINTS.get(kind, ())
    text = {"ja": f"{name} はどうですか", "en": f"How is {name}?", "ja-easy": f"{name} は、どう？"}
    labels = {v: {"ja": f"答え{v}", "en": f"Answer {v}", "ja-easy": f"答え{v}"} for v in values}
    none = "none" if "none" in values else ""
    return Asked(name, kind, TITLE, text, {}, given, labels, none)  # type: ignore[arg-type]


SCALE = (question(),)
THREE = (
    question("choice", "adoption", ("unknown", "heard", "read")),
    question("many", "hindered", ("time", "tools", "none")),
    question("text", "voice"),
)


async def opened(
    database: Database, bot: Bot, asked: Sequence[Asked], *, code: str = CODE, closes_on: str = CLOSES
) -> int:
    """Open a survey for the two divisions of the counter bureau; returns its key."""

    def work(tx: Tx) -> int:
        salt = new_salt()
        new = NewPulse(
            code=code,
            name=code.partition("-")[0],
            questions=questions.dump(tuple(asked)),
            audience=json.dumps({"units": ["10"]}),
            tree=json.dumps({"00": None, "10": "00", "1010": "10", "1020": "10"}),
            k=5,
            invited=5,
            opened_on=OPENS,
            closes_on=closes_on,
            salt=salt,
            key_check=Seal(bot.house.pulse_key, code, salt).check,
        )
        groups = [GroupRow(n, json.dumps([unit]), "10", len(who)) for n, (unit, who) in GROUPS.items()]
        return pulses.add(tx, new, groups, [(_key(tx, who), n) for n, (_, all_) in GROUPS.items() for who in all_])

    return await database.transact(work)


async def invited(database: Database, bot: Bot, *, unit: str = "1010", code: str = CODE) -> None:
    """Put the invitation into the channel of a unit, by way of the outbox."""

    def work(tx: Tx) -> None:
        turn, found, pulse = Turn(tx, bot.house, bot.now()), units.by_code(tx, unit), pulses.by_code(tx, code)
        assert found
        assert pulse
        place = turn.channel(found.id)
        assert place
        card = pulse_view.invitation(bot.house, pulse, bot.house.lang)
        turn.publish(place, f"pulse:{code}:{place}", card)

    await database.transact(work)


async def closed(database: Database, pulse_id: int, *, day: str = CLOSES, released: str = "") -> None:
    """Close a survey, as far as answering is concerned."""

    def work(tx: Tx) -> None:
        assert pulses.hold_alone(tx, pulse_id)
        assert pulses.close(tx, pulse_id, day=day, released=released, pieces="")
        pulse_answers.forget(tx, pulse_id)

    await database.transact(work)


def counted(database: Database) -> dict[tuple[int, str, str], int]:
    """Every counter that is not zero."""

    def work(tx: Tx) -> dict[tuple[int, str, str], int]:
        tx.cursor.execute(f"select number, question, answer, count - {NOUGHT} from pulse_tally where count <> {NOUGHT}")
        return {(n, q, a): count for n, q, a, count in tx.cursor.fetchall()}

    return database.read_now(work)


def _key(tx: Tx, name: str) -> int:
    person = people.by_number(tx, name, today=OPENS)
    assert person
    return person.id
