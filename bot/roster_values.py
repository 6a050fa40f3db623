"""What a cell of a roster says: days, e-mails, roles, languages, and yes or no, in Japanese or English.

Each function returns a value or raises `Unreadable` with the reason, in words for the person who edits the file.
"""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

NAME, CODE, EMAIL = 100, 40, 254
# A number with this is one that kizuki made up, for somebody who is on no roster.
MADE_UP = ":"


class Unreadable(Exception):
    """Why a cell cannot be read."""


class RoleAt(NamedTuple):
    """A role and the code of the unit it reaches down from; "" is the row's own unit, None the whole organisation."""

    role: str
    code: str | None


class _Era(NamedTuple):
    first: date
    last: date


# Law no. 43 of 1979 on era names, and the cabinet orders that named each.
_ERAS = {
    "昭和": _Era(date(1926, 12, 25), date(1989, 1, 7)),
    "平成": _Era(date(1989, 1, 8), date(2019, 4, 30)),
    "令和": _Era(date(2019, 5, 1), date.max),
}
_LETTERS = {"s": "昭和", "h": "平成", "r": "令和"}
_YEAR_FIRST = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))")
_ERA_FIRST = re.compile(
    r"(昭和|平成|令和|[SHRshr])\s*(元|\d{1,2})(?:年(\d{1,2})月(\d{1,2})日|\.(\d{1,2})\.(\d{1,2})|/(\d{1,2})/(\d{1,2}))"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]")
# Files from a Mac write が as か and a mark. Nothing else is composed: that would turn 神 into 神 in people's names.
_VOICED = re.compile(".[\u3099\u309a]")
_LISTED = re.compile(r"[、,;/\n]+")
_CODES = re.compile(r"[、,;\s]+")
_NOT_IN_CODES = re.compile(r"[、,;/@\s]")
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"))
_IGNORED = str.maketrans("", "", " \t\r\n_-‐‑–*")
# The library knows neither addresses inside an organisation (staff@intra) nor domains kept for tests, so every domain
# is read as if it were below one it knows.
_BELOW = ".jp"
# The plainest addresses are fine without asking the library, which takes 30 µs for one: 1.6 s for 54,046 people.
_USUAL = re.compile(r"[a-z0-9]+(?:[._][a-z0-9]+)*@(?:[a-z0-9]+\.)+[a-z]{2,9}")
_USUAL_LONGEST = 60

YES = frozenset(("1", "○", "◯", "〇", "はい", "有", "yes", "y", "true"))
NO = frozenset(("0", "×", "✕", "いいえ", "無", "no", "n", "false", ""))
ROLES = {
    "職員": "staff",
    "staff": "staff",
    "所属長": "manager",
    "管理職": "manager",
    "manager": "manager",
    "unitmanager": "manager",
    "事務局": "secretariat",
    "secretariat": "secretariat",
    "幹部": "executive",
    "executive": "executive",
    "管理者": "administrator",
    "administrator": "administrator",
}
LANGUAGES = {
    "ja": "ja",
    "日本語": "ja",
    "japanese": "ja",
    "en": "en",
    "英語": "en",
    "english": "en",
    "jaeasy": "ja-easy",
    "やさしい日本語": "ja-easy",
    "easyjapanese": "ja-easy",
}


def folded(text: str) -> str:
    """A heading or a fixed word without what people write in different ways: width, case, spaces, hyphens."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_IGNORED)


def plain(text: str, longest: int) -> str:
    """A name or another text of one line."""
    text = _short(text if text.isascii() else _VOICED.sub(_composed, text), longest)
    if found := _CONTROL.search(text):
        raise Unreadable(f"holds the invisible character U+{ord(found[0]):04X}")
    if text in _ERRORS:
        raise Unreadable("is an error of the spreadsheet, not a value")
    return text


def _composed(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found[0])


def _short(text: str, longest: int) -> str:
    if len(text) > longest:
        raise Unreadable(f"is longer than {longest} characters")
    return text


def code(text: str) -> str:
    """A unit's code; full-width digits and letters are the same as others."""
    text = plain(_narrow(text), CODE)
    if found := _NOT_IN_CODES.search(text):
        raise Unreadable(f"holds '{found[0]}', which separates codes")
    return text


def number(text: str) -> str:
    """A staff number; full-width digits and letters are the same as others."""
    text = plain(_narrow(text), CODE)
    if MADE_UP in text:
        raise Unreadable(f"holds '{MADE_UP}', which only numbers made up by kizuki do")
    return text


def _narrow(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def day(text: str) -> str:
    """A day as ISO text, of the Western calendar or of an era."""
    text = _narrow(text)
    found = _western(text) or _of_era(text)
    if found is None:
        raise Unreadable("is no day such as 2027-04-01, 2027/4/1, 2027年4月1日 or 令和9年4月1日")
    return found.isoformat()


def _western(text: str) -> date | None:
    found = _YEAR_FIRST.fullmatch(text)
    return _date(*(int(g) for g in found.groups() if g)) if found else None


def _of_era(text: str) -> date | None:
    found = _ERA_FIRST.fullmatch(text)
    if found is None:
        return None
    name, year, *rest = (g for g in found.groups() if g)
    era = _ERAS[_LETTERS.get(name.lower(), name)]
    count = 1 if year == "元" else int(year)
    given = _date(era.first.year + count - 1, *map(int, rest))
    if not (count and era.first <= given <= era.last):
        raise Unreadable("is not in that era")
    return given


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable("is a day that does not exist") from None


def email(text: str) -> str:
    """An e-mail address in lower case; domains inside an organisation and those kept for tests are fine."""
    text = plain(_narrow(text), EMAIL)
    if len(text) <= _USUAL_LONGEST and _USUAL.fullmatch(text.lower()):
        return text.lower()
    if text.rpartition(".")[2].isdecimal():
        raise Unreadable("is no e-mail address: its domain ends in a number")
    try:
        found = validate_email(text + _BELOW, check_deliverability=False).normalized
    except EmailNotValidError as broken:
        raise Unreadable(f"is no e-mail address. {str(broken).rstrip('.')}") from None
    return found.removesuffix(_BELOW).lower()


def flag(text: str) -> bool:
    """Yes or no."""
    word = folded(text)
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable("is neither 1 nor 0 (or ○, はい, yes)")


def language(text: str) -> str:
    """A language by its code or its name."""
    try:
        return LANGUAGES[folded(text)]
    except KeyError:
        raise Unreadable("is none of ja (日本語), en (英語), ja-easy (やさしい日本語)") from None


def roles(text: str) -> tuple[RoleAt, ...]:
    """The roles of a cell such as 所属長、事務局@1010; staff is what everybody is."""
    parts = (part.strip() for part in _LISTED.split(_narrow(text)))
    found = [_role(part) for part in parts if part]
    return tuple(dict.fromkeys(r for r in found if r.role != "staff"))


def _role(text: str) -> RoleAt:
    word, at, unit = text.partition("@")
    try:
        role = ROLES[folded(word)]
    except KeyError:
        raise Unreadable(
            f"holds '{word}', which is none of 職員 (staff), 所属長 (manager), 事務局 (secretariat), "
            f"幹部 (executive), 管理者 (administrator)"
        ) from None
    if at and not unit.strip():
        raise Unreadable("has no unit code after @")
    return RoleAt(role, code(unit.strip()) if at else "" if role == "manager" else None)


def codes(text: str) -> tuple[str, ...]:
    """Several unit codes."""
    return tuple(dict.fromkeys(code(part) for part in _CODES.split(_narrow(text)) if part))
