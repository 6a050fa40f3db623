"""What is stored about me: everything, as a file for programs and one for people, handed to nobody else."""

import json
import secrets
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from bot import cards, mydata_page, note_view
from bot.cards import Block, Button, Card, File, Heading, Reply, muted, say
from bot.events import Press
from bot.people import Thing, may
from bot.privacy import Privacy
from bot.turn import Turn
from storage import accounts, audit, files, kudos, note_tags, notes, own, people, steps, supports, units
from storage.accounts import AccountRow
from storage.files import FileRow
from storage.own import Fields

Data = dict[str, Any]
MOMENTS = ("at", "since")
DAYS = ("day", "joined_on", "left_on", "starts_on", "ends_on", "due_on", "opened_on", "closes_on")
JSON, HTML = "application/json", "text/html"
# Sections whose rows are read out as they are stored; the others are put together below.
PLAIN = (
    "postings",
    "roles",
    "deputies",
    "stands_in_for",
    "absences",
    "inductions",
    "answers_given",
    "claps",
    "thanks_per_day",
    "read",
    "leader_messages",
    "announcements",
    "announcements_seen",
    "figures_named",
    "figures_mine",
    "figures_reported",
    "figure_stories",
    "drafts",
    "files",
    "sign_ins",
    "sessions",
    "pulses",
    "awards",
    "awards_chosen",
    "messages_owed",
    "private_chats",
)


def ask(turn: Turn, _: Press) -> Reply:
    """What can be done about one's data: have it, or have it erased."""
    t = turn.t
    have, erase = Button("mydata.make", t("mydata.have"), "", "primary"), Button("forget.ask", t("forget.title"))
    blocks = (Heading(t("mydata.title"), 2), say(t("mydata.about")), cards.row(have, erase))
    return Reply(Card(blocks, t("mydata.title"), turn.lang))


def make(turn: Turn) -> Reply:
    """`/kizuki mydata`: two files with everything stored about the person, and until when they can be fetched."""
    found = gathered(turn)
    until = turn.local(turn.at_in(turn.settings.privacy.files))
    made = [
        _kept(turn, f"kizuki-{turn.day}.json", JSON, as_json(found)),
        _kept(turn, f"kizuki-{turn.day}.html", HTML, mydata_page.drawn(turn, found)),
    ]
    turn.audit("mydata", f"person:{turn.me.id}")
    t = turn.t
    blocks: tuple[Block, ...] = (
        Heading(t("mydata.title"), 2),
        say(t("mydata.ready")),
        *made[::-1],
        muted(t("mydata.until", at=until)),
        muted(t("mydata.careful")),
        muted(t("mydata.nameless")),
    )
    return Reply(Card(blocks, t("mydata.ready"), turn.lang))


def make_from(turn: Turn, _: Press) -> Reply:
    """The same from a button."""
    return make(turn)


def file(turn: Turn, token: str) -> FileRow | None:
    """A file for the person who asks, if it is theirs and its time is not over."""
    found = files.get(turn.tx, token, now=turn.at)
    return found if found and may(turn, "file.fetch", Thing(owner_id=found.person_id)) else None


def as_json(found: Data) -> str:
    """Everything found as JSON: English keys, moments with their offset, days as ISO texts."""
    return json.dumps(found, ensure_ascii=False, indent=2, default=_iso)


def gathered(turn: Turn) -> Data:
    """Everything stored about the person, by section; moments and days as such, names as the chat shows them."""
    rows = partial(own.rows, turn.tx, person_id=turn.me.id)
    mine = accounts.of(turn.tx, turn.me.id)
    drawn = partial(_drawn, turn)
    return {
        "about": _about(turn),
        "person": drawn(rows("person")[0]),
        "settings": drawn(rows("settings")[0]),
        "accounts": list(map(drawn, rows("accounts"))),
        **{name: [drawn(r) for a in mine for r in _of_account(turn, name, a)] for name in ("link_codes", "link_tries")},
        "notes": [_note(turn, r) for r in rows("notes")],
        "supports": [_support(turn, r) for r in rows("supports")],
        "kudos_given": [_given(turn, r) for r in rows("kudos_given")],
        "kudos_received": [_received(turn, r) for r in rows("kudos_received")],
        **{name: list(map(drawn, rows(name))) for name in PLAIN},
        "playground": [_message(turn, r) for a in mine if a.platform == own.PLAYGROUND for r in _said(turn, a)],
        "audit": [_entry(turn, e) for e in audit.about(turn.tx, _who(turn))],
        "kept": [_kept_for(turn, kind) for kind in Privacy.model_fields],
    }


def _kept(turn: Turn, name: str, media: str, content: str) -> File:
    token = secrets.token_urlsafe(32)
    files.add(
        turn.tx,
        token,
        person_id=turn.me.id,
        name=name,
        media=media,
        content=content,
        at=turn.at,
        expires_at=turn.at_in(turn.settings.privacy.files),
    )
    return File(name, media, token, turn.t("mydata.as_page" if media == HTML else "mydata.as_data"))


def _iso(value: object) -> str:
    assert isinstance(value, date)  # noqa: S101 - nothing else is put in; a datetime is a date too
    return value.isoformat()


