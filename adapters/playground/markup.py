"""HTML elements as values: every text is escaped, every attribute quoted."""

from markupsafe import Markup, escape

VOID = frozenset(("input", "img", "hr"))


def el(name: str, /, *children: str, **attributes: str | int | bool | None) -> Markup:
    """An element. `class_` and `for_` stand for class and for, other underscores become hyphens; False leaves out."""
    start = Markup("<{}{}>").format(Markup(name), _attributes(attributes))  # noqa: S704 - names come from our code
    if name in VOID:
        return start
    return start + join(*children) + Markup("</{}>").format(Markup(name))  # noqa: S704 - names come from our code


def join(*parts: str) -> Markup:
    """Parts one after the other, escaped where they are not markup yet."""
    return Markup("").join(escape(part) for part in parts)


def _attributes(attributes: dict[str, str | int | bool | None]) -> Markup:
    return Markup("").join(
        _attribute(name.rstrip("_").replace("_", "-"), value)
        for name, value in attributes.items()
        if value is not None and value is not False
    )


def _attribute(name: str, value: str | int | bool | None) -> Markup:
    if value is True:
        return Markup(" {}").format(name)
    return Markup(' {}="{}"').format(name, value)
