"""An organisation with an open survey, what everybody in it answers, and whether it was all counted once."""

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

from adapters.app import CONTENT
from adapters.slack import render as slack_render
from adapters.teams import render as teams_render
from bot import pulse_view, simulated_people, surveys
from bot.cards import Card
from bot.demo_staff import entries
from bot.pulse_settings import Audience
from bot.questions import Asked
from bot.turn import House, Turn
from storage import bulk, pulse_answers, pulses, schema
from storage.bulk import NewAccount, NewPlace, Row
from storage.database import Tx
from storage.engines import open_database
from storage.pulse_answers import ANSWERED
from tests.bench.pulse_load import Body
from tests.bench.teams_wire import TENANT, Far, account
from tests.bench.wire import Wrap, from_slack

SET = "weekly"
# So many different forms are sent.
VARIANTS = 60
# Where a form names its sender, by a number of as many digits; a survey that is not there, with a name as long.
WHO, NOWHERE = "@" * 12, "warming-2026-01-01"
Answers = dict[str, tuple[str, ...]]
Json = dict[str, Any]


class Opened(NamedTuple):
    """A survey in a database, its form, the group of each person, what forms are sent, and the seconds opening took."""

    database: Path
    code: str
    asked: tuple[Asked, ...]
    form: Card
    seats: dict[int, int]
    forms: list[Answers]
    took: float

    def given(self, person: int) -> Answers:
        """What somebody answers."""
        return self.forms[person % len(self.forms)]


class Way(NamedTuple):
    """A platform: what everybody sends, to kizuki and to a bare echo, how it is proved, and how the echo is started."""

    name: str
    body: Body
    warming: Body
    bare: Body
    wrap: Wrap
    command: list[str]
    given: bytes = b""


async def opened(house: House, path: Path, staff: int) -> Opened:
    """An organisation of so many people, each with an account on both platforms, and a survey that asks all of them."""
    schema.upgrade(house.settings.database)
    database = open_database(house.settings.database)
    now = datetime.now(house.settings.zone)
    await database.transact(lambda tx: bulk.add(tx, _people(house, staff, now)))
    await database.transact(bulk.number_on)

    def work(tx: Tx) -> Opened:
        turn, started = Turn(tx, house, now), time.perf_counter()
        asked = surveys.ask(house, SET, turn.today)
        pulse = surveys.open_one(turn, surveys.Wanted(SET, asked, Audience()))
        took = time.perf_counter() - started
        seats = dict(pulses.people(tx, pulse.id))
        return Opened(path, pulse.code, asked, pulse_view.form(turn, pulse), seats, list(_forms(asked)), took)

    found = await database.transact(work)
    database.close()
    assert len(found.seats) == staff, f"{len(found.seats)} of {staff} are asked"
    return found


def _people(house: House, staff: int, now: datetime) -> Iterable[Row]:
    """Without channels: nothing is sent while answers come."""
    today, names = now.date(), entries(CONTENT / "demo", "names")
    town = simulated_people.found(
        names, staff=staff, first=today - timedelta(weeks=1), until=today, seed="1:pulse", name=("試験", "Test")
    )
    yield from (row for row in simulated_people.rows(town, house) if not isinstance(row, NewPlace))
    for person in range(1, staff + 1):
        yield NewAccount("slack", f"T1:U{person:012d}", person)
        yield NewAccount("teams", f"{TENANT}:{account(person)}", person)


def _forms(asked: Iterable[Asked]) -> Iterable[Answers]:
    dice = Random(1)
    for _ in range(VARIANTS):
        yield {question.id: _answer(question, dice) for question in asked}


def _answer(question: Asked, dice: Random) -> tuple[str, ...]:
    values = [value for value in question.values if value != question.none]
    count = dice.randint(1, 3) if question.kind == "many" else 1
    return tuple(sorted(dice.sample(values, count), key=values.index))


def check(path: Path, survey: Opened) -> None:
    """Every answer is in the database, and is counted exactly once."""
    database = open_database(f"sqlite:///{path}")

    def work(tx: Tx) -> tuple[int, dict[tuple[int, str, str], int]]:
        pulse = pulses.by_code(tx, survey.code)
        assert pulse
        counts = pulse_answers.counts(tx, pulse.id)
        found = {(c.number, c.question, c.answer): c.times for c in counts if c.times}
        return len(pulse_answers.marks(tx, pulse.id)), found

    tickets, counted = database.read_now(work)
    database.close()
    assert tickets == len(survey.seats), f"{tickets} of {len(survey.seats)} answers are there"
    assert counted == _expected(survey), "counters do not say what was answered"


