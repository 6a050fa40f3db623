"""Trained models on disk: training takes seconds, reading what was trained before takes a moment.

A model is kept under a name made from everything it was learnt from, so a changed example or a changed trainer never
meets an old model.
"""

import json
import logging
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from bot import lanes, model, training
from bot.model import Model
from bot.packs import Pack
from bot.suggest import Suggester, lessons
from bot.training import Labelled
from bot.vocabulary import Vocabulary

FORMAT = 1
KEPT = 6
PART = ".part"
PART_KEPT_S = 3600
FOLDER = "var/cache"

log = logging.getLogger("kizuki.models")


def name_of(found: Sequence[Labelled], numbers: Sequence[int]) -> str:
    """The name of the model learnt from these lessons by this trainer."""
    digest = blake2b(digest_size=16)
    digest.update(json.dumps([FORMAT, _trainer(), list(numbers)]).encode())
    for one in found:
        digest.update(f"{one.plain}\0{one.labels}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _trainer() -> str:
    """The code that decides what a model looks like."""
    files = (model.__file__, training.__file__, lanes.__file__)
    return blake2b(b"".join(Path(str(f)).read_bytes() for f in files), digest_size=8).hexdigest()


def default() -> Path:
    """Where models are kept unless app.yaml says otherwise: KIZUKI_CACHE, or var/cache where kizuki starts."""
    return Path(os.environ.get("KIZUKI_CACHE") or FOLDER)


def trained(found: Sequence[Labelled], numbers: Sequence[int], folder: Path | None = None) -> Model:
    """The model of these lessons: from the folder (None: the default one), else trained and kept there."""
    path = (folder or default()) / f"{name_of(found, numbers)}.model"
    kept = _read(path)
    if kept is None:
        log.warning("suggestions are trained from %d texts, once; this takes some seconds", len(found))
        kept = training.train(found, numbers)
        _write(path, kept)
    return kept


def suggester(pack: Pack, vocabulary: Vocabulary, folder: Path | None = None) -> Suggester:
    """The suggester of a pack; its model is trained once and kept in the cache."""
    return Suggester.by(pack, vocabulary, trained(lessons(pack, vocabulary.examples), pack.numbers, folder))


def _read(path: Path) -> Model | None:
    """A kept model; None where there is none or it is not whole."""
    try:
        head, names, rows = _parts(path.read_bytes())
        found = model.loaded(head["labels"], head["biases"], names, rows)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        log.warning("a kept model cannot be read and is trained anew: %s", type(fault).__name__)
        return None
    # Only its owner may; a model read but not touched merely counts as older.
    with suppress(OSError):
        os.utime(path)
    return found


def _parts(data: bytes) -> tuple[dict[str, Any], str, bytes]:
    """The head, the features' names, the rows; raises ValueError where the check sum does not fit."""
    body, check = data[:-16], data[-16:]
    if blake2b(body, digest_size=16).digest() != check:
        raise ValueError("not whole")
    first = body.index(b"\n")
    head = json.loads(body[:first])
    end = first + 1 + head["names"]
    return head, body[first + 1 : end].decode("utf-8", "surrogatepass"), body[end:]


def _write(path: Path, found: Model) -> None:
    """Keep a model: whole or not at all. Where nothing can be written it is trained again at the next start."""
    names, rows = model.dumped(found)
    encoded = names.encode("utf-8", "surrogatepass")
    head = json.dumps({"labels": found.labels, "biases": found.biases, "names": len(encoded)}).encode()
    body = head + b"\n" + encoded + rows
    try:
        _put(path, body + blake2b(body, digest_size=16).digest())
    except OSError as fault:
        log.warning("the trained model cannot be kept (%s); it is trained again at every start", type(fault).__name__)
    else:
        with suppress(OSError):
            _tidy(path.parent)


def _put(path: Path, data: bytes) -> None:
    """Write a file under another name first; nothing is left of it where that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=PART)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _tidy(folder: Path) -> None:
    """Keep the models used last, and nothing that a killed process left half written."""
    found = sorted(folder.glob("*.model"), key=lambda p: p.stat().st_mtime, reverse=True)
    given_up = time.time() - PART_KEPT_S
    left = [part for part in folder.glob(f"*{PART}") if part.stat().st_mtime < given_up]
    for old in (*found[KEPT:], *left):
        old.unlink(missing_ok=True)
