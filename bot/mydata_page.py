"""A person's data as one page to read and print: self-contained, without script, in their language."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from html import escape
from typing import Any

from bot.turn import Turn

Data = Mapping[str, Any]
# Read row by row; the others are short enough to stand in a table.
RECORDS = frozenset(
    (
        "about",
        "person",
        "settings",
        "accounts",
        "notes",
        "kudos_given",
        "kudos_received",
        "leader_messages",
        "drafts",
        "private_chats",
        "playground",
    )
)
# Values that have a name of their own in chat, by section and field.
SPOKEN = {
    ("notes", "kind"): "notes.kind",
    ("notes", "audience"): "notes.audience",
    ("notes", "state"): "notes.state",
    ("answers", "state"): "notes.state",
    ("edits", "kind"): "notes.kind",
    ("answers_given", "state"): "notes.state",
    ("settings", "language"): "preferences.languages",
    ("roles", "role"): "mydata.role",
}
STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1c; --soft: #555; --line: #c8c8c8; --ground: #fff; --side: #f4f5f7;
  --link: #0017c1; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #b4b4b4; --line: #4d4d4d; --ground: #161618;
  --side: #222226; --link: #a9bfff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 56rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.7 system-ui, "Noto Sans JP", "Hiragino Sans", "Yu Gothic", Meiryo, sans-serif; }
h1 { font-size: 1.625rem; line-height: 1.4; margin: 0 0 0.5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; padding-bottom: 0.25rem; border-bottom: 2px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 0.5rem; }
p { margin: 0 0 0.75rem; }
a { color: var(--link); }
.soft, dt, caption { color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 0.25rem 0; }
.record { margin: 0 0 0.75rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem; }
dl { display: grid; grid-template-columns: minmax(7rem, 11rem) minmax(0, 1fr); gap: 0.25rem 1rem; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: plaintext; }
dl dl { padding: 0.25rem 0 0.25rem 0.75rem; border-left: 3px solid var(--line); margin-bottom: 0.5rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 0.5rem; }
.scroll:focus-visible, a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
th, td { padding: 0.4rem 0.75rem; text-align: start; vertical-align: top; border-top: 1px solid var(--line);
  min-width: 6rem; overflow-wrap: break-word; }
time { white-space: nowrap; }
thead th { border-top: 0; background: var(--side); white-space: nowrap; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0 0; } dd { margin-bottom: 0.5rem; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #333; --ground: #fff; --side: #fff; --link: #000; }
  body { max-width: none; padding: 0; } nav { display: none; } .record, tr { break-inside: avoid; }
  .scroll { overflow: visible; } }
"""


def drawn(turn: Turn, found: Data) -> str:
    """The page: what there is section by section, and at the end what there is nothing of."""
    t, lang = turn.t, turn.lang.removesuffix("-easy")
    full = {name: rows for name, rows in found.items() if rows}
    parts = (
        f"<header><h1>{_text(t('mydata.page_title', name=turn.me.name(turn.lang)))}</h1>",
        f'<p class="soft">{_text(t("mydata.times_in", zone=turn.settings.organisation.timezone))}</p></header>',
        _contents(turn, full),
        "<main>",
        *(_section(turn, name, rows) for name, rows in full.items()),
        _nothing(turn, [name for name, rows in found.items() if not rows]),
        "</main>",
    )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(t('mydata.title'))}</title><style>{STYLE}</style>"
    )
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'


def _contents(turn: Turn, full: Data) -> str:
    items = "".join(f'<li><a href="#{name}">{_title(turn, name)}{_count(rows)}</a></li>' for name, rows in full.items())
    return f'<nav aria-label="{_text(turn.t("mydata.contents"))}"><ul>{items}</ul></nav>'


def _section(turn: Turn, name: str, rows: Any) -> str:
    listed = [rows] if isinstance(rows, Mapping) else rows
    inner = _records(turn, name, listed) if name in RECORDS else _table(turn, name, listed)
    heading = f'<h2 id="{name}">{_title(turn, name)}{_count(rows)}</h2>'
    return f'<section aria-labelledby="{name}">{heading}{inner}</section>'


def _title(turn: Turn, name: str) -> str:
    return _text(turn.t(f"mydata.section.{name}"))


def _count(rows: Any) -> str:
    return f" ({len(rows)})" if isinstance(rows, list) else ""


def _records(turn: Turn, name: str, rows: Iterable[Data]) -> str:
    return "".join(f'<div class="record">{_facts(turn, name, row)}</div>' for row in rows)


def _facts(turn: Turn, name: str, row: Data) -> str:
    """A row as labelled values; what is empty is left out."""
    filled = ((field, value) for field, value in row.items() if value not in (None, "", [], {}))
    return f"<dl>{''.join(_fact(turn, name, field, value) for field, value in filled)}</dl>"


def _fact(turn: Turn, name: str, field: str, value: Any) -> str:
    label = _text(turn.t(f"mydata.field.{field}"))
    if isinstance(value, list) and isinstance(value[0], Mapping):
        inner = "".join(_facts(turn, field, row) for row in value)
    else:
        inner = _value(turn, name, field, value)
    return f"<dt>{label}</dt><dd>{inner}</dd>"


def _table(turn: Turn, name: str, rows: list[Data]) -> str:
    heads = "".join(f'<th scope="col">{_text(turn.t(f"mydata.field.{field}"))}</th>' for field in rows[0])
    lines = "".join(
        f"<tr>{''.join(f'<td>{_value(turn, name, field, value)}</td>' for field, value in row.items())}</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div class="scroll" role="group" tabindex="0" aria-labelledby="{name}">{table}</div>'


def _nothing(turn: Turn, names: list[str]) -> str:
    if not names:
        return ""
    listed = turn.t("mydata.separator").join(turn.t(f"mydata.section.{name}") for name in names)
    return f'<h2>{_text(turn.t("mydata.nothing_of"))}</h2><p class="soft">{_text(listed)}</p>'


def _value(turn: Turn, name: str, field: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _text(turn.t("mydata.yes" if value else "mydata.no"))
        case datetime():
            return f'<time datetime="{value.isoformat()}">{value:%Y-%m-%d %H:%M}</time>'
        case date():
            return f"<time>{value.isoformat()}</time>"
        case list():
            return _text(turn.t("mydata.separator").join(map(str, value)))
        case Mapping():
            return _text(turn.t("mydata.separator").join(f"{k}: {_short(v)}" for k, v in value.items()))
        case _:
            return _text(_spoken(turn, name, field, str(value)))


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _spoken(turn: Turn, name: str, field: str, value: str) -> str:
    """A value by the name the chat has for it."""
    key = f"{SPOKEN.get((name, field), f'mydata.value.{field}')}.{value}"
    return turn.t(key) if turn.house.phrases.has(turn.lang, key) else value


def _text(text: str) -> str:
    return escape(text, quote=True)
