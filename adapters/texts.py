"""Text as chat platforms measure it: in the units of JavaScript, an emoji as two."""


def cut(text: str, most: int) -> str:
    """A text of at most so many characters."""
    if length(text) <= most:
        return text
    kept = text[: most - 1]
    while length(kept) > most - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def length(text: str) -> int:
    """How long a platform takes a text for."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str) -> str:
    """Text in which nothing is a command or a piece of markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