def _expected(survey: Opened) -> Counter[tuple[int, str, str]]:
    found: Counter[tuple[int, str, str]] = Counter()
    for person, number in survey.seats.items():
        found[number, ANSWERED, ANSWERED] += 1
        found.update((number, question, v) for question, values in survey.given(person).items() for v in values)
    return found


def by_slack(survey: Opened, house: House) -> Way:
    """The dialog, sent, as Slack tells of it."""
    drawing = slack_render.Drawing(house.phrases.bound(survey.form.lang), "T1", "modal")
    view = slack_render.modal(survey.form, drawing, about={"c": "C1"})
    bodies = [_submission(view, _fields(survey, form)) for form in survey.forms]
    body, warming = _filled(bodies), _filled([b.replace(survey.code, NOWHERE) for b in bodies])
    return Way("Slack", body, warming, body, from_slack, ["tests.bench.pulse_server", "bare"])


def _fields(survey: Opened, form: Answers) -> Answers:
    """Answers by the names of fields."""
    return {pulse_view.field(n): form[question.id] for n, question in enumerate(survey.asked, 1)}


def _submission(view: Json, given: Answers) -> str:
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    state = {i["block_id"]: {i["element"]["action_id"]: _chosen(i["element"], given[i["block_id"]])} for i in inputs}
    payload = {
        "type": "view_submission",
        "team": {"id": "T1", "domain": "test"},
        "user": {"id": f"U{WHO}", "username": "hanako", "name": "hanako", "team_id": "T1"},
        "api_app_id": "A1",
        "token": "x",
        "trigger_id": f"{WHO}.1.a",
        "view": {**view, "id": f"V{WHO}", "team_id": "T1", "state": {"values": state}, "hash": "1.a", "bot_id": "B1"},
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }
    return f"payload={quote(json.dumps(payload), safe='@')}"


def _chosen(element: Json, values: tuple[str, ...]) -> Json:
    chosen = [option for option in element["options"] if option["value"] in values]
    one = element["type"] in ("radio_buttons", "static_select")
    return {"type": element["type"], **({"selected_option": chosen[0]} if one else {"selected_options": chosen})}


def by_teams(survey: Opened, house: House, far: Far) -> Way:
    """The dialog, sent, as Teams tells of it; the echo gets the same as the press of a card, which is all it knows."""
    t = house.phrases.bound(survey.form.lang)
    drawn = teams_render.dialog(survey.form, teams_render.Drawing(t, TENANT, "dialog"))["card"]["content"]
    parts = [*drawn["body"], *drawn.get("actions", ())]
    [send] = [a for a in itertools.chain(parts, *(p.get("actions", ()) for p in parts)) if a["type"] == "Action.Submit"]
    forms = [{**send["data"], **_inputs(survey, drawn["body"], form)} for form in survey.forms]
    bodies = [_sent(far, "task/submit", {"data": data, "context": {"theme": "default"}}) for data in forms]
    actions = ({"type": "Action.Execute", "verb": data["a"], "data": data} for data in forms)
    pressed = [_sent(far, "adaptiveCard/action", {"action": action, "trigger": "manual"}) for action in actions]
    return Way(
        "Teams",
        _filled(bodies),
        _filled([b.replace(survey.code, NOWHERE) for b in bodies]),
        _filled(pressed),
        far.proved(),
        ["tests.bench.teams_server", "bare", "-", far.url],
        json.dumps(far.keys).encode() + b"\n",
    )


def _inputs(survey: Opened, body: list[Json], form: Answers) -> dict[str, str]:
    given = _fields(survey, form)
    names = [element["id"] for element in body if element["type"] == "Input.ChoiceSet"]
    return {name: ",".join(map(quote, given[name.partition(":")[2]])) for name in names}


def _sent(far: Far, name: str, value: Json) -> str:
    more = {
        "id": f"f:{WHO}",
        "from": {"id": f"29:{WHO}", "name": "hanako", "aadObjectId": account(0)[:-12] + WHO},
        "conversation": {"conversationType": "personal", "id": f"a:{WHO}", "tenantId": TENANT},
    }
    return json.dumps(far.activity(0, type="invoke", name=name, replyToId="1", value=value, **more))


def _filled(bodies: list[str]) -> Body:
    """The body of each person; forms differ as what people answer does."""
    parts = [[part.encode() for part in body.split(WHO)] for body in bodies]
    return lambda person: (b"%012d" % person).join(parts[person % len(parts)])
