"""What a card asks for: choices, people and text, each with a label, a hint and its error."""

from collections.abc import Mapping

from markupsafe import Markup

from adapters.markup import el, join
from bot.cards import Choice, Option, PersonPick, TextInput
from bot.phrases import Speak


def choice(block: Choice, ident: str, t: Speak) -> Markup:
    """Boxes or dots to tick, or a menu that folds them away."""
    if block.look == "menu" and not block.many:
        return _select(block, ident, t)
    boxes = el("div", *(_box(block, o, f"{ident}-{n}") for n, o in enumerate(block.options)), class_="options")
    if block.look == "menu":
        boxes = el("details", el("summary", _chosen(block, t)), boxes, class_="menu")
    parts = (el("legend", block.label), _error(block.error, ident, t), boxes)
    return el(
        "fieldset", *parts, class_="field", data_field=block.name, aria_describedby=_described(ident, block.error)
    )


def _box(block: Choice, option: Option, ident: str) -> Markup:
    box = el(
        "input",
        type="checkbox" if block.many else "radio",
        id=ident,
        name=block.name,
        value=option.value,
        checked=option.value in block.chosen,
        aria_describedby=f"{ident}-hint" if option.hint else None,
    )
    hint = el("span", option.hint, class_="hint", id=f"{ident}-hint") if option.hint else ""
    return el("div", box, el("label", option.text, for_=ident), hint, class_="option")


def _chosen(block: Choice, t: Speak) -> str:
    texts = [o.text for o in block.options if o.value in block.chosen]
    return t("playground.menu_chosen", names=t("playground.and").join(texts)) if texts else t("playground.menu_empty")


def _select(block: Choice, ident: str, t: Speak) -> Markup:
    empty = el("option", t("playground.choose"), value="") if not block.chosen else ""
    options = [
        el("option", f"{o.text} – {o.hint}" if o.hint else o.text, value=o.value, selected=o.value in block.chosen)
        for o in block.options
    ]
    control = el("select", empty, *options, id=ident, name=block.name, **_faulty(ident, block.error))
    return _labelled(block.name, block.label, ident, error=block.error, control=control, t=t)


def person_pick(block: PersonPick, ident: str, t: Speak, names: Mapping[str, str]) -> Markup:
    """A search box over the colleagues with the chosen ones as chips; `pick.js` brings it to life."""
    box = el(
        "input",
        type="text",
        id=ident,
        role="combobox",
        class_="search",
        aria_expanded="false",
        aria_autocomplete="list",
        aria_controls=f"{ident}-list",
        placeholder=t("playground.pick_hint"),
        **_faulty(ident, block.error),
    )
    chips = el(
        "ul",
        *(chip(h, names.get(h, h), block.name, t) for h in block.chosen),
        class_="chips",
        aria_label=t("playground.picked"),
        hidden=not block.chosen,
    )
    found = el("ul", id=f"{ident}-list", role="listbox", class_="listbox", aria_label=block.label, hidden=True)
    control = el(
        "div",
        chips,
        el("div", box, found, class_="combobox"),
        class_="pick",
        data_pick=block.name,
        data_many=block.many,
        data_remove=t("playground.remove", name="{name}"),
        data_none=t("playground.pick_none"),
    )
    return _labelled(block.name, block.label, ident, error=block.error, control=control, t=t)


def chip(handle: str, name: str, field: str, t: Speak) -> Markup:
    """A chosen person, with the button that takes them off again."""
    remove = el("button", "×", type="button", class_="chip-remove", aria_label=t("playground.remove", name=name))
    return el("li", el("span", name), el("input", type="hidden", name=field, value=handle), remove, class_="chip")


def text_input(block: TextInput, ident: str, t: Speak) -> Markup:
    """A line, a larger field, or the browser's own day or time picker."""
    described = _described(ident, block.error, block.hint)
    common = {**_faulty(ident, block.error), "aria_describedby": described, "aria_required": _yes(block.required)}
    if block.lines > 1:
        control = el(
            "textarea", "\n", block.value, id=ident, name=block.name, rows=min(block.lines, 12), dir="auto", **common
        )
    else:
        control = el("input", type=block.format, id=ident, name=block.name, value=block.value, dir="auto", **common)
    return _labelled(
        block.name,
        block.label,
        ident,
        error=block.error,
        control=control,
        t=t,
        hint=block.hint,
        required=block.required,
    )


def _labelled(
    name: str,
    label: str,
    ident: str,
    *,
    error: str,
    control: Markup,
    t: Speak,
    hint: str = "",
    required: bool = False,
) -> Markup:
    mark = el("span", t("playground.required"), class_="required") if required else ""
    return el(
        "div",
        el("label", label, mark, for_=ident),
        el("p", hint, class_="hint", id=f"{ident}-hint") if hint else "",
        control,
        _error(error, ident, t),
        class_="field",
        data_field=name,
    )


def _error(error: str, ident: str, t: Speak) -> Markup:
    if not error:
        return join()
    return el("p", t("playground.error_mark"), error, class_="error", id=f"{ident}-error")


def _faulty(ident: str, error: str) -> dict[str, str | int | bool | None]:
    return {"aria_invalid": _yes(bool(error)), "aria_describedby": _described(ident, error)}


def _described(ident: str, error: str, hint: str = "") -> str | None:
    ids = ([f"{ident}-hint"] if hint else []) + ([f"{ident}-error"] if error else [])
    return " ".join(ids) or None


def _yes(value: bool) -> str | None:
    return "true" if value else None