def _about(turn: Turn) -> Data:
    return {
        "what": turn.t("mydata.title"),
        "organisation": turn.settings.organisation.title(turn.lang),
        "made_at": turn.now.replace(microsecond=0),
        "timezone": turn.settings.organisation.timezone,
        "principles": turn.pack.edition,
        "not_included": turn.t("mydata.nameless"),
    }


def _drawn(turn: Turn, row: Mapping[str, Any]) -> Data:
    """A row with keys and values as a reader takes them: units and colleagues by name, moments and days as such."""
    found: Data = {}
    for name, value in row.items():
        match name:
            case "unit_id":
                found["unit"] = _unit(turn, value)
            case "deputy_id" | "person_id":
                found["colleague"] = _name(turn, value)
            case "ext_id":
                found["account" if "account" not in row else "chat"] = value
            case "data" | "address":
                found[name] = _packed(turn, value)
            case _:
                found[name] = _typed(turn, name, value)
    return found


def _typed(turn: Turn, name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in MOMENTS or name.endswith("_at"):
        return turn.local(value).replace(microsecond=0)
    return date.fromisoformat(value) if name in DAYS else value


def _packed(turn: Turn, text: str) -> Any:
    """What an adapter or a draft keeps beside; the colleagues a draft thanks by name."""
    found = json.loads(text)
    if isinstance(found, dict) and "to" in found:
        return found | {"to": [_name(turn, person_id) for person_id in found["to"]]}
    return found


def _unit(turn: Turn, unit_id: int | None) -> str | None:
    found = units.get(turn.tx, unit_id) if unit_id is not None else None
    return found and f"{found.code} {found.name(turn.lang)}"


def _name(turn: Turn, person_id: int) -> str | None:
    found = people.get(turn.tx, person_id, today=turn.day)
    return found and found.name(turn.lang)


def _note(turn: Turn, row: Fields) -> Data:
    key = row["id"]
    edits = (dict(zip(("what", "text", "kind", "numbers", "at"), e, strict=True)) for e in notes.history(turn.tx, key))
    answers = (dict(zip(("state", "reason", "at"), s, strict=True)) for s in steps.of(turn.tx, key))
    return {
        **_drawn(turn, row),
        "numbers": list(note_tags.as_tagged(turn.tx, key)),
        "supporters": len(supports.of(turn.tx, key)),
        "answers": [_drawn(turn, a) for a in answers],
        "edits": [_drawn(turn, e) for e in edits],
    }


def _support(turn: Turn, row: Fields) -> Data:
    """A 「私も」; whose note it was is said only where everybody sees it."""
    note = notes.get(turn.tx, row["note_id"])
    seen = note is not None and note.deleted_at is None
    by = note_view.by_line(turn.t, note, turn.lang, named=note.audience == "unit") if note and seen else None
    return {**_drawn(turn, row), "by": by}


def _given(turn: Turn, row: Fields) -> Data:
    to = [en if turn.lang == "en" and en else ja for _, ja, en in kudos.receivers(turn.tx, row["id"])]
    return {**_drawn(turn, row), "to": to, **_counted(turn, row["id"])}


def _received(turn: Turn, row: Fields) -> Data:
    """Thanks to the person; of those taken back only that there were some, as in the chat."""
    shown = {name: value for name, value in row.items() if name not in ("giver_id", "unit_id")}
    if row["taken_back_at"] is not None:
        return {**_drawn(turn, shown | {"text": None}), "from": None, "numbers": [], "claps": 0}
    return {**_drawn(turn, shown), "from": _name(turn, row["giver_id"]), **_counted(turn, row["id"])}


def _counted(turn: Turn, kudos_id: int) -> Data:
    return {"numbers": list(kudos.numbers(turn.tx, kudos_id)), "claps": kudos.claps(turn.tx, kudos_id)}


def _of_account(turn: Turn, section: str, account: AccountRow) -> list[Fields]:
    return own.of_account(turn.tx, section, account.platform, account.ext_id)


def _said(turn: Turn, account: AccountRow) -> list[Fields]:
    return own.said(turn.tx, account.ext_id)


def _message(turn: Turn, row: Fields) -> Data:
    """A message of the playground: the person's own words, or what the bot's card said in short."""
    said = cards.load(row["card"]).summary if row["card"] else row["text"]
    return {"at": turn.local(row["at"]), "place": row["place"], "by": "me" if row["author"] else "bot", "text": said}


def _entry(turn: Turn, entry: audit.Entry) -> Data:
    """An audit entry; other people in it stay unnamed."""
    shown = {"at": entry.at, "actor": _part(turn, entry.actor), "action": entry.action}
    detail = json.loads(entry.detail) or None
    return {**_drawn(turn, shown), "subject": _part(turn, entry.subject), "detail": detail}


def _kept_for(turn: Turn, kind: str) -> Data:
    """How long a kind of data is kept, as app.yaml says."""
    period = getattr(turn.settings.privacy, kind)
    held = turn.t("mydata.days", n=period.days) if period else turn.t("mydata.for_good")
    return {"what": turn.t(f"mydata.kind.{kind}"), "kept_for": held}


def _who(turn: Turn) -> str:
    return f"person:{turn.me.id}"


def _part(turn: Turn, text: str) -> str:
    if text == _who(turn):
        return "me"
    return "other" if text.startswith(("person:", "cli:")) else text


ACTIONS = {"mydata.ask": ask, "mydata.make": make_from}
