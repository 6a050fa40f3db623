"""HTML elements as values: every text is escaped, every attribute quoted."""

from markupsafe import Markup, escape

VOID = frozenset(("input", "img", "hr"))


# Put together as plain strings, each part escaped: Markup's own formatting takes five times as long.
def el(name: str, /, *children: str, **attributes: str | int | bool | None) -> Markup:
    """An element. `class_` and `for_` stand for class and for, other underscores become hyphens; False leaves out."""
    start = f"<{name}{''.join([_attribute(key, value) for key, value in attributes.items()])}>"
    if name in VOID:
        return Markup(start)  # noqa: S704 - names come from our code
    return Markup(f"{start}{''.join([escape(child) for child in children])}</{name}>")  # noqa: S704 - the same


def join(*parts: str) -> Markup:
    """Parts one after the other, escaped where they are not markup yet."""
    return Markup("".join([escape(part) for part in parts]))  # noqa: S704 - each was escaped


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    key = name.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{escape(value)}"'
