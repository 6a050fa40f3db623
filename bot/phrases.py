"""Every text a person reads, from content/locales: one folder per language, one file per feature."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Protocol

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from babel.plural import to_python

from bot.documents import Document, Fault, Faults, read

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Speak(Protocol):
    """A language's phrases: `t("notes.confirmed", id=3)`."""

    def __call__(self, key: str, **values: object) -> str: ...


class Phrases:
    """The texts of every language. A text may have plural forms, chosen by the value called `n`."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts
        self.languages = tuple(texts)

    def __call__(self, lang: str, key: str, **values: object) -> str:
        """A phrase with its values filled in; numbers and days are written as the language does."""
        texts = self._texts[lang]
        text = texts.get(key)
        if text is None:
            text = texts[f"{key}.{plural(lang, values['n'])}"]
        if not values:
            return text
        return text.format_map({k: v if type(v) is str else shown(lang, v) for k, v in values.items()})

    def bound(self, lang: str) -> Speak:
        """The phrases of one language."""
        return partial(self, lang)

    def has(self, lang: str, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self._texts[lang]

    def under(self, lang: str, prefix: str) -> dict[str, str]:
        """All phrases whose key begins with `prefix.`, by the rest of their key."""
        start = f"{prefix}."
        return {k.removeprefix(start): v for k, v in self._texts[lang].items() if k.startswith(start)}


def shown(lang: str, value: object) -> str:
    """A value as a language writes it."""
    match value:
        case bool():
            return str(value)
        case int() | float():
            return format_decimal(value, locale=_locale(lang)) if abs(value) >= 1000 else f"{value:g}"
        case datetime():
            return moment(lang, value)
        case date():
            return day(lang, value)
        case _:
            return str(value)


@lru_cache(maxsize=4096)
def day(lang: str, value: date) -> str:
    """A day: 11月20日（金） or Fri, Nov 20."""
    pattern = "EEE, MMM d" if lang == "en" else "M月d日（EEE）"
    return format_date(value, pattern, locale=_locale(lang))


def month(lang: str, value: date) -> str:
    """A month: 2026年10月 or October 2026."""
    return format_date(value, "MMMM y" if lang == "en" else "y年M月", locale=_locale(lang))


def moment(lang: str, value: datetime) -> str:
    """A moment: 11月20日（金）9:05 or Fri, Nov 20, 9:05."""
    pattern = "EEE, MMM d, H:mm" if lang == "en" else "M月d日（EEE）H:mm"
    return format_datetime(value, pattern, locale=_locale(lang))


@lru_cache
def _locale(lang: str) -> Locale:
    return Locale.parse("en" if lang == "en" else "ja")


def plural(lang: str, n: object) -> str:
    """The plural form a number takes: Japanese has one, English two."""
    return _plural_rule(lang)(n) if isinstance(n, int) else "other"


@lru_cache
def _plural_rule(lang: str) -> Callable[[int], str]:
    return to_python(_locale(lang).plural_form)


def load(root: Path, languages: tuple[str, ...]) -> Phrases:
    """Read the locales; raises `Faults` unless all languages have the same keys and placeholders."""
    faults: list[Fault] = []
    read_texts = {lang: _read(root / lang, faults) for lang in languages}
    faults += _differences(read_texts, languages)
    if faults:
        raise Faults(faults)
    return Phrases({lang: {k: v for k, (v, _) in texts.items()} for lang, texts in read_texts.items()})


_Texts = dict[str, tuple[str, Fault]]


def _read(folder: Path, faults: list[Fault]) -> _Texts:
    found: _Texts = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = read(path)
        except Faults as broken:
            faults.extend(broken.faults)
            continue
        _flatten(document, document.data, (), path.stem, found, faults)
    if not found and not faults:
        faults.append(Fault(str(folder), 1, "no phrases here"))
    return found


def _flatten(
    document: Document, data: object, path: tuple[str, ...], prefix: str, found: _Texts, faults: list[Fault]
) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            _flatten(document, value, (*path, key), f"{prefix}.{key}", found, faults)
    elif isinstance(data, str):
        found[prefix] = (data, document.fault(path, prefix))
        if not _well_formed(data):
            faults.append(document.fault(path, f"'{prefix}' has a brace that is no placeholder such as {{name}}"))
    else:
        faults.append(document.fault(path, f"'{prefix}' is not a text"))


def _differences(texts: Mapping[str, _Texts], languages: tuple[str, ...]) -> list[Fault]:
    first, *others = languages
    return [fault for other in others for fault in _compare(texts[first], texts[other], other)]


def _compare(ours: _Texts, theirs: _Texts, lang: str) -> list[Fault]:
    """Faults between two languages; only the plural form "one", which Japanese does not have, may be missing."""
    missing = [
        Fault(at.file, at.line, f"'{key}' has no counterpart in {lang}")
        for key, (_, at) in ours.items()
        if key not in theirs and not key.endswith(".one")
    ]
    extra = [
        Fault(at.file, at.line, f"'{key}' stands only in {lang}")
        for key, (_, at) in theirs.items()
        if key not in ours and not key.endswith(".one")
    ]
    unlike = [
        Fault(there.file, there.line, f"'{key}' has other placeholders than {at.file}:{at.line}")
        for key, (text, at) in ours.items()
        if key in theirs and _names(text) != _names((found := theirs[key])[0]) and (there := found[1])
    ]
    return missing + extra + unlike


def _well_formed(text: str) -> bool:
    """Whether every brace belongs to a placeholder."""
    return not set("{}") & set(_PLACEHOLDER.sub("", text))


def _names(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))
