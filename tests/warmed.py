"""What nearly every command begins with, done once: imported by the process from which `tests.commands` forks them.

The content that kizuki ships is read once; a pack in any other folder is read by the command itself.
"""

import gc
from functools import cache

from adapters import app
from bot import pack_files, phrases, vocabulary
from bot.organisation import LANGUAGES
from bot.settings import Settings

for module, name in ((pack_files, "load"), (phrases, "load"), (vocabulary, "read_all")):
    setattr(module, name, cache(getattr(module, name)))
phrases.load(app.CONTENT / "locales", LANGUAGES)
app.packed(app.CONTENT, Settings.model_fields["pack"].default)
gc.freeze()
