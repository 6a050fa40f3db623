"""Files that are drawn when they are fetched: of them only what they are drawn from is kept, so that they show what is
so then, and hold nothing that was deleted since.
"""

import json
import secrets
from datetime import date, timedelta
from typing import Any, NamedTuple

from bot import certificates
from bot.book import Asked
from bot.cards import File
from bot.certificates import Which
from bot.prints import Certificate
from bot.reports import between
from bot.turn import Turn
from storage import files, units
from storage.files import FileRow
from storage.reports import VIEWS

MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
REPORT, CERTIFICATE = "report", "certificate"


class Drawing(NamedTuple):
    """What a file is drawn from: a report as csv, xlsx or pdf, or certificates, which are a PDF."""

    form: str
    report: Asked | None = None
    certificates: tuple[Certificate, ...] = ()
    lang: str = ""


def is_drawn(row: FileRow) -> bool:
    """Whether a file has to be drawn; the others are kept as they are."""
    return row.media in MEDIA.values()


def report(turn: Turn, person_id: int, asked: Asked, form: str, holds: timedelta | None = None) -> File:
    """A report for a person, to be fetched for a time; that it was handed out is in the audit log."""
    period = asked.period
    recipe = {
        "draw": REPORT,
        "form": form,
        "name": asked.name,
        "first": period.first.isoformat(),
        "end": period.end.isoformat(),
        "unit": asked.unit and asked.unit.id,
        "view": asked.view,
        "lang": asked.lang,
        "code": asked.code,
    }
    written_down(turn, person_id, asked, form)
    return _kept(turn, person_id, named(asked, form), form, recipe, holds)


def named(asked: Asked, form: str) -> str:
    """What a report's file is called."""
    period, code = asked.period, asked.unit.code if asked.unit else ""
    last = period.end - timedelta(days=1)
    parts = ["kizuki", asked.name, asked.code, code, f"{period.first:%Y%m%d}-{last:%Y%m%d}"]
    return f"{'-'.join(filter(None, parts))}.{form}"


def written_down(turn: Turn, person_id: int, asked: Asked, form: str) -> None:
    """Have the audit log know who was given which report."""
    code, last = asked.unit.code if asked.unit else "", asked.period.end - timedelta(days=1)
    turn.audit("export", asked.name, form=form, period=f"{asked.period.first}..{last}", unit=code, person=person_id)


def certificate(turn: Turn, person_id: int, which: Which, lang: str, holds: timedelta | None = None) -> File:
    """Certificates for a person, to be fetched for a time; that they were handed out is in the audit log."""
    recipe = {"draw": CERTIFICATE, "form": "pdf", "lang": lang, **which._asdict()}
    name = f"kizuki-certificate-{which.number}" if which.number else "kizuki-certificates"
    turn.audit("export", CERTIFICATE, form="pdf", award=which.round, number=which.number, person=person_id)
    return _kept(turn, person_id, f"{name}-{turn.today:%Y%m%d}.pdf", "pdf", recipe, holds)


def _kept(turn: Turn, person_id: int, name: str, form: str, recipe: dict[str, Any], holds: timedelta | None) -> File:
    token = secrets.token_urlsafe(32)
    files.add(
        turn.tx,
        token,
        person_id=person_id,
        name=name,
        media=MEDIA[form],
        content=json.dumps(recipe, ensure_ascii=False),
        at=turn.at,
        expires_at=turn.at_in(holds or turn.settings.privacy.files),
    )
    t = turn.speak(recipe["lang"])
    return File(name, MEDIA[form], token, t("files.fetch", form=t(f"files.forms.{form}")))


def drawing(turn: Turn, row: FileRow) -> Drawing:
    """What a file is to be drawn from; refuses a certificate that there is no more, or that one may not have."""
    recipe = json.loads(row.content)
    if recipe["draw"] == CERTIFICATE:
        which = Which(recipe["round"], recipe["number"], recipe["person"])
        return Drawing("pdf", certificates=certificates.drawn(turn, which, recipe["lang"]), lang=recipe["lang"])
    unit = units.get(turn.tx, recipe["unit"]) if recipe["unit"] is not None else None
    period = between(turn.settings, date.fromisoformat(recipe["first"]), date.fromisoformat(recipe["end"]))
    asked = Asked(recipe["name"], period, unit, VIEWS[recipe["view"]], recipe["lang"], recipe["code"])
    return Drawing(recipe["form"], report=asked, lang=asked.lang)
