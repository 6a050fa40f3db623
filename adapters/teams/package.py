"""The app package: the manifest, its texts in two languages and the two icons, as one zip that Teams takes."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.teams.manifest import FILES, localisation, manifest, texts
from bot.documents import Fault, Faults
from bot.phrases import Phrases
from bot.settings import Settings

ICONS = {"color.png": 192, "outline.png": 32}
# Characters Teams takes, by the end of a text's path. The schema allows commands of a bot more than that, the menu
# they stand in does not: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/create-a-bot-commands-menu
LIMITS = {
    "name.short": 30,
    "name.full": 100,
    "description.short": 80,
    "description.full": 4_000,
    "title": 32,
    "description": 128,
}
# Zip knows no day before this one. Nothing in the package depends on when, where or by whom it was made.
_DAY = (1980, 1, 1, 0, 0, 0)
_PNG = b"\x89PNG\r\n\x1a\n"
_MODE = 0o644 << 16


def members(settings: Settings, phrases: Phrases, icons: Path, *, version: str = "") -> dict[str, bytes]:
    """Every file of the package by its name; raises `Faults` with everything that Teams would refuse."""
    found: dict[str, bytes] = {"manifest.json": _json(manifest(settings, phrases, version=version))}
    for lang, name in FILES.items():
        found[name] = _json(localisation(settings, phrases, lang))
    found |= {name: (icons / name).read_bytes() for name in ICONS}
    faults = list(refused(found))
    if faults:
        raise Faults(faults)
    return found


def packed(found: Mapping[str, bytes]) -> bytes:
    """The files as a zip: equal files, equal bytes. They are small, and stored as they are."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, content in found.items():
            entry = zipfile.ZipInfo(name, _DAY)
            entry.create_system, entry.external_attr = 3, _MODE
            archive.writestr(entry, content)
    return whole.getvalue()


def write(path: Path, content: bytes) -> None:
    """Put a file where it belongs, whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def refused(found: Mapping[str, bytes]) -> list[Fault]:
    """What Teams would refuse in these files: texts too long or not in all languages, icons of another size."""
    main = json.loads(found["manifest.json"])
    spoken = {"manifest.json": dict(texts(main))}
    spoken |= {name: {k: v for k, v in json.loads(found[name]).items() if k != "$schema"} for name in FILES.values()}
    wrong = [Fault(name, 1, told) for name, each in spoken.items() for told in _misfits(each, spoken["manifest.json"])]
    return wrong + [Fault(name, 1, told) for name in ICONS for told in _unlike(found[name], ICONS[name])]


def _misfits(found: Mapping[str, str], expected: Mapping[str, str]) -> list[str]:
    wrong = [f"'{path}' is not in all languages" for path in sorted(found.keys() ^ expected.keys())]
    for path, text in found.items():
        most = LIMITS.get(path) or LIMITS[path.rpartition(".")[2]]
        if not 1 <= len(text.strip()) <= most:
            wrong.append(f"'{path}' has {len(text)} characters; Teams takes 1 to {most}")
    return wrong


def _unlike(icon: bytes, size: int) -> list[str]:
    """What is wrong with an icon, from its first bytes: it has to be a PNG of this width and height."""
    head = icon[:24].ljust(24, b"\0")
    if not head.startswith(_PNG) or struct.unpack(">II", head[16:24]) != (size, size):
        return [f"is not a PNG of {size} × {size} pixels"]
    return []


def _json(found: Mapping[str, Any]) -> bytes:
    return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()
