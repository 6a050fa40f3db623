"""Block Kit as a page that looks roughly like Slack, so that a picture can be taken and looked at.

Path("note.html").write_text(drawn.message(hanako.looking))
"""

import html
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.slack import drawn_figures, drawn_text
from tests.slack.drawn_fields import element, field
from tests.slack.workspace import Message, View

Json = dict[str, Any]
Shape = Mapping[str, Any]
STYLE = """
* { box-sizing: border-box } body { margin: 0; padding: 24px; background: #fff; color: #1d1c1d;
  font: 15px/1.46 Lato, "Noto Sans CJK JP", "Noto Sans JP", sans-serif }
.row { display: flex; gap: 8px; max-width: 680px } .face { width: 36px; height: 36px; border-radius: 8px; flex: none;
  background: #0017c1; color: #fff; display: grid; place-items: center; font-weight: 900 }
.who { font-weight: 900 } .app { background: #e8e8e8; border-radius: 2px; font-size: 10px; padding: 1px 3px }
.muted, .context, .hint { color: #616061; font-size: 13px } .body { flex: 1; min-width: 0 }
.block { margin: 8px 0; overflow-wrap: anywhere; white-space: pre-wrap } hr { border: 0; border-top: 1px solid #ddd }
h2 { font-size: 18px; margin: 8px 0; white-space: pre-wrap } a { color: #1264a3 }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px } .section { display: flex; gap: 16px }
.section > :first-child { flex: 1 } .actions { display: flex; flex-wrap: wrap; gap: 8px }
button, .button { font: 700 13px/1 inherit; font-family: inherit; font-size: 13px; font-weight: 700; background: #fff;
  color: #1d1c1d; border: 1px solid #bbb; border-radius: 4px; padding: 8px 12px }
.primary { background: #007a5a; border-color: #007a5a; color: #fff } .danger { color: #e01e5a; border-color: #e01e5a }
blockquote { margin: 0; padding-left: 12px; border-left: 4px solid #ddd; white-space: pre-wrap }
pre { margin: 0; padding: 8px; background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; overflow-x: auto;
  font: 12px/1.5 "Noto Sans Mono CJK JP", monospace } code { color: #e01e5a }
.mention { background: #e8f5fa; color: #1264a3 } table { border-collapse: collapse; font-size: 13px }
td { border: 1px solid #ddd; padding: 4px 8px; vertical-align: top }
tr:first-child td { font-weight: 700; background: #f8f8f8 }
label.title { display: block; font-weight: 700; margin-bottom: 4px } .optional { font-weight: 400; color: #616061 }
.input { width: 100%; border: 1px solid #aaa; border-radius: 4px; padding: 8px; min-height: 36px;
  white-space: pre-wrap }
.tall { min-height: 90px } .placeholder { color: #8d8d8d } .choice { display: block; margin: 4px 0 }
.error { color: #e01e5a; font-size: 13px; font-weight: 700 } .wrong .input { border-color: #e01e5a }
.modal { width: 520px; border: 1px solid #ddd; border-radius: 8px; box-shadow: 0 4px 24px #0003 }
.modal header, .modal footer { padding: 16px 24px; display: flex; align-items: center; gap: 8px }
.modal header { font-size: 18px; font-weight: 900; border-bottom: 1px solid #ddd } .modal main { padding: 8px 24px }
.modal footer { border-top: 1px solid #ddd; justify-content: flex-end } .modal header :last-child { margin-left: auto }
.home { max-width: 680px; border: 1px solid #ddd; border-radius: 8px; padding: 16px 24px }
.alert { border: 1px solid #ddd; border-left: 4px solid #ecb22e; border-radius: 4px; padding: 8px 12px }
img.picture { max-width: 100%; border-radius: 4px; background: #f0f0f0; min-height: 40px }
"""


def message(found: Message | Shape) -> str:
    """A message as a page; an ephemeral one says so."""
    blocks, text = (found.blocks, found.text) if isinstance(found, Message) else (found.get("blocks"), found["text"])
    note = '<div class="muted">👁 あなただけに表示されています</div>' if isinstance(found, Message) and found.to else ""
    inner = _blocks(blocks, {}) if blocks else f'<div class="block">{drawn_text.mrkdwn(text)}</div>'
    who = '<span class="who">kizuki</span> <span class="app">アプリ</span> <span class="muted">10:00</span>'
    return _page(f'<div class="row"><div class="face">気</div><div class="body">{note}{who}{inner}</div></div>')


def modal(found: View | Shape, errors: Mapping[str, str] | None = None) -> str:
    """A dialog as a page, with what is wrong at its fields."""
    body = found.body if isinstance(found, View) else found
    wrong = errors or (found.errors if isinstance(found, View) else {})
    ends = [_end(body, "close", ""), _end(body, "submit", "primary")]
    head = f'<header><div class="face">気</div><span>{_said(body["title"])}</span><span>×</span></header>'
    inner = f"{head}<main>{_blocks(body['blocks'], wrong)}</main><footer>{''.join(ends)}</footer>"
    return _page(f'<div class="modal">{inner}</div>')


def home(found: View | Shape) -> str:
    """The home tab as a page."""
    body = found.body if isinstance(found, View) else found
    return _page(f'<div class="home">{_blocks(body["blocks"], {})}</div>')


def page(found: Message | View) -> str:
    """Whatever somebody looks at, as a page."""
    if isinstance(found, Message):
        return message(found)
    return modal(found) if found.body["type"] == "modal" else home(found)


def _page(inner: str) -> str:
    head = f'<meta charset="utf-8"><title>Slack</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="ja"><head>{head}</head><body>{inner}</body></html>'


def _end(view: Shape, name: str, look: str) -> str:
    return f'<button class="{look}">{_said(view[name])}</button>' if view.get(name) else ""


def _said(text: Shape) -> str:
    return drawn_text.text(text)


def _blocks(blocks: Iterable[Shape] | None, errors: Mapping[str, str]) -> str:
    return "".join(_block(b, errors) for b in blocks or ())


def _block(block: Shape, errors: Mapping[str, str]) -> str:
    if block["type"] == "input":
        return field(block, errors.get(str(block.get("block_id")), ""))
    return f'<div class="block">{DRAWN[block["type"]](block)}</div>'


def _section(block: Shape) -> str:
    main = f"<div>{_said(block['text'])}</div>" if "text" in block else ""
    fields = "".join(f"<div>{_said(f)}</div>" for f in block.get("fields", ()))
    beside = element(block["accessory"]) if "accessory" in block else ""
    return f'<div class="section"><div>{main}<div class="fields">{fields}</div></div>{beside}</div>'


def _context(block: Shape) -> str:
    parts = (_picture(e) if e["type"] == "image" else _said(e) for e in block["elements"])
    return f'<div class="context">{" ".join(parts)}</div>'


def _picture(block: Shape) -> str:
    address, words = html.escape(block["image_url"]), html.escape(block["alt_text"])
    return f'<img class="picture" src="{address}" alt="{words}">'


def _actions(block: Shape) -> str:
    return f'<div class="actions">{"".join(element(e) for e in block["elements"])}</div>'


DRAWN: dict[str, Callable[[Shape], str]] = {
    "section": _section,
    "header": lambda block: f"<h2>{_said(block['text'])}</h2>",
    "divider": lambda _: "<hr>",
    "context": _context,
    "actions": _actions,
    "image": _picture,
    "rich_text": drawn_text.rich_text,
    "table": drawn_figures.table,
    "data_visualization": drawn_figures.chart,
    "alert": lambda block: f'<div class="alert">{_said(block["text"])}</div>',
}
