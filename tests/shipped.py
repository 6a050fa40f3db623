"""What kizuki ships, read once by each process of the tests: `content/`, and the model it was last trained to."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any

from adapters import app
from bot import model, pack_files, phrases, vocabulary
from bot.model import Model


def read_once() -> None:
    """Have what was read kept: no test changes it. What lies in any other folder is read every time."""
    for module, name in ((pack_files, "load"), (phrases, "load"), (vocabulary, "read_all")):
        if not hasattr(read := getattr(module, name), "__wrapped__"):
            setattr(module, name, _kept(read))
    if not hasattr(model.loaded, "__wrapped__"):
        model.loaded = _last(model.loaded)


def _kept(read: Callable[..., Any]) -> Callable[..., Any]:
    once = cache(read)

    @wraps(read)
    def found(folder: Path, *more: Any) -> Any:
        return (once if folder.is_relative_to(app.CONTENT) else read)(folder, *more)

    return found


def _last(made: Callable[[Sequence[int], Sequence[float], str, bytes], Model]) -> Callable[..., Model]:
    """A model from its parts, which is the last one again where the parts are the same."""
    once = lru_cache(maxsize=1)(made)

    @wraps(made)
    def found(labels: Sequence[int], biases: Sequence[float], names: str, rows: bytes) -> Model:
        return once(tuple(labels), tuple(biases), names, rows)

    return found
